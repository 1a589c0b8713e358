//! `[providers.NAME]`: social and OpenID Connect providers.

use serde::{Deserialize, Serialize};
use types::Secret;

/// The providers that GoTrue knows by name, in the order of `/settings`; others are `custom:`.
pub const BUILT_IN_PROVIDERS: &[&str] = &[
    "apple",
    "azure",
    "bitbucket",
    "discord",
    "facebook",
    "figma",
    "fly",
    "github",
    "gitlab",
    "google",
    "kakao",
    "keycloak",
    "linkedin",
    "linkedin_oidc",
    "notion",
    "slack",
    "slack_oidc",
    "snapchat",
    "spotify",
    "twitch",
    "twitter",
    "vercel_marketplace",
    "workos",
    "x",
    "zoom",
];

/// One provider's registration.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ProviderSettings {
    /// The provider can be used.
    pub enabled: bool,
    /// The client ids; the first one starts sign-ins, all are accepted as audiences.
    pub client_id: Vec<String>,
    /// The client secret; never empty.
    #[serde(skip)]
    pub secret: Option<Secret<String>>,
    /// Where the provider sends users back to; empty: `/callback` below the external URL.
    pub redirect_uri: String,
    /// The provider's own URL, where it has many (`GitLab`, Keycloak, Azure, ...).
    pub url: String,
    /// Identity tokens are accepted without a nonce.
    pub skip_nonce_check: bool,
    /// Accounts without an e-mail address are accepted.
    pub email_optional: bool,
}
