//! What the evaluation of a question lacks, loaded at once.

use super::row::{key_parts, list, take_tuple, tuple_columns};
use crate::db::{Query, Row, Snapshot, Value, params, statements};
use crate::error::Result;
use types::{Object, Subject, Time, Tuple, TupleKey};

/// Finds the tuples that a list names, and that count at `$3`.
macro_rules! wanted {
    (sqlite, $index:literal, $condition:literal) => {
        concat!(
            "SELECT ",
            tuple_columns!(),
            " FROM json_each($2) w CROSS JOIN store_tuples t ",
            $index,
            " WHERE t.store = $1 AND (t.expires_at IS NULL OR t.expires_at > $3)",
            $condition
        )
    };
    (postgres, $condition:literal) => {
        concat!(
            "SELECT ",
            tuple_columns!(),
            " FROM jsonb_array_elements($2) w CROSS JOIN store_tuples t",
            " WHERE t.store = $1 AND (t.expires_at IS NULL OR t.expires_at > $3)",
            $condition
        )
    };
}

statements! {
    Query VERSION = "SELECT version FROM stores WHERE number = $1 AND deleted_at IS NULL";
    Query TUPLES = {
        sqlite: wanted!(sqlite, "", "
            AND t.object_type = w.value ->> 0 AND t.object_id = w.value ->> 1
            AND t.relation = w.value ->> 2 AND t.subject_type = w.value ->> 3
            AND t.subject_id = w.value ->> 4 AND t.subject_relation = w.value ->> 5"),
        postgres: wanted!(postgres, "
            AND t.object_type = w.value ->> 0 AND t.object_id = w.value ->> 1
            AND t.relation = w.value ->> 2 AND t.subject_type = w.value ->> 3
            AND t.subject_id = w.value ->> 4 AND t.subject_relation = w.value ->> 5"),
    };
    // Left to itself, SQLite would look through all subjects of the object.
    Query USERSETS = {
        sqlite: wanted!(sqlite, "INDEXED BY store_tuples_userset_idx", "
            AND t.object_type = w.value ->> 0 AND t.object_id = w.value ->> 1
            AND t.relation = w.value ->> 2 AND t.subject_relation <> ''"),
        postgres: wanted!(postgres, "
            AND t.object_type = w.value ->> 0 AND t.object_id = w.value ->> 1
            AND t.relation = w.value ->> 2 AND t.subject_relation <> ''"),
    };
    Query OBJECTS = {
        sqlite: wanted!(sqlite, "", "
            AND t.object_type = w.value ->> 0 AND t.object_id = w.value ->> 1
            AND t.relation = w.value ->> 2 AND t.subject_relation = '' AND t.subject_id <> '*'"),
        postgres: wanted!(postgres, "
            AND t.object_type = w.value ->> 0 AND t.object_id = w.value ->> 1
            AND t.relation = w.value ->> 2 AND t.subject_relation = '' AND t.subject_id <> '*'"),
    };
    Query OF = {
        sqlite: wanted!(sqlite, "INDEXED BY store_tuples_subject_idx", "
            AND t.subject_type = w.value ->> 0 AND t.subject_id = w.value ->> 1
            AND t.subject_relation = w.value ->> 2"),
        postgres: wanted!(postgres, "
            AND t.subject_type = w.value ->> 0 AND t.subject_id = w.value ->> 1
            AND t.subject_relation = w.value ->> 2"),
    };
}

/// What to load; each named once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// These very tuples.
    pub tuples: Vec<TupleKey>,
    /// Of an object and a relation, the tuples whose subjects are usersets.
    pub usersets: Vec<(Object, String)>,
    /// Of an object and a relation, the tuples whose subjects are objects.
    pub objects: Vec<(Object, String)>,
    /// The tuples of exactly these subjects.
    pub of: Vec<Subject>,
}

/// What there is of it, in any order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Those of the tuples that are there.
    pub tuples: Vec<Tuple>,
    /// Tuples whose subjects are usersets.
    pub usersets: Vec<Tuple>,
    /// Tuples whose subjects are objects.
    pub objects: Vec<Tuple>,
    /// Tuples of the subjects.
    pub of: Vec<Tuple>,
}

/// Loads what is wanted and counts at `now`, in one round trip; none where nothing is wanted.
pub async fn load(
    snapshot: &mut Snapshot,
    store: i64,
    wanted: &Wanted,
    now: Time,
) -> Result<Found> {
    let sets = snapshot.all(wanted.queries(store, now)).await?;
    wanted.found(sets)
}

/// The same, with the version of the store that the snapshot shows, in one round trip; `None` where
/// the store is deleted.
pub async fn load_at(
    snapshot: &mut Snapshot,
    store: i64,
    wanted: &Wanted,
    now: Time,
) -> Result<Option<(i64, Found)>> {
    let mut queries = wanted.queries(store, now);
    queries.push((VERSION, params![store]));
    let mut sets = snapshot.all(queries).await?;
    let version = sets.pop().and_then(|rows| rows.into_iter().next());
    match version {
        None => Ok(None),
        Some(mut row) => Ok(Some((row.take()?, wanted.found(sets)?))),
    }
}

impl Wanted {
    /// One query for each kind of which there is something.
    fn queries(&self, store: i64, now: Time) -> Vec<(Query, Vec<Value>)> {
        let tuples = list!(self.tuples.iter().map(key_parts));
        let usersets = list!(self.usersets.iter().map(set_parts));
        let objects = list!(self.objects.iter().map(set_parts));
        let of = list!(self.of.iter().map(Subject::parts));
        self.kinds()
            .into_iter()
            .zip([
                (TUPLES, tuples),
                (USERSETS, usersets),
                (OBJECTS, objects),
                (OF, of),
            ])
            .filter(|(is_wanted, _)| *is_wanted)
            .map(|(_, (query, list))| (query, params![store, list, now]))
            .collect()
    }

    /// Whether something of each kind is wanted, in the order of [`Found`].
    const fn kinds(&self) -> [bool; 4] {
        [
            !self.tuples.is_empty(),
            !self.usersets.is_empty(),
            !self.objects.is_empty(),
            !self.of.is_empty(),
        ]
    }

    /// The answers to [`Self::queries`].
    fn found(&self, sets: Vec<Vec<Row>>) -> Result<Found> {
        let mut sets = sets.into_iter();
        let mut next = |is_wanted: bool| -> Result<Vec<Tuple>> {
            let rows = is_wanted.then(|| sets.next()).flatten().unwrap_or_default();
            rows.into_iter()
                .map(|mut row| take_tuple(&mut row))
                .collect()
        };
        let [tuples, usersets, objects, of] = self.kinds();
        Ok(Found {
            tuples: next(tuples)?,
            usersets: next(usersets)?,
            objects: next(objects)?,
            of: next(of)?,
        })
    }
}

/// Type and id of the object, and the relation.
fn set_parts((object, relation): &(Object, String)) -> (&str, &str, &str) {
    (object.type_name(), object.id(), relation)
}
