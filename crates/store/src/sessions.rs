//! `auth.sessions` and `auth.mfa_amr_claims`: signed-in devices and how they signed in.

use crate::db::{Query, Read, Row, Tx, Value, params, statements};
use crate::error::Result;
use std::net::IpAddr;
use types::{AmrClaimId, FactorId, SessionId, Time, UserId};

statements! {
    Command INSERT = "
        INSERT INTO sessions (id, user_id, created_at, updated_at, factor_id, aal, not_after,
            user_agent, ip, tag, refresh_token_hmac_key, refresh_token_counter)
        VALUES ($1, $2, $3, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    Command LOCK = "
        UPDATE sessions SET updated_at = updated_at WHERE id = $1
        RETURNING id, user_id, created_at, updated_at, factor_id, aal, not_after, refreshed_at,
            user_agent, ip, tag, refresh_token_hmac_key, refresh_token_counter";
    Query LIST_OF_USER = "
        SELECT id, user_id, created_at, updated_at, factor_id, aal, not_after, refreshed_at,
            user_agent, ip, tag, refresh_token_hmac_key, refresh_token_counter
        FROM sessions WHERE user_id = $1 ORDER BY created_at DESC, id LIMIT 1000";
    Query AMR = "
        SELECT authentication_method, updated_at FROM mfa_amr_claims WHERE session_id = $1";
    Command ADVANCE = "
        UPDATE sessions
        SET refresh_token_counter = $3, refreshed_at = $4, updated_at = $5, user_agent = $6,
            ip = $7
        WHERE id = $1 AND refresh_token_counter = $2
        RETURNING id";
    Command REFRESHED = "
        UPDATE sessions
        SET refreshed_at = $2, updated_at = $3, user_agent = $4, ip = $5
        WHERE id = $1
        RETURNING id";
    Command UPGRADE = "
        UPDATE sessions
        SET refreshed_at = $2, updated_at = $3, user_agent = $4, ip = $5,
            refresh_token_hmac_key = $6, refresh_token_counter = 0
        WHERE id = $1 AND refresh_token_hmac_key IS NULL
        RETURNING id";
    Command LEVEL = "
        UPDATE sessions
        SET aal = $2, factor_id = $3, refresh_token_counter = $4, updated_at = $5
        WHERE id = $1";
    Command DOWNGRADE_BY_FACTOR = "
        UPDATE sessions SET aal = 'aal1', factor_id = NULL, updated_at = $3
        WHERE user_id = $1 AND factor_id = $2";
    Command END_AT = "UPDATE sessions SET not_after = $2 WHERE id = $1";
    Command DELETE = "DELETE FROM sessions WHERE id = $1";
    Command DELETE_ALL_OF_USER = "DELETE FROM sessions WHERE user_id = $1";
    Command DELETE_OTHERS = "DELETE FROM sessions WHERE user_id = $1 AND id <> $2";
    Command DELETE_OTHERS_AT_AAL1 = "
        DELETE FROM sessions WHERE user_id = $1 AND id <> $2 AND aal = 'aal1'";
    Command RECORD_AMR = "
        INSERT INTO mfa_amr_claims (session_id, created_at, updated_at, authentication_method, id)
        VALUES ($1, $2, $2, $3, $4)
        ON CONFLICT (session_id, authentication_method) DO UPDATE SET updated_at = $2";
    Command DELETE_AMR_OF_FACTOR = "
        DELETE FROM mfa_amr_claims
        WHERE session_id IN (
                SELECT s.id FROM sessions s WHERE s.user_id = $1 AND s.factor_id = $2)
            AND authentication_method = $3";
}

/// A signed-in device.
#[derive(Debug, Clone, PartialEq)]
pub struct Session {
    /// The primary key, the `session_id` claim.
    pub id: SessionId,
    /// Who is signed in.
    pub user_id: UserId,
    /// When the session began.
    pub created_at: Time,
    /// When the row was last changed.
    pub updated_at: Time,
    /// The factor that raised the session to `aal2`.
    pub factor_id: Option<FactorId>,
    /// `aal1` or `aal2`.
    pub aal: String,
    /// When the session ends, however often it is refreshed.
    pub not_after: Option<Time>,
    /// When it was last refreshed.
    pub refreshed_at: Option<Time>,
    /// The client's name for itself.
    pub user_agent: Option<String>,
    /// Where the client was last seen.
    pub ip: Option<IpAddr>,
    /// The kind of session, among which only one may live.
    pub tag: Option<String>,
    /// The key of refresh tokens of the second generation; may be encrypted.
    pub refresh_token_hmac_key: Option<String>,
    /// How often such a token was exchanged.
    pub refresh_token_counter: Option<i64>,
}

/// One authentication method of a session, by GoTrue's name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AmrClaim {
    /// `password`, `otp`, `totp`, ...
    pub method: String,
    /// When it was last used for this session.
    pub updated_at: Time,
}

impl Session {
    /// How many columns there are, the id included.
    pub(crate) const COLUMNS: usize = 13;

    pub(crate) fn take(id: SessionId, row: &mut Row) -> Result<Self> {
        Ok(Self {
            id,
            user_id: row.take()?,
            created_at: row.take::<Option<_>>()?.unwrap_or(Time(0)),
            updated_at: row.take::<Option<_>>()?.unwrap_or(Time(0)),
            factor_id: row.take()?,
            aal: row
                .take::<Option<_>>()?
                .unwrap_or_else(|| "aal1".to_owned()),
            not_after: row.take()?,
            refreshed_at: row.take()?,
            user_agent: row.take()?,
            ip: row.take()?,
            tag: row.take()?,
            refresh_token_hmac_key: row.take()?,
            refresh_token_counter: row.take()?,
        })
    }
}

