//! Authorization stores, and the version of each: the order of all its writes.

pub(crate) mod remains;

pub use remains::remove_some_of_deleted;

use crate::db::{Read, Row, Tx, params, statements};
use crate::error::Result;
use types::{StoreId, Time};

statements! {
    Command CREATE = "
        INSERT INTO stores (id, name, created_at, updated_at)
        VALUES ($1, $2, $3, $3)
        RETURNING number";
    Query FIND = "
        SELECT number, id, name, created_at, updated_at, version
        FROM stores WHERE id = $1 AND deleted_at IS NULL";
    Query VERSION = "
        SELECT s.version, (
            SELECT c.at FROM store_changes c
            WHERE c.store = s.number AND c.version = s.version
            ORDER BY c.item DESC LIMIT 1)
        FROM stores s WHERE s.id = $1 AND s.deleted_at IS NULL";
    Query LIST = "
        SELECT number, id, name, created_at, updated_at, version
        FROM stores WHERE id > $1 AND deleted_at IS NULL
        ORDER BY id LIMIT $2";
    Query LIST_NAMED = "
        SELECT number, id, name, created_at, updated_at, version
        FROM stores WHERE name = $3 AND id > $1 AND deleted_at IS NULL
        ORDER BY id LIMIT $2";
    Command DELETE = "
        UPDATE stores SET deleted_at = $2, updated_at = $2, version = version + 1
        WHERE id = $1 AND deleted_at IS NULL";
    // What follows in the transaction is planned by index, however small the tables are now.
    Command LOCK = {
        sqlite: "
            UPDATE stores SET version = version + $2
            WHERE number = $1 AND deleted_at IS NULL
            RETURNING version",
        postgres: "
            UPDATE stores SET version = version + $2
            WHERE number = $1 AND deleted_at IS NULL
            RETURNING version, set_config('enable_seqscan', 'off', TRUE)",
    };
    Command ADVANCE = "UPDATE stores SET version = version + $2 WHERE number = $1";
}

/// A store that is not deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreRow {
    /// What its rows bear; never given twice.
    pub number: i64,
    /// Its id for clients.
    pub id: StoreId,
    /// Its name; several may have the same.
    pub name: String,
    /// When it was made.
    pub created_at: Time,
    /// When it was made or renamed; writing tuples does not count.
    pub updated_at: Time,
    /// The version of its last write, from 0.
    pub version: i64,
}

/// Makes a store; its number. Fails with a duplicate of `stores.id` where there is one of this id,
/// deleted or not.
pub async fn create(tx: &mut Tx, id: StoreId, name: &str, now: Time) -> Result<i64> {
    let row = tx.returning(CREATE, params![id, name, now]).await?;
    row.unwrap_or_default().take()
}

/// The store of this id, unless it is deleted.
pub async fn find(db: &mut impl Read, id: StoreId) -> Result<Option<StoreRow>> {
    let row = db.row(FIND, params![id]).await?;
    row.map(take).transpose()
}

/// The version of a store, and when the last change of that version was made, where it has any;
/// `None` where the store is deleted. By both, another history with the same versions is told
/// apart.
pub async fn version(db: &mut impl Read, id: StoreId) -> Result<Option<(i64, Option<Time>)>> {
    let row = db.row(VERSION, params![id]).await?;
    row.map(|mut row| Ok((row.take()?, row.take()?)))
        .transpose()
}

/// Up to `limit` stores in the order of their ids, behind `after`; with a name, those of exactly
/// this name.
pub async fn list(
    db: &mut impl Read,
    after: Option<StoreId>,
    name: Option<&str>,
    limit: i64,
) -> Result<Vec<StoreRow>> {
    let after = after.map(|id| id.to_string()).unwrap_or_default();
    let rows = match name {
        None => db.rows(LIST, params![after, limit]).await?,
        Some(name) => db.rows(LIST_NAMED, params![after, limit, name]).await?,
    };
    rows.into_iter().map(take).collect()
}

/// Marks a store as deleted, as a write with a version of its own; false where there is none.
/// Nobody finds it any more; [`remove_some_of_deleted`] takes its rows away.
pub async fn delete(tx: &mut Tx, id: StoreId, now: Time) -> Result<bool> {
    Ok(tx.execute(DELETE, params![id, now]).await? > 0)
}

/// Takes the next `by` versions of a store, the last of which is returned, and keeps other writers
/// out until the transaction ends; `None` where the store is deleted.
pub async fn lock(tx: &mut Tx, number: i64, by: i64) -> Result<Option<i64>> {
    let row = tx.returning(LOCK, params![number, by]).await?;
    row.map(|mut row| row.take()).transpose()
}

/// Takes the next `by` versions of a store that is locked.
pub fn advance(tx: &mut Tx, number: i64, by: i64) {
    tx.queue(ADVANCE, params![number, by]);
}

fn take(mut row: Row) -> Result<StoreRow> {
    Ok(StoreRow {
        number: row.take()?,
        id: row.take()?,
        name: row.take()?,
        created_at: row.take()?,
        updated_at: row.take()?,
        version: row.take()?,
    })
}
