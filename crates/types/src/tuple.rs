//! Relationship tuples as OpenFGA writes them: who has which relation to what.

use crate::time::Time;
use std::fmt;

/// Longest type name, in bytes.
pub const TYPE_BYTES_MAX: usize = 254;
/// Longest name of a relation or condition, in bytes.
pub const RELATION_BYTES_MAX: usize = 50;
/// Longest object, in bytes: `type:id`.
pub const OBJECT_BYTES_MAX: usize = 256;
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
    TooLong(usize),
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
        const FORM: InvalidTuple = InvalidTuple::Form("type:id");
        if text.len() > OBJECT_BYTES_MAX {
            return Err(InvalidTuple::TooLong(OBJECT_BYTES_MAX));
        }
        let (type_name, id) = text.split_once(':').ok_or(FORM)?;
        check_name(type_name, TYPE_BYTES_MAX, FORM)?;
        check_id(id, FORM)?;
        Ok(Self {
            type_name: type_name.to_owned(),
            id: id.to_owned(),
        })
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
        const FORM: InvalidTuple = InvalidTuple::Form("type:id, type:id#relation or type:*");
        if text.len() > SUBJECT_BYTES_MAX {
            return Err(InvalidTuple::TooLong(SUBJECT_BYTES_MAX));
        }
        let (type_name, rest) = text.split_once(':').ok_or(FORM)?;
        check_name(type_name, TYPE_BYTES_MAX, FORM)?;
        let object = |id: &str| Object {
            type_name: type_name.to_owned(),
            id: id.to_owned(),
        };
        if rest == "*" {
            return Ok(Self::Wildcard(type_name.to_owned()));
        }
        let Some((id, relation)) = rest.split_once('#') else {
            check_id(rest, FORM)?;
            return Ok(Self::Object(object(rest)));
        };
        check_id(id, FORM)?;
        check_relation(relation)?;
        Ok(Self::Userset(object(id), relation.to_owned()))
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
    check_name(name, RELATION_BYTES_MAX, InvalidTuple::Form("relation"))
}

fn check_name(name: &str, most: usize, form: InvalidTuple) -> Result<(), InvalidTuple> {
    if name.is_empty() {
        return Err(form);
    }
    if name.len() > most {
        return Err(InvalidTuple::TooLong(most));
    }
    refuse(name, |c| matches!(c, ':' | '#' | '@'))
}

fn check_id(id: &str, form: InvalidTuple) -> Result<(), InvalidTuple> {
    if id.is_empty() || id == "*" {
        return Err(form);
    }
    refuse(id, |c| c == '#')
}

fn refuse(text: &str, is_separator: impl Fn(char) -> bool) -> Result<(), InvalidTuple> {
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
mod tests {
    use super::*;

    #[test]
    fn what_was_parsed_prints_as_it_was() {
        for text in [
            "user:ann",
            "user:*",
            "group:staff#member",
            "doc:a:b",
            "doc:*a",
            "user:a@b",
        ] {
            assert_eq!(Subject::parse(text).unwrap().to_string(), text);
        }
        assert_eq!(Object::parse("doc:a:b").unwrap().id(), "a:b");
        let key = TupleKey {
            subject: Subject::parse("group:staff#member").unwrap(),
            relation: "viewer".to_owned(),
            object: Object::parse("doc:1").unwrap(),
        };
        assert_eq!(key.to_string(), "doc:1#viewer@group:staff#member");
    }

    #[test]
    fn the_kinds_of_subject_are_told_apart() {
        assert!(matches!(Subject::parse("user:*"), Ok(Subject::Wildcard(t)) if t == "user"));
        assert!(matches!(Subject::parse("g:1#m"), Ok(Subject::Userset(_, r)) if r == "m"));
        assert!(matches!(Subject::parse("user:1"), Ok(Subject::Object(_))));
    }

    #[test]
    fn malformed_texts_are_refused() {
        for text in [
            "",
            "user",
            "user:",
            ":ann",
            "user:*#member",
            "group:a#",
            "#a",
        ] {
            assert!(
                matches!(Subject::parse(text), Err(InvalidTuple::Form(_))),
                "{text}"
            );
        }
        for text in [
            "user:a b",
            "user:a\u{0}",
            "us er:a",
            "u#s:a",
            "g:a#b#c",
            "g:a#b:c",
            "u@b:c",
        ] {
            let refused = Subject::parse(text);
            assert!(
                matches!(refused, Err(InvalidTuple::Character(_))),
                "{text}: {refused:?}"
            );
        }
        for text in ["doc:*", "doc:a#b", "doc"] {
            assert!(Object::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn lengths_end_where_the_limits_say() {
        let object = |bytes: usize| Object::parse(&format!("doc:{}", "a".repeat(bytes - 4)));
        assert!(object(OBJECT_BYTES_MAX).is_ok());
        assert_eq!(
            object(OBJECT_BYTES_MAX + 1),
            Err(InvalidTuple::TooLong(OBJECT_BYTES_MAX))
        );
        let relation = |bytes: usize| check_relation(&"r".repeat(bytes));
        assert!(relation(RELATION_BYTES_MAX).is_ok());
        assert!(relation(RELATION_BYTES_MAX + 1).is_err());
    }
}
