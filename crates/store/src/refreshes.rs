//! What a refresh reads and writes: a session with its user, and the tokens that continue it.
//!
//! Whoever changes more than one of them locks the user first, then the session, then the tokens:
//! the order in which the schema's cascades run, so that no refresh and no sign-out wait for each
//! other in a circle.

use crate::accounts::{self, Account, account_select};
use crate::db::{Read, Row, Tx, params, statements};
use crate::error::Result;
use crate::sessions::{AmrClaim, Seen};
use types::{SessionId, Time, UserId};
use uuid::Uuid;

statements! {
    Query BY_TOKEN = (account_select!(
        ", s.oauth_client_id, a.authentication_method, a.updated_at,
            t.revoked, t.updated_at, n.id, n.token, n.parent",
        "
            LEFT JOIN mfa_amr_claims a ON a.session_id = s.id
            LEFT JOIN refresh_tokens t ON t.token = $1
            LEFT JOIN refresh_tokens n ON n.id = (
                SELECT MAX(m.id) FROM refresh_tokens m
                WHERE m.session_id = s.id AND m.revoked = FALSE)",
        "s.user_id = u.id AND s.id = (
            SELECT r.session_id FROM refresh_tokens r WHERE r.token = $1)",
        "u.id = (SELECT o.user_id FROM sessions o WHERE o.id = (
            SELECT r.session_id FROM refresh_tokens r WHERE r.token = $1))"
    ));
    Query BY_SESSION = (account_select!(
        ", s.oauth_client_id, a.authentication_method, a.updated_at",
        "
            LEFT JOIN mfa_amr_claims a ON a.session_id = s.id",
        "s.user_id = u.id AND s.id = $1",
        "u.id = (SELECT o.user_id FROM sessions o WHERE o.id = $1)"
    ));
    Command SEEN = {
        sqlite: "
            UPDATE sessions SET refreshed_at = $3, updated_at = $4, user_agent = $5, ip = $6
            WHERE id = $1 AND user_id = $2",
        postgres: "
            WITH touched AS (UPDATE users SET updated_at = $4 WHERE id = $2 RETURNING id)
            UPDATE sessions s
            SET refreshed_at = $3, updated_at = $4, user_agent = $5, ip = $6
            FROM touched WHERE s.id = $1 AND s.user_id = touched.id",
    };
    Command ROTATE = {
        sqlite: "
            INSERT INTO refresh_tokens (instance_id, token, user_id, revoked, created_at,
                updated_at, parent, session_id)
            SELECT $1, $3, r.user_id, FALSE, $5, $5, r.token, r.session_id FROM refresh_tokens r
            WHERE r.token = $2 AND r.session_id = $4 AND r.revoked = FALSE
            RETURNING id",
        postgres: "
            WITH spent AS (
                UPDATE refresh_tokens SET revoked = TRUE, updated_at = $5
                WHERE token = $2 AND session_id = $4 AND revoked = FALSE
                RETURNING token, user_id, session_id)
            INSERT INTO refresh_tokens (instance_id, token, user_id, revoked, created_at,
                updated_at, parent, session_id)
            SELECT $1, $3, user_id, FALSE, $5, $5, token, session_id FROM spent
            RETURNING id",
    };
    Command ISSUE_AGAIN = "
        INSERT INTO refresh_tokens (instance_id, token, user_id, revoked, created_at, updated_at,
            parent, session_id)
        SELECT $1, $2, $3, FALSE, $4, $4, $5, s.id FROM sessions s
        WHERE s.id = $6 AND $7 = (
            SELECT COALESCE(MAX(n.id), 0) FROM refresh_tokens n
            WHERE n.session_id = $6 AND n.revoked = FALSE)
        RETURNING id";
    Command TOUCHED = "UPDATE users SET updated_at = $2 WHERE id = $1";
    Command REVOKE = "
        UPDATE refresh_tokens SET revoked = TRUE, updated_at = $2
        WHERE token = $1 AND revoked = FALSE
        RETURNING id";
    Command LOCK_USER = "UPDATE users SET updated_at = updated_at WHERE id = $1";
    Command LOCK_SESSION = "UPDATE sessions SET updated_at = updated_at WHERE id = $1";
    Command END_TOKENS = "
        UPDATE refresh_tokens SET revoked = TRUE, updated_at = $2
        WHERE session_id = $1 AND revoked = FALSE";
    Command END_SESSION = "
        DELETE FROM sessions WHERE id = $1 AND refresh_token_counter = $2 RETURNING id";
}

/// All that is known about a presented token, read in one statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Refreshable {
    /// The user, and the session that the token continues.
    pub account: Account,
    /// How the session was authenticated.
    pub amr: Vec<AmrClaim>,
    /// The client of an OAuth server that the session belongs to.
    pub client_id: Option<Uuid>,
    /// The token's row, where it has one: that of the first generation.
    pub token: Option<TokenState>,
    /// The newest live token of the first generation.
    pub live: Option<LiveToken>,
}

/// The state of a presented token of the first generation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenState {
    /// It was exchanged, or its family was ended.
    pub revoked: bool,
    /// When it was issued or, later, revoked.
    pub updated_at: Time,
}

/// The newest token of a session that was not exchanged yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveToken {
    /// The primary key: newer tokens have greater ones.
    pub id: i64,
    /// The token.
    pub token: String,
    /// The token that was exchanged for it.
    pub parent: Option<String>,
}

