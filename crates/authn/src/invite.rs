//! Invitations: an administrator makes an account that its owner confirms by mail.

use crate::contact::Contact;
use crate::error::{Error, Refusal, Result};
use crate::messages::{Destination, Ending};
use crate::signup::{ATTEMPTS_MAX, save};
use crate::verify::{forget_pending, unverified};
use crate::{Admin, Asked, Authn, metadata};
use serde_json::{Map, Value as Json};
use store::users::{self, User};
use store::{Account, Tx, flows, identities, sessions};
use types::{Call, Email};

/// Whom an administrator invites.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// The address.
    pub email: String,
    /// What goes into a new user's metadata.
    pub data: Map<String, Json>,
}

/// An account that an administrator makes for someone else.
#[derive(Debug)]
pub(crate) struct Guest<'a> {
    pub(crate) asked: &'a Asked,
    pub(crate) contact: Contact,
    pub(crate) data: &'a Map<String, Json>,
    /// The hash of the password; empty: none.
    pub(crate) hash: String,
}

impl Authn {
    /// Makes an account unless there is an unconfirmed one, and mails a link that accepts it.
    pub async fn invite(
        &self,
        call: &Call,
        asked: &Asked,
        admin: &Admin,
        invitation: Invitation,
    ) -> Result<Account> {
        metadata::check(&invitation.data)?;
        let guest = Guest {
            asked,
            contact: Contact::Email(Email::parse(&invitation.email)?),
            data: &invitation.data,
            hash: String::new(),
        };
        let to = Destination {
            redirect_to: self.redirect_target(asked),
            ending: Ending::Tokens,
        };
        for _ in 0..ATTEMPTS_MAX {
            let (mut tx, mut account) = self.host(call, &guest).await?;
            self.hand_over(&mut tx, call, admin, &mut account.user);
            self.send_invite(&mut tx, call, &mut account.user, &to)?;
            if save(tx, &account.user).await? {
                return Ok(account);
            }
        }
        Err(Error::internal("an address is neither free nor taken"))
    }

    /// The guest's unconfirmed account, locked or just made.
    pub(crate) async fn host(&self, call: &Call, guest: &Guest<'_>) -> Result<(Tx, Account)> {
        let mut tx = self.db(call).begin().await?;
        let contact = &guest.contact;
        let found = self
            .lock_contact(&mut tx, contact, &guest.asked.audience)
            .await?;
        match found {
            Some(account) if contact.is_confirmed(&account.user) => {
                Err(Refusal::EmailExists.into())
            }
            Some(account) => Ok((tx, account)),
            None => {
                let account = self.insert_guest(&mut tx, call, guest)?;
                Ok((tx, account))
            }
        }
    }

    /// Notes the invitation, and ends what whoever registered the address before began with it:
    /// they have not shown that it is theirs, and their password must not outlive its acceptance.
    pub(crate) fn hand_over(&self, tx: &mut Tx, call: &Call, admin: &Admin, user: &mut User) {
        self.note_invitation(tx, call, admin, user);
        user.encrypted_password = Some(String::new());
        forget_pending(tx, user);
        sessions::delete_all_of_user(tx, user.id);
        flows::delete_all_of_user(tx, user.id);
    }

    fn insert_guest(&self, tx: &mut Tx, call: &Call, guest: &Guest<'_>) -> Result<Account> {
        let mut account = self.blank_account(call, guest.asked, &guest.contact);
        let user = &mut account.user;
        user.encrypted_password = Some(if guest.hash.is_empty() {
            String::new()
        } else {
            self.store_password(user.id, guest.hash.clone())?
        });
        user.user_metadata.clone_from(guest.data);
        users::insert(tx, user);
        let provider = guest.contact.provider();
        let mut data = unverified(user);
        data.insert(provider.to_owned(), guest.contact.as_str().into());
        let identity = self.new_identity(call, user.id, provider, data);
        identities::insert(tx, &identity);
        account.identities.push(identity);
        Ok(account)
    }
}
