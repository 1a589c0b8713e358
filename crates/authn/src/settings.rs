//! What an operator decides about sign-in: the sections of the configuration that flows obey.
//!
//! Each section can be read from a configuration file as it stands. `Default` is Claviger's own
//! default; what GoTrue does when nothing is set is applied by the server's configuration.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use types::{Secret, Span};

mod account;
mod mail;
mod providers;
mod webauthn;

pub use account::AccountSettings;
pub use mail::{EmailSettings, MailKind, MailTemplate, MailTemplates};
pub use providers::{BUILT_IN_PROVIDERS, ProviderSettings};
pub use webauthn::WebauthnSettings;

/// Everything the flows obey.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Where users come from and may be sent back to.
    pub site: SiteSettings,
    /// Who may register, and how.
    pub signup: SignupSettings,
    /// Sign-in by e-mail, and the mails.
    pub email: EmailSettings,
    /// Sign-in by phone.
    pub phone: PhoneSettings,
    /// What a password must look like and what changing it requires.
    pub password: PasswordSettings,
    /// Access tokens.
    pub jwt: JwtSettings,
    /// Refresh tokens.
    pub refresh: RefreshSettings,
    /// How long sessions live.
    pub sessions: SessionSettings,
    /// Second factors.
    pub mfa: MfaSettings,
    /// Security keys and passkeys.
    pub webauthn: WebauthnSettings,
    /// Social and OpenID Connect providers, by name.
    pub providers: BTreeMap<String, ProviderSettings>,
    /// Features that answer "disabled" unless switched on.
    pub features: FeatureSettings,
    /// Accounts of the account API.
    pub account: AccountSettings,
}

/// Which of two honest behaviours is wanted where GoTrue's own is risky.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Exactly what GoTrue does: `GET /verify` spends the token.
    Compat,
    /// Safe against link scanners: `GET /verify` shows a page with a button that posts.
    #[default]
    Strict,
}

/// `[site]`: where users come from and may be sent back to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SiteSettings {
    /// The public URL of this server; links in mails are built on it.
    pub external_url: String,
    /// The application's URL: where users are sent when nothing else is asked for or allowed.
    pub site_url: String,
    /// Globs of further redirect targets; `*` stops at `.` and `/`, `**` does not.
    pub redirect_allow_list: Vec<String>,
    /// How links in mails behave.
    pub profile: Profile,
}

/// `[signup]`: who may register.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SignupSettings {
    /// Nobody may register by themselves; invitations and administrators still create users.
    pub disabled: bool,
    /// Sign-in without any contact is possible.
    pub anonymous_enabled: bool,
    /// Users may link further identities by themselves.
    pub manual_linking_enabled: bool,
}

/// `[phone]`: sign-in by phone.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PhoneSettings {
    /// Phone numbers can be used at all.
    pub enabled: bool,
    /// Numbers count as confirmed without a code.
    pub autoconfirm: bool,
    /// How long a code is good for.
    pub otp_span: Span,
    /// Digits of a code, 6 to 10.
    pub otp_length: u8,
    /// Shortest span between two messages to one number.
    pub max_frequency: Span,
    /// Numbers with a fixed code, to which nothing is ever sent.
    pub test_otp: BTreeMap<String, String>,
    /// RFC 3339 time until which the fixed codes work; empty means always.
    pub test_otp_valid_until: String,
    /// The name of the SMS provider, as `/settings` reports it.
    pub provider: String,
}

/// `[password]`: what a password must look like and what changing it requires.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PasswordSettings {
    /// Fewest characters, at least 6.
    pub min_length: usize,
    /// Sets of characters; at least one character of each set is required.
    pub required_characters: Vec<String>,
    /// A session older than 24 h must present a mailed code to change the password.
    pub require_reauthentication: bool,
    /// The old password must be presented to change it.
    pub require_current_password: bool,
}

/// `[jwt]`: access tokens.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct JwtSettings {
    /// The `iss` claim; empty: the claim is left out and not checked.
    pub issuer: String,
    /// The audience of users that ask for none; may be empty.
    pub audience: String,
    /// How long an access token lives.
    pub access_span: Span,
    /// The role that new users get; may be empty.
    pub default_role: String,
    /// Roles whose tokens may call `/admin`.
    pub admin_roles: Vec<String>,
}

/// The two generations of refresh tokens that GoTrue knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum RefreshAlgorithm {
    /// Twelve random characters, one row each.
    V1,
    /// A signed counter; the only state is in the session's row.
    #[default]
    V2,
}

impl TryFrom<u8> for RefreshAlgorithm {
    type Error = &'static str;
    fn try_from(version: u8) -> Result<Self, Self::Error> {
        match version {
            0 | 1 => Ok(Self::V1),
            2 => Ok(Self::V2),
            _ => Err("the refresh token algorithm is 1 or 2"),
        }
    }
}

impl From<RefreshAlgorithm> for u8 {
    fn from(algorithm: RefreshAlgorithm) -> u8 {
        match algorithm {
            RefreshAlgorithm::V1 => 1,
            RefreshAlgorithm::V2 => 2,
        }
    }
}

