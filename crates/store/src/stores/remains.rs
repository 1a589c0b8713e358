//! What deleted stores leave behind: removed a few rows at a time, at last the store itself.

use crate::db::{Command, Tx, params, statements};
use crate::error::Result;

/// Removes up to `$2` rows of store `$1` from a table, in the order of its primary key, behind the
/// store's number.
macro_rules! rows_of_store {
    (sqlite, $table:literal, $key:literal) => {
        concat!(
            "DELETE FROM ",
            $table,
            " WHERE store = $1 AND (",
            $key,
            ") IN (SELECT ",
            $key,
            " FROM ",
            $table,
            " WHERE store = $1 ORDER BY ",
            $key,
            " LIMIT $2)"
        )
    };
    // Where a row lies is found once and for all: nobody else writes to a deleted store.
    (postgres, $table:literal, $key:literal) => {
        concat!(
            "DELETE FROM ",
            $table,
            " WHERE ctid = ANY (ARRAY(SELECT r.ctid FROM ",
            $table,
            " r WHERE r.store = $1 ORDER BY ",
            $key,
            " LIMIT $2))"
        )
    };
}

statements! {
    Command OLDEST = {
        sqlite: "
            SELECT number FROM stores WHERE deleted_at IS NOT NULL
            ORDER BY deleted_at LIMIT 1",
        postgres: "
            SELECT number FROM stores WHERE deleted_at IS NOT NULL
            ORDER BY deleted_at LIMIT 1
            FOR UPDATE SKIP LOCKED",
    };
    Command TUPLES = {
        sqlite: rows_of_store!(sqlite, "store_tuples",
            "object_type, object_id, relation, subject_type, subject_id, subject_relation"),
        postgres: rows_of_store!(postgres, "store_tuples",
            "object_type, object_id, relation, subject_type, subject_id, subject_relation"),
    };
    Command CHANGES = {
        sqlite: rows_of_store!(sqlite, "store_changes", "version, item"),
        postgres: rows_of_store!(postgres, "store_changes", "version, item"),
    };
    Command MODELS = {
        sqlite: rows_of_store!(sqlite, "store_models", "id"),
        postgres: rows_of_store!(postgres, "store_models", "id"),
    };
    Command ASSERTIONS = {
        sqlite: rows_of_store!(sqlite, "store_assertions", "model"),
        postgres: rows_of_store!(postgres, "store_assertions", "model"),
    };
    Command STORE = "DELETE FROM stores WHERE number = $1";
}

/// What a store has rows in.
const TABLES: [Command; 4] = [TUPLES, CHANGES, MODELS, ASSERTIONS];

/// Removes up to `limit` rows of the store that was deleted longest ago, and with its last row the
/// store; how many rows went. Of several servers each takes another store.
pub async fn remove_some_of_deleted(tx: &mut Tx, limit: i64) -> Result<u64> {
    let Some(mut oldest) = tx.returning(OLDEST, params![]).await? else {
        return Ok(0);
    };
    let number: i64 = oldest.take()?;
    let mut removed = 0;
    for table in TABLES {
        let left = limit - i64::try_from(removed).unwrap_or(limit);
        removed += tx.execute(table, params![number, left]).await?;
    }
    if i64::try_from(removed).unwrap_or(limit) < limit {
        removed += tx.execute(STORE, params![number]).await?;
    }
    Ok(removed)
}
