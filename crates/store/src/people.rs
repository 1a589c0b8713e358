//! What others may need to know of an account: whether it is active, and what is shown of it.

use crate::db::{Db, Query, Read, Row, Value, params, statements};
use crate::error::Result;
use serde_json::{Map, Value as Json};
use types::{Email, SessionId, Time, UserId};
use uuid::Uuid;

statements! {
    Query FIND = "
        SELECT u.id, u.email, u.email_confirmed_at, u.banned_until, u.deleted_at, p.suspended_at,
            p.full_name, p.avatar_url, u.raw_app_meta_data, u.is_anonymous
        FROM users u LEFT JOIN profiles p ON p.user_id = u.id WHERE u.id = $1";
    Query FIND_SIGNED_IN = "
        SELECT u.id, u.email, u.email_confirmed_at, u.banned_until, u.deleted_at, p.suspended_at,
            p.full_name, p.avatar_url, u.raw_app_meta_data, u.is_anonymous, s.id
        FROM users u LEFT JOIN profiles p ON p.user_id = u.id
            LEFT JOIN sessions s ON s.id = $2 AND s.user_id = u.id
        WHERE u.id = $1";
    Query WITH_EMAIL = "SELECT id FROM users WHERE instance_id = $1 AND lower(email) = $2";
}

/// An account, as far as others are concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The user.
    pub id: UserId,
    /// The address.
    pub email: Option<String>,
    /// When its owner showed that the address is theirs.
    pub email_confirmed_at: Option<Time>,
    /// Until when the user may not sign in.
    pub banned_until: Option<Time>,
    /// When the account was deleted softly.
    pub deleted_at: Option<Time>,
    /// Since when the user may not use the application.
    pub suspended_at: Option<Time>,
    /// The name shown to others.
    pub full_name: Option<String>,
    /// The picture shown to others.
    pub avatar_url: Option<String>,
    /// `role` of the server's metadata, which only administrators write.
    pub role: Option<String>,
    /// The user has signed in without saying who they are.
    pub is_anonymous: bool,
}

impl Person {
    /// Whether the account counts at `now`: neither deleted, nor banned, nor suspended, and that of
    /// somebody.
    pub fn is_active(&self, now: Time) -> bool {
        let is_banned = self.banned_until.is_some_and(|until| until > now);
        let is_suspended = self.suspended_at.is_some_and(|since| since <= now);
        self.deleted_at.is_none() && !is_suspended && !is_banned && !self.is_anonymous
    }
}

/// The account of a user, deleted softly or not.
pub async fn find(db: &mut impl Read, id: UserId) -> Result<Option<Person>> {
    let row = db.row(FIND, params![id]).await?;
    row.map(|mut row| take(&mut row)).transpose()
}

/// The account of a user, if a session of theirs lives; in one statement of few columns.
pub async fn find_signed_in(
    db: &mut impl Read,
    id: UserId,
    session: SessionId,
) -> Result<Option<Person>> {
    let Some(mut row) = db.row(FIND_SIGNED_IN, params![id, session]).await? else {
        return Ok(None);
    };
    let person = take(&mut row)?;
    let session: Option<SessionId> = row.take()?;
    Ok(session.map(|_| person))
}

/// Whose address this is; several are possible where people sign in through others.
pub async fn with_email(db: &mut impl Read, email: &Email) -> Result<Vec<UserId>> {
    let params = params![Uuid::nil(), email.as_str()];
    let rows = db.rows(WITH_EMAIL, params).await?;
    rows.into_iter().map(|mut row| row.take()).collect()
}

/// The accounts of several users, in one round trip; those that are not there are left out.
pub async fn find_all(db: &Db, ids: &[UserId]) -> Result<Vec<Person>> {
    let query = |id: &UserId| -> (Query, Vec<Value>) { (FIND, params![*id]) };
    let found = db.all(ids.iter().map(query).collect()).await?;
    let rows = found.into_iter().flatten();
    rows.map(|mut row| take(&mut row)).collect()
}

fn take(row: &mut Row) -> Result<Person> {
    Ok(Person {
        id: row.take()?,
        email: row.take()?,
        email_confirmed_at: row.take()?,
        banned_until: row.take()?,
        deleted_at: row.take()?,
        suspended_at: row.take()?,
        full_name: row.take()?,
        avatar_url: row.take()?,
        role: role(row.take()?),
        is_anonymous: row.take()?,
    })
}

fn role(metadata: Option<Map<String, Json>>) -> Option<String> {
    let role = metadata?.remove("role")?;
    role.as_str().map(str::to_owned)
}
