//! Changes that members make to their profile.

use super::{AvatarUrl, FullName, Member, NewProfile, written_profile};
use crate::Authn;
use crate::error::Result;
use crate::user_update::lock_caller;
use serde_json::Map;
use store::users::{self, User};
use store::{Tx, profiles};
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

impl<T> Change<T> {
    /// The new value as text, or that there is none; `None` where nothing changes.
    fn wanted<'a>(&'a self, text: impl Fn(&'a T) -> &'a str) -> Option<Option<&'a str>> {
        match self {
            Self::Keep => None,
            Self::Remove => Some(None),
            Self::Set(value) => Some(Some(text(value))),
        }
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
        let mut tx = self.db(call).begin().await?;
        let mut account = lock_caller(&mut tx, call, &caller).await?;
        let user = &mut account.user;
        self.open_account(&mut tx, call, user, &NewProfile::of(user))
            .await?;
        let changed = apply(&mut tx, call, user, &changes);
        if !changed.is_empty() {
            user.updated_at = call.now;
            users::save(&mut tx, user);
            let mut traits = Map::new();
            traits.insert("fields".to_owned(), changed.into());
            self.note_with(&mut tx, call, user, Event::ProfileUpdated, traits);
        }
        let profile = written_profile(&mut tx, user).await?;
        tx.commit().await?;
        Ok(Member { account, profile })
    }
}

/// Writes the changes; the names of the fields that they concern.
fn apply(tx: &mut Tx, call: &Call, user: &mut User, changes: &ProfileChanges) -> Vec<&'static str> {
    let mut changed = Vec::new();
    if let Some(name) = changes.full_name.wanted(FullName::as_str) {
        profiles::set_full_name(tx, user.id, name, call.now);
        note_in_metadata(user, "full_name", name);
        changed.push("full_name");
    }
    if let Some(url) = changes.avatar_url.wanted(AvatarUrl::as_str) {
        profiles::set_avatar_url(tx, user.id, url, call.now);
        note_in_metadata(user, "avatar_url", url);
        changed.push("avatar_url");
    }
    changed
}

fn note_in_metadata(user: &mut User, field: &str, value: Option<&str>) {
    match value {
        Some(value) => user.user_metadata.insert(field.to_owned(), value.into()),
        None => user.user_metadata.remove(field),
    };
}