/// What a refresh writes down about its client.
#[derive(Debug, Clone, Copy)]
pub struct Seen<'a> {
    /// When.
    pub at: Time,
    /// The client's name for itself.
    pub user_agent: Option<&'a str>,
    /// From where.
    pub ip: Option<IpAddr>,
}

/// Begins a session.
pub fn insert(tx: &mut Tx, session: &Session) {
    let params = params![
        session.id,
        session.user_id,
        session.created_at,
        session.factor_id,
        session.aal.as_str(),
        session.not_after,
        session.user_agent.as_deref(),
        session.ip,
        session.tag.as_deref(),
        session.refresh_token_hmac_key.as_deref(),
        session.refresh_token_counter,
    ];
    tx.queue(INSERT, params);
}

/// Reads a session and keeps it from being changed by anyone else until the transaction ends. Who
/// locks its user too does that first.
pub async fn lock(tx: &mut Tx, id: SessionId) -> Result<Option<Session>> {
    let row = tx.returning(LOCK, params![id]).await?;
    row.map(|mut row| Session::take(row.take()?, &mut row))
        .transpose()
}

/// The sessions of a user, newest first.
pub async fn list_of_user(db: &mut impl Read, user: UserId) -> Result<Vec<Session>> {
    let rows = db.rows(LIST_OF_USER, params![user]).await?;
    rows.into_iter()
        .map(|mut row| Session::take(row.take()?, &mut row))
        .collect()
}

/// The query for [`amr_from`], to travel with others.
pub fn amr_query(id: SessionId) -> (Query, Vec<Value>) {
    (AMR, params![id])
}

/// Reads the answer to [`amr_query`].
pub fn amr_from(rows: Vec<Row>) -> Result<Vec<AmrClaim>> {
    rows.into_iter()
        .map(|mut row| {
            Ok(AmrClaim {
                method: row.take()?,
                updated_at: row.take()?,
            })
        })
        .collect()
}

/// Counts a refresh on, if nobody else did since `counter` was read.
pub async fn advance(tx: &mut Tx, id: SessionId, counter: i64, seen: Seen<'_>) -> Result<bool> {
    // Twice the same time, because `refreshed_at` has no time zone and `updated_at` has one.
    let params = params![
        id,
        counter,
        counter + 1,
        seen.at,
        seen.at,
        seen.user_agent,
        seen.ip
    ];
    Ok(tx.returning(ADVANCE, params).await?.is_some())
}

/// Notes a refresh; false when the session has ended.
pub async fn refreshed(tx: &mut Tx, id: SessionId, seen: Seen<'_>) -> Result<bool> {
    let params = params![id, seen.at, seen.at, seen.user_agent, seen.ip];
    Ok(tx.returning(REFRESHED, params).await?.is_some())
}

/// Moves a session to the second generation of refresh tokens, at count 0; false if it was there
/// already, or has ended.
pub async fn upgrade(tx: &mut Tx, id: SessionId, hmac_key: &str, seen: Seen<'_>) -> Result<bool> {
    let params = params![id, seen.at, seen.at, seen.user_agent, seen.ip, hmac_key];
    Ok(tx.returning(UPGRADE, params).await?.is_some())
}

/// Writes the assurance level, the factor and the counter of a session.
pub fn set_level(tx: &mut Tx, session: &Session) {
    let params = params![
        session.id,
        session.aal.as_str(),
        session.factor_id,
        session.refresh_token_counter,
        session.updated_at,
    ];
    tx.queue(LEVEL, params);
}

/// Takes the level that a removed factor gave away from the user's sessions.
pub fn downgrade_by_factor(tx: &mut Tx, user: UserId, factor: FactorId, at: Time) {
    tx.queue(DOWNGRADE_BY_FACTOR, params![user, factor, at]);
}

/// Sets the time after which a session does not go on.
pub fn end_at(tx: &mut Tx, id: SessionId, end: Time) {
    tx.queue(END_AT, params![id, end]);
}

/// Ends a session, if it has not ended before.
pub fn end(tx: &mut Tx, id: SessionId) {
    tx.queue(DELETE, params![id]);
}

/// Ends all sessions of a user.
pub fn delete_all_of_user(tx: &mut Tx, user: UserId) {
    tx.queue(DELETE_ALL_OF_USER, params![user]);
}

/// Ends all sessions of a user but one.
pub fn delete_others(tx: &mut Tx, user: UserId, kept: SessionId) {
    tx.queue(DELETE_OTHERS, params![user, kept]);
}

/// Ends the user's other sessions that have not passed a second factor.
pub fn delete_others_at_aal1(tx: &mut Tx, user: UserId, kept: SessionId) {
    tx.queue(DELETE_OTHERS_AT_AAL1, params![user, kept]);
}

/// Records how the session was authenticated, or that it was so again.
pub fn record_amr(tx: &mut Tx, session: SessionId, method: &str, id: AmrClaimId, at: Time) {
    tx.queue(RECORD_AMR, params![session, at, method, id]);
}

/// Forgets a method in the sessions that this factor raised.
pub fn delete_amr(tx: &mut Tx, user: UserId, factor: FactorId, method: &str) {
    tx.queue(DELETE_AMR_OF_FACTOR, params![user, factor, method]);
}
