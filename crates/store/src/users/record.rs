//! One row of `auth.users`.

use crate::db::{Row, Value, params};
use crate::error::Result;
use serde_json::{Map, Value as Json};
use types::{Time, UserId};

/// A user, as the `auth` schema stores it. Columns that GoTrue writes as `''` are plain strings
/// here; rows made by hand may hold `NULL` there, which means the same.
#[derive(Debug, Clone, PartialEq)]
pub struct User {
    /// The primary key.
    pub id: UserId,
    /// The audience that the user belongs to.
    pub aud: String,
    /// The role in access tokens.
    pub role: String,
    /// The address in lower case.
    pub email: Option<String>,
    /// The password hash; may be encrypted. `None` and `''` mean: no password.
    pub encrypted_password: Option<String>,
    /// When the address was confirmed.
    pub email_confirmed_at: Option<Time>,
    /// When an administrator invited the user.
    pub invited_at: Option<Time>,
    /// The pending confirmation token, hashed.
    pub confirmation_token: String,
    /// When the last confirmation message was sent.
    pub confirmation_sent_at: Option<Time>,
    /// The pending recovery token, hashed.
    pub recovery_token: String,
    /// When the last recovery or sign-in mail was sent.
    pub recovery_sent_at: Option<Time>,
    /// The pending token sent to the new address, hashed.
    pub email_change_token_new: String,
    /// The address that the user wants to change to.
    pub email_change: String,
    /// When the last change mail was sent.
    pub email_change_sent_at: Option<Time>,
    /// When the user last signed in.
    pub last_sign_in_at: Option<Time>,
    /// What only administrators and the server write.
    pub app_metadata: Map<String, Json>,
    /// What the user writes.
    pub user_metadata: Map<String, Json>,
    /// When the row was made.
    pub created_at: Time,
    /// When the row was last changed.
    pub updated_at: Time,
    /// The number, digits only.
    pub phone: Option<String>,
    /// When the number was confirmed.
    pub phone_confirmed_at: Option<Time>,
    /// The number that the user wants to change to.
    pub phone_change: String,
    /// The pending token sent to the new number, hashed.
    pub phone_change_token: String,
    /// When the last change message was sent.
    pub phone_change_sent_at: Option<Time>,
    /// The earlier of the two confirmations: computed by the database, absent in a user that was
    /// not read back.
    pub confirmed_at: Option<Time>,
    /// The pending token sent to the current address, hashed.
    pub email_change_token_current: String,
    /// 1 when one of the two addresses of a change has been confirmed.
    pub email_change_confirm_status: i64,
    /// Until when the user may not sign in.
    pub banned_until: Option<Time>,
    /// The pending code for re-authentication, hashed.
    pub reauthentication_token: String,
    /// When that code was sent.
    pub reauthentication_sent_at: Option<Time>,
    /// The user came from single sign-on; such addresses need not be unique.
    pub is_sso_user: bool,
    /// When the user was soft-deleted.
    pub deleted_at: Option<Time>,
    /// The user has no contact yet.
    pub is_anonymous: bool,
}

impl User {
    /// How many columns [`User::take`] reads.
    pub(crate) const COLUMNS: usize = 33;

    /// A user with nothing but an id and an audience.
    pub fn new(id: UserId, aud: &str, now: Time) -> Self {
        Self {
            id,
            aud: aud.to_owned(),
            role: String::new(),
            email: None,
            encrypted_password: None,
            email_confirmed_at: None,
            invited_at: None,
            confirmation_token: String::new(),
            confirmation_sent_at: None,
            recovery_token: String::new(),
            recovery_sent_at: None,
            email_change_token_new: String::new(),
            email_change: String::new(),
            email_change_sent_at: None,
            last_sign_in_at: None,
            app_metadata: Map::new(),
            user_metadata: Map::new(),
            created_at: now,
            updated_at: now,
            phone: None,
            phone_confirmed_at: None,
            phone_change: String::new(),
            phone_change_token: String::new(),
            phone_change_sent_at: None,
            confirmed_at: None,
            email_change_token_current: String::new(),
            email_change_confirm_status: 0,
            banned_until: None,
            reauthentication_token: String::new(),
            reauthentication_sent_at: None,
            is_sso_user: false,
            deleted_at: None,
            is_anonymous: false,
        }
    }

