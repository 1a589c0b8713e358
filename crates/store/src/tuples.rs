//! Relationship tuples of authorization stores, each with who wrote it, when and why.

pub(crate) mod change;
pub(crate) mod load;
pub(crate) mod read;
pub(crate) mod row;
pub(crate) mod touching;

pub use change::{TupleChange, change_all};
pub use load::{Found, Wanted, count_objects, load_at, load_in};
pub use read::{TupleFilter, read};
pub use touching::touching;

use crate::changes;
use crate::db::{Read, Row, Tx, params, statements};
use crate::error::Result;
use row::{each_of_list, key_parts, list, of_key, take_key, take_tuple, tuple_columns};
use types::{StoreId, Time, Tuple, TupleKey};

/// The columns of [`StoredTuple`], in the order in which it is read.
macro_rules! stored_columns {
    () => {
        concat!(
            $crate::tuples::row::tuple_columns!(),
            ", t.written_at, t.version, t.actor, t.reason"
        )
    };
}
use stored_columns;

statements! {
    Query FIND_ALL = {
        sqlite: each_of_list!(sqlite, stored_columns!(), "", of_key!()),
        postgres: each_of_list!(postgres, stored_columns!(), of_key!()),
    };
    Query PAGE = concat!("
        SELECT ", tuple_columns!(), " FROM store_tuples t
        WHERE t.store = $1
            AND (t.object_type, t.object_id, t.relation, t.subject_type, t.subject_id,
                t.subject_relation) > ($2, $3, $4, $5, $6, $7)
        ORDER BY t.object_type, t.object_id, t.relation, t.subject_type, t.subject_id,
            t.subject_relation
        LIMIT $8");
    Query COUNT_UP_TO scan "it goes through what it counts, up to a limit" = "
        SELECT count(*) FROM (
            SELECT 1 FROM store_tuples t WHERE t.store = $1
            ORDER BY t.object_type, t.object_id, t.relation, t.subject_type, t.subject_id,
                t.subject_relation
            LIMIT $2) AS counted";
    Query EXPIRED = "
        SELECT (SELECT s.id FROM stores s WHERE s.number = t.store), t.object_type, t.object_id,
            t.relation, t.subject_type, t.subject_id, t.subject_relation
        FROM store_tuples t
        WHERE t.expires_at <= $1
            AND (SELECT s.deleted_at IS NULL FROM stores s WHERE s.number = t.store)
        ORDER BY t.expires_at LIMIT $2";
}

/// A tuple with how it came to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTuple {
    /// The tuple.
    pub tuple: Tuple,
    /// When it was written last.
    pub written_at: Time,
    /// The version of the store that wrote it last.
    pub version: i64,
    /// Who wrote it.
    pub actor: String,
    /// Why, if that was said.
    pub reason: Option<String>,
}

/// Who changes tuples, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Author {
    /// Who.
    pub actor: String,
    /// Why, if that was said.
    pub reason: Option<String>,
}

/// Those of the tuples that are there, expired ones too, in any order; one statement for any number
/// of keys, each of which is named once.
pub async fn find_all(
    db: &mut impl Read,
    store: i64,
    keys: &[TupleKey],
) -> Result<Vec<StoredTuple>> {
    let keys = list!(keys.iter().map(key_parts));
    let rows = db.rows(FIND_ALL, params![store, keys]).await?;
    rows.into_iter().map(take_stored).collect()
}

/// The same for a writer, with the version and the time of the last change of the store.
pub async fn find_all_to_change(
    tx: &mut Tx,
    store: i64,
    keys: &[TupleKey],
) -> Result<(Vec<StoredTuple>, Option<(i64, Time)>)> {
    let keys = list!(keys.iter().map(key_parts));
    let queries = vec![(FIND_ALL, params![store, keys]), changes::last_query(store)];
    let mut answers = tx.all(queries).await?.into_iter();
    let found = answers.next().unwrap_or_default().into_iter();
    let last = changes::take_last(answers.next().unwrap_or_default())?;
    Ok((found.map(take_stored).collect::<Result<_>>()?, last))
}

/// Up to `limit` tuples of a store in the order of object, relation and subject, behind `after`:
/// for whoever loads all of them. Expired ones are among them.
pub async fn page(
    db: &mut impl Read,
    store: i64,
    after: Option<&TupleKey>,
    limit: i64,
) -> Result<Vec<Tuple>> {
    let (object_type, object_id, relation, subject_type, subject_id, subject_relation) =
        after.map(key_parts).unwrap_or_default();
    let params = params![
        store,
        object_type,
        object_id,
        relation,
        subject_type,
        subject_id,
        subject_relation,
        limit,
    ];
    let rows = db.rows(PAGE, params).await?;
    rows.into_iter()
        .map(|mut row| take_tuple(&mut row))
        .collect()
}

/// How many tuples a store has, expired ones too; `most` where it has more.
pub async fn count_up_to(db: &mut impl Read, store: i64, most: i64) -> Result<i64> {
    let row = db.row(COUNT_UP_TO, params![store, most]).await?;
    row.unwrap_or_default().take()
}

/// Up to `limit` tuples that do not count any more at `now`, those that expired first in front;
/// each with its store, which is not deleted.
pub async fn expired(
    db: &mut impl Read,
    now: Time,
    limit: i64,
) -> Result<Vec<(StoreId, TupleKey)>> {
    let rows = db.rows(EXPIRED, params![now, limit]).await?;
    rows.into_iter()
        .map(|mut row| Ok((row.take()?, take_key(&mut row)?)))
        .collect()
}

/// Reads the columns of `stored_columns!`.
fn take_stored(mut row: Row) -> Result<StoredTuple> {
    Ok(StoredTuple {
        tuple: take_tuple(&mut row)?,
        written_at: row.take()?,
        version: row.take()?,
        actor: row.take()?,
        reason: row.take()?,
    })
}