/// `[refresh]`: refresh tokens.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RefreshSettings {
    /// A token presented again outside the reuse window ends the family.
    pub rotation_enabled: bool,
    /// Span in which a spent token still gets the current one.
    pub reuse_interval: Span,
    /// The generation that new sessions use.
    pub algorithm: RefreshAlgorithm,
    /// How many of 100 sessions of the first generation move to the second at their next refresh.
    pub upgrade_percentage: u8,
    /// A spent token of the second generation always gets the current one.
    pub allow_reuse: bool,
}

/// `[sessions]`: how long sessions live. A zero span means no limit.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SessionSettings {
    /// Longest life of a session.
    pub timebox: Span,
    /// Longest pause between two refreshes.
    pub inactivity_timeout: Span,
    /// How long a user with a second factor may stay at aal1.
    pub allow_low_aal: Span,
    /// Only the newest session of a user can be refreshed.
    pub single_per_user: bool,
    /// Kinds of sessions among which `single_per_user` counts.
    pub tags: Vec<String>,
}

/// `[mfa]`: second factors.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MfaSettings {
    /// Most factors of one user, verified or not.
    pub max_enrolled_factors: usize,
    /// Most verified factors of one user.
    pub max_verified_factors: usize,
    /// How long a challenge can be answered.
    pub challenge_span: Span,
    /// How long an unverified factor is kept.
    pub factor_span: Span,
    /// A time-based code can be enrolled.
    pub totp_enroll_enabled: bool,
    /// A time-based code can be verified.
    pub totp_verify_enabled: bool,
    /// A phone can be enrolled as a factor.
    pub phone_enroll_enabled: bool,
    /// A phone factor can be verified.
    pub phone_verify_enabled: bool,
    /// A security key can be enrolled as a factor.
    pub webauthn_enroll_enabled: bool,
    /// A security key can be verified.
    pub webauthn_verify_enabled: bool,
}

/// `[features]`: what answers "disabled" unless switched on, and what goes with it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FeatureSettings {
    /// SAML sign-in is configured.
    pub saml_enabled: bool,
    /// A next SAML key is configured, as `/settings` reports it.
    pub saml_next_key_configured: bool,
    /// Passkeys are configured.
    pub passkeys_enabled: bool,
    /// Sign-in with a Solana wallet is configured.
    pub web3_solana_enabled: bool,
    /// Sign-in with an Ethereum wallet is configured.
    pub web3_ethereum_enabled: bool,
    /// The OAuth server is configured.
    pub oauth_server_enabled: bool,
    /// Clients may register themselves at the OAuth server.
    pub oauth_dynamic_registration_enabled: bool,
    /// The path of the application's consent page.
    pub oauth_authorization_path: String,
    /// Administrators may configure further providers at run time.
    pub custom_providers_enabled: bool,
}

impl Default for SiteSettings {
    fn default() -> Self {
        Self {
            external_url: "http://127.0.0.1:9999".to_owned(),
            site_url: "http://127.0.0.1:3000".to_owned(),
            redirect_allow_list: Vec::new(),
            profile: Profile::default(),
        }
    }
}

impl Default for PhoneSettings {
    fn default() -> Self {
        Self {
            enabled: false,
            autoconfirm: false,
            otp_span: Span::seconds(60),
            otp_length: 6,
            max_frequency: Span::seconds(60),
            test_otp: BTreeMap::new(),
            test_otp_valid_until: String::new(),
            provider: String::new(),
        }
    }
}

impl Default for PasswordSettings {
    fn default() -> Self {
        Self {
            min_length: 8,
            required_characters: Vec::new(),
            require_reauthentication: false,
            require_current_password: false,
        }
    }
}

impl Default for JwtSettings {
    fn default() -> Self {
        Self {
            issuer: String::new(),
            audience: "authenticated".to_owned(),
            access_span: Span::seconds(3600),
            default_role: "authenticated".to_owned(),
            admin_roles: vec!["service_role".to_owned(), "supabase_admin".to_owned()],
        }
    }
}

impl Default for RefreshSettings {
    fn default() -> Self {
        Self {
            rotation_enabled: true,
            reuse_interval: Span::seconds(10),
            algorithm: RefreshAlgorithm::V2,
            upgrade_percentage: 0,
            allow_reuse: false,
        }
    }
}

impl Default for MfaSettings {
    fn default() -> Self {
        Self {
            max_enrolled_factors: 10,
            max_verified_factors: 10,
            challenge_span: Span::seconds(300),
            factor_span: Span::seconds(300),
            totp_enroll_enabled: true,
            totp_verify_enabled: true,
            phone_enroll_enabled: false,
            phone_verify_enabled: false,
            webauthn_enroll_enabled: false,
            webauthn_verify_enabled: false,
        }
    }
}

/// The keys for the columns that GoTrue can encrypt (AES-GCM with an HKDF key per row).
#[derive(Debug, Clone, Default)]
pub struct ColumnKeys {
    /// 32-byte master keys by key id.
    pub decryption: BTreeMap<String, Secret<Vec<u8>>>,
    /// The id of the key that new values are encrypted with; none: values are stored in clear.
    pub encryption: Option<String>,
}
