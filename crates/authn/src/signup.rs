//! Registration by address or number.

mod newcomer;

use crate::account::NewProfile;
use crate::contact::Contact;
use crate::error::{Error, Refusal, Result};
use crate::issue::Issued;
use crate::password::check_strength;
use crate::pkce::Challenge;
use crate::settings::MailKind;
use crate::{Asked, Authn, metadata};
use serde_json::{Map, Value as Json};
use store::audit;
use store::users::{self, User};
use store::{Account, Tx};
use types::audit::Event;
use types::limits::PASSWORD_BYTES_MAX;
use types::{Call, Email, Phone, Secret, UserId};

pub(crate) use newcomer::{Admitted, Newcomer};

/// How often a registration is tried when others register the same contact at the same time:
/// the second time finds what they made, the third covers one that vanished meanwhile.
pub(crate) const ATTEMPTS_MAX: usize = 3;

/// What a new user says about themselves.
#[derive(Debug, Clone)]
pub struct Signup {
    /// The address; empty when a number is given.
    pub email: String,
    /// The number; empty when an address is given.
    pub phone: String,
    /// The wanted password.
    pub password: Secret<String>,
    /// What goes into the user's metadata.
    pub data: Map<String, Json>,
    /// `sms` or `whatsapp`; empty means `sms`.
    pub channel: String,
    /// The challenge that a confirmation link's code must answer.
    pub challenge: Option<Challenge>,
    /// The profile of an account that is opened with the user, in the same transaction.
    pub profile: Option<NewProfile>,
}

/// How a registration ended.
#[derive(Debug, Clone)]
pub enum Registered {
    /// Signed in at once.
    SignedIn(Box<Issued>),
    /// The contact must be confirmed first; or it has an account, which is not told.
    Pending(Box<Account>),
}

impl Authn {
    /// Registers a user: one hash, one read, one transaction.
    pub async fn sign_up(&self, call: &Call, asked: &Asked, signup: Signup) -> Result<Registered> {
        let contact = self.check_signup(&signup)?;
        // Hashed in any case: the time must not tell whether the contact has an account.
        let hash = self.0.hasher.hash(call, signup.password.expose()).await?;
        let newcomer = Newcomer {
            asked,
            contact,
            data: signup.data,
            channel: signup.channel,
            challenge: signup.challenge,
            hash,
            profile: signup.profile,
        };
        for _ in 0..ATTEMPTS_MAX {
            if let Some(registered) = self.register(call, &newcomer).await? {
                return Ok(registered);
            }
        }
        Err(Error::internal("a contact is neither free nor taken"))
    }

    fn check_signup(&self, signup: &Signup) -> Result<Contact> {
        let settings = &self.0.settings;
        if settings.signup.disabled {
            return Err(Refusal::SignupDisabled.into());
        }
        let password = signup.password.expose();
        if password.is_empty() {
            return Err(Refusal::SignupNeedsPassword.into());
        }
        self.check_password(password)?;
        if !signup.email.is_empty() && !signup.phone.is_empty() {
            return Err(Refusal::SignupWithBothContacts.into());
        }
        metadata::check(&signup.data)?;
        if signup.phone.is_empty() {
            if !settings.email.enabled {
                return Err(Refusal::EmailSignupsDisabled.into());
            }
            return Ok(Contact::Email(Email::parse(&signup.email)?));
        }
        check_channel(&signup.channel)?;
        if signup.challenge.is_some() {
            return Err(Refusal::PkceForPhone.into());
        }
        if !settings.phone.enabled {
            return Err(Refusal::PhoneSignupsDisabled.into());
        }
        Ok(Contact::Phone(Phone::parse(&signup.phone)?))
    }

    /// A new password must be storable and strong enough.
    pub(crate) fn check_password(&self, password: &str) -> Result<()> {
        if password.len() > PASSWORD_BYTES_MAX {
            return Err(Refusal::PasswordTooLong.into());
        }
        check_strength(&self.0.settings.password, password)?;
        Ok(())
    }

