//! What goes wrong within an expression, where `&&` and `||` may still make up for it.

/// Why an expression has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// An operator or a function was given values that it has no meaning for.
    #[error("no such overload")]
    NoSuchOverload,
    /// A map has no such key.
    #[error("no such key: {0}")]
    NoSuchKey(String),
    /// A list has no such item.
    #[error("index out of bounds: {0}")]
    IndexOutOfBounds(i64),
    /// A map was written with the same key twice.
    #[error("failed with repeated key")]
    RepeatedKey,
    /// A value that cannot be the key of a map.
    #[error("unsupported key type")]
    UnsupportedKey,
    /// A division by zero.
    #[error("division by zero")]
    DivisionByZero,
    /// A remainder of a division by zero.
    #[error("modulus by zero")]
    ModulusByZero,
    /// A number, a duration or a timestamp beyond what it may be.
    #[error("{0} overflow")]
    Overflow(&'static str),
    /// A comparison with what is not a number (NaN).
    #[error("NaN values cannot be ordered")]
    NotOrdered,
    /// A text that does not denote what it was to be read as.
    #[error("`{text}` is not a valid {wanted}")]
    Unreadable {
        /// What it should have been.
        wanted: &'static str,
        /// The text, shortened.
        text: String,
    },
    /// A regular expression that is malformed or too large.
    #[error("invalid regular expression: {0}")]
    Pattern(String),
}

impl Fault {
    pub(crate) fn unreadable(wanted: &'static str, text: &str) -> Self {
        Self::Unreadable {
            wanted,
            text: text.chars().take(TEXT_CHARACTERS_MAX).collect(),
        }
    }
}

/// How much of a given text a message repeats.
const TEXT_CHARACTERS_MAX: usize = 64;
