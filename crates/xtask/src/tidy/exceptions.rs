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
pub const EXCEPTIONS: &[Exception] = &[];

impl Exception {
    pub(super) fn covers(&self, finding: &Finding) -> bool {
        self.path == finding.path && self.rule == finding.rule
    }
}
