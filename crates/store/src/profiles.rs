//! What the account API knows of a user beyond `auth.users`.

use crate::db::{Read, Row, Tx, params, statements};
use crate::error::Result;
use types::{Time, UserId};

statements! {
    Command INSERT = "
        INSERT INTO profiles (user_id, full_name, avatar_url, role, plan, suspended_at, created_at,
            updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    Query FIND = "
        SELECT user_id, full_name, avatar_url, role, plan, suspended_at, created_at, updated_at
        FROM profiles WHERE user_id = $1";
    Command LOCK = "
        UPDATE profiles SET updated_at = updated_at WHERE user_id = $1
        RETURNING user_id, full_name, avatar_url, role, plan, suspended_at, created_at, updated_at";
    Command SAVE_DISPLAY = "
        UPDATE profiles SET full_name = $2, avatar_url = $3, updated_at = $4 WHERE user_id = $1
        RETURNING user_id, full_name, avatar_url, role, plan, suspended_at, created_at, updated_at";
    Command DELETE = "DELETE FROM profiles WHERE user_id = $1";
}

/// A user's profile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Whose profile it is.
    pub user_id: UserId,
    /// The name shown to others.
    pub full_name: Option<String>,
    /// The picture shown to others.
    pub avatar_url: Option<String>,
    /// What the user may do in the application; only the server writes it.
    pub role: String,
    /// What the user pays for; only the server writes it.
    pub plan: String,
    /// Since when the user may not use the application; only the server writes it.
    pub suspended_at: Option<Time>,
    /// When it was made.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
}

/// What a user may change in their own profile: nothing else can come in with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Display<'a> {
    /// The name shown to others.
    pub full_name: Option<&'a str>,
    /// The picture shown to others.
    pub avatar_url: Option<&'a str>,
}

/// Adds a profile. Fails with a duplicate of `profiles.user_id`.
pub fn insert(tx: &mut Tx, profile: &Profile) {
    let params = params![
        profile.user_id,
        profile.full_name.as_deref(),
        profile.avatar_url.as_deref(),
        profile.role.as_str(),
        profile.plan.as_str(),
        profile.suspended_at,
        profile.created_at,
        profile.updated_at,
    ];
    tx.queue(INSERT, params);
}

/// The profile of a user.
pub async fn find(db: &mut impl Read, user: UserId) -> Result<Option<Profile>> {
    let row = db.row(FIND, params![user]).await?;
    row.map(take).transpose()
}

/// Reads a profile and keeps it, and the user's credits, from being changed by anyone else until
/// the transaction ends.
pub async fn lock(tx: &mut Tx, user: UserId) -> Result<Option<Profile>> {
    let row = tx.returning(LOCK, params![user]).await?;
    row.map(take).transpose()
}

/// Writes what a user may change, and nothing else; the profile as it is then.
pub async fn save_display(
    tx: &mut Tx,
    user: UserId,
    display: Display<'_>,
    at: Time,
) -> Result<Option<Profile>> {
    let params = params![user, display.full_name, display.avatar_url, at];
    let row = tx.returning(SAVE_DISPLAY, params).await?;
    row.map(take).transpose()
}

/// Removes a profile. The ledger of the user's credits stays.
pub fn delete(tx: &mut Tx, user: UserId) {
    tx.queue(DELETE, params![user]);
}

fn take(mut row: Row) -> Result<Profile> {
    Ok(Profile {
        user_id: row.take()?,
        full_name: row.take()?,
        avatar_url: row.take()?,
        role: row.take()?,
        plan: row.take()?,
        suspended_at: row.take()?,
        created_at: row.take()?,
        updated_at: row.take()?,
    })
}
