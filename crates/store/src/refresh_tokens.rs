//! `auth.refresh_tokens`: refresh tokens of the first generation, one row each.

use crate::db::{Read, Row, Tx, params, statements};
use crate::error::Result;
use types::{SessionId, Time, UserId};
use uuid::Uuid;

statements! {
    Command INSERT = "
        INSERT INTO refresh_tokens (instance_id, token, user_id, revoked, created_at, updated_at,
            parent, session_id)
        VALUES ($1, $2, $3, FALSE, $4, $4, $5, $6)";
    Query FIND = "
        SELECT token, user_id, revoked, created_at, updated_at, parent, session_id
        FROM refresh_tokens WHERE token = $1";
    Query ACTIVE_OF_SESSION = "
        SELECT token, user_id, revoked, created_at, updated_at, parent, session_id
        FROM refresh_tokens WHERE session_id = $1 AND revoked = FALSE
        ORDER BY id DESC LIMIT 1";
}

/// A refresh token of the first generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefreshToken {
    /// The token itself: GoTrue stores it in clear.
    pub token: String,
    /// Whose token it is, as text.
    pub user_id: String,
    /// It was exchanged or its family was ended.
    pub revoked: bool,
    /// When it was issued.
    pub created_at: Time,
    /// When it was revoked.
    pub updated_at: Time,
    /// The token that was exchanged for it.
    pub parent: Option<String>,
    /// The session that it continues.
    pub session_id: Option<SessionId>,
}

impl RefreshToken {
    fn take(row: &mut Row) -> Result<Self> {
        Ok(Self {
            token: row.take()?,
            user_id: row.take::<Option<_>>()?.unwrap_or_default(),
            revoked: row.take::<Option<_>>()?.unwrap_or(false),
            created_at: row.take::<Option<_>>()?.unwrap_or(Time(0)),
            updated_at: row.take::<Option<_>>()?.unwrap_or(Time(0)),
            parent: row
                .take::<Option<String>>()?
                .filter(|parent| !parent.is_empty()),
            session_id: row.take()?,
        })
    }
}

/// Issues a token.
pub fn insert(
    tx: &mut Tx,
    token: &str,
    user: UserId,
    session: SessionId,
    parent: Option<&str>,
    at: Time,
) {
    let params = params![Uuid::nil(), token, user.to_string(), at, parent, session];
    tx.queue(INSERT, params);
}

/// The row of a presented token.
pub async fn find(db: &mut impl Read, token: &str) -> Result<Option<RefreshToken>> {
    let row = db.row(FIND, params![token]).await?;
    row.map(|mut row| RefreshToken::take(&mut row)).transpose()
}

/// The newest live token of a session.
pub async fn active_of_session(
    db: &mut impl Read,
    session: SessionId,
) -> Result<Option<RefreshToken>> {
    let row = db.row(ACTIVE_OF_SESSION, params![session]).await?;
    row.map(|mut row| RefreshToken::take(&mut row)).transpose()
}
