//! Deletion of users: of the row, or of everything in it that names a person.

use super::entry;
use crate::error::{Refusal, Result};
use crate::{Admin, Authn};
use aws_lc_rs::digest;
use data_encoding::BASE64URL_NOPAD;
use store::identities::Identity;
use store::users::{self, User};
use store::{Account, Tx, audit, factors, flows, identities, one_time_tokens, profiles, sessions};
use types::audit::Event;
use types::{Call, UserId};

/// How a user is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deletion {
    /// The row goes, with all that hangs on it.
    Hard,
    /// The row stays, so that rows of the application may go on naming its id; addresses, numbers
    /// and provider ids become hashes, everything else about the person is removed.
    Soft,
}

/// How many characters of a hash stand for a number: the width that GoTrue's column once had.
const PHONE_CHARACTERS: usize = 15;

impl Authn {
    /// Deletes a user, and what hangs on the account elsewhere. All sessions end. Deleting softly
    /// twice is no error.
    pub async fn delete_user(
        &self,
        call: &Call,
        admin: &Admin,
        id: UserId,
        deletion: Deletion,
    ) -> Result<()> {
        let locked = self.lock_account(call, id).await?;
        let (mut tx, account) = locked.ok_or(Refusal::UserNotFound)?;
        let entry = entry(admin, Event::UserDeleted, &account.user);
        audit::append(&mut tx, call, self.entropy(), &entry);
        match deletion {
            Deletion::Hard => erase(&mut tx, id),
            Deletion::Soft if account.user.deleted_at.is_none() => {
                obscure(&mut tx, call, account);
            }
            Deletion::Soft => {}
        }
        Ok(self.0.departures.commit(call, tx, id).await?)
    }
}

/// Removes a user: GoTrue's rows by their foreign keys, those without such a key here, one by one.
fn erase(tx: &mut Tx, id: UserId) {
    factors::delete_all_of_user(tx, id);
    flows::delete_all_of_user(tx, id);
    profiles::delete(tx, id);
    users::delete(tx, id);
}

fn obscure(tx: &mut Tx, call: &Call, account: Account) {
    let mut user = account.user;
    let id = user.id;
    for mut identity in account.identities {
        identity.provider_id = obscured_provider_id(&identity);
        identity.data.clear();
        identities::save(tx, &identity);
    }
    user.email = Some(obscured(&user, user.email.as_deref()));
    user.phone = Some(obscured_phone(&user, user.phone.as_deref()));
    user.email_change = obscured(&user, Some(&user.email_change));
    user.phone_change = obscured_phone(&user, Some(&user.phone_change));
    user.encrypted_password = None;
    user.confirmation_token.clear();
    user.recovery_token.clear();
    user.email_change_token_current.clear();
    user.email_change_token_new.clear();
    user.phone_change_token.clear();
    user.reauthentication_token.clear();
    user.user_metadata.clear();
    user.app_metadata.clear();
    user.deleted_at = Some(call.now);
    user.updated_at = call.now;
    users::save(tx, &user);
    one_time_tokens::delete_all(tx, id);
    sessions::delete_all_of_user(tx, id);
    factors::delete_all_of_user(tx, id);
    users::delete_passkeys(tx, id);
    flows::delete_all_of_user(tx, id);
    profiles::delete(tx, id);
}

/// The SHA-256 of the user's id and the text, as base64url: unique, and of no use to anybody.
fn hash(id: UserId, text: &str) -> String {
    let salted = format!("{id}{text}");
    BASE64URL_NOPAD.encode(digest::digest(&digest::SHA256, salted.as_bytes()).as_ref())
}

/// What stands for an address; also for one that is missing, as GoTrue has it.
fn obscured(user: &User, email: Option<&str>) -> String {
    hash(user.id, email.unwrap_or_default())
}

fn obscured_phone(user: &User, phone: Option<&str>) -> String {
    let mut hash = hash(user.id, phone.unwrap_or_default());
    hash.truncate(PHONE_CHARACTERS);
    hash
}

fn obscured_provider_id(identity: &Identity) -> String {
    let text = format!("{}:{}", identity.provider, identity.provider_id);
    hash(identity.user_id, &text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Map;
    use types::{IdentityId, Time};
    use uuid::Uuid;

    /// A user that the original server has deleted softly.
    const DELETED: Uuid = Uuid::from_u128(0x975e_36fc_d00e_4e3b_b530_5a46_5796_5aa3);

    #[test]
    fn hashes_are_those_of_the_original_server() {
        let id = UserId(DELETED);
        let user = User::new(id, "authenticated", Time(0));
        assert_eq!(
            obscured(&user, Some("softdeleted@example.com")),
            "Gx6ZekF_RLnBi8X_LjA4-ZLO85Nt_PoER0lcNffCO6U"
        );
        assert_eq!(
            obscured(&user, None),
            "OW31hkuDXOL3LNSIEzkrNDlBU8Rzh64lyPtkLrgepHg"
        );
        assert_eq!(obscured_phone(&user, None), "OW31hkuDXOL3LNS");
        let identity = Identity {
            id: IdentityId(Uuid::nil()),
            provider_id: id.to_string(),
            user_id: id,
            provider: "email".to_owned(),
            data: Map::new(),
            last_sign_in_at: None,
            created_at: None,
            updated_at: None,
        };
        assert_eq!(
            obscured_provider_id(&identity),
            "LHrCj03LaWNd5QLbi7fSObPAABax95LbKW9ekhzPFRs"
        );
    }
}
