//! What the recorded servers have switched on and ours does not have yet: it answers as if it
//! were switched off. An entry leaves this list with the feature.

use super::{Exception, refused, refused_2024};

const SAML: &str = "SAML is not built yet";
const WEB3: &str = "web3 sign-in is not built yet";
const OAUTH_SERVER: &str = "the OAuth server is not built yet";
const WEBAUTHN: &str = "WebAuthn is not built yet";
const PHONE_FACTORS: &str = "phone factors are not built yet";

const RESPONSE: &str = "/response";

const SAML_OLD: Option<&str> = refused!(404, "saml_provider_disabled", "SAML 2.0 is disabled");
const SAML_2024: Option<&str> =
    refused_2024!(404, "saml_provider_disabled", "SAML 2.0 is disabled");
const WEB3_OLD: Option<&str> = refused!(422, "web3_provider_disabled", "Web3 provider is disabled");
const WEB3_2024: Option<&str> =
    refused_2024!(422, "web3_provider_disabled", "Web3 provider is disabled");
const OAUTH_OLD: Option<&str> = refused!(404, "feature_disabled", "OAuth server is disabled");

/// The exceptions.
pub(super) const LIST: &[Exception] = &[
    saml("sso_unknown_domain_old", SAML_OLD_CHANGE),
    saml("sso_unknown_domain_2024", SAML_2024_CHANGE),
    saml("sso_unknown_provider_old", SAML_OLD_CHANGE),
    saml("sso_unknown_provider_2024", SAML_2024_CHANGE),
    saml("sso_empty", SAML_OLD_CHANGE),
    web3("web3_unknown_chain_old", WEB3_OLD_CHANGE),
    web3("web3_unknown_chain_2024", WEB3_2024_CHANGE),
    web3("web3_bad_message_old", WEB3_OLD_CHANGE),
    web3("web3_bad_message_2024", WEB3_2024_CHANGE),
    oauth_metadata("oauth_authorization_server_autoconfirm"),
    oauth_metadata("oauth_authorization_server_rs256"),
    oauth_metadata("oauth_authorization_server_es256"),
    oauth_metadata("oauth_authorization_server_dcr"),
    Exception {
        file: "health_settings",
        entry: "settings_full",
        reason: SAML,
        ours: &[
            ("/response/body/saml_enabled", Some("false")),
            (
                "/response/body/saml_private_key_next_configured",
                Some("true"),
            ),
            ("/response/body/passkeys_enabled", Some("false")),
        ],
    },
    Exception {
        file: "mfa_totp",
        entry: "enroll_webauthn",
        reason: WEBAUTHN,
        ours: &[(
            RESPONSE,
            refused!(
                422,
                "mfa_webauthn_enroll_not_enabled",
                "MFA enroll is disabled for WebAuthn"
            ),
        )],
    },
    Exception {
        file: "mfa_totp",
        entry: "enroll_phone",
        reason: PHONE_FACTORS,
        ours: &[(
            RESPONSE,
            refused!(
                422,
                "mfa_phone_enroll_not_enabled",
                "MFA enroll is disabled for Phone"
            ),
        )],
    },
];

type Changes = &'static [(&'static str, Option<&'static str>)];

const SAML_OLD_CHANGE: Changes = &[(RESPONSE, SAML_OLD)];
const SAML_2024_CHANGE: Changes = &[(RESPONSE, SAML_2024)];
const WEB3_OLD_CHANGE: Changes = &[(RESPONSE, WEB3_OLD)];
const WEB3_2024_CHANGE: Changes = &[(RESPONSE, WEB3_2024)];

const fn saml(entry: &'static str, ours: Changes) -> Exception {
    Exception {
        file: "disabled_features",
        entry,
        reason: SAML,
        ours,
    }
}

const fn web3(entry: &'static str, ours: Changes) -> Exception {
    Exception {
        file: "disabled_features",
        entry,
        reason: WEB3,
        ours,
    }
}

const fn oauth_metadata(entry: &'static str) -> Exception {
    let ours = &[(RESPONSE, OAUTH_OLD)];
    Exception {
        file: "jwks_discovery",
        entry,
        reason: OAUTH_SERVER,
        ours,
    }
}
