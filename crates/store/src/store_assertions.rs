//! Assertions of authorization stores: what a model is expected to answer, kept beside it.

use crate::db::{Read, Tx, Value, params, statements};
use crate::error::Result;
use types::ModelId;

statements! {
    Command PUT = "
        INSERT INTO store_assertions (store, model, body) VALUES ($1, $2, $3)
        ON CONFLICT (store, model) DO UPDATE SET body = excluded.body";
    Query FIND = "SELECT body FROM store_assertions WHERE store = $1 AND model = $2";
}

/// Keeps the assertions of a model, whose JSON is `body`, in place of those before.
pub fn put(tx: &mut Tx, store: i64, model: ModelId, body: &str) {
    tx.queue(PUT, params![store, model, Value::Json(body.to_owned())]);
}

/// The JSON of a model's assertions, as it was written.
pub async fn find(db: &mut impl Read, store: i64, model: ModelId) -> Result<Option<String>> {
    let row = db.row(FIND, params![store, model]).await?;
    row.map(|mut row| row.take()).transpose()
}
