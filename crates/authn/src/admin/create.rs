//! New users, made by an administrator.

use super::{Ban, Given, UserFields, check_texts, entry, taken};
use crate::error::{Refusal, Result};
use crate::{Admin, Authn, metadata};
use store::users::{self, User};
use store::{Account, audit, identities};
use types::audit::Event;
use types::limits::PASSWORD_BYTES_MAX;
use types::{Call, Email, Phone, UserId};
use uuid::Uuid;

/// The contacts of a new user, checked.
#[derive(Debug, Clone)]
struct Contacts {
    email: Option<Email>,
    phone: Option<Phone>,
}

impl Contacts {
    /// The providers of these contacts, the first one first.
    fn providers(&self) -> Vec<&'static str> {
        let email = self.email.iter().map(|_| "email");
        email.chain(self.phone.iter().map(|_| "phone")).collect()
    }
}

impl Authn {
    /// Makes a user. Its password need not be strong: what was good enough elsewhere can be
    /// imported. Without a password nobody can sign in with one. No mail is sent.
    pub async fn create_user(
        &self,
        call: &Call,
        admin: &Admin,
        audience: &str,
        fields: UserFields,
    ) -> Result<Account> {
        let audience = match fields.audience.as_str() {
            "" => audience,
            wanted => wanted,
        };
        let contacts = self.free_contacts(call, &fields, audience).await?;
        check_texts(&fields)?;
        let id = self.new_id(&fields.id)?;
        let ban = Ban::parse(&fields.ban_duration, call.now)?;
        let hash = self.given_hash(call, &fields).await?;

        let mut user = User::new(id, audience, call.now);
        user.encrypted_password = Some(match hash {
            Some(hash) => self.store_password(id, hash)?,
            None => String::new(),
        });
        self.fill(call, &mut user, &contacts, fields);
        metadata::require_fit(&user)?;
        ban.apply(&mut user);
        let account = self.with_identities(call, user);

        let mut entry = entry(admin, Event::UserSignedUp, &account.user);
        let provider = contacts.providers().first().copied().unwrap_or_default();
        entry.traits.insert("provider".to_owned(), provider.into());
        let mut tx = self.db(call).begin().await?;
        users::insert(&mut tx, &account.user);
        for identity in &account.identities {
            identities::insert(&mut tx, identity);
        }
        audit::append(&mut tx, call, self.entropy(), &entry);
        tx.commit().await.map_err(taken)?;
        Ok(account)
    }

    /// The contacts that are asked for, if they are valid and nobody has them. The unique keys of
    /// the database have the last word.
    async fn free_contacts(
        &self,
        call: &Call,
        fields: &UserFields,
        audience: &str,
    ) -> Result<Contacts> {
        if fields.email.is_empty() && fields.phone.is_empty() {
            return Err(Refusal::UserNeedsContact.into());
        }
        let mut db = self.db(call);
        let mut contacts = Contacts {
            email: None,
            phone: None,
        };
        if !fields.email.is_empty() {
            let email = Email::parse(&fields.email)?;
            let nobody = UserId(Uuid::nil());
            let user = users::id_of_email(&mut db, &email, audience).await?;
            let holder = match user {
                Some(user) => Some(user),
                None => identities::holder_of_email(&mut db, &email, audience, nobody).await?,
            };
            if holder.is_some() {
                return Err(Refusal::EmailExists.into());
            }
            contacts.email = Some(email);
        }
        if !fields.phone.is_empty() {
            let phone = Phone::parse(&fields.phone)?;
            let holder = users::id_of_phone(&mut db, &phone, audience).await?;
            if holder.is_some() {
                return Err(Refusal::PhoneTaken.into());
            }
            contacts.phone = Some(phone);
        }
        Ok(contacts)
    }

    fn new_id(&self, wanted: &str) -> Result<UserId> {
        if wanted.is_empty() {
            return Ok(UserId::random(self.entropy()));
        }
        let id = Uuid::parse_str(wanted).map_err(|_| Refusal::NewIdFormat)?;
        if id.is_nil() {
            return Err(Refusal::NewIdNil.into());
        }
        Ok(UserId(id))
    }

    /// The hash of the given password, or the given hash.
    pub(super) async fn given_hash(
        &self,
        call: &Call,
        fields: &UserFields,
    ) -> Result<Option<String>> {
        if !fields.password_hash.is_empty() {
            return Ok(Some(fields.password_hash.clone()));
        }
        let password = fields.password.as_ref().map(types::Secret::expose);
        match password.filter(|password| !password.is_empty()) {
            Some(password) if password.len() > PASSWORD_BYTES_MAX => {
                Err(Refusal::PasswordTooLong.into())
            }
            Some(password) => Ok(Some(self.0.hasher.hash(call, password).await?)),
            None => Ok(None),
        }
    }

    fn fill(&self, call: &Call, user: &mut User, contacts: &Contacts, fields: UserFields) {
        user.role = match fields.role {
            role if role.is_empty() => self.0.settings.jwt.default_role.clone(),
            role => role,
        };
        user.email = contacts.email.as_ref().map(Email::to_string);
        user.phone = contacts.phone.as_ref().map(Phone::to_string);
        let providers = contacts.providers();
        let first = providers.first().copied().unwrap_or_default();
        user.app_metadata = metadata::of_provider(first);
        user.app_metadata
            .insert("providers".to_owned(), providers.into());
        let given = fields.app_metadata.unwrap_or_default();
        metadata::merge(&mut user.app_metadata, given);
        user.user_metadata = fields.user_metadata.unwrap_or_default();
        if fields.email_confirm && user.email.is_some() {
            user.email_confirmed_at = Some(call.now);
            user.user_metadata
                .insert("email_verified".to_owned(), true.into());
        }
        if fields.phone_confirm && user.phone.is_some() {
            user.phone_confirmed_at = Some(call.now);
        }
    }

    fn with_identities(&self, call: &Call, user: User) -> Account {
        let contacts = [("email", user.email.clone()), ("phone", user.phone.clone())];
        let id = user.id;
        let mut account = Account::new(user);
        for (provider, contact) in contacts {
            let Some(contact) = contact else { continue };
            // Even of a confirmed contact the identity says that nobody has verified it.
            let given = Given {
                provider,
                contact: &contact,
                confirmed: false,
            };
            let data = given.identity_data(id);
            account
                .identities
                .push(self.new_identity(call, id, provider, data));
        }
        account
    }
}
