//! Why a condition is refused, and why it cannot be evaluated.

use super::fault::Fault;
use crate::place::Place;

/// Why a condition cannot be used. Places are within its expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// More parameters than are allowed.
    #[error("a condition has at most {limit} parameters, this has {found}")]
    TooManyParameters {
        /// How many it has.
        found: usize,
        /// How many it may have.
        limit: usize,
    },
    /// A longer expression than is allowed.
    #[error("the expression has at most {limit} bytes, this has {found}")]
    TooLong {
        /// How many bytes it has.
        found: usize,
        /// How many it may have.
        limit: usize,
    },
    /// An expression, or the type of a parameter, that is nested too deeply.
    #[error("nested more than {limit} levels deep")]
    TooDeep {
        /// How deep it may be.
        limit: usize,
    },
    /// It is not an expression.
    #[error("{}:{}: {message}", place.line, place.column)]
    Syntax {
        /// Where.
        place: Place,
        /// What is wrong there, in one line.
        message: String,
    },
    /// A name that is neither a parameter nor a function.
    #[error("{}:{}: undeclared reference to '{name}' (in container '')", place.line, place.column)]
    Undeclared {
        /// Where.
        place: Place,
        /// The name.
        name: String,
    },
    /// An operator or function that takes no arguments of these types.
    #[error(
        "{}:{}: found no matching overload for '{function}' applied to '{arguments}'",
        place.line, place.column
    )]
    NoMatchingOverload {
        /// Where.
        place: Place,
        /// The operator or function.
        function: String,
        /// The types, such as `(int, string)`, or `string.(int)` for a member function.
        arguments: String,
    },
    /// A field of something that has none.
    #[error("{}:{}: type '{found}' does not support field selection", place.line, place.column)]
    NoFields {
        /// Where.
        place: Place,
        /// Its type.
        found: String,
    },
    /// A macro over something that has no items.
    #[error(
        "{}:{}: expression of type '{found}' cannot be range of a comprehension \
         (must be list, map, or dynamic)",
        place.line, place.column
    )]
    NoItems {
        /// Where.
        place: Place,
        /// Its type.
        found: String,
    },
    /// A part of the language that conditions do not have.
    #[error("{}:{}: {what} are not supported", place.line, place.column)]
    Unsupported {
        /// Where.
        place: Place,
        /// What.
        what: &'static str,
    },
    /// A regular expression, written as a literal, that could never match anything.
    #[error("{}:{}: invalid regular expression: {message}", place.line, place.column)]
    Pattern {
        /// Where.
        place: Place,
        /// What is wrong with it, in one line.
        message: String,
    },
    /// It does not say yes or no.
    #[error("expected a bool condition expression output, but got '{found}'")]
    NotBool {
        /// The type that it has.
        found: String,
    },
}

/// A value that cannot be read as the type of its parameter.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the parameter `{parameter}` is a `{expected}`, but {found} was given")]
pub struct ParameterError {
    /// The parameter.
    pub parameter: String,
    /// Its type, as the model language writes it.
    pub expected: String,
    /// What was given, shortened.
    pub found: String,
}

/// Why the context of a tuple cannot be stored with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContextError {
    /// The condition has no such parameter.
    #[error("the condition has no parameter `{0}`")]
    UnknownParameter(String),
    /// A value of the wrong type.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
}

/// Why a condition neither holds nor fails.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvaluationError {
    /// Parameters that were not given, in the order of their declaration.
    #[error("the context lacks the parameters {}", quoted(.0))]
    MissingParameters(Vec<String>),
    /// A parameter of the wrong type.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// It would cost more than it may.
    #[error("operation cancelled: actual cost limit exceeded ({limit})")]
    TooExpensive {
        /// What it may cost.
        limit: u64,
    },
    /// The expression has no value for these parameters.
    #[error(transparent)]
    Fault(#[from] Fault),
}

fn quoted(names: &[String]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
