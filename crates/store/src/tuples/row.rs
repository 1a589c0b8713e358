//! How tuples lie in rows, and how lists of them travel as one parameter.

use crate::db::Row;
use crate::error::{Error, Result};
use types::{JsonObject, Object, Subject, Time, Tuple, TupleCondition, TupleKey};

/// The columns of a tuple, in the order in which [`take_tuple`] reads them.
macro_rules! tuple_columns {
    () => {
        "t.object_type, t.object_id, t.relation, t.subject_type, t.subject_id, \
         t.subject_relation, t.condition_name, t.condition_context, t.expires_at"
    };
}
pub(crate) use tuple_columns;

/// The six columns of a key, in the order of the primary key.
pub(super) type KeyParts<'a> = (&'a str, &'a str, &'a str, &'a str, &'a str, &'a str);

/// Type and id of the object, relation, and type, id and relation of the subject.
pub(super) fn key_parts(key: &TupleKey) -> KeyParts<'_> {
    let (subject_type, subject_id, subject_relation) = key.subject.parts();
    (
        key.object.type_name(),
        key.object.id(),
        &key.relation,
        subject_type,
        subject_id,
        subject_relation,
    )
}

/// A list of rows as one JSON array of arrays, which both engines take apart by position. Texts and
/// numbers always have a JSON; no JSON at all would be refused by both engines.
macro_rules! list {
    ($rows:expr) => {
        $crate::db::Value::Json(
            serde_json::to_string(&$rows.collect::<Vec<_>>()).unwrap_or_default(),
        )
    };
}
pub(super) use list;

/// Reads the six columns of a key.
pub(crate) fn take_key(row: &mut Row) -> Result<TupleKey> {
    let object = Object::from_parts(row.take()?, row.take()?).map_err(|_| MALFORMED)?;
    let relation = row.take()?;
    let subject = Subject::from_parts(row.take()?, row.take()?, row.take()?);
    Ok(TupleKey {
        subject: subject.map_err(|_| MALFORMED)?,
        relation,
        object,
    })
}

/// Reads the columns of `tuple_columns!`.
pub(crate) fn take_tuple(row: &mut Row) -> Result<Tuple> {
    let key = take_key(row)?;
    let (name, context): (Option<String>, Option<JsonObject>) = (row.take()?, row.take()?);
    let expires_at: Option<Time> = row.take()?;
    let condition = name.map(|name| TupleCondition {
        name,
        context: context.unwrap_or_default(),
    });
    Ok(Tuple {
        key,
        condition,
        expires_at,
    })
}

/// Somebody else's hand has been at the row.
const MALFORMED: Error = Error::Decode {
    column: 0,
    value: "a malformed tuple",
};
