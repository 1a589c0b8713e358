//! The keys that applications present, known only by their hashes.

use crate::db::{FromValue, Read, Row, Tx, Value, params, statements};
use crate::error::Result;
use types::{ApiKeyId, Time};

statements! {
    Command INSERT = "
        INSERT INTO api_keys (id, kind, hash, name, created_at) VALUES ($1, $2, $3, $4, $5)";
    Query FIND = "
        SELECT id, kind, hash, name, created_at, revoked_at, last_used_at
        FROM api_keys WHERE hash = $1";
    Query LIST scan "an administrator's look at a handful of keys" = "
        SELECT id, kind, hash, name, created_at, revoked_at, last_used_at
        FROM api_keys ORDER BY created_at DESC, id LIMIT 1000";
    Command REVOKE = "
        UPDATE api_keys SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL RETURNING id";
}

/// What a key allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// May be known to everyone: names the application.
    Publishable,
    /// Allows everything.
    Secret,
}

/// A key, without the key itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    /// The primary key.
    pub id: ApiKeyId,
    /// What it allows.
    pub kind: Kind,
    /// SHA-256 of the key.
    pub hash: [u8; 32],
    /// What the administrator calls it.
    pub name: String,
    /// When it was made.
    pub created_at: Time,
    /// When it was revoked; it is refused from then on.
    pub revoked_at: Option<Time>,
    /// When it was last noted to be used.
    pub last_used_at: Option<Time>,
}

impl Kind {
    /// The word in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Publishable => "publishable",
            Self::Secret => "secret",
        }
    }
}

impl FromValue for Kind {
    fn from_value(value: Value) -> Result<Self, Value> {
        match &value {
            Value::Text(word) if word == Self::Publishable.as_str() => Ok(Self::Publishable),
            Value::Text(word) if word == Self::Secret.as_str() => Ok(Self::Secret),
            _ => Err(value),
        }
    }
}

/// Adds a key. Fails with a duplicate of `api_keys.hash`.
pub fn insert(tx: &mut Tx, key: &ApiKey) {
    let params = params![
        key.id,
        key.kind.as_str(),
        key.hash.as_slice(),
        key.name.as_str(),
        key.created_at,
    ];
    tx.queue(INSERT, params);
}

/// The key with this hash, revoked or not.
pub async fn find_by_hash(db: &mut impl Read, hash: &[u8; 32]) -> Result<Option<ApiKey>> {
    let row = db.row(FIND, params![hash.as_slice()]).await?;
    row.map(take).transpose()
}

/// All keys, newest first.
pub async fn list(db: &mut impl Read) -> Result<Vec<ApiKey>> {
    let rows = db.rows(LIST, params![]).await?;
    rows.into_iter().map(take).collect()
}

/// Revokes a key; false where there is none, or it was revoked before.
pub async fn revoke(tx: &mut Tx, id: ApiKeyId, at: Time) -> Result<bool> {
    Ok(tx.returning(REVOKE, params![id, at]).await?.is_some())
}

fn take(mut row: Row) -> Result<ApiKey> {
    Ok(ApiKey {
        id: row.take()?,
        kind: row.take()?,
        hash: row.take()?,
        name: row.take()?,
        created_at: row.take()?,
        revoked_at: row.take()?,
        last_used_at: row.take()?,
    })
}
