//! What an operator decides about accounts of the account API.

use serde::{Deserialize, Serialize};
use types::Span;

/// `[account]`: accounts of the account API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AccountSettings {
    /// Credits that are booked once, when the account is made.
    pub opening_credits: i64,
    /// The plan of a new account.
    pub opening_plan: String,
    /// How long a session lives whose user did not ask to be remembered.
    pub unremembered_session_span: Span,
    /// The application's page where a new password is chosen; empty: `/reset-password` below
    /// `site.site_url`.
    pub password_reset_url: String,
}

impl Default for AccountSettings {
    fn default() -> Self {
        Self {
            opening_credits: 1_000,
            opening_plan: "free".to_owned(),
            unremembered_session_span: Span::seconds(24 * 3600),
            password_reset_url: String::new(),
        }
    }
}
