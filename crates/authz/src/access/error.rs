//! Why a use case about resources, teams or media refuses or fails.

use super::word::{Kind, Permission, Role};
use std::error::Error as StdError;
use types::Time;

/// The outcome of a use case that did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Refused for a reason that the client can act on.
    #[error("{0}")]
    Refused(#[from] Refusal),
    /// A dependency cannot answer now, or not in time; trying again later may help.
    #[error("{what} unavailable")]
    Unavailable {
        /// Which dependency.
        what: &'static str,
        /// Why, where that is known.
        #[source]
        source: Option<Box<dyn StdError + Send + Sync>>,
    },
    /// A fault of ours or of the data.
    #[error("internal error")]
    Internal(#[source] Box<dyn StdError + Send + Sync>),
}

/// A result with this error.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The reasons that a client can act on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A value of the request is none that it may have.
    #[error("{field} {fault}")]
    Invalid {
        /// Which.
        field: &'static str,
        /// What is wrong, as the rest of a sentence that begins with the field.
        fault: String,
    },
    /// There is no such thing, or none that the caller may know of.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The caller may know of it, but not do this.
    #[error("you may not {permission} this {kind}")]
    Forbidden {
        /// What the caller wanted to do.
        permission: Permission,
        /// With what.
        kind: Kind,
        /// Without an emergency access the caller would be told that there is no such thing.
        is_emergency: bool,
    },
    /// A rule about teams, emergencies or tokens forbids it.
    #[error("{0}")]
    NotAllowed(&'static str),
    /// The caller's account is banned, suspended or deleted.
    #[error("this account is not active")]
    Inactive,
    /// Only a service may do this.
    #[error("only a service key may do this")]
    ServiceOnly,
    /// Only a person may do this, who is answerable for it.
    #[error("only a signed-in user may do this")]
    PersonOnly,
    /// The id is that of a resource already.
    #[error("this {0} is registered already")]
    AlreadyRegistered(Kind),
    /// What is to be made is there already.
    #[error("{0}")]
    Conflict(&'static str),
    /// The team has as many members and invitations as it may have.
    #[error("the team is full: it may have {0} members")]
    TeamFull(i64),
    /// Too many invitations from one user or to one address; when the next may leave.
    #[error("too many invitations; try again in {0} seconds")]
    TooManyInvitations(u64),
    /// A role that the caller may not give or take.
    #[error("you may not give or take the role {0}")]
    RoleOutOfReach(Role),
    /// The time of something is over.
    #[error("{what} ended at {at}")]
    Ended {
        /// What.
        what: &'static str,
        /// When.
        at: Time,
    },
}

impl Refusal {
    /// A value that may not be.
    pub(crate) fn invalid(field: &'static str, fault: impl Into<String>) -> Self {
        let fault = fault.into();
        Self::Invalid { field, fault }
    }

    /// Its name for clients.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Invalid { .. } => "invalid_request",
            Self::NotFound(_) => "not_found",
            Self::Forbidden { .. } => "forbidden",
            Self::NotAllowed(_) => "not_allowed",
            Self::Inactive => "account_inactive",
            Self::ServiceOnly => "service_only",
            Self::PersonOnly => "person_only",
            Self::AlreadyRegistered(_) => "already_registered",
            Self::Conflict(_) => "conflict",
            Self::TeamFull(_) => "team_full",
            Self::TooManyInvitations(_) => "too_many_requests",
            Self::RoleOutOfReach(_) => "role_out_of_reach",
            Self::Ended { .. } => "ended",
        }
    }
}

impl From<crate::Error> for Error {
    /// What the model of this server was asked it understands: its refusals are faults of ours,
    /// but for those that a question brought about by taking too long.
    fn from(error: crate::Error) -> Self {
        match error {
            crate::Error::Unavailable { what, source } => Self::Unavailable {
                what,
                source: Some(source),
            },
            crate::Error::Late | crate::Error::Refused(crate::Refusal::OutOfTime) => {
                Self::Unavailable {
                    what: "an answer in time",
                    source: None,
                }
            }
            // Where the store is in memory, there is room for any question about resources.
            crate::Error::Refused(crate::Refusal::TooComplex(_)) => Self::Unavailable {
                what: "so much at once while the store is not in memory",
                source: None,
            },
            crate::Error::Refused(ahead @ crate::Refusal::VersionAhead { .. }) => {
                Refusal::invalid("claviger-at-least-version", format!("is ahead: {ahead}")).into()
            }
            other => Self::Internal(other.into()),
        }
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        crate::Error::from(error).into()
    }
}

impl From<crate::Refusal> for Error {
    fn from(refusal: crate::Refusal) -> Self {
        crate::Error::from(refusal).into()
    }
}
