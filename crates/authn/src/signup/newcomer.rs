//! The account of someone who registers: made if need be, then confirmed or asked to confirm.

use crate::account::NewProfile;
use crate::contact::Contact;
use crate::error::{Error, Result};
use crate::pkce::Challenge;
use crate::sign_in::actor;
use crate::{Asked, Authn, columns, metadata};
use serde_json::{Map, Value as Json};
use store::audit::{self, Entry};
use store::identities::{self, Identity};
use store::users::{self, User};
use store::{Account, Tx};
use types::audit::Event;
use types::{Call, IdentityId, UserId};

/// Someone who registers, checked.
#[derive(Debug)]
pub(crate) struct Newcomer<'a> {
    pub(crate) asked: &'a Asked,
    pub(crate) contact: Contact,
    pub(crate) data: Map<String, Json>,
    /// `sms`, or empty, which means the same.
    pub(crate) channel: String,
    pub(crate) challenge: Option<Challenge>,
    /// The hash of the password, not yet encrypted.
    pub(crate) hash: String,
    /// The profile of an account that is opened with the user.
    pub(crate) profile: Option<NewProfile>,
}

/// How far a registration got. The user is not saved and the transaction not committed.
#[derive(Debug)]
pub(crate) enum Admitted {
    /// The user is to confirm the contact.
    Pending(Tx, Account),
    /// The contact is confirmed.
    Confirmed(Tx, Account),
}

impl Authn {
    /// Makes the account, or takes the unconfirmed one that was `found`, and confirms it or asks
    /// for confirmation as the operator wants.
    pub(crate) fn admit(
        &self,
        mut tx: Tx,
        call: &Call,
        newcomer: &Newcomer<'_>,
        found: Option<Account>,
    ) -> Result<Admitted> {
        let contact = &newcomer.contact;
        let mut account = match found {
            Some(account) => account,
            None => self.insert_account(&mut tx, call, newcomer)?,
        };
        if self.confirms_at_once(contact) {
            self.confirm_newcomer(&mut tx, call, newcomer, &mut account);
            return Ok(Admitted::Confirmed(tx, account));
        }
        self.ask_newcomer(&mut tx, call, newcomer, &mut account)?;
        Ok(Admitted::Pending(tx, account))
    }

    fn insert_account(&self, tx: &mut Tx, call: &Call, newcomer: &Newcomer<'_>) -> Result<Account> {
        let contact = &newcomer.contact;
        let mut account = self.blank_account(call, newcomer.asked, contact);
        let user = &mut account.user;
        user.encrypted_password = Some(self.store_password(user.id, newcomer.hash.clone())?);
        user.user_metadata.clone_from(&newcomer.data);
        if let Contact::Email(email) = contact {
            let email = email.as_str().into();
            user.user_metadata.insert("email".to_owned(), email);
        }
        let id = user.id.to_string();
        user.user_metadata.insert("sub".to_owned(), id.into());
        for fact in ["email_verified", "phone_verified"] {
            user.user_metadata.insert(fact.to_owned(), false.into());
        }
        users::insert(tx, user);
        let data = user.user_metadata.clone();
        let identity = self.new_identity(call, user.id, contact.provider(), data);
        identities::insert(tx, &identity);
        account.identities.push(identity);
        if let Some(profile) = &newcomer.profile {
            self.open_account(tx, call, &account.user, profile);
        }
        Ok(account)
    }

    /// A user with a contact and nothing else, not yet stored.
    pub(crate) fn blank_account(&self, call: &Call, asked: &Asked, contact: &Contact) -> Account {
        let id = UserId::random(self.entropy());
        let mut user = User::new(id, &asked.audience, call.now);
        user.role.clone_from(&self.0.settings.jwt.default_role);
        user.app_metadata = metadata::of_provider(contact.provider());
        let text = Some(contact.as_str().to_owned());
        match contact {
            Contact::Email(_) => user.email = text,
            Contact::Phone(_) => user.phone = text,
        }
        Account::new(user)
    }

    /// What the password column holds for a hash: the hash, or its encryption.
    pub(crate) fn store_password(&self, id: UserId, hash: String) -> Result<String> {
        if self.0.columns.encryption.is_none() {
            return Ok(hash);
        }
        columns::encrypt(&self.0.columns, self.entropy(), id.0, &hash)
            .map_err(|e| Error::Internal(Box::new(e)))
    }

    /// Makes sure that a code which signs in, and so confirms the account for whoever reads it,
    /// confirms no password that somebody else may have chosen. The password of a user who has
    /// shown that another contact is theirs stays: anybody may ask for a code.
    pub(crate) fn forget_unproven_password(&self, user: &mut User) -> Result<()> {
        let is_proven = user.email_confirmed_at.is_some() || user.phone_confirmed_at.is_some();
        // Who was invited has none yet, and accepting the invitation depends on that.
        if user.password().is_some() && !is_proven {
            let hash = self.0.hasher.hash_of_no_password();
            user.encrypted_password = Some(self.store_password(user.id, hash)?);
        }
        Ok(())
    }

    /// The identity of a contact that the user has given.
    pub(crate) fn new_identity(
        &self,
        call: &Call,
        user_id: UserId,
        provider: &str,
        data: Map<String, Json>,
    ) -> Identity {
        Identity {
            id: IdentityId::random(self.entropy()),
            provider_id: user_id.to_string(),
            user_id,
            provider: provider.to_owned(),
            data,
            last_sign_in_at: Some(call.now),
            created_at: Some(call.now),
            updated_at: Some(call.now),
        }
    }

    fn confirm_newcomer(
        &self,
        tx: &mut Tx,
        call: &Call,
        newcomer: &Newcomer<'_>,
        account: &mut Account,
    ) {
        let entry = newcomer.entry(Event::UserSignedUp, account);
        audit::append(tx, call, self.entropy(), &entry);
        let user = &mut account.user;
        user.updated_at = call.now;
        match newcomer.contact {
            Contact::Email(_) => {
                user.email_confirmed_at = Some(call.now);
                user.user_metadata
                    .insert("email_verified".to_owned(), true.into());
            }
            Contact::Phone(_) => user.phone_confirmed_at = Some(call.now),
        }
    }

    fn ask_newcomer(
        &self,
        tx: &mut Tx,
        call: &Call,
        newcomer: &Newcomer<'_>,
        account: &mut Account,
    ) -> Result<()> {
        let entry = newcomer.entry(Event::ConfirmationRequested, account);
        audit::append(tx, call, self.entropy(), &entry);
        let user = &mut account.user;
        match newcomer.contact {
            Contact::Email(_) => {
                let challenge = newcomer.challenge.as_ref();
                self.begin_flow(tx, call, user.id, "email/signup", challenge);
                let to = self.destination(newcomer.asked, challenge);
                self.send_confirmation(tx, call, user, &to)
            }
            Contact::Phone(_) => self.send_phone_code(tx, call, user).map(drop),
        }
    }
}

impl Newcomer<'_> {
    /// The line of the audit log about an event of this registration.
    pub(super) fn entry(&self, event: Event, account: &Account) -> Entry {
        let mut traits = Map::new();
        traits.insert("provider".to_owned(), self.contact.provider().into());
        if let Contact::Phone(_) = self.contact {
            let channel = match self.channel.as_str() {
                "" => "sms",
                named => named,
            };
            traits.insert("channel".to_owned(), channel.into());
        }
        Entry {
            event,
            actor: actor(account),
            subject: None,
            traits,
        }
    }
}
