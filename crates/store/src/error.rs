//! What can go wrong in the database, as reasons its callers act on.

use std::error::Error as StdError;

/// Why a statement, a transaction or a connection failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A unique key is taken. `key` is `table.column`, the same on both engines.
    #[error("duplicate {key}")]
    Duplicate {
        /// The key: `table.column`, or several joined by `, `.
        key: String,
    },
    /// A row that the statement refers to does not exist (foreign key).
    #[error("a referenced row is missing")]
    MissingReference,
    /// The application's own trigger or constraint refused the change.
    #[error("refused by the database: {}", .0.message)]
    Raised(Box<Raised>),
    /// A value in the database is not what the code expects.
    #[error("column {column}: cannot read {value}")]
    Decode {
        /// Position in the row, from 0.
        column: usize,
        /// The kind of value found; never the value itself.
        value: &'static str,
    },
    /// An earlier error ended this transaction.
    #[error("transaction aborted by an earlier error")]
    Aborted,
    /// The call's deadline passed while waiting.
    #[error("the deadline passed while waiting for the database")]
    Late,
    /// The database cannot be reached, is full, or is read-only.
    #[error("database unavailable")]
    Unavailable(#[source] Box<dyn StdError + Send + Sync>),
    /// The statement itself is wrong for this database: a fault of ours or of the schema.
    #[error("statement `{statement}` failed")]
    Statement {
        /// The statement's name.
        statement: &'static str,
        /// What the engine said.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The database is not one this server may use.
    #[error("{0}")]
    Unusable(String),
}

/// What an application's trigger or constraint said (`RAISE` in PL/pgSQL).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Raised {
    /// The SQLSTATE, five characters.
    pub sqlstate: String,
    /// The primary message.
    pub message: String,
    /// The hint; empty when there was none.
    pub hint: String,
    /// The detail; empty when there was none.
    pub detail: String,
}

/// A result with this crate's error.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// True where the cause lies outside of the request: trying again later may help.
    pub const fn is_outage(&self) -> bool {
        matches!(self, Self::Late | Self::Unavailable(_))
    }

    /// True where `key` is the one that is taken.
    pub fn is_duplicate(&self, table_column: &str) -> bool {
        matches!(self, Self::Duplicate { key } if key == table_column)
    }

    pub(crate) fn unavailable(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Unavailable(source.into())
    }
}
