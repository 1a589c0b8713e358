//! What the settings of tokens and sessions are called in the configuration.

use super::key::{Section, key};
use super::kind::Kind::{Boolean, List, PositiveSpan, Span, Text, Whole};

pub(crate) const JWT: Section = Section {
    name: "jwt",
    about: "Access tokens.",
    keys: &[
        key(
            "jwt.issuer",
            Text,
            "The `iss` claim; empty means that it is left out and not checked.",
        ),
        key(
            "jwt.audience",
            Text,
            "The audience of users that ask for none; may be empty.",
        ),
        key(
            "jwt.access_span",
            PositiveSpan,
            "How long an access token lives.",
        ),
        key(
            "jwt.default_role",
            Text,
            "The role that new users get; may be empty.",
        ),
        key(
            "jwt.admin_roles",
            List,
            "Roles whose tokens may call `/admin`.",
        ),
    ],
};

pub(crate) const REFRESH: Section = Section {
    name: "refresh",
    about: "Refresh tokens.",
    keys: &[
        key(
            "refresh.rotation_enabled",
            Boolean,
            "A token presented again outside the reuse window ends the family.",
        ),
        key(
            "refresh.reuse_interval",
            Span,
            "Span in which a spent token still gets the current one.",
        ),
        key(
            "refresh.algorithm",
            Whole(1, 2),
            "The generation of tokens that new sessions use.",
        ),
        key(
            "refresh.upgrade_percentage",
            Whole(0, 100),
            "How many of 100 sessions of the first generation move to the second at their next \
             refresh.",
        ),
        key(
            "refresh.allow_reuse",
            Boolean,
            "A spent token of the second generation always gets the current one.",
        ),
    ],
};

pub(crate) const SESSIONS: Section = Section {
    name: "sessions",
    about: "How long sessions live; a zero span means no limit.",
    keys: &[
        key("sessions.timebox", Span, "Longest life of a session."),
        key(
            "sessions.inactivity_timeout",
            Span,
            "Longest pause between two refreshes.",
        ),
        key(
            "sessions.allow_low_aal",
            Span,
            "How long a user with a second factor may stay at aal1.",
        ),
        key(
            "sessions.single_per_user",
            Boolean,
            "Only the newest session of a user can be refreshed.",
        ),
        key(
            "sessions.tags",
            List,
            "Kinds of sessions among which `single_per_user` counts.",
        ),
    ],
};
