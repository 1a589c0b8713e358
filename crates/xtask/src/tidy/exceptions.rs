//! The places that break a rule for a reason; each line leaves when its reason does.

use super::{Finding, Rule};

/// A file that one rule does not bind.
#[derive(Debug)]
pub struct Exception {
    /// The file, from the root of the repository.
    pub path: &'static str,
    /// The one rule that does not bind it.
    pub rule: Rule,
    /// Why, and when the line may go.
    pub reason: &'static str,
}

/// All of them.
pub const EXCEPTIONS: &[Exception] = &[
    Exception {
        path: "crates/authn/src/error.rs",
        rule: Rule::FileLength,
        reason: "one closed list of reasons, two lines each, read by searching",
    },
    Exception {
        path: "crates/server/src/gotrue/error/refusal.rs",
        rule: Rule::FunctionLength,
        reason: "one flat table: an arm per reason, so that a new one does not compile unworded",
    },
    Exception {
        path: "crates/server/src/account/error/refusal.rs",
        rule: Rule::FunctionLength,
        reason: "one flat table: an arm per reason, so that a new one does not compile unworded",
    },
    Exception {
        path: "crates/loadtest/src/auth.rs",
        rule: Rule::FileLength,
        reason: "set-ups, users and operations of one suite; goes with the second suite",
    },
    Exception {
        path: "conformance/js/scenarios/admin.test.js",
        rule: Rule::FileLength,
        reason: "short scenarios that share one server and its users",
    },
    Exception {
        path: "conformance/js/scenarios/session.test.js",
        rule: Rule::FileLength,
        reason: "short scenarios that share one server and its users",
    },
    Exception {
        path: "conformance/js/scenarios/sign_in.test.js",
        rule: Rule::FileLength,
        reason: "short scenarios that share one server and its users",
    },
    Exception {
        path: "conformance/js/scenarios/sign_up.test.js",
        rule: Rule::FileLength,
        reason: "short scenarios that share one server and its users",
    },
];

impl Exception {
    pub(super) fn covers(&self, finding: &Finding) -> bool {
        self.path == finding.path && self.rule == finding.rule
    }
}
