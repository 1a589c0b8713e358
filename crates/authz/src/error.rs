//! Why a use case refuses or fails, as reasons its callers act on.

use std::error::Error as StdError;
use types::{ModelId, TupleKey};

/// The outcome of a use case that did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Refused for a reason that the client can act on.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// A dependency cannot answer now; trying again later may help.
    #[error("{what} unavailable")]
    Unavailable {
        /// Which dependency.
        what: &'static str,
        /// Why.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// The deadline passed before there was an answer.
    #[error("there was no answer within the deadline")]
    Late,
    /// A fault of ours or of the data.
    #[error("internal error")]
    Internal(#[source] Box<dyn StdError + Send + Sync>),
}

/// A result with this crate's error.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The reasons that a client can act on. A closed list; each has one code of OpenFGA's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No store has this id, or it was deleted (`store_id_not_found`).
    #[error("store not found")]
    StoreNotFound,
    /// The store is one that the server keeps itself (`validation_error`).
    #[error(
        "this store is kept by the server: its tuples are changed through /api/v1/authz and \
         /api/v1/teams"
    )]
    StoreKept,
    /// The store has no such model (`authorization_model_not_found`).
    #[error("authorization model '{0}' not found")]
    ModelNotFound(ModelId),
    /// The store has no model yet (`latest_authorization_model_not_found`).
    #[error("no authorization models found for the store; write a model first")]
    NoModel,
    /// The model breaks a rule (`invalid_authorization_model`).
    #[error("{0}")]
    InvalidModel(String),
    /// A question or a tuple to write does not fit the model (`validation_error`).
    #[error("{0}")]
    Invalid(String),
    /// A contextual tuple does not fit the model (`invalid_tuple`).
    #[error("{0}")]
    InvalidTuple(String),
    /// A list asks for a type that the model has not (`type_not_found`).
    #[error("type '{0}' not found")]
    TypeNotFound(String),
    /// A list asks for a relation that the type has not (`relation_not_found`).
    #[error("relation '{type_name}#{relation}' not found")]
    RelationNotFound {
        /// The type.
        type_name: String,
        /// The relation.
        relation: String,
    },
    /// Neither writes nor deletes (`invalid_write_input`).
    #[error("invalid input. Make sure you provide at least one write, or at least one delete")]
    NothingToWrite,
    /// One key stands twice in a write (`cannot_allow_duplicate_tuples_in_one_request`).
    #[error("duplicate tuple in write: {}", described(.0))]
    DuplicateInRequest(Box<TupleKey>),
    /// More of something than is allowed (`exceeded_entity_limit`).
    #[error("the number of {what} exceeds the allowed limit of {most}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many are allowed.
        most: usize,
    },
    /// A tuple to write is there already (`write_failed_due_to_invalid_input`).
    #[error("cannot write a tuple which already exists: {0}")]
    AlreadyExists(String),
    /// A tuple to delete is not there (`write_failed_due_to_invalid_input`).
    #[error("cannot delete a tuple which does not exist: {0}")]
    DoesNotExist(String),
    /// A tuple that may be there already is there with another condition (`Aborted`, 409).
    #[error("tuple {0} exists with a different condition or end")]
    ExistsOtherwise(String),
    /// The answer lies deeper, or takes more steps, than is allowed
    /// (`authorization_model_resolution_too_complex`).
    #[error("{0}")]
    TooComplex(String),
    /// One of several questions for which no time was left (`deadline_exceeded`).
    #[error("there was no time left to resolve it")]
    OutOfTime,
    /// A condition could not be judged (`validation_error`).
    #[error("{0}")]
    Condition(String),
    /// The version that the answer must be fresh enough for was never reached.
    #[error("version {asked} has not been reached; the store is at {reached}")]
    VersionAhead {
        /// The version that the caller has seen.
        asked: i64,
        /// The version that the database is at.
        reached: i64,
    },
}

/// A key as OpenFGA describes it to clients.
fn described(key: &TupleKey) -> String {
    let TupleKey {
        subject,
        relation,
        object,
    } = key;
    format!("user: '{subject}', relation: '{relation}', object: '{object}'")
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Late => Self::Late,
            store::Error::Unavailable(source) => Self::Unavailable {
                what: "database",
                source,
            },
            other => Self::Internal(other.into()),
        }
    }
}

impl Error {
    /// The same error for another caller that waited for the same thing.
    pub(crate) fn again(&self) -> Self {
        match self {
            Self::Refused(refusal) => Self::Refused(refusal.clone()),
            Self::Unavailable { what, source } => Self::Unavailable {
                what,
                source: source.to_string().into(),
            },
            Self::Late => Self::Late,
            Self::Internal(source) => Self::Internal(source.to_string().into()),
        }
    }

    /// A fault that is described by words alone.
    pub(crate) fn internal(what: &'static str) -> Self {
        Self::Internal(what.into())
    }
}
