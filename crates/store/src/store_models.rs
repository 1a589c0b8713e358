//! Models of authorization stores: written once, never changed.

use crate::db::{Read, Row, Tx, Value, params, statements};
use crate::error::Result;
use types::{ModelId, Time};

statements! {
    Command INSERT = "
        INSERT INTO store_models (store, id, schema_version, body, created_at)
        VALUES ($1, $2, $3, $4, $5)";
    Query FIND = "
        SELECT id, body, created_at FROM store_models WHERE store = $1 AND id = $2";
    Query LATEST = "
        SELECT id, body, created_at FROM store_models WHERE store = $1
        ORDER BY id DESC LIMIT 1";
    Query LATEST_ID = "
        SELECT id FROM store_models WHERE store = $1 ORDER BY id DESC LIMIT 1";
    Query LIST = "
        SELECT id, body, created_at FROM store_models WHERE store = $1 AND id < $2
        ORDER BY id DESC LIMIT $3";
}

/// Above every id: no ULID begins with a letter.
const NEWEST: &str = "Z";

/// A model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelRow {
    /// Its id; newer ones are greater.
    pub id: ModelId,
    /// Its JSON, as it was written.
    pub body: String,
    /// When it was written.
    pub created_at: Time,
}

/// Adds a model, whose JSON is `body`.
pub fn insert(tx: &mut Tx, store: i64, id: ModelId, schema_version: &str, body: &str, now: Time) {
    let body = Value::Json(body.to_owned());
    tx.queue(INSERT, params![store, id, schema_version, body, now]);
}

/// The model of this id.
pub async fn find(db: &mut impl Read, store: i64, id: ModelId) -> Result<Option<ModelRow>> {
    let row = db.row(FIND, params![store, id]).await?;
    row.map(take).transpose()
}

/// The model with the greatest id.
pub async fn latest(db: &mut impl Read, store: i64) -> Result<Option<ModelRow>> {
    let row = db.row(LATEST, params![store]).await?;
    row.map(take).transpose()
}

/// The greatest id of a model.
pub async fn latest_id(db: &mut impl Read, store: i64) -> Result<Option<ModelId>> {
    let row = db.row(LATEST_ID, params![store]).await?;
    row.map(|mut row| row.take()).transpose()
}

/// Up to `limit` models, newest first, from before `before`.
pub async fn list(
    db: &mut impl Read,
    store: i64,
    before: Option<ModelId>,
    limit: i64,
) -> Result<Vec<ModelRow>> {
    let before = before.map_or_else(|| NEWEST.to_owned(), |id| id.to_string());
    let rows = db.rows(LIST, params![store, before, limit]).await?;
    rows.into_iter().map(take).collect()
}

fn take(mut row: Row) -> Result<ModelRow> {
    Ok(ModelRow {
        id: row.take()?,
        body: row.take()?,
        created_at: row.take()?,
    })
}