    /// `None`: someone else has registered the contact meanwhile.
    async fn register(&self, call: &Call, newcomer: &Newcomer<'_>) -> Result<Option<Registered>> {
        let contact = &newcomer.contact;
        let mut tx = self.db(call).begin().await?;
        let found = self
            .lock_contact(&mut tx, contact, &newcomer.asked.audience)
            .await?;
        // Where contacts count as confirmed at once, an account that somebody else made (by an
        // invitation, or as an administrator) must not go to the first who names its contact.
        let at_once = self.confirms_at_once(contact);
        if let Some(account) = found
            .as_ref()
            .filter(|account| at_once || contact.is_confirmed(&account.user))
        {
            return self.repeated(tx, call, newcomer, account).await.map(Some);
        }
        match self.admit(tx, call, newcomer, found)? {
            Admitted::Pending(tx, account) => {
                let stored = save(tx, &account.user).await?;
                let pending = || Registered::Pending(Box::new(blank_if_invited(account)));
                Ok(stored.then(pending))
            }
            Admitted::Confirmed(mut tx, mut account) => {
                let opened = self.open_session(&mut tx, call, &mut account.user, "password")?;
                let login = crate::sign_in::login_entry(&account, newcomer.contact.provider());
                audit::append(&mut tx, call, self.entropy(), &login);
                if !save(tx, &account.user).await? {
                    return Ok(None);
                }
                show_shared_metadata(&mut account);
                let issued = self.issue(call, account, opened)?;
                Ok(Some(Registered::SignedIn(Box::new(issued))))
            }
        }
    }

    /// The contact has a confirmed account. With confirmation at once that is said, since a
    /// sign-in would show it; else the answer is that of a new registration, and so is the work.
    async fn repeated(
        &self,
        mut tx: Tx,
        call: &Call,
        newcomer: &Newcomer<'_>,
        account: &Account,
    ) -> Result<Registered> {
        let entry = newcomer.entry(Event::RepeatedSignUp, account);
        audit::append(&mut tx, call, self.entropy(), &entry);
        let told = self.confirms_at_once(&newcomer.contact);
        if !told {
            let to = self.destination(newcomer.asked, newcomer.challenge.as_ref());
            let contact = &newcomer.contact;
            self.feign_message(&mut tx, call, contact, MailKind::Confirmation, &to)?;
        }
        tx.commit().await?;
        if told {
            return Err(Refusal::UserAlreadyExists.into());
        }
        let nobody = self.feigned(call, newcomer);
        Ok(Registered::Pending(Box::new(nobody)))
    }

    /// A user that looks new and is nobody.
    fn feigned(&self, call: &Call, newcomer: &Newcomer<'_>) -> Account {
        let audience = &newcomer.asked.audience;
        let mut user = User::new(UserId::random(self.entropy()), audience, call.now);
        match &newcomer.contact {
            Contact::Email(email) => user.email = Some(email.to_string()),
            Contact::Phone(phone) => user.phone = Some(phone.to_string()),
        }
        user.confirmation_sent_at = Some(call.now);
        user.app_metadata = metadata::of_provider(newcomer.contact.provider());
        user.user_metadata.clone_from(&newcomer.data);
        Account::new(user)
    }
}

/// Writes the user and commits; false when someone else has its contact.
pub(crate) async fn save(mut tx: Tx, user: &User) -> Result<bool> {
    users::save(&mut tx, user);
    match tx.commit().await {
        Ok(()) => Ok(true),
        Err(e) if e.is_duplicate("users.email") || e.is_duplicate("users.phone") => Ok(false),
        Err(e) => Err(e.into()),
    }
}

/// Only two channels exist, and only one of them without a provider that has the other.
pub(crate) fn check_channel(channel: &str) -> Result<()> {
    if channel.is_empty() || channel == "sms" {
        Ok(())
    } else {
        Err(Refusal::InvalidChannel.into())
    }
}

/// The answer to a sign-up shows the identity's data as the metadata is now, although the stored
/// identity keeps what it had: GoTrue shares one map between the two.
fn show_shared_metadata(account: &mut Account) {
    let metadata = account.user.user_metadata.clone();
    for identity in &mut account.identities {
        identity.data.clone_from(&metadata);
    }
}

/// Someone who registers an invited address must not learn what the inviter wrote.
fn blank_if_invited(mut account: Account) -> Account {
    if account.user.invited_at.is_some() {
        account.user.user_metadata.clear();
        account.identities.clear();
    }
    account
}
