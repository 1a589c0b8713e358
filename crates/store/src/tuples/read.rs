//! Reading a store's tuples page by page, by any part of their keys.

use super::row::key_parts;
use super::{StoredTuple, stored_columns, take_stored};
use crate::db::{Query, Read, Value, params, statements};
use crate::error::{Error, Result};
use types::{Subject, Time, TupleKey};

/// Tuples that count at `$2`, at most `$3`.
macro_rules! tuples_where {
    ($condition:literal, $order:literal) => {
        concat!(
            "SELECT ",
            stored_columns!(),
            " FROM store_tuples t
            WHERE t.store = $1 AND (t.expires_at IS NULL OR t.expires_at > $2) AND ",
            $condition,
            " ORDER BY ",
            $order,
            " LIMIT $3"
        )
    };
}

statements! {
    Query ALL = tuples_where!(
        "(t.object_type, t.object_id, t.relation, t.subject_type, t.subject_id, t.subject_relation)
            > ($4, $5, $6, $7, $8, $9) AND (CAST($10 AS TEXT) IS NULL OR t.relation = $10)",
        "t.object_type, t.object_id, t.relation, t.subject_type, t.subject_id, t.subject_relation");
    Query OF_TYPE = tuples_where!(
        "t.object_type = $9
            AND (t.object_id, t.relation, t.subject_type, t.subject_id, t.subject_relation)
                > ($4, $5, $6, $7, $8)
            AND (CAST($10 AS TEXT) IS NULL OR t.relation = $10)",
        "t.object_id, t.relation, t.subject_type, t.subject_id, t.subject_relation");
    Query OF_OBJECT = tuples_where!(
        "t.object_type = $8 AND t.object_id = $9
            AND (t.relation, t.subject_type, t.subject_id, t.subject_relation)
                > ($4, $5, $6, $7)",
        "t.relation, t.subject_type, t.subject_id, t.subject_relation");
    Query OF_RELATION = tuples_where!(
        "t.object_type = $7 AND t.object_id = $8 AND t.relation = $9
            AND (t.subject_type, t.subject_id, t.subject_relation) > ($4, $5, $6)",
        "t.subject_type, t.subject_id, t.subject_relation");
    Query OF_SUBJECT = tuples_where!(
        "t.subject_type = $7 AND t.subject_id = $8 AND t.subject_relation = $9
            AND (t.object_type, t.relation, t.object_id) > ($4, $5, $6)
            AND (CAST($10 AS TEXT) IS NULL OR t.relation = $10)",
        "t.object_type, t.relation, t.object_id");
    Query OF_SUBJECT_AND_TYPE = tuples_where!(
        "t.subject_type = $6 AND t.subject_id = $7 AND t.subject_relation = $8
            AND t.object_type = $9 AND (t.relation, t.object_id) > ($4, $5)",
        "t.relation, t.object_id");
    Query OF_SUBJECT_TYPE_AND_RELATION = tuples_where!(
        "t.subject_type = $5 AND t.subject_id = $6 AND t.subject_relation = $7
            AND t.object_type = $8 AND t.relation = $9 AND t.object_id > $4",
        "t.object_id");
    Query OF_SUBJECT_AND_OBJECT = tuples_where!(
        "t.subject_type = $5 AND t.subject_id = $6 AND t.subject_relation = $7
            AND t.object_type = $8 AND t.object_id = $9 AND t.relation > $4",
        "t.relation");
    Query ONE = tuples_where!(
        "t.subject_type = $5 AND t.subject_id = $6 AND t.subject_relation = $7
            AND t.object_type = $8 AND t.object_id = $9 AND t.relation = $10 AND t.relation > $4",
        "t.relation");
}

/// Which tuples; what is not given may be anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TupleFilter {
    /// The type of the object.
    pub object_type: Option<String>,
    /// The id of the object; only together with its type.
    pub object_id: Option<String>,
    /// The relation.
    pub relation: Option<String>,
    /// Exactly this subject.
    pub subject: Option<Subject>,
}

/// Up to `limit` tuples that a filter lets through and that count at `now`, behind `after`, which
/// the same filter gave. Each shape of filter has an order of its own, that of the index which
/// serves it, so that a page costs no more than what is on it: object, relation, subject; with a
/// subject type of the object, relation, id of the object.
pub async fn read(
    db: &mut impl Read,
    store: i64,
    filter: &TupleFilter,
    after: Option<&TupleKey>,
    now: Time,
    limit: i64,
) -> Result<Vec<StoredTuple>> {
    if filter.object_id.is_some() && filter.object_type.is_none() {
        return Err(Error::Statement {
            statement: "tuples::read",
            source: "a filter has the id of an object without its type".into(),
        });
    }
    let (query, given) = filter.query(after);
    let mut params = params![store, now, limit];
    params.extend(given);
    let rows = db.rows(query, params).await?;
    rows.into_iter().map(take_stored).collect()
}

impl TupleFilter {
    /// The statement for this shape, and its parameters from `$4` on: the place behind which the
    /// page begins, then what is given. Empty texts are before everything.
    fn query(&self, after: Option<&TupleKey>) -> (Query, Vec<Value>) {
        match &self.subject {
            None => self.query_by_object(after),
            Some(subject) => self.query_by_subject(subject, after),
        }
    }

    fn query_by_object(&self, after: Option<&TupleKey>) -> (Query, Vec<Value>) {
        let (object_type, object_id, relation, subject_type, subject_id, subject_relation) =
            after.map(key_parts).unwrap_or_default();
        let behind = [
            object_type,
            object_id,
            relation,
            subject_type,
            subject_id,
            subject_relation,
        ];
        // What is given is not part of the place.
        let (query, given, fixed) = match (&self.object_type, &self.object_id, &self.relation) {
            (None, _, relation) => (ALL, params![relation.as_deref()], 0),
            (Some(of_type), None, relation) => (OF_TYPE, params![of_type, relation.as_deref()], 1),
            (Some(of_type), Some(id), None) => (OF_OBJECT, params![of_type, id], 2),
            (Some(of_type), Some(id), Some(relation)) => {
                (OF_RELATION, params![of_type, id, relation], 3)
            }
        };
        let behind = behind.into_iter().skip(fixed).map(Value::from);
        (query, behind.chain(given).collect())
    }

    fn query_by_subject(&self, subject: &Subject, after: Option<&TupleKey>) -> (Query, Vec<Value>) {
        let (object_type, object_id, relation, ..) = after.map(key_parts).unwrap_or_default();
        let (subject_type, subject_id, subject_relation) = subject.parts();
        let subject = params![subject_type, subject_id, subject_relation];
        let (query, behind, given) = match (&self.object_type, &self.object_id, &self.relation) {
            (None, _, wanted) => (
                OF_SUBJECT,
                params![object_type, relation, object_id],
                params![wanted.as_deref()],
            ),
            (Some(of_type), None, None) => (
                OF_SUBJECT_AND_TYPE,
                params![relation, object_id],
                params![of_type],
            ),
            (Some(of_type), None, Some(wanted)) => (
                OF_SUBJECT_TYPE_AND_RELATION,
                params![object_id],
                params![of_type, wanted],
            ),
            (Some(of_type), Some(id), None) => (
                OF_SUBJECT_AND_OBJECT,
                params![relation],
                params![of_type, id],
            ),
            (Some(of_type), Some(id), Some(wanted)) => {
                (ONE, params![relation], params![of_type, id, wanted])
            }
        };
        (query, [behind, subject, given].concat())
    }
}
