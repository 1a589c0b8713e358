//! Secrets that every server over this database shares, made by whichever needs one first.

use crate::db::{Db, Read, params, statements};
use crate::error::Result;
use types::{Secret, Time};

statements! {
    Query FIND = "SELECT value FROM secrets WHERE name = $1";
    Command KEEP = "
        INSERT INTO secrets (name, value, created_at) VALUES ($1, $2, $3)
        ON CONFLICT (name) DO NOTHING";
}

/// The secret of this name. Where there is none `fresh` becomes it, unless another server was
/// quicker. Fails for a secret of another length.
pub async fn find_or_keep<const N: usize>(
    db: &mut Db,
    name: &str,
    fresh: &Secret<[u8; N]>,
    now: Time,
) -> Result<Secret<[u8; N]>> {
    if let Some(mut row) = db.row(FIND, params![name]).await? {
        return row.take().map(Secret::new);
    }
    let mut tx = db.begin().await?;
    tx.queue(KEEP, params![name, fresh.expose().as_slice(), now]);
    tx.commit().await?;
    let row = db.row(FIND, params![name]).await?;
    row.unwrap_or_default().take().map(Secret::new)
}
