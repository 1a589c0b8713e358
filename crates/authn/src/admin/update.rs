//! Changes to a user by an administrator.

use super::{Ban, Given, UserFields, check_texts, entry, taken};
use crate::error::{Refusal, Result};
use crate::metadata::{merge, require_fit};
use crate::verify::forget_pending;
use crate::{Admin, Authn};
use store::users::{self, User};
use store::{Account, Tx, audit, flows, identities, one_time_tokens, sessions};
use types::audit::Event;
use types::{Call, Email, Phone, UserId};

/// What is asked for, checked.
#[derive(Debug, Clone)]
struct Change {
    email: Option<Email>,
    phone: Option<Phone>,
    /// The new password, as the column will hold it.
    password: Option<String>,
    ban: Ban,
    fields: UserFields,
}

impl Change {
    /// Something is written, if only what was there before.
    fn is_any(&self) -> bool {
        let fields = &self.fields;
        self.email.is_some()
            || self.phone.is_some()
            || self.password.is_some()
            || self.ban != Ban::Unchanged
            || !fields.role.is_empty()
            || fields.email_confirm
            || fields.phone_confirm
            || fields.user_metadata.is_some()
            || fields.app_metadata.is_some()
    }
}

impl Authn {
    /// Changes a user. A new password ends all sessions, a new contact makes pending links and
    /// codes worthless. The answer has the identities as they were before, and new ones.
    pub async fn change_user(
        &self,
        call: &Call,
        admin: &Admin,
        id: UserId,
        fields: UserFields,
    ) -> Result<Account> {
        // Looked for first: nothing is hashed for nobody.
        self.get_user(call, admin, id).await?;
        let change = self.check_change(call, id, fields).await?;

        let locked = self.lock_account(call, id).await?;
        let (mut tx, mut account) = locked.ok_or(Refusal::UserNotFound)?;
        refuse_taken(&mut tx, &account.user, &change).await?;
        if change.is_any() {
            account.user.updated_at = call.now;
        }
        write_credentials(&mut tx, call, &mut account.user, &change);
        self.write_contacts(&mut tx, call, &mut account, &change);
        let fields = change.fields;
        let user = &mut account.user;
        let is_metadata_changed = fields.app_metadata.is_some() || fields.user_metadata.is_some();
        merge(
            &mut user.app_metadata,
            fields.app_metadata.unwrap_or_default(),
        );
        merge(
            &mut user.user_metadata,
            fields.user_metadata.unwrap_or_default(),
        );
        if is_metadata_changed {
            require_fit(user)?;
        }
        change.ban.apply(user);
        users::save(&mut tx, user);
        let entry = entry(admin, Event::UserModified, user);
        audit::append(&mut tx, call, self.entropy(), &entry);
        tx.commit().await.map_err(taken)?;
        Ok(account)
    }

    async fn check_change(&self, call: &Call, id: UserId, fields: UserFields) -> Result<Change> {
        let email = match fields.email.as_str() {
            "" => None,
            email => Some(Email::parse(email)?),
        };
        let phone = match fields.phone.as_str() {
            "" => None,
            phone => Some(Phone::parse(phone)?),
        };
        let ban = Ban::parse(&fields.ban_duration, call.now)?;
        check_texts(&fields)?;
        if let Some(password) = &fields.password {
            self.check_password(password.expose())?;
        }
        let hash = self.given_hash(call, &fields).await?;
        let password = hash.map(|hash| self.store_password(id, hash)).transpose()?;
        Ok(Change {
            email,
            phone,
            password,
            ban,
            fields,
        })
    }

    /// The address and the number, with their identities.
    fn write_contacts(&self, tx: &mut Tx, call: &Call, account: &mut Account, change: &Change) {
        let fields = &change.fields;
        let (email, phone) = (change.email.as_ref(), change.phone.as_ref());
        let moved = email
            .is_some_and(|email| account.user.email.as_deref() != Some(email.as_str()))
            || phone.is_some_and(|phone| account.user.phone.as_deref() != Some(phone.as_str()));
        if moved {
            forget_pending(tx, &mut account.user);
        }
        let email = email.map(|email| Given {
            provider: "email",
            contact: email.as_str(),
            confirmed: fields.email_confirm,
        });
        let phone = phone.map(|phone| Given {
            provider: "phone",
            contact: phone.as_str(),
            confirmed: fields.phone_confirm,
        });
        for given in email.into_iter().chain(phone) {
            self.write_identity(tx, call, account, given);
            account.user.is_anonymous &= !given.confirmed;
            let contact = Some(given.contact.to_owned());
            if given.provider == "email" {
                account.user.email = contact;
            } else {
                account.user.phone = contact;
            }
        }
    }

    /// The identity of a contact: changed in the database only, where there is one, since the
    /// answer shows it as it was; otherwise new.
    fn write_identity(&self, tx: &mut Tx, call: &Call, account: &mut Account, given: Given<'_>) {
        let id = account.user.id;
        if let Some(identity) = account.identity(given.provider) {
            let mut changed = identity.clone();
            let provider = given.provider.to_owned();
            let verified = format!("{provider}_verified");
            changed.data.insert(verified, given.confirmed.into());
            changed.data.insert(provider, given.contact.into());
            identities::save(tx, &changed);
            return;
        }
        let data = given.identity_data(id);
        let identity = self.new_identity(call, id, given.provider, data);
        identities::insert(tx, &identity);
        account.identities.push(identity);
    }
}

/// The role, the confirmations and the password.
fn write_credentials(tx: &mut Tx, call: &Call, user: &mut User, change: &Change) {
    let fields = &change.fields;
    if !fields.role.is_empty() {
        user.role.clone_from(&fields.role);
    }
    if fields.email_confirm && (user.email.is_some() || change.email.is_some()) {
        user.confirmation_token.clear();
        user.email_confirmed_at = Some(call.now);
        user.user_metadata
            .insert("email_verified".to_owned(), true.into());
        one_time_tokens::delete_all(tx, user.id);
    }
    if fields.phone_confirm && (user.phone.is_some() || change.phone.is_some()) {
        user.confirmation_token.clear();
        user.phone_confirmed_at = Some(call.now);
        one_time_tokens::delete_all(tx, user.id);
    }
    if let Some(password) = &change.password {
        user.encrypted_password = Some(password.clone());
        forget_pending(tx, user);
        sessions::delete_all_of_user(tx, user.id);
        flows::delete_all_of_user(tx, user.id);
    }
}

/// Refuses contacts that others have. The unique keys of the database have the last word.
async fn refuse_taken(tx: &mut Tx, user: &User, change: &Change) -> Result<()> {
    if let Some(email) = &change.email {
        let holder = users::id_of_email(tx, email, &user.aud).await?;
        if holder.is_some_and(|holder| holder != user.id) {
            return Err(Refusal::EmailExists.into());
        }
    }
    if let Some(phone) = &change.phone {
        let holder = users::id_of_phone(tx, phone, &user.aud).await?;
        if holder.is_some_and(|holder| holder != user.id) {
            return Err(Refusal::PhoneTaken.into());
        }
    }
    Ok(())
}
