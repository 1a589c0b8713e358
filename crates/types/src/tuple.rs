//! Relationship tuples as OpenFGA writes them: who has which relation to what.

mod borrowed;

pub use borrowed::{ObjectRef, SubjectRef};

use crate::time::Time;
use std::fmt;

/// Longest type name, in characters.
pub const TYPE_CHARACTERS_MAX: usize = 254;
/// Longest name of a relation or condition, in characters.
pub const RELATION_CHARACTERS_MAX: usize = 50;
/// Longest object, in characters: `type:id`.
pub const OBJECT_CHARACTERS_MAX: usize = 256;
/// Longest subject, in bytes: `type:id`, `type:id#relation` or `type:*`.
pub const SUBJECT_BYTES_MAX: usize = 512;

/// An object: `document:budget`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Object {
    type_name: String,
    id: String,
}

/// Who a tuple is about, or a question (`user` on OpenFGA's wire).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// One object: `user:ann`.
    Object(Object),
    /// Whoever has a relation to an object: `group:staff#member`.
    Userset(Object, String),
    /// All objects of a type: `user:*`.
    Wildcard(String),
}

/// Who, which relation, to what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TupleKey {
    /// Who.
    pub subject: Subject,
    /// Which relation.
    pub relation: String,
    /// To what.
    pub object: Object,
}

/// The values of parameters, by name.
pub type JsonObject = serde_json::Map<String, serde_json::Value>;

/// What must hold for a tuple to count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TupleCondition {
    /// The name of a condition of the model.
    pub name: String,
    /// The values that the tuple gives to it; those of a request do not override them.
    pub context: JsonObject,
}

/// A tuple as evaluation sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tuple {
    /// Who, which relation, to what.
    pub key: TupleKey,
    /// What must hold for it to count.
    pub condition: Option<TupleCondition>,
    /// From when on it does not count any more.
    pub expires_at: Option<Time>,
}

/// Why a text is no object, subject or relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidTuple {
    /// It has more bytes than its kind may have.
    #[error("it is longer than {0} bytes")]
    TooManyBytes(usize),
    /// It has more characters than its kind may have.
    #[error("it is longer than {0} characters")]
    TooManyCharacters(usize),
    /// Something before or after a separator is empty, or there is no separator.
    #[error("it is not of the form `{0}`")]
    Form(&'static str),
    /// It holds white space, a control character, or a separator where none may be.
    #[error("it holds the character {0:?}, which may not stand there")]
    Character(char),
}

impl Object {
    /// Parses `type:id`. The id may hold colons; neither part may hold `#`, white space or control
    /// characters, and `*` alone is no id.
    pub fn parse(text: &str) -> Result<Self, InvalidTuple> {
        ObjectRef::parse(text).map(ObjectRef::into_owned)
    }

