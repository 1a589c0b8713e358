//! Emergency accesses: who may read what for minutes, who asked for it, and who approved it.

use crate::db::{Read, Row, Tx, params, statements};
use crate::error::Result;
use types::{EmergencyId, Time, UserId};
use uuid::Uuid;

/// The columns of [`EmergencyAccess`], in the order in which it is read.
macro_rules! columns {
    () => {
        "id, user_id, resource_type, resource_id, owner_id, reason, minutes, requested_by, \
         requested_at, approved_by, approved_at, expires_at, ended_by, ended_at"
    };
}

statements! {
    Command INSERT = "
        INSERT INTO emergency_accesses (id, user_id, resource_type, resource_id, owner_id,
            reason, minutes, requested_by, requested_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    Query FIND = concat!("SELECT ", columns!(), " FROM emergency_accesses WHERE id = $1");
    Query LIST = concat!("SELECT ", columns!(), " FROM emergency_accesses
        ORDER BY requested_at DESC, id DESC LIMIT $1");
    Command APPROVE = "
        UPDATE emergency_accesses SET approved_by = $2, approved_at = $3, expires_at = $4
        WHERE id = $1 AND approved_at IS NULL AND ended_at IS NULL";
    Command END = "
        UPDATE emergency_accesses SET ended_by = $2, ended_at = $3
        WHERE id = $1 AND ended_at IS NULL";
    Command END_OF_USER = "
        UPDATE emergency_accesses SET ended_at = $2 WHERE user_id = $1 AND ended_at IS NULL";
    Command END_RUNNING = "
        UPDATE emergency_accesses SET ended_by = $4, ended_at = $5
        WHERE user_id = $1 AND resource_type = $2 AND resource_id = $3 AND ended_at IS NULL
            AND expires_at > $5";
}

/// An emergency access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmergencyAccess {
    /// The primary key.
    pub id: EmergencyId,
    /// Who may read.
    pub user_id: UserId,
    /// What: a type of the model.
    pub resource_type: String,
    /// What: the id.
    pub resource_id: Uuid,
    /// Whose it was when it was asked for; none: of before that was kept.
    pub owner_id: Option<UserId>,
    /// Why.
    pub reason: String,
    /// For how many minutes from the approval on.
    pub minutes: i64,
    /// Who asked for it.
    pub requested_by: UserId,
    /// When.
    pub requested_at: Time,
    /// Who approved it.
    pub approved_by: Option<UserId>,
    /// When.
    pub approved_at: Option<Time>,
    /// When it ends by itself.
    pub expires_at: Option<Time>,
    /// Who ended it before; none: a service, or it went with an account.
    pub ended_by: Option<UserId>,
    /// When it was ended.
    pub ended_at: Option<Time>,
}

/// Adds one that nobody has approved yet.
pub fn insert(tx: &mut Tx, access: &EmergencyAccess) {
    let params = params![
        access.id,
        access.user_id,
        access.resource_type.as_str(),
        access.resource_id,
        access.owner_id,
        access.reason.as_str(),
        access.minutes,
        access.requested_by,
        access.requested_at,
    ];
    tx.queue(INSERT, params);
}

/// One by its id.
pub async fn find(db: &mut impl Read, id: EmergencyId) -> Result<Option<EmergencyAccess>> {
    let row = db.row(FIND, params![id]).await?;
    row.map(take).transpose()
}

/// The newest ones, whatever has become of them.
pub async fn list(db: &mut impl Read, limit: i64) -> Result<Vec<EmergencyAccess>> {
    let rows = db.rows(LIST, params![limit]).await?;
    rows.into_iter().map(take).collect()
}

/// Notes an approval; false where it was approved or ended before.
pub async fn approve(
    tx: &mut Tx,
    id: EmergencyId,
    by: UserId,
    at: Time,
    expires_at: Time,
) -> Result<bool> {
    let touched = tx.execute(APPROVE, params![id, by, at, expires_at]).await?;
    Ok(touched > 0)
}

/// Notes that it was ended, by a user or by a service; false where it was before.
pub async fn end(tx: &mut Tx, id: EmergencyId, by: Option<UserId>, at: Time) -> Result<bool> {
    Ok(tx.execute(END, params![id, by, at]).await? > 0)
}

/// Ends all of a user, whose account goes.
pub fn end_all_of_user(tx: &mut Tx, user: UserId, at: Time) {
    tx.queue(END_OF_USER, params![user, at]);
}

/// Ends the one of a user that lets them read something and runs, as who takes that away does.
pub fn end_running(
    tx: &mut Tx,
    user: UserId,
    (resource_type, resource_id): (&str, Uuid),
    by: Option<UserId>,
    at: Time,
) {
    tx.queue(
        END_RUNNING,
        params![user, resource_type, resource_id, by, at],
    );
}

fn take(mut row: Row) -> Result<EmergencyAccess> {
    Ok(EmergencyAccess {
        id: row.take()?,
        user_id: row.take()?,
        resource_type: row.take()?,
        resource_id: row.take()?,
        owner_id: row.take()?,
        reason: row.take()?,
        minutes: row.take()?,
        requested_by: row.take()?,
        requested_at: row.take()?,
        approved_by: row.take()?,
        approved_at: row.take()?,
        expires_at: row.take()?,
        ended_by: row.take()?,
        ended_at: row.take()?,
    })
}
