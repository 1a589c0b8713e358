//! Changes that members make to their profile.

use super::open::require_active;
use super::{AvatarUrl, FullName, Member, Standing};
use crate::Authn;
use crate::error::{Error, Result};
use serde_json::Map;
use store::credits;
use store::profiles::{self, Display, Profile};
use store::users::{self, User};
use types::Call;
use types::audit::Event;

/// What to do with one field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Change<T> {
    /// Leave it as it is.
    #[default]
    Keep,
    /// Remove its value.
    Remove,
    /// Give it this value.
    Set(T),
}

/// What a member wants to change. Role, plan and credits are not among it: only the server
/// writes those.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProfileChanges {
    /// How the member wants to be called.
    pub full_name: Change<FullName>,
    /// A picture of the member.
    pub avatar_url: Change<AvatarUrl>,
}

/// A field and its new value.
type Changed<'a> = (&'static str, Option<&'a str>);

impl<T: AsRef<str>> Change<T> {
    /// The value afterwards, and whether this is a change at all.
    fn over<'a>(&'a self, current: Option<&'a str>) -> (Option<&'a str>, bool) {
        let wanted = match self {
            Self::Keep => return (current, false),
            Self::Remove => None,
            Self::Set(value) => Some(value.as_ref()),
        };
        (wanted, wanted != current)
    }
}

impl ProfileChanges {
    /// The profile afterwards, and the fields that change with their values.
    fn over<'a>(&'a self, profile: &'a Profile) -> (Display<'a>, Vec<Changed<'a>>) {
        let (full_name, renamed) = self.full_name.over(profile.full_name.as_deref());
        let (avatar_url, repictured) = self.avatar_url.over(profile.avatar_url.as_deref());
        let display = Display {
            full_name,
            avatar_url,
        };
        let fields = [
            (renamed, ("full_name", full_name)),
            (repictured, ("avatar_url", avatar_url)),
        ];
        let changed = fields.into_iter().filter(|(changes, _)| *changes);
        (display, changed.map(|(_, field)| field).collect())
    }
}

impl Authn {
    /// Changes the profile of whoever presents this access token. The same words go into the
    /// user's metadata, since tokens and mails call the user by those.
    pub async fn change_profile(
        &self,
        call: &Call,
        bearer: Option<&str>,
        changes: ProfileChanges,
    ) -> Result<Member> {
        let caller = self.authenticate_member(call, bearer).await?;
        let (mut tx, mut account) = self.lock_caller(call, &caller).await?;
        let user = &mut account.user;
        let profile = self.opened_profile(&mut tx, call, user).await?;
        require_active(call, &profile)?;
        let (display, changed) = changes.over(&profile);
        let profile = if changed.is_empty() {
            profile
        } else {
            user.updated_at = call.now;
            note_in_metadata(user, &changed);
            users::save(&mut tx, user);
            let saved = profiles::save_display(&mut tx, user.id, display, call.now).await?;
            let mut traits = Map::new();
            let names: Vec<&str> = changed.iter().map(|(field, _)| *field).collect();
            traits.insert("fields".to_owned(), names.into());
            self.note_with(&mut tx, call, user, Event::ProfileUpdated, traits);
            saved.ok_or_else(|| Error::internal("a locked profile vanished"))?
        };
        let credits = credits::balance(&mut tx, user.id).await?;
        tx.commit().await?;
        let standing = Standing { profile, credits };
        Ok(Member { account, standing })
    }
}

fn note_in_metadata(user: &mut User, changed: &[Changed<'_>]) {
    for (field, value) in changed {
        match value {
            Some(value) => user
                .user_metadata
                .insert((*field).to_owned(), (*value).into()),
            None => user.user_metadata.remove(*field),
        };
    }
}
