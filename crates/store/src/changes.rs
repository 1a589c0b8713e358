//! The log of every change of a store's tuples, in the order of the commits.

use crate::db::{Query, Read, Row, Value, params, statements};
use crate::error::{Error, Result};
use crate::tuples::row::take_tuple;
use types::{Time, Tuple};

/// The columns of [`ChangeRow`], in the order in which it is read.
macro_rules! change_columns {
    () => {
        concat!(
            $crate::tuples::row::tuple_columns!(),
            ", t.version, t.item, t.operation, t.at, t.actor, t.reason"
        )
    };
}

statements! {
    Query SINCE = concat!("
        SELECT ", change_columns!(), " FROM store_changes t
        WHERE t.store = $1 AND t.version > $2
        ORDER BY t.version, t.item LIMIT $3");
    Query LAST = "
        SELECT version, at FROM store_changes WHERE store = $1
        ORDER BY version DESC, item DESC LIMIT 1";
    Query LAST_AT = "
        SELECT at FROM store_changes WHERE store = $1 AND version = $2
        ORDER BY item DESC LIMIT 1";
    Query FIRST_FROM = "
        SELECT version, item FROM store_changes WHERE store = $1 AND at >= $2
        ORDER BY at, version, item LIMIT 1";
    Query READ = concat!("
        SELECT ", change_columns!(), " FROM store_changes t
        WHERE t.store = $1 AND (t.version, t.item) > ($2, $3)
        ORDER BY t.version, t.item LIMIT $4");
    Query READ_OF_TYPE = concat!("
        SELECT ", change_columns!(), " FROM store_changes t
        WHERE t.store = $1 AND t.object_type = $5 AND (t.version, t.item) > ($2, $3)
        ORDER BY t.version, t.item LIMIT $4");
}

/// What happened to a tuple.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// It was written.
    Write,
    /// It was deleted.
    Delete,
}

impl Operation {
    /// The column `operation`.
    pub(crate) const fn code(self) -> i64 {
        match self {
            Self::Write => 0,
            Self::Delete => 1,
        }
    }

    const fn from_code(code: i64) -> Option<Self> {
        match code {
            0 => Some(Self::Write),
            1 => Some(Self::Delete),
            _ => None,
        }
    }
}

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRow {
    /// The version of the store that did it.
    pub version: i64,
    /// Its place among the changes of this version.
    pub item: i64,
    /// What was done.
    pub operation: Operation,
    /// The tuple as it was written, or as it was before it was deleted.
    pub tuple: Tuple,
    /// When.
    pub at: Time,
    /// Who did it.
    pub actor: String,
    /// Why, if that was said.
    pub reason: Option<String>,
}

/// Up to `limit` changes of the versions after `version`, in order. The last version may be cut.
pub async fn since(
    db: &mut impl Read,
    store: i64,
    version: i64,
    limit: i64,
) -> Result<Vec<ChangeRow>> {
    let rows = db.rows(SINCE, params![store, version, limit]).await?;
    rows.into_iter().map(take).collect()
}

/// When the last change of a version was made; `None` for a version that changed nothing.
pub async fn last_at(db: &mut impl Read, store: i64, version: i64) -> Result<Option<Time>> {
    let row = db.row(LAST_AT, params![store, version]).await?;
    row.map(|mut row| row.take()).transpose()
}

/// The place before the first change that was made at `from` or later; `None`: there is none. No
/// change is older than the one before it.
pub async fn place_before(
    db: &mut impl Read,
    store: i64,
    from: Time,
) -> Result<Option<(i64, i64)>> {
    let row = db.row(FIRST_FROM, params![store, from]).await?;
    let place = row.map(|mut row| -> Result<_> {
        let (version, item): (i64, i64) = (row.take()?, row.take()?);
        Ok((version, item.saturating_sub(1)))
    });
    place.transpose()
}

/// Up to `limit` changes behind a version and an item, in order: of objects of one type where one
/// is given.
pub async fn read(
    db: &mut impl Read,
    store: i64,
    object_type: Option<&str>,
    after: (i64, i64),
    limit: i64,
) -> Result<Vec<ChangeRow>> {
    let mut params = params![store, after.0, after.1, limit];
    let query = match object_type {
        None => READ,
        Some(object_type) => {
            params.push(object_type.into());
            READ_OF_TYPE
        }
    };
    let rows = db.rows(query, params).await?;
    rows.into_iter().map(take).collect()
}

/// The query for the last change of a store, to be sent with others.
pub(crate) fn last_query(store: i64) -> (Query, Vec<Value>) {
    (LAST, params![store])
}

/// The answer to [`last_query`]: the version and the time of the change.
pub(crate) fn take_last(rows: Vec<Row>) -> Result<Option<(i64, Time)>> {
    let row = rows.into_iter().next();
    row.map(|mut row| Ok((row.take()?, row.take()?)))
        .transpose()
}

fn take(mut row: Row) -> Result<ChangeRow> {
    Ok(ChangeRow {
        tuple: take_tuple(&mut row)?,
        version: row.take()?,
        item: row.take()?,
        operation: Operation::from_code(row.take()?).ok_or(Error::Decode {
            column: 11,
            value: "an unknown operation",
        })?,
        at: row.take()?,
        actor: row.take()?,
        reason: row.take()?,
    })
}
