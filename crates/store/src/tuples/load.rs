//! What the evaluation of a question lacks, loaded at once.

use super::row::{each_of_list, key_parts, list, of_key, take_tuple, tuple_columns};
use crate::db::{Query, Row, Snapshot, Value, params, statements};
use crate::error::Result;
use types::{Object, Subject, Time, Tuple, TupleKey};

/// The tuples that count at `$3`.
macro_rules! live {
    ($condition:expr) => {
        concat!(
            "(t.expires_at IS NULL OR t.expires_at > $3) AND ",
            $condition
        )
    };
}

/// The tuples of an object and a relation.
macro_rules! of_set {
    ($condition:literal) => {
        live!(concat!(
            "t.object_type = w.value ->> 0 AND t.object_id = w.value ->> 1 AND \
             t.relation = w.value ->> 2 AND ",
            $condition
        ))
    };
}

/// The tuples of a subject.
macro_rules! of_subject {
    () => {
        live!(
            "t.subject_type = w.value ->> 0 AND t.subject_id = w.value ->> 1 AND \
             t.subject_relation = w.value ->> 2"
        )
    };
}

statements! {
    // What follows in the transaction is planned by index, however small the table is now.
    Query VERSION = {
        sqlite: "SELECT version FROM stores WHERE number = $1 AND deleted_at IS NULL",
        postgres: "
            SELECT version, set_config('enable_seqscan', 'off', TRUE)
            FROM stores WHERE number = $1 AND deleted_at IS NULL",
    };
    Query TUPLES = {
        sqlite: each_of_list!(sqlite, tuple_columns!(), "", live!(of_key!())),
        postgres: each_of_list!(postgres, tuple_columns!(), live!(of_key!())),
    };
    // Left to itself, SQLite would look through all subjects of the object.
    Query USERSETS = {
        sqlite: each_of_list!(sqlite, tuple_columns!(), "INDEXED BY store_tuples_userset_idx",
            of_set!("t.subject_relation <> ''")),
        postgres: each_of_list!(postgres, tuple_columns!(),
            of_set!("t.subject_relation <> ''")),
    };
    Query OBJECTS = {
        sqlite: each_of_list!(sqlite, tuple_columns!(), "",
            of_set!("t.subject_relation = '' AND t.subject_id <> '*'")),
        postgres: each_of_list!(postgres, tuple_columns!(),
            of_set!("t.subject_relation = '' AND t.subject_id <> '*'")),
    };
    Query OF = {
        sqlite: each_of_list!(sqlite, tuple_columns!(), "INDEXED BY store_tuples_subject_idx",
            of_subject!()),
        postgres: each_of_list!(postgres, tuple_columns!(), of_subject!()),
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

/// Loads what is wanted and counts at `now`, in one round trip; none where nothing is wanted. In a
/// snapshot that has begun with [`load_at`].
pub async fn load(
    snapshot: &mut Snapshot,
    store: i64,
    wanted: &Wanted,
    now: Time,
) -> Result<Found> {
    let sets = snapshot.all(wanted.queries(store, now)).await?;
    wanted.found(sets.into_iter())
}

/// The same as the beginning of a snapshot, with the version of the store that it shows, in one
/// round trip; `None` where the store is deleted.
pub async fn load_at(
    snapshot: &mut Snapshot,
    store: i64,
    wanted: &Wanted,
    now: Time,
) -> Result<Option<(i64, Found)>> {
    let mut queries = vec![(VERSION, params![store])];
    queries.extend(wanted.queries(store, now));
    let mut sets = snapshot.all(queries).await?.into_iter();
    match sets.next().and_then(|rows| rows.into_iter().next()) {
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
    fn found(&self, mut sets: impl Iterator<Item = Vec<Row>>) -> Result<Found> {
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
