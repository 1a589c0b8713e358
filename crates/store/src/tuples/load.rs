//! What the evaluation of a question lacks, loaded at once.

use super::row::{each_of_list, key_parts, list, of_key, take_tuple, tuple_columns};
use crate::db::{Query, Read, Row, Snapshot, Tx, Value, params, statements};
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

/// The tuples of an object and a relation. What is equal to something is in no order, and
/// `PostgreSQL` is to take the index in the order of the relations.
macro_rules! of_set {
    (sqlite, $condition:literal) => {
        of_set!("t.relation = w.value ->> 2", $condition)
    };
    (postgres, $condition:literal) => {
        of_set!(
            "t.relation BETWEEN w.value ->> 2 AND w.value ->> 2",
            $condition
        )
    };
    ($relation:literal, $condition:literal) => {
        live!(concat!(
            "t.object_type = w.value ->> 0 AND t.object_id = w.value ->> 1 AND ",
            $relation,
            " AND ",
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

/// At most `$4` of them.
macro_rules! limited {
    ($($of_list:tt)*) => {
        concat!(each_of_list!($($of_list)*), " LIMIT $4")
    };
}

/// The objects among the subjects of an object and a relation.
macro_rules! objects_of_set {
    ($engine:ident) => {
        of_set!($engine, "t.subject_relation = '' AND t.subject_id <> '*'")
    };
}

/// Sets and rows that are read where the caller is, if reading is done there: it takes a
/// millisecond or two. More is read apart.
const FEW: usize = 500;

statements! {
    // What follows in the transaction is planned by index, however small the table is now.
    Query VERSION = {
        sqlite: "SELECT version FROM stores WHERE number = $1 AND deleted_at IS NULL",
        postgres: "
            SELECT version, set_config('enable_seqscan', 'off', TRUE)
            FROM stores WHERE number = $1 AND deleted_at IS NULL",
    };
    Query TUPLES = {
        sqlite: limited!(sqlite, tuple_columns!(), "", live!(of_key!())),
        postgres: limited!(postgres, tuple_columns!(), live!(of_key!())),
    };
    // Left to itself, SQLite would look through all subjects of the object.
    Query USERSETS = {
        sqlite: limited!(sqlite, tuple_columns!(), "INDEXED BY store_tuples_userset_idx",
            of_set!(sqlite, "t.subject_relation <> ''")),
        postgres: limited!(postgres, tuple_columns!(),
            of_set!(postgres, "t.subject_relation <> ''"), "t.relation"),
    };
    Query OBJECTS = {
        sqlite: limited!(sqlite, tuple_columns!(), "", objects_of_set!(sqlite)),
        postgres: limited!(postgres, tuple_columns!(), objects_of_set!(postgres), "t.relation"),
    };
    Query OF = {
        sqlite: limited!(sqlite, tuple_columns!(), "INDEXED BY store_tuples_subject_idx",
            of_subject!()),
        postgres: limited!(postgres, tuple_columns!(), of_subject!(), "t.object_type, t.relation"),
    };
    Query COUNTS = {
        sqlite: concat!(
            each_of_list!(sqlite, "t.object_id, count(*)", "", objects_of_set!(sqlite)),
            " GROUP BY t.object_id"),
        postgres: concat!(
            each_of_list!(postgres, "t.object_id, count(*)", objects_of_set!(postgres),
                "t.relation"),
            " GROUP BY t.object_id"),
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

/// Loads what is wanted and counts at `now`, and the version of the store that the snapshot shows,
/// in one round trip; `None` where the store is deleted. Where there is more than `rows_max` of a
/// kind, so many and one more are loaded.
pub async fn load_at(
    snapshot: &mut Snapshot,
    store: i64,
    wanted: &Wanted,
    now: Time,
    rows_max: usize,
) -> Result<Option<(i64, Found)>> {
    let queries = |rows: usize| wanted.queries(store, now, rows);
    if snapshot.reads_inline() && wanted.len() <= FEW {
        let few = rows_max.min(FEW);
        let loaded = wanted.taken(snapshot.all(queries(few)).await?)?;
        let is_more = |(_, found): &(i64, Found)| few < rows_max && found.longest() > few;
        if !loaded.as_ref().is_some_and(is_more) {
            return Ok(loaded);
        }
    }
    wanted.taken(snapshot.all_apart(queries(rows_max)).await?)
}

/// The same in a write transaction, which sees what it has written itself.
pub async fn load_in(
    tx: &mut Tx,
    store: i64,
    wanted: &Wanted,
    now: Time,
    rows_max: usize,
) -> Result<Option<(i64, Found)>> {
    wanted.taken(tx.all(wanted.queries(store, now, rows_max)).await?)
}

/// How many objects the sets of some objects and relations have as their subjects at `now`, for
/// each id of an object that has any; in any order, and in one round trip.
pub async fn count_objects(
    db: &mut impl Read,
    store: i64,
    sets: &[(Object, String)],
    now: Time,
) -> Result<Vec<(String, i64)>> {
    let sets = sets.iter();
    let sets = list!(sets.map(|(of, relation)| (of.type_name(), of.id(), relation)));
    let rows = db.rows(COUNTS, params![store, sets, now]).await?;
    rows.into_iter()
        .map(|mut row| Ok((row.take()?, row.take()?)))
        .collect()
}

impl Found {
    /// How many tuples were found.
    pub const fn len(&self) -> usize {
        self.tuples.len() + self.usersets.len() + self.objects.len() + self.of.len()
    }

    /// Whether nothing was found.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many there are of the kind that has most.
    fn longest(&self) -> usize {
        let kinds = [&self.tuples, &self.usersets, &self.objects, &self.of];
        kinds.map(Vec::len).into_iter().max().unwrap_or_default()
    }
}

impl Wanted {
    /// How many sets are wanted.
    pub const fn len(&self) -> usize {
        self.tuples.len() + self.usersets.len() + self.objects.len() + self.of.len()
    }

    /// Whether nothing is wanted.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The version, and one query for each kind of which there is something: for one row more than
    /// there may be.
    fn queries(&self, store: i64, now: Time, rows_max: usize) -> Vec<(Query, Vec<Value>)> {
        let limit = i64::try_from(rows_max).map_or(i64::MAX, |most| most.saturating_add(1));
        let tuples = list!(self.tuples.iter().map(key_parts));
        let usersets = list!(self.usersets.iter().map(set_parts));
        let objects = list!(self.objects.iter().map(set_parts));
        let of = list!(self.of.iter().map(Subject::parts));
        let kinds = self.kinds().into_iter().zip([
            (TUPLES, tuples),
            (USERSETS, usersets),
            (OBJECTS, objects),
            (OF, of),
        ]);
        let kinds = kinds
            .filter(|(is_wanted, _)| *is_wanted)
            .map(|(_, (query, list))| (query, params![store, list, now, limit]));
        std::iter::once((VERSION, params![store]))
            .chain(kinds)
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
    fn taken(&self, answers: Vec<Vec<Row>>) -> Result<Option<(i64, Found)>> {
        let mut sets = answers.into_iter();
        match sets.next().and_then(|rows| rows.into_iter().next()) {
            None => Ok(None),
            Some(mut row) => Ok(Some((row.take()?, self.found(sets)?))),
        }
    }

    /// The answers to the queries for each kind.
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