    /// The same object, whose text is this one's.
    pub fn by_ref(&self) -> ObjectRef<'_> {
        ObjectRef::new(&self.type_name, &self.id)
    }

    /// The object of a type and an id that are apart, by the rules of [`Object::parse`].
    pub fn from_parts(type_name: String, id: String) -> Result<Self, InvalidTuple> {
        const FORM: InvalidTuple = InvalidTuple::Form("type:id");
        check_characters(&[&type_name, ":", &id], OBJECT_CHARACTERS_MAX)?;
        check_name(&type_name, TYPE_CHARACTERS_MAX, FORM)?;
        check_id(&id, FORM)?;
        Ok(Self { type_name, id })
    }

    /// The type: what stands before the first colon.
    pub fn type_name(&self) -> &str {
        &self.type_name
    }

    /// The id: what stands behind the first colon.
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl Subject {
    /// Parses `type:id`, `type:id#relation` or `type:*`.
    pub fn parse(text: &str) -> Result<Self, InvalidTuple> {
        SubjectRef::parse(text).map(SubjectRef::into_owned)
    }

    /// The same subject, whose text is this one's.
    pub fn by_ref(&self) -> SubjectRef<'_> {
        match self {
            Self::Object(object) => SubjectRef::Object(object.by_ref()),
            Self::Userset(object, relation) => SubjectRef::Userset(object.by_ref(), relation),
            Self::Wildcard(type_name) => SubjectRef::Wildcard(type_name),
        }
    }

    /// The subject of a type, an id (`*` for a wildcard) and a relation (empty for all but
    /// usersets), by the rules of [`Subject::parse`].
    pub fn from_parts(
        type_name: String,
        id: String,
        relation: String,
    ) -> Result<Self, InvalidTuple> {
        const FORM: InvalidTuple = InvalidTuple::Form("type:id, type:id#relation or type:*");
        let separators = 1 + usize::from(!relation.is_empty());
        if type_name.len() + id.len() + relation.len() + separators > SUBJECT_BYTES_MAX {
            return Err(InvalidTuple::TooManyBytes(SUBJECT_BYTES_MAX));
        }
        check_name(&type_name, TYPE_CHARACTERS_MAX, FORM)?;
        if id == "*" && relation.is_empty() {
            return Ok(Self::Wildcard(type_name));
        }
        check_id(&id, FORM)?;
        let object = Object { type_name, id };
        if relation.is_empty() {
            return Ok(Self::Object(object));
        }
        check_relation(&relation)?;
        Ok(Self::Userset(object, relation))
    }

    /// The type, the id (`*` for a wildcard) and the relation (empty for all but usersets).
    pub fn parts(&self) -> (&str, &str, &str) {
        match self {
            Self::Object(object) => (&object.type_name, &object.id, ""),
            Self::Userset(object, relation) => (&object.type_name, &object.id, relation),
            Self::Wildcard(type_name) => (type_name, "*", ""),
        }
    }

    /// The type before the first colon.
    pub fn type_name(&self) -> &str {
        match self {
            Self::Object(object) | Self::Userset(object, _) => object.type_name(),
            Self::Wildcard(type_name) => type_name,
        }
    }
}

/// Checks the name of a relation.
pub fn check_relation(name: &str) -> Result<(), InvalidTuple> {
    check_name(
        name,
        RELATION_CHARACTERS_MAX,
        InvalidTuple::Form("relation"),
    )
}

fn check_name(name: &str, most: usize, form: InvalidTuple) -> Result<(), InvalidTuple> {
    if name.is_empty() {
        return Err(form);
    }
    check_characters(&[name], most)?;
    refuse(name, |c| matches!(c, ':' | '#' | '@'))
}

/// Checks how many characters the parts have together.
fn check_characters(parts: &[&str], most: usize) -> Result<(), InvalidTuple> {
    let bytes: usize = parts.iter().map(|part| part.len()).sum();
    // Each character has a byte at least, so that most texts need not be counted.
    if bytes <= most || parts.iter().map(|part| part.chars().count()).sum::<usize>() <= most {
        return Ok(());
    }
    Err(InvalidTuple::TooManyCharacters(most))
}

fn check_id(id: &str, form: InvalidTuple) -> Result<(), InvalidTuple> {
    if id.is_empty() || id == "*" {
        return Err(form);
    }
    refuse(id, |c| c == '#')
}

fn refuse(text: &str, is_separator: impl Fn(char) -> bool) -> Result<(), InvalidTuple> {
    // Nearly all texts hold nothing else, and to look at bytes is much quicker.
    let is_plain = |byte: u8| byte.is_ascii_graphic() && !is_separator(char::from(byte));
    if text.bytes().all(is_plain) {
        return Ok(());
    }
    let is_bad = |c: &char| c.is_whitespace() || c.is_control() || is_separator(*c);
    text.chars()
        .find(is_bad)
        .map_or(Ok(()), |c| Err(InvalidTuple::Character(c)))
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.type_name, self.id)
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object(object) => object.fmt(f),
            Self::Userset(object, relation) => write!(f, "{object}#{relation}"),
            Self::Wildcard(type_name) => write!(f, "{type_name}:*"),
        }
    }
}

impl fmt::Display for TupleKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            subject,
            relation,
            object,
        } = self;
        write!(f, "{object}#{relation}@{subject}")
    }
}

#[cfg(test)]
mod tests;
