//! `[webauthn]`: how security keys and passkeys see the application (W3C Web Authentication).

use serde::{Deserialize, Serialize};
use types::Span;

/// `[webauthn]`: the relying party.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WebauthnSettings {
    /// The relying party's id: the application's domain.
    pub rp_id: String,
    /// The name that authenticators show.
    pub rp_display_name: String,
    /// The origins whose pages may use the keys.
    pub rp_origins: Vec<String>,
    /// How long a challenge can be answered.
    pub challenge_span: Span,
}

impl Default for WebauthnSettings {
    fn default() -> Self {
        Self {
            rp_id: String::new(),
            rp_display_name: String::new(),
            rp_origins: Vec::new(),
            challenge_span: Span::seconds(300),
        }
    }
}
