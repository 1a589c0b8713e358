//! What the settings of the account API are called in the configuration.

use super::key::{Section, key};
use super::kind::Kind::{PositiveSpan, Text, Whole};

pub(crate) const ACCOUNT: Section = Section {
    name: "account",
    about: "The account API.",
    keys: &[
        key(
            "account.opening_credits",
            Whole(0, 1_000_000_000),
            "Credits that are booked once, when the account is made.",
        ),
        key("account.opening_plan", Text, "The plan of a new account."),
        key(
            "account.unremembered_session_span",
            PositiveSpan,
            "How long a session lives whose user did not ask to be remembered.",
        ),
        key(
            "account.password_reset_url",
            Text,
            "The application's page where a new password is chosen, which gets `?token=`; empty: \
             `/reset-password` below `site.site_url`.",
        ),
    ],
};
