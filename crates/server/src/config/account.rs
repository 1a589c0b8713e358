//! `[account]`: what a new account of the account API begins with.

use super::key::{Section, key};
use super::kind::Kind::{Text, Whole};
use serde::{Deserialize, Serialize};

pub(crate) const ACCOUNT: Section = Section {
    name: "account",
    about: "What a new account of the account API begins with.",
    keys: &[
        key(
            "account.opening_credits",
            Whole(0, 1_000_000_000),
            "Credits that are booked once, when the account is made.",
        ),
        key("account.opening_plan", Text, "The plan of a new account."),
    ],
};

/// What a new account of the account API begins with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Account {
    /// Credits that are booked once, when the account is made.
    pub opening_credits: i64,
    /// The plan of a new account.
    pub opening_plan: String,
}

impl Default for Account {
    fn default() -> Self {
        Self {
            opening_credits: 1_000,
            opening_plan: "free".to_owned(),
        }
    }
}
