//! Resources by kind and UUID, what stands for them in tuples, and who asks for something.

use super::error::Refusal;
use super::word::Kind;
use std::fmt;
use store::tuples::Author;
use types::{Object, Subject, TupleKey, UserId};
use uuid::Uuid;

/// A resource. Any UUID is an id, whatever its version and however it looks: what nobody can guess
/// comes from how ids are made, and is never judged by their digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Resource {
    /// What it is.
    pub kind: Kind,
    /// Its id, which its application has chosen.
    pub id: Uuid,
}

/// On whose behalf something is asked or done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// A user who has signed in, and whose account counts: whoever names one has looked, for the
    /// same request. What changes something looks again.
    User(UserId),
    /// The bearer of a service key: the application itself, which answers for what it does.
    Service,
}

impl Resource {
    /// A resource.
    pub const fn new(kind: Kind, id: Uuid) -> Self {
        Self { kind, id }
    }

    /// Reads `kind:uuid`.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, id) = text.split_once(':')?;
        let id = Uuid::parse_str(id).ok()?;
        Some(Self::new(Kind::parse(kind)?, id))
    }

    pub(crate) fn object(self) -> Object {
        object(self.kind.name(), self.id)
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.id.hyphenated())
    }
}

impl Asker {
    /// How the history of changes names them.
    pub(crate) fn author(self, reason: Option<String>) -> Author {
        let actor = match self {
            Self::User(id) => format!("user:{id}"),
            Self::Service => "service_key".to_owned(),
        };
        Author { actor, reason }
    }

    /// The user, who must be one.
    pub(crate) const fn person(self) -> Result<UserId, Refusal> {
        match self {
            Self::User(id) => Ok(id),
            Self::Service => Err(Refusal::PersonOnly),
        }
    }
}

/// What stands for something with a UUID. The form of both parts is fixed, so that it is always
/// an object.
#[expect(
    clippy::expect_used,
    reason = "a name of the model and a UUID are an object whatever they are"
)]
pub(crate) fn object(type_name: &str, id: Uuid) -> Object {
    let id = id.hyphenated().to_string();
    Object::from_parts(type_name.to_owned(), id).expect("a name and a UUID are an object")
}

/// What stands for a user.
pub(crate) fn user(id: UserId) -> Subject {
    Subject::Object(object("user", id.0))
}

/// Everybody.
pub(crate) fn everybody() -> Subject {
    Subject::Wildcard("user".to_owned())
}

/// A tuple's key.
pub(crate) fn key(object: &Object, relation: &str, subject: Subject) -> TupleKey {
    TupleKey {
        subject,
        relation: relation.to_owned(),
        object: object.clone(),
    }
}

/// The id of a subject that is an object with a UUID.
pub(crate) fn id_of(subject: &Subject) -> Option<Uuid> {
    match subject {
        Subject::Object(object) => Uuid::parse_str(object.id()).ok(),
        Subject::Userset(..) | Subject::Wildcard(_) => None,
    }
}
