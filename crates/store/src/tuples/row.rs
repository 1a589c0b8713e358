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

/// The tuples of store `$1` that fit an entry `w` of the list `$2`, each entry looked up by itself.
///
/// `PostgreSQL` keeps a plan until it hears that a table has grown, and a list tells it nothing:
/// left to itself it may read a whole store for ten keys. `OFFSET 0` keeps the two sides apart, so
/// that the inner one is planned as a search for one entry. In a small table all indexes cost the
/// same, and most begin with the store: the order is one that only the right index has.
macro_rules! each_of_list {
    (sqlite, $columns:expr, $index:literal, $condition:expr) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM json_each($2) w CROSS JOIN store_tuples t ",
            $index,
            " WHERE t.store = $1 AND ",
            $condition
        )
    };
    (postgres, $columns:expr, $condition:expr $(, $order:literal)?) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM jsonb_array_elements($2) w CROSS JOIN LATERAL (
                SELECT t.*, t.ctid FROM store_tuples t WHERE t.store = $1 AND ",
            $condition,
            $(" ORDER BY ", $order,)?
            " OFFSET 0) t"
        )
    };
}
pub(super) use each_of_list;

/// The tuple that has the key in an entry `w` of a list.
macro_rules! of_key {
    () => {
        "t.object_type = w.value ->> 0 AND t.object_id = w.value ->> 1 AND \
         t.relation = w.value ->> 2 AND t.subject_type = w.value ->> 3 AND \
         t.subject_id = w.value ->> 4 AND t.subject_relation = w.value ->> 5"
    };
}
pub(super) use of_key;

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