    /// The password hash, if there is one.
    pub fn password(&self) -> Option<&str> {
        self.encrypted_password
            .as_deref()
            .filter(|hash| !hash.is_empty())
    }

    /// May not sign in now.
    pub fn is_banned(&self, now: Time) -> bool {
        self.banned_until.is_some_and(|until| now < until)
    }

    /// The number or, failing that, the address: how the audit log names the user.
    pub fn contact(&self) -> &str {
        match self.phone.as_deref() {
            Some(phone) if !phone.is_empty() => phone,
            _ => self.email.as_deref().unwrap_or_default(),
        }
    }

    pub(crate) fn take(row: &mut Row) -> Result<Self> {
        Ok(Self {
            id: row.take()?,
            aud: or_empty(row)?,
            role: or_empty(row)?,
            email: row.take()?,
            encrypted_password: row.take()?,
            email_confirmed_at: row.take()?,
            invited_at: row.take()?,
            confirmation_token: or_empty(row)?,
            confirmation_sent_at: row.take()?,
            recovery_token: or_empty(row)?,
            recovery_sent_at: row.take()?,
            email_change_token_new: or_empty(row)?,
            email_change: or_empty(row)?,
            email_change_sent_at: row.take()?,
            last_sign_in_at: row.take()?,
            app_metadata: row.take::<Option<_>>()?.unwrap_or_default(),
            user_metadata: row.take::<Option<_>>()?.unwrap_or_default(),
            created_at: row.take::<Option<_>>()?.unwrap_or(Time(0)),
            updated_at: row.take::<Option<_>>()?.unwrap_or(Time(0)),
            phone: row.take()?,
            phone_confirmed_at: row.take()?,
            phone_change: or_empty(row)?,
            phone_change_token: or_empty(row)?,
            phone_change_sent_at: row.take()?,
            confirmed_at: row.take()?,
            email_change_token_current: or_empty(row)?,
            email_change_confirm_status: row.take::<Option<_>>()?.unwrap_or(0),
            banned_until: row.take()?,
            reauthentication_token: or_empty(row)?,
            reauthentication_sent_at: row.take()?,
            is_sso_user: row.take()?,
            deleted_at: row.take()?,
            is_anonymous: row.take()?,
        })
    }

    /// The parameters of `INSERT` and `SAVE`, `$1` to `$32`.
    pub(super) fn params(&self) -> Vec<Value> {
        params![
            self.id,
            self.aud.as_str(),
            self.role.as_str(),
            self.email.as_deref(),
            self.encrypted_password.as_deref(),
            self.email_confirmed_at,
            self.invited_at,
            self.confirmation_token.as_str(),
            self.confirmation_sent_at,
            self.recovery_token.as_str(),
            self.recovery_sent_at,
            self.email_change_token_new.as_str(),
            self.email_change.as_str(),
            self.email_change_sent_at,
            self.last_sign_in_at,
            &self.app_metadata,
            &self.user_metadata,
            self.created_at,
            self.updated_at,
            self.phone.as_deref(),
            self.phone_confirmed_at,
            self.phone_change.as_str(),
            self.phone_change_token.as_str(),
            self.phone_change_sent_at,
            self.email_change_token_current.as_str(),
            self.email_change_confirm_status,
            self.banned_until,
            self.reauthentication_token.as_str(),
            self.reauthentication_sent_at,
            self.is_sso_user,
            self.deleted_at,
            self.is_anonymous,
        ]
    }
}

fn or_empty(row: &mut Row) -> Result<String> {
    Ok(row.take::<Option<String>>()?.unwrap_or_default())
}
