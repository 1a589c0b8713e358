//! `profiles`: what the account API knows of a user beyond `auth.users`.

use crate::db::{Read, Tx, params, statements};
use crate::error::Result;
use types::{Time, UserId};

statements! {
    Command OPEN = "
        INSERT INTO profiles (user_id, full_name, avatar_url, role, plan, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $6)
        ON CONFLICT (user_id) DO NOTHING";
    Query FIND = "
        SELECT p.user_id, p.full_name, p.avatar_url, p.role, p.plan, p.created_at, p.updated_at,
            (SELECT c.balance_after FROM credit_entries c WHERE c.user_id = p.user_id
                ORDER BY c.created_at DESC, c.id DESC LIMIT 1)
        FROM profiles p WHERE p.user_id = $1";
    Command SET_FULL_NAME = "
        UPDATE profiles SET full_name = $2, updated_at = $3 WHERE user_id = $1";
    Command SET_AVATAR_URL = "
        UPDATE profiles SET avatar_url = $2, updated_at = $3 WHERE user_id = $1";
    Command DELETE = "DELETE FROM profiles WHERE user_id = $1";
}

/// A user's profile, and the balance that the ledger holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// Whose profile.
    pub user_id: UserId,
    /// How the user wants to be called.
    pub full_name: Option<String>,
    /// A picture of the user.
    pub avatar_url: Option<String>,
    /// What the user may do in the application; only the server writes it.
    pub role: String,
    /// What the user pays for; only the server writes it.
    pub plan: String,
    /// When the profile was made.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
    /// The balance after the last entry of the ledger; 0 where there is none.
    pub credits: i64,
}

/// Makes the profile of a user who has none; an existing one stays as it is. The credits are the
/// ledger's: see [`crate::credits`].
pub fn open(tx: &mut Tx, profile: &Profile) {
    let params = params![
        profile.user_id,
        profile.full_name.as_deref(),
        profile.avatar_url.as_deref(),
        profile.role.as_str(),
        profile.plan.as_str(),
        profile.created_at,
    ];
    tx.queue(OPEN, params);
}

/// The profile of a user, with the balance.
pub async fn find(db: &mut impl Read, user: UserId) -> Result<Option<Profile>> {
    let Some(mut row) = db.row(FIND, params![user]).await? else {
        return Ok(None);
    };
    Ok(Some(Profile {
        user_id: row.take()?,
        full_name: row.take()?,
        avatar_url: row.take()?,
        role: row.take()?,
        plan: row.take()?,
        created_at: row.take()?,
        updated_at: row.take()?,
        credits: row.take::<Option<_>>()?.unwrap_or(0),
    }))
}

/// Changes or removes the name.
pub fn set_full_name(tx: &mut Tx, user: UserId, full_name: Option<&str>, at: Time) {
    tx.queue(SET_FULL_NAME, params![user, full_name, at]);
}

/// Changes or removes the picture.
pub fn set_avatar_url(tx: &mut Tx, user: UserId, avatar_url: Option<&str>, at: Time) {
    tx.queue(SET_AVATAR_URL, params![user, avatar_url, at]);
}

/// Removes a profile, in the transaction that removes its user: no cascade reaches it, since it
/// is not in the `auth` schema. The ledger stays, as it was written.
pub fn delete(tx: &mut Tx, user: UserId) {
    tx.queue(DELETE, params![user]);
}
