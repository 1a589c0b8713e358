//! Registration by address or number, and sign-in without any contact.

use crate::account::NewProfile;
use crate::error::{Error, Refusal, Result};
use crate::issue::Issued;
use crate::password::check_strength;
use crate::pkce::Challenge;
use crate::sign_in::actor;
use crate::{Asked, Authn, columns};
use serde_json::{Map, Value as Json};
use store::audit::{self, Entry};
use store::identities::{self, Identity};
use store::users::{self, User};
use store::{Account, Tx, accounts};
use types::audit::Event;
use types::limits::PASSWORD_BYTES_MAX;
use types::{Call, Email, IdentityId, Phone, Secret, UserId};

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

/// The contact of a new user, checked.
#[derive(Debug, Clone)]
enum Contact {
    Email(Email),
    Phone(Phone),
}

impl Contact {
    const fn provider(&self) -> &'static str {
        match self {
            Self::Email(_) => "email",
            Self::Phone(_) => "phone",
        }
    }
}

impl Authn {
    /// Registers a user: one read, one hash, one transaction.
    pub async fn sign_up(&self, call: &Call, asked: &Asked, signup: Signup) -> Result<Registered> {
        let contact = self.check_signup(&signup)?;
        let found = self.find_contact(call, &contact, &asked.audience).await?;
        // Hashed in any case: the time must not tell whether the contact has an account.
        let hash = self.0.hasher.hash(call, signup.password.expose()).await?;
        match found {
            Some(account) if is_confirmed(&account.user, &contact) => {
                self.repeated(call, asked, &signup, &account, &contact)
                    .await
            }
            Some(account) => {
                self.finish_signup(call, asked, signup, account, contact)
                    .await
            }
            None => {
                let account = self.new_account(call, asked, &signup, &contact, hash)?;
                self.finish_signup(call, asked, signup, account, contact)
                    .await
            }
        }
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

    async fn find_contact(
        &self,
        call: &Call,
        contact: &Contact,
        audience: &str,
    ) -> Result<Option<Account>> {
        let mut db = self.db(call);
        Ok(match contact {
            Contact::Email(email) => accounts::find_by_email(&mut db, email, audience).await?,
            Contact::Phone(phone) => accounts::find_by_phone(&mut db, phone, audience).await?,
        })
    }

    fn new_account(
        &self,
        call: &Call,
        asked: &Asked,
        signup: &Signup,
        contact: &Contact,
        hash: String,
    ) -> Result<Account> {
        let id = UserId::random(self.entropy());
        let mut user = User::new(id, &asked.audience, call.now);
        user.role.clone_from(&self.0.settings.jwt.default_role);
        user.encrypted_password = Some(self.store_password(id, hash)?);
        user.app_metadata = provider_metadata(contact.provider());
        user.user_metadata = signup.data.clone();
        match contact {
            Contact::Email(email) => {
                user.email = Some(email.to_string());
                user.user_metadata
                    .insert("email".to_owned(), email.as_str().into());
            }
            Contact::Phone(phone) => user.phone = Some(phone.to_string()),
        }
        user.user_metadata
            .insert("sub".to_owned(), id.to_string().into());
        user.user_metadata
            .insert("email_verified".to_owned(), false.into());
        user.user_metadata
            .insert("phone_verified".to_owned(), false.into());
        let identity = self.new_identity(call, id, contact.provider(), user.user_metadata.clone());
        let mut account = Account::new(user);
        account.identities.push(identity);
        Ok(account)
    }

    /// What the password column holds for a hash: the hash, or its encryption.
    pub(crate) fn store_password(&self, id: UserId, hash: String) -> Result<String> {
        if self.0.columns.encryption.is_none() {
            return Ok(hash);
        }
        columns::encrypt(&self.0.columns, self.entropy(), id.0, &hash)
            .map_err(|e| Error::Internal(Box::new(e)))
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

    async fn finish_signup(
        &self,
        call: &Call,
        asked: &Asked,
        signup: Signup,
        mut account: Account,
        contact: Contact,
    ) -> Result<Registered> {
        let is_new = account.user.created_at == call.now;
        let mut tx = self.db(call).begin().await?;
        if is_new {
            users::insert(&mut tx, &account.user);
            for identity in &account.identities {
                identities::insert(&mut tx, identity);
            }
        } else {
            let locked = users::lock(&mut tx, account.user.id).await?;
            account.user = locked.ok_or(Refusal::UserNotFound)?;
        }
        if let Some(profile) = &signup.profile {
            self.open_account(&mut tx, call, &account.user, profile)
                .await?;
        }
        let signed_in = self
            .confirm_or_ask(&mut tx, call, asked, &signup, &mut account, &contact)
            .await?;
        if !signed_in {
            users::save(&mut tx, &account.user);
            return match tx.commit().await {
                Ok(()) => Ok(Registered::Pending(Box::new(blank_if_invited(account)))),
                Err(e) => self.lost_race(call, asked, &signup, &contact, e).await,
            };
        }
        let opened = self.open_session(&mut tx, call, &mut account.user, "password")?;
        users::save(&mut tx, &account.user);
        let login = self.login_entry(&account, contact.provider());
        audit::append(&mut tx, call, self.entropy(), &login);
        if let Err(e) = tx.commit().await {
            return self.lost_race(call, asked, &signup, &contact, e).await;
        }
        show_shared_metadata(&mut account);
        Ok(Registered::SignedIn(Box::new(
            self.issue(call, account, opened)?,
        )))
    }

    /// Confirms the contact at once where the operator wants that, else asks for confirmation.
    /// True: the user may be signed in.
    async fn confirm_or_ask(
        &self,
        tx: &mut Tx,
        call: &Call,
        asked: &Asked,
        signup: &Signup,
        account: &mut Account,
        contact: &Contact,
    ) -> Result<bool> {
        let settings = &self.0.settings;
        let confirm_at_once = match contact {
            Contact::Email(_) => settings.email.autoconfirm,
            Contact::Phone(_) => settings.phone.autoconfirm,
        };
        let mut entry = Entry {
            event: Event::UserSignedUp,
            actor: actor(account),
            subject: None,
            traits: Map::new(),
        };
        entry
            .traits
            .insert("provider".to_owned(), contact.provider().into());
        if let Contact::Phone(_) = contact {
            let channel = if signup.channel.is_empty() {
                "sms"
            } else {
                &signup.channel
            };
            entry.traits.insert("channel".to_owned(), channel.into());
        }
        if !confirm_at_once {
            entry.event = Event::ConfirmationRequested;
            audit::append(tx, call, self.entropy(), &entry);
            return self
                .ask_for_confirmation(tx, call, asked, signup, account, contact)
                .await;
        }
        audit::append(tx, call, self.entropy(), &entry);
        let user = &mut account.user;
        match contact {
            Contact::Email(_) => {
                user.email_confirmed_at = Some(call.now);
                user.user_metadata
                    .insert("email_verified".to_owned(), true.into());
            }
            Contact::Phone(_) => user.phone_confirmed_at = Some(call.now),
        }
        Ok(true)
    }

    async fn ask_for_confirmation(
        &self,
        tx: &mut Tx,
        call: &Call,
        asked: &Asked,
        signup: &Signup,
        account: &mut Account,
        contact: &Contact,
    ) -> Result<bool> {
        match contact {
            Contact::Email(_) => {
                let challenge = signup.challenge.as_ref();
                self.begin_flow(tx, call, account.user.id, "email/signup", challenge);
                let pkce = challenge.is_some();
                self.send_confirmation(tx, call, &mut account.user, asked, pkce)?;
            }
            Contact::Phone(_) => self.send_phone_confirmation(tx, call, &mut account.user)?,
        }
        Ok(false)
    }

    /// The contact has a confirmed account. With confirmation at once that is said, since a
    /// sign-in would show it; else the answer is that of a new registration.
    async fn repeated(
        &self,
        call: &Call,
        asked: &Asked,
        signup: &Signup,
        account: &Account,
        contact: &Contact,
    ) -> Result<Registered> {
        let settings = &self.0.settings;
        let told = match contact {
            Contact::Email(_) => settings.email.autoconfirm,
            Contact::Phone(_) => settings.phone.autoconfirm,
        };
        if told {
            return Err(Refusal::UserAlreadyExists.into());
        }
        let mut entry = Entry {
            event: Event::RepeatedSignUp,
            actor: actor(account),
            subject: None,
            traits: Map::new(),
        };
        entry
            .traits
            .insert("provider".to_owned(), contact.provider().into());
        let mut tx = self.db(call).begin().await?;
        audit::append(&mut tx, call, self.entropy(), &entry);
        tx.commit().await?;
        Ok(Registered::Pending(Box::new(
            self.feigned(call, asked, signup, contact),
        )))
    }

    /// A user that looks new and is nobody.
    fn feigned(&self, call: &Call, asked: &Asked, signup: &Signup, contact: &Contact) -> Account {
        let mut user = User::new(UserId::random(self.entropy()), &asked.audience, call.now);
        match contact {
            Contact::Email(email) => user.email = Some(email.to_string()),
            Contact::Phone(phone) => user.phone = Some(phone.to_string()),
        }
        user.confirmation_sent_at = Some(call.now);
        user.app_metadata = provider_metadata(contact.provider());
        user.user_metadata = signup.data.clone();
        Account::new(user)
    }

    /// Another registration of the same contact committed first: answer as if this one had come
    /// after it.
    async fn lost_race(
        &self,
        call: &Call,
        asked: &Asked,
        signup: &Signup,
        contact: &Contact,
        error: store::Error,
    ) -> Result<Registered> {
        if !error.is_duplicate("users.email") && !error.is_duplicate("users.phone") {
            return Err(error.into());
        }
        match self.find_contact(call, contact, &asked.audience).await? {
            Some(account) => self.repeated(call, asked, signup, &account, contact).await,
            None => Err(error.into()),
        }
    }

    /// Signs in a new user without any contact.
    pub async fn sign_up_anonymously(
        &self,
        call: &Call,
        asked: &Asked,
        data: Map<String, Json>,
    ) -> Result<Issued> {
        let settings = &self.0.settings;
        if settings.signup.disabled {
            return Err(Refusal::SignupDisabled.into());
        }
        if !settings.signup.anonymous_enabled {
            return Err(Refusal::AnonymousDisabled.into());
        }
        let mut user = User::new(UserId::random(self.entropy()), &asked.audience, call.now);
        user.role.clone_from(&settings.jwt.default_role);
        user.is_anonymous = true;
        user.user_metadata = data;
        let mut tx = self.db(call).begin().await?;
        users::insert(&mut tx, &user);
        let opened = self.open_session(&mut tx, call, &mut user, "anonymous")?;
        let account = Account::new(user);
        let mut entry = self.login_entry(&account, "anonymous");
        entry.event = Event::UserSignedUp;
        audit::append(&mut tx, call, self.entropy(), &entry);
        tx.commit().await?;
        self.issue(call, account, opened)
    }
}

/// `app_metadata` of a user with one provider.
pub(crate) fn provider_metadata(provider: &str) -> Map<String, Json> {
    let mut metadata = Map::new();
    metadata.insert("provider".to_owned(), provider.into());
    metadata.insert("providers".to_owned(), vec![provider].into());
    metadata
}

/// Only two channels exist, and only one of them without a provider that has the other.
pub(crate) fn check_channel(channel: &str) -> Result<()> {
    if channel.is_empty() || channel == "sms" {
        Ok(())
    } else {
        Err(Refusal::InvalidChannel.into())
    }
}

fn is_confirmed(user: &User, contact: &Contact) -> bool {
    match contact {
        Contact::Email(_) => user.email_confirmed_at.is_some(),
        Contact::Phone(_) => user.phone_confirmed_at.is_some(),
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
