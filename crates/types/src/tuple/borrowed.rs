//! Objects and subjects that are only looked at: their texts stay where they were written.

use super::{InvalidTuple, OBJECT_CHARACTERS_MAX, Object, SUBJECT_BYTES_MAX, Subject};
use super::{TYPE_CHARACTERS_MAX, check_characters, check_id, check_name, check_relation};

/// An object whose text is another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ObjectRef<'a> {
    type_name: &'a str,
    id: &'a str,
}

/// A subject whose text is another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubjectRef<'a> {
    /// One object.
    Object(ObjectRef<'a>),
    /// Whoever has a relation to an object.
    Userset(ObjectRef<'a>, &'a str),
    /// All objects of a type.
    Wildcard(&'a str),
}

impl<'a> ObjectRef<'a> {
    pub(super) const fn new(type_name: &'a str, id: &'a str) -> Self {
        Self { type_name, id }
    }

    /// Parses an object by the rules of [`Object::parse`].
    pub fn parse(text: &'a str) -> Result<Self, InvalidTuple> {
        const FORM: InvalidTuple = InvalidTuple::Form("type:id");
        check_characters(&[text], OBJECT_CHARACTERS_MAX)?;
        let (type_name, id) = text.split_once(':').ok_or(FORM)?;
        check_name(type_name, TYPE_CHARACTERS_MAX, FORM)?;
        check_id(id, FORM)?;
        Ok(Self { type_name, id })
    }

    /// The type: what stands before the first colon.
    pub const fn type_name(self) -> &'a str {
        self.type_name
    }

    /// The id: what stands behind the first colon.
    pub const fn id(self) -> &'a str {
        self.id
    }

    /// The object with a text of its own.
    pub fn into_owned(self) -> Object {
        Object {
            type_name: self.type_name.to_owned(),
            id: self.id.to_owned(),
        }
    }
}

impl<'a> SubjectRef<'a> {
    /// Parses a subject by the rules of [`Subject::parse`].
    pub fn parse(text: &'a str) -> Result<Self, InvalidTuple> {
        const FORM: InvalidTuple = InvalidTuple::Form("type:id, type:id#relation or type:*");
        if text.len() > SUBJECT_BYTES_MAX {
            return Err(InvalidTuple::TooManyBytes(SUBJECT_BYTES_MAX));
        }
        let (type_name, rest) = text.split_once(':').ok_or(FORM)?;
        check_name(type_name, TYPE_CHARACTERS_MAX, FORM)?;
        if rest == "*" {
            return Ok(Self::Wildcard(type_name));
        }
        let (id, relation) = match rest.split_once('#') {
            Some((id, relation)) => (id, Some(relation)),
            None => (rest, None),
        };
        check_id(id, FORM)?;
        let object = ObjectRef { type_name, id };
        match relation {
            Some(relation) => {
                check_relation(relation)?;
                Ok(Self::Userset(object, relation))
            }
            None => Ok(Self::Object(object)),
        }
    }

    /// The type before the first colon.
    pub const fn type_name(self) -> &'a str {
        match self {
            Self::Object(object) | Self::Userset(object, _) => object.type_name(),
            Self::Wildcard(type_name) => type_name,
        }
    }

    /// The subject with a text of its own.
    pub fn into_owned(self) -> Subject {
        match self {
            Self::Object(object) => Subject::Object(object.into_owned()),
            Self::Userset(object, relation) => {
                Subject::Userset(object.into_owned(), relation.to_owned())
            }
            Self::Wildcard(type_name) => Subject::Wildcard(type_name.to_owned()),
        }
    }
}
