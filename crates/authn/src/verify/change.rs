//! The end of a change of address or number: the new contact takes the place of the old one.

use crate::Authn;
use serde_json::{Map, Value as Json};
use store::one_time_tokens;
use store::users::User;
use store::{Account, Tx, identities};
use types::Call;
use types::audit::Event;

impl Authn {
    /// The pending address becomes the user's confirmed one.
    pub(crate) fn finish_email_change(&self, tx: &mut Tx, call: &Call, account: &mut Account) {
        self.note(tx, call, &account.user, Event::UserModified);
        let facts = [
            ("email", account.user.email_change.as_str().into()),
            ("email_verified", true.into()),
        ];
        let shown = account
            .identity("email")
            .map(|identity| identity.updated_at);
        self.put_identity(tx, call, account, "email", facts);
        if let (Some(shown), Some(identity)) = (shown, account.identity_mut("email")) {
            // The answer shows the new facts under the old time, as recorded.
            identity.updated_at = shown;
        }
        let user = &mut account.user;
        user.is_anonymous = false;
        user.email = Some(std::mem::take(&mut user.email_change));
        user.email_change_token_new.clear();
        user.email_change_token_current.clear();
        user.email_change_confirm_status = 0;
        user.updated_at = call.now;
        if user.email_confirmed_at.is_none() {
            user.confirmation_token.clear();
            user.email_confirmed_at = Some(call.now);
            user.user_metadata
                .insert("email_verified".to_owned(), true.into());
        }
        one_time_tokens::delete_all(tx, user.id);
    }

    /// The pending number becomes the user's confirmed one.
    pub(crate) fn finish_phone_change(&self, tx: &mut Tx, call: &Call, account: &mut Account) {
        self.note(tx, call, &account.user, Event::UserModified);
        let facts = [
            ("phone", account.user.phone_change.as_str().into()),
            ("phone_verified", true.into()),
        ];
        self.put_identity(tx, call, account, "phone", facts);
        let user = &mut account.user;
        user.is_anonymous = false;
        user.phone = Some(std::mem::take(&mut user.phone_change));
        user.phone_change_token.clear();
        user.phone_confirmed_at = Some(call.now);
        user.updated_at = call.now;
        one_time_tokens::delete_all(tx, user.id);
    }

    /// Writes facts into the identity of a provider, which is made if there is none.
    fn put_identity(
        &self,
        tx: &mut Tx,
        call: &Call,
        account: &mut Account,
        provider: &str,
        facts: [(&str, Json); 2],
    ) {
        let facts = facts.map(|(name, fact)| (name.to_owned(), fact));
        if let Some(identity) = account.identity_mut(provider) {
            identity.data.extend(facts);
            identity.updated_at = Some(call.now);
            identities::save(tx, identity);
            return;
        }
        let mut data = unverified(&account.user);
        data.extend(facts);
        let identity = self.new_identity(call, account.user.id, provider, data);
        identities::insert(tx, &identity);
        account.identities.push(identity);
    }
}

/// The data of an identity of which nothing is verified.
pub(crate) fn unverified(user: &User) -> Map<String, Json> {
    let mut data = Map::new();
    data.insert("sub".to_owned(), user.id.to_string().into());
    for fact in ["email_verified", "phone_verified"] {
        data.insert(fact.to_owned(), false.into());
    }
    data
}
