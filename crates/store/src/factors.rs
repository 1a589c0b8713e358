//! `auth.mfa_factors` and `auth.mfa_challenges`: second factors and the questions put to them.

use crate::db::{Read, Row, Tx, params, statements};
use crate::error::Result;
use std::net::IpAddr;
use types::{ChallengeId, FactorId, Time, UserId};

statements! {
    Command INSERT = "
        INSERT INTO mfa_factors (id, user_id, friendly_name, factor_type, status, created_at,
            updated_at, secret, phone)
        VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8)";
    Command SAVE = "
        UPDATE mfa_factors
        SET friendly_name = $2, status = $3, updated_at = $4, secret = $5, phone = $6
        WHERE id = $1";
    Command CHALLENGED = "
        UPDATE mfa_factors SET last_challenged_at = $2, updated_at = $3 WHERE id = $1";
    Query CHALLENGED_AT = "
        SELECT id FROM mfa_factors WHERE last_challenged_at = $1";
    Command DELETE = "DELETE FROM mfa_factors WHERE id = $1 AND user_id = $2";
    Command DELETE_ALL_OF_USER = "DELETE FROM mfa_factors WHERE user_id = $1";
    Command DELETE_UNVERIFIED = "
        DELETE FROM mfa_factors WHERE user_id = $1 AND status = 'unverified' AND factor_type = $2";
    Command DELETE_STALE = "
        DELETE FROM mfa_factors
        WHERE user_id = $1 AND status = 'unverified' AND created_at < $2";
    Command INSERT_CHALLENGE = "
        INSERT INTO mfa_challenges (id, factor_id, created_at, ip_address, otp_code)
        VALUES ($1, $2, $3, $4, $5)";
    Query FIND_CHALLENGE = "
        SELECT id, factor_id, created_at, verified_at, ip_address, otp_code
        FROM mfa_challenges WHERE id = $1 AND factor_id = $2";
    Command VERIFY_CHALLENGE = "
        UPDATE mfa_challenges SET verified_at = $3
        WHERE id = $1 AND factor_id = $2 AND verified_at IS NULL
        RETURNING id";
    Command DELETE_CHALLENGE = "DELETE FROM mfa_challenges WHERE id = $1";
    Command USE_STEP = "
        INSERT INTO totp_uses (factor_id, step, used_at) VALUES ($1, $2, $3)";
    Command FORGET_STEPS_OF_USER = "
        DELETE FROM totp_uses
        WHERE factor_id IN (SELECT f.id FROM mfa_factors f WHERE f.user_id = $1)";
    Command FORGET_STEPS = "DELETE FROM totp_uses WHERE factor_id = $1 AND step < $2";
}

/// A second factor.
#[derive(Debug, Clone, PartialEq)]
pub struct Factor {
    /// The primary key.
    pub id: FactorId,
    /// Whose factor it is.
    pub user_id: UserId,
    /// The name that the user gave it.
    pub friendly_name: Option<String>,
    /// `totp`, `phone` or `webauthn`.
    pub factor_type: String,
    /// `verified` or `unverified`.
    pub status: String,
    /// When enrolment began.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
    /// The shared secret of a `totp` factor, base32; may be encrypted.
    pub secret: Option<String>,
    /// The number of a `phone` factor.
    pub phone: Option<String>,
    /// When it was last challenged.
    pub last_challenged_at: Option<Time>,
}

/// One question put to a factor.
#[derive(Debug, Clone, PartialEq)]
pub struct Challenge {
    /// The primary key.
    pub id: ChallengeId,
    /// The factor that must answer.
    pub factor_id: FactorId,
    /// When it was put.
    pub created_at: Time,
    /// When it was answered.
    pub verified_at: Option<Time>,
    /// The address that it was put from; only that address may answer.
    pub ip_address: IpAddr,
    /// The code sent to a phone, hashed.
    pub otp_code: Option<String>,
}

impl Factor {
    /// How many columns [`Factor::take`] reads behind the id.
    pub(crate) const COLUMNS: usize = 10;

    /// The factor counts for `aal2`.
    pub fn is_verified(&self) -> bool {
        self.status == "verified"
    }

    pub(crate) fn take(id: FactorId, row: &mut Row) -> Result<Self> {
        Ok(Self {
            id,
            user_id: row.take()?,
            friendly_name: row.take()?,
            factor_type: row.take()?,
            status: row.take()?,
            created_at: row.take()?,
            updated_at: row.take()?,
            secret: row.take()?,
            phone: row.take()?,
            last_challenged_at: row.take()?,
        })
    }
}

