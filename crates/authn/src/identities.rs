//! Unlinking one of several identities from the own account.

use crate::error::{Error, Refusal, Result};
use crate::metadata::note_providers;
use crate::{Authn, Caller};
use serde_json::{Map, Value as Json};
use store::identities::{self, Identity};
use store::users::{self, User};
use store::{Account, Tx, one_time_tokens};
use types::audit::Event;
use types::{Call, Email, IdentityId};

impl Authn {
    /// Refuses linking and unlinking where the operator does not want users to do it.
    pub fn require_manual_linking(&self) -> Result<()> {
        if self.0.settings.signup.manual_linking_enabled {
            return Ok(());
        }
        Err(Refusal::ManualLinkingDisabled.into())
    }

    /// Unlinks an identity. The last one stays, and the user's address is one of those that the
    /// remaining identities have, if any of them has one that nobody else uses.
    pub async fn unlink_identity(
        &self,
        call: &Call,
        caller: &Caller,
        id: IdentityId,
    ) -> Result<()> {
        let user_id = caller.account.user.id;
        let (mut tx, mut account) = self.lock_caller(call, caller).await?;
        if account.identities.len() <= 1 {
            return Err(Refusal::SingleIdentity.into());
        }
        let position = account.identities.iter().position(|one| one.id == id);
        let position = position.ok_or(Refusal::IdentityNotFound)?;
        let unlinked = account.identities.remove(position);
        if !identities::delete(&mut tx, id, user_id).await? {
            return Err(Refusal::IdentityNotFound.into());
        }
        if unlinked.provider == "phone" {
            account.user.phone = None;
            account.user.phone_confirmed_at = None;
        } else {
            self.choose_email(&mut tx, &mut account).await?;
        }
        let metadata = &mut account.user.app_metadata;
        note_providers(metadata, &account.identities);
        account.user.updated_at = call.now;
        users::save(&mut tx, &account.user);
        let mut traits = Map::new();
        let mut fact = |name: &str, value: String| traits.insert(name.to_owned(), value.into());
        fact("identity_id", unlinked.id.to_string());
        fact("provider", unlinked.provider.clone());
        fact("provider_id", unlinked.provider_id.clone());
        let event = Event::IdentityUnlinked;
        self.note_with(&mut tx, call, &account.user, event, traits);
        tx.commit().await.map_err(conflict)
    }

    /// Keeps the user's address where an identity has it; otherwise takes the best one left:
    /// confirmed before unconfirmed, older before newer, none at all last.
    async fn choose_email(&self, tx: &mut Tx, account: &mut Account) -> Result<()> {
        let current = account.user.email.clone().unwrap_or_default();
        let emails = || account.identities.iter().map(Identity::email);
        if emails().any(|email| email.unwrap_or_default() == current) {
            return Ok(());
        }
        let mut candidates: Vec<&Identity> = account.identities.iter().collect();
        candidates.sort_by_key(|identity| rank(identity));
        let mut chosen = None;
        for identity in candidates {
            if is_free(tx, &account.user, identity).await? {
                chosen = Some(identity);
                break;
            }
        }
        let chosen = chosen.ok_or(Refusal::IdentityEmailConflict)?;
        let user = &mut account.user;
        user.email = chosen.email();
        if user.email.is_none() || !(is_verified(chosen) || self.0.settings.email.autoconfirm) {
            user.email_confirmed_at = None;
        }
        user.confirmation_token.clear();
        user.recovery_token.clear();
        user.email_change_token_current.clear();
        user.email_change_token_new.clear();
        one_time_tokens::delete_all(tx, user.id);
        Ok(())
    }
}

/// Reads an id in a path.
pub fn parse_identity_id(text: &str) -> Result<IdentityId> {
    text.parse().map_err(|_| Refusal::IdentityIdFormat.into())
}

/// Nobody else has the address of this identity, or it has none.
async fn is_free(tx: &mut Tx, user: &User, identity: &Identity) -> Result<bool> {
    let Some(email) = identity.email() else {
        return Ok(true);
    };
    let Ok(email) = Email::parse(&email) else {
        return Ok(false);
    };
    let holder = users::id_of_email(tx, &email, &user.aud).await?;
    let free = holder.is_none_or(|holder| holder == user.id);
    Ok(free
        && identities::holder_of_email(tx, &email, &user.aud, user.id)
            .await?
            .is_none())
}

fn rank(identity: &Identity) -> u8 {
    match identity.email() {
        None => 2,
        Some(_) if is_verified(identity) => 0,
        Some(_) => 1,
    }
}

/// The provider vouches for the address.
fn is_verified(identity: &Identity) -> bool {
    identity.data.get("email_verified") == Some(&Json::Bool(true))
}

fn conflict(error: store::Error) -> Error {
    if error.is_duplicate("users.email") {
        return Refusal::IdentityEmailConflict.into();
    }
    error.into()
}
