//! Administration: other people's accounts and the audit log. Holding an [`Admin`] is the
//! permission; every function asks for one.

mod audit;
mod create;
mod delete;
mod factors;
mod go;
mod list;
mod paging;
mod update;

pub use audit::AuditPage;
pub use delete::Deletion;
pub use factors::FactorChange;
pub use list::{UserPage, UserQuery};
pub use paging::Paging;

use crate::error::{Error, Refusal, Result};
use crate::password::check_import;
use crate::trail::administrator;
use crate::{Admin, Authn, metadata};
use serde_json::{Map, Value as Json};
use store::audit::Entry;
use store::users::User;
use store::{Account, accounts};
use types::audit::Event;
use types::limits::TEXT_COLUMN_CHARACTERS_MAX;
use types::{Call, Secret, Time, UserId};

/// What an administrator writes about a user. Empty and absent fields leave things as they are.
#[derive(Debug, Clone, Default)]
pub struct UserFields {
    /// The id of a new user.
    pub id: String,
    /// The audience of a new user.
    pub audience: String,
    /// The role in access tokens.
    pub role: String,
    /// The address.
    pub email: String,
    /// The number.
    pub phone: String,
    /// The password; empty is one that is too short.
    pub password: Option<Secret<String>>,
    /// The hash of a password that was set elsewhere.
    pub password_hash: String,
    /// The address counts as confirmed.
    pub email_confirm: bool,
    /// The number counts as confirmed.
    pub phone_confirm: bool,
    /// What is merged into the user's metadata; `null` removes a key.
    pub user_metadata: Option<Map<String, Json>>,
    /// What is merged into the server's metadata; `null` removes a key.
    pub app_metadata: Option<Map<String, Json>>,
    /// For how long the user may not sign in, as Go writes durations; `none` ends a ban.
    pub ban_duration: String,
}

/// An address or a number that an administrator has written.
#[derive(Debug, Clone, Copy)]
struct Given<'a> {
    /// `email` or `phone`.
    provider: &'static str,
    contact: &'a str,
    /// The administrator vouches for it.
    confirmed: bool,
}

impl Given<'_> {
    /// What the identity of this contact says.
    fn identity_data(&self, user: UserId) -> Map<String, Json> {
        let verified = |provider: &str| Json::from(self.confirmed && self.provider == provider);
        [
            ("sub".to_owned(), user.to_string().into()),
            (self.provider.to_owned(), self.contact.into()),
            ("email_verified".to_owned(), verified("email")),
            ("phone_verified".to_owned(), verified("phone")),
        ]
        .into_iter()
        .collect()
    }
}

/// What becomes of a ban.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ban {
    Unchanged,
    None,
    Until(Time),
}

impl Ban {
    fn parse(text: &str, now: Time) -> Result<Self> {
        let nanoseconds = match text {
            "" => return Ok(Self::Unchanged),
            "none" => 0,
            text => go::parse_duration(text).map_err(Refusal::BanDuration)?,
        };
        Ok(match nanoseconds {
            0 => Self::None,
            nanoseconds => Self::Until(Time(now.0.saturating_add(nanoseconds / 1_000))),
        })
    }

    const fn apply(self, user: &mut User) {
        match self {
            Self::Unchanged => {}
            Self::None => user.banned_until = None,
            Self::Until(until) => user.banned_until = Some(until),
        }
    }
}

impl Authn {
    /// One user with identities and factors.
    pub async fn get_user(&self, call: &Call, _admin: &Admin, id: UserId) -> Result<Account> {
        let found = accounts::find(&mut self.db(call), id, None).await?;
        found.ok_or_else(|| Refusal::UserNotFound.into())
    }
}

/// Reads an id in a path.
pub fn parse_user_id(text: &str) -> Result<UserId> {
    text.parse().map_err(|_| Refusal::UserIdFormat.into())
}

/// The line of the audit log about what an administrator did to a user.
fn entry(admin: &Admin, event: Event, user: &User) -> Entry {
    let mut traits = Map::new();
    let text = |text: &Option<String>| text.clone().unwrap_or_default().into();
    traits.insert("user_id".to_owned(), user.id.to_string().into());
    traits.insert("user_email".to_owned(), text(&user.email));
    traits.insert("user_phone".to_owned(), text(&user.phone));
    Entry {
        event,
        actor: administrator(admin),
        subject: Some(user.id),
        traits,
    }
}

/// Refuses what the columns could not hold, and hashes that could not be verified.
fn check_texts(fields: &UserFields) -> Result<()> {
    let metadata = [&fields.user_metadata, &fields.app_metadata];
    for metadata in metadata.into_iter().flatten() {
        metadata::check(metadata)?;
    }
    for (name, text) in [("role", &fields.role), ("aud", &fields.audience)] {
        fits_column(name, text)?;
    }
    if fields.password.is_some() && !fields.password_hash.is_empty() {
        return Err(Refusal::PasswordAndHash.into());
    }
    if !fields.password_hash.is_empty() {
        check_import(&fields.password_hash).map_err(|_| Refusal::UnsupportedPasswordHash)?;
    }
    Ok(())
}

/// Refuses a name that is longer than the columns of GoTrue's tables, or that would break lines
/// where it is shown.
pub(crate) fn fits_column(field: &'static str, text: &str) -> Result<()> {
    if text.chars().any(char::is_control) {
        return Err(Refusal::FieldFormat { field }.into());
    }
    if text.chars().count() > TEXT_COLUMN_CHARACTERS_MAX {
        return Err(Refusal::FieldTooLong { field }.into());
    }
    Ok(())
}

/// A unique key that another user has, in the words for administrators.
fn taken(error: store::Error) -> Error {
    let refusal = if error.is_duplicate("users.email") {
        Refusal::EmailExists
    } else if error.is_duplicate("users.phone") {
        Refusal::PhoneTaken
    } else if error.is_duplicate("users.id") {
        Refusal::IdTaken
    } else {
        return error.into();
    };
    refusal.into()
}