/// Adds a factor. Fails with a duplicate where the user has one of that name or phone.
pub fn insert(tx: &mut Tx, factor: &Factor) {
    let params = params![
        factor.id,
        factor.user_id,
        factor.friendly_name.as_deref(),
        factor.factor_type.as_str(),
        factor.status.as_str(),
        factor.created_at,
        factor.secret.as_deref(),
        factor.phone.as_deref(),
    ];
    tx.queue(INSERT, params);
}

/// Writes what can change in a factor.
pub fn save(tx: &mut Tx, factor: &Factor) {
    let params = params![
        factor.id,
        factor.friendly_name.as_deref(),
        factor.status.as_str(),
        factor.updated_at,
        factor.secret.as_deref(),
        factor.phone.as_deref(),
    ];
    tx.queue(SAVE, params);
}

/// Notes when a factor was challenged. The column is unique over all factors in GoTrue's schema,
/// so the time moves on by a microsecond until it is free; another transaction that takes the
/// same microsecond at the same time makes this one fail with a duplicate of
/// `mfa_factors.last_challenged_at`, which the caller tries again.
pub async fn challenged(tx: &mut Tx, id: FactorId, at: Time) -> Result<()> {
    let mut free = at;
    while tx.row(CHALLENGED_AT, params![free]).await?.is_some() {
        free = Time(free.0 + 1);
    }
    tx.queue(CHALLENGED, params![id, free, at]);
    Ok(())
}

/// Removes one factor of a user; false when there was none.
pub async fn delete(tx: &mut Tx, id: FactorId, user: UserId) -> Result<bool> {
    let deleted = tx.execute(DELETE, params![id, user]).await? > 0;
    if deleted {
        tx.queue(FORGET_STEPS, params![id, i64::MAX]);
    }
    Ok(deleted)
}

/// Removes all factors of a user.
pub fn delete_all_of_user(tx: &mut Tx, user: UserId) {
    tx.queue(FORGET_STEPS_OF_USER, params![user]);
    tx.queue(DELETE_ALL_OF_USER, params![user]);
}

/// Removes the user's unverified factors of one type.
pub fn delete_unverified(tx: &mut Tx, user: UserId, factor_type: &str) {
    tx.queue(DELETE_UNVERIFIED, params![user, factor_type]);
}

/// Removes the user's unverified factors made before `before`.
pub fn delete_stale(tx: &mut Tx, user: UserId, before: Time) {
    tx.queue(DELETE_STALE, params![user, before]);
}

/// Puts a question.
pub fn insert_challenge(tx: &mut Tx, challenge: &Challenge) {
    let params = params![
        challenge.id,
        challenge.factor_id,
        challenge.created_at,
        challenge.ip_address,
        challenge.otp_code.as_deref(),
    ];
    tx.queue(INSERT_CHALLENGE, params);
}

/// The question `id`, if it was put to `factor`.
pub async fn find_challenge(
    db: &mut impl Read,
    id: ChallengeId,
    factor: FactorId,
) -> Result<Option<Challenge>> {
    let row = db.row(FIND_CHALLENGE, params![id, factor]).await?;
    row.map(|mut row| {
        Ok(Challenge {
            id: row.take()?,
            factor_id: row.take()?,
            created_at: row.take()?,
            verified_at: row.take()?,
            ip_address: row.take()?,
            otp_code: row.take()?,
        })
    })
    .transpose()
}

/// Marks a question as answered; false when someone else answered it first.
pub async fn verify_challenge(
    tx: &mut Tx,
    id: ChallengeId,
    factor: FactorId,
    at: Time,
) -> Result<bool> {
    Ok(tx
        .returning(VERIFY_CHALLENGE, params![id, factor, at])
        .await?
        .is_some())
}

/// Removes a question that can no longer be answered.
pub fn delete_challenge(tx: &mut Tx, id: ChallengeId) {
    tx.queue(DELETE_CHALLENGE, params![id]);
}

/// Spends the code of one time step. Fails with a duplicate of
/// `totp_uses.factor_id, totp_uses.step` where that code was used before (RFC 6238 section 5.2).
/// Steps before `oldest`, whose codes are no longer accepted, are forgotten.
pub fn use_step(tx: &mut Tx, factor: FactorId, step: i64, oldest: i64, at: Time) {
    tx.queue(USE_STEP, params![factor, step, at]);
    tx.queue(FORGET_STEPS, params![factor, oldest]);
}