/// One token of the first generation in the place of another.
#[derive(Debug, Clone, Copy)]
pub struct Rotation<'a> {
    /// Whose tokens.
    pub user: UserId,
    /// Of which session.
    pub session: SessionId,
    /// The presented token.
    pub old: &'a str,
    /// The new one.
    pub new: &'a str,
    /// The client that asked.
    pub seen: Seen<'a>,
}

/// The session that a token of the first generation continues. `None`: no such token, or its
/// session has ended.
pub async fn find_by_token(db: &mut impl Read, token: &str) -> Result<Option<Refreshable>> {
    fold(db.rows(BY_TOKEN, params![token]).await?)
}

/// The session that a token of the second generation names.
pub async fn find_by_session(
    db: &mut impl Read,
    session: SessionId,
) -> Result<Option<Refreshable>> {
    fold(db.rows(BY_SESSION, params![session]).await?)
}

/// Keeps a user and one of its sessions from being changed by anyone else until the transaction
/// ends.
pub fn lock(tx: &mut Tx, user: UserId, session: SessionId) {
    tx.queue(LOCK_USER, params![user]);
    tx.queue(LOCK_SESSION, params![session]);
}

fn fold(rows: Vec<Row>) -> Result<Option<Refreshable>> {
    let mut amr: Vec<AmrClaim> = Vec::new();
    let (mut client_id, mut token, mut live) = (None, None, None);
    let account = accounts::fold_with(rows, |row| {
        client_id = row.take()?;
        if let Some(claim) = take_amr(row)?
            && !amr.contains(&claim)
        {
            amr.push(claim);
        }
        token = take_state(row)?;
        live = take_live(row)?;
        Ok(())
    })?;
    let account = account.filter(|account| account.session.is_some());
    Ok(account.map(|account| Refreshable {
        account,
        amr,
        client_id,
        token,
        live,
    }))
}

fn take_amr(row: &mut Row) -> Result<Option<AmrClaim>> {
    let (method, updated_at) = (row.take()?, row.take()?);
    let claim = Option::zip(method, updated_at);
    Ok(claim.map(|(method, updated_at)| AmrClaim { method, updated_at }))
}

/// `None` behind the query for a session, which has no such columns, too.
fn take_state(row: &mut Row) -> Result<Option<TokenState>> {
    let (revoked, updated_at): (Option<bool>, Option<Time>) = (row.take()?, row.take()?);
    Ok(revoked.map(|revoked| TokenState {
        revoked,
        updated_at: updated_at.unwrap_or(Time(0)),
    }))
}

fn take_live(row: &mut Row) -> Result<Option<LiveToken>> {
    let (id, token) = (row.take()?, row.take()?);
    let parent = row
        .take::<Option<String>>()?
        .filter(|parent| !parent.is_empty());
    Ok(Option::zip(id, token).map(|(id, token)| LiveToken { id, token, parent }))
}

/// Spends the old token and issues the new one; false, and to be rolled back, when someone else
/// spent it first. Two statements on `PostgreSQL`, which writes two tables in each; on `SQLite`,
/// where a statement costs no round trip, the other halves follow.
pub async fn rotate(tx: &mut Tx, rotation: &Rotation<'_>) -> Result<bool> {
    note_seen(tx, rotation);
    let (old, new, at) = (rotation.old, rotation.new, rotation.seen.at);
    let params = params![Uuid::nil(), old, new, rotation.session, at];
    let issued = tx.returning(ROTATE, params).await?.is_some();
    if issued && !tx.is_postgres() {
        tx.queue(REVOKE, params![old, at]);
    }
    Ok(issued)
}

/// Issues a token for one that was spent before; false, and to be rolled back, when the session's
/// newest live token is no longer `live` (0: none), or the session has ended.
pub async fn issue_again(tx: &mut Tx, rotation: &Rotation<'_>, live: i64) -> Result<bool> {
    note_seen(tx, rotation);
    let params = params![
        Uuid::nil(),
        rotation.new,
        rotation.user.to_string(),
        rotation.seen.at,
        rotation.old,
        rotation.session,
        live,
    ];
    Ok(tx.returning(ISSUE_AGAIN, params).await?.is_some())
}

/// Locks the user and the session, in this order, and notes the refresh in both.
fn note_seen(tx: &mut Tx, rotation: &Rotation<'_>) {
    let Rotation { user, seen, .. } = *rotation;
    if !tx.is_postgres() {
        touched(tx, user, seen.at);
    }
    let params = params![
        rotation.session,
        user,
        seen.at,
        seen.at,
        seen.user_agent,
        seen.ip
    ];
    tx.queue(SEEN, params);
}

/// Notes in the user's row that a token of the first generation was exchanged.
pub fn touched(tx: &mut Tx, user: UserId, at: Time) {
    tx.queue(TOUCHED, params![user, at]);
}

/// Spends a token whose session this transaction has changed; false when someone else did first.
pub async fn revoke(tx: &mut Tx, token: &str, at: Time) -> Result<bool> {
    Ok(tx.returning(REVOKE, params![token, at]).await?.is_some())
}

/// Ends the family of a replayed token of the first generation: every live token of the session.
/// How many those were. The session is locked first, so that no refresh under way slips through.
pub async fn end_tokens(tx: &mut Tx, session: SessionId, at: Time) -> Result<u64> {
    tx.queue(LOCK_SESSION, params![session]);
    tx.execute(END_TOKENS, params![session, at]).await
}

/// Ends the session of a replayed token of the second generation, if it stands as it was read;
/// false, and to be looked at again, when it does not.
pub async fn end_session(tx: &mut Tx, session: SessionId, counter: i64) -> Result<bool> {
    let ended = tx.returning(END_SESSION, params![session, counter]).await?;
    Ok(ended.is_some())
}
