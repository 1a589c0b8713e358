//! What second factors, providers and optional features are called in the configuration.

use super::key::{Section, key, later};
use super::kind::Kind::{Boolean, List, PositiveSpan, Secret, Text, Whole};

pub(crate) const MFA: Section = Section {
    name: "mfa",
    about: "Second factors.",
    keys: &[
        key(
            "mfa.max_enrolled_factors",
            Whole(0, 1_000),
            "Most factors of one user, verified or not.",
        ),
        key(
            "mfa.max_verified_factors",
            Whole(0, 1_000),
            "Most verified factors of one user.",
        ),
        key(
            "mfa.challenge_span",
            PositiveSpan,
            "How long a challenge can be answered.",
        ),
        key(
            "mfa.factor_span",
            PositiveSpan,
            "How long an unverified factor is kept.",
        ),
        key(
            "mfa.totp_enroll_enabled",
            Boolean,
            "A time-based code can be enrolled.",
        ),
        key(
            "mfa.totp_verify_enabled",
            Boolean,
            "A time-based code can be verified.",
        ),
        later(
            "mfa.phone_enroll_enabled",
            Boolean,
            "A phone can be enrolled as a factor.",
        ),
        later(
            "mfa.phone_verify_enabled",
            Boolean,
            "A phone factor can be verified.",
        ),
        later(
            "mfa.webauthn_enroll_enabled",
            Boolean,
            "A security key can be enrolled as a factor.",
        ),
        later(
            "mfa.webauthn_verify_enabled",
            Boolean,
            "A security key can be verified.",
        ),
    ],
};

pub(crate) const WEBAUTHN: Section = Section {
    name: "webauthn",
    about: "How security keys and passkeys see the application.",
    keys: &[
        later(
            "webauthn.rp_id",
            Text,
            "The relying party's id: the application's domain.",
        ),
        later(
            "webauthn.rp_display_name",
            Text,
            "The name that authenticators show.",
        ),
        later(
            "webauthn.rp_origins",
            List,
            "The origins whose pages may use the keys.",
        ),
        later(
            "webauthn.challenge_span",
            PositiveSpan,
            "How long a challenge can be answered.",
        ),
    ],
};

pub(crate) const PROVIDERS: Section = Section {
    name: "providers.*",
    about: "One table for each provider that GoTrue knows by name; further ones are \
     \"custom:NAME\".",
    keys: &[
        key("providers.*.enabled", Boolean, "The provider can be used."),
        key(
            "providers.*.client_id",
            List,
            "The client ids; the first one starts sign-ins, all are accepted as audiences.",
        ),
        key("providers.*.secret", Secret, "The client secret."),
        key(
            "providers.*.redirect_uri",
            Text,
            "Where the provider sends users back to; empty means `/callback` below the external \
             URL.",
        ),
        key(
            "providers.*.url",
            Text,
            "The provider's own URL, where it has many (GitLab, Keycloak, Azure).",
        ),
        later(
            "providers.*.skip_nonce_check",
            Boolean,
            "Identity tokens are accepted without a nonce.",
        ),
        later(
            "providers.*.email_optional",
            Boolean,
            "Accounts without an e-mail address are accepted.",
        ),
    ],
};

pub(crate) const FEATURES: Section = Section {
    name: "features",
    about: "Optional features; one that is not built yet answers \"disabled\" even when it is \
     switched on.",
    keys: &[
        later(
            "features.saml_enabled",
            Boolean,
            "SAML sign-in is configured.",
        ),
        later(
            "features.saml_next_key_configured",
            Boolean,
            "A next SAML key is configured, as `/settings` reports it.",
        ),
        later(
            "features.passkeys_enabled",
            Boolean,
            "Passkeys are configured.",
        ),
        later(
            "features.web3_solana_enabled",
            Boolean,
            "Sign-in with a Solana wallet is configured.",
        ),
        later(
            "features.web3_ethereum_enabled",
            Boolean,
            "Sign-in with an Ethereum wallet is configured.",
        ),
        later(
            "features.oauth_server_enabled",
            Boolean,
            "The OAuth server is configured.",
        ),
        later(
            "features.oauth_dynamic_registration_enabled",
            Boolean,
            "Clients may register themselves at the OAuth server.",
        ),
        later(
            "features.oauth_authorization_path",
            Text,
            "The path of the application's consent page.",
        ),
        key(
            "features.custom_providers_enabled",
            Boolean,
            "Sign-in can begin at the providers that Supabase Auth has left in the database; \
             they cannot be changed yet.",
        ),
    ],
};
