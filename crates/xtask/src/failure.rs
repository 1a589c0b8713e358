//! Why a verb stopped, in words for the developer who must act.

use std::fmt;

/// A sentence for the terminal: lower case, what failed and, where known, what to do.
#[derive(Debug)]
pub struct Failure(String);

impl Failure {
    /// A failure that is its own explanation.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }

    /// A failure with the reason that another layer gave.
    pub fn because(what: impl fmt::Display, cause: impl fmt::Display) -> Self {
        Self(format!("{what}: {cause}"))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}
