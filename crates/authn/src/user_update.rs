//! Changes that users make to their own account.

mod allowed;
mod password;

use crate::error::{Refusal, Result};
use crate::pkce::Challenge;
use crate::verify::{commit, forget_pending};
use crate::{Asked, Authn, Caller, metadata};
use password::NewPassword;
use serde_json::{Map, Value as Json};
use store::{Account, Tx, accounts, flows, sessions, users};
use types::audit::Event;
use types::{Call, Email, Phone, Secret};

/// What a user wants to change.
#[derive(Debug, Clone, Default)]
pub struct UserChanges {
    /// The wanted address; empty: no change.
    pub email: String,
    /// The wanted number; empty: no change.
    pub phone: String,
    /// The wanted password.
    pub password: Option<Secret<String>>,
    /// The password that the user has now, where a change asks for it.
    pub current_password: Option<Secret<String>>,
    /// The code that reauthentication has sent, where a change asks for it.
    pub nonce: String,
    /// Changes of the user's metadata; `null` removes a key.
    pub data: Option<Map<String, Json>>,
    /// Changes of what only administrators write.
    pub app_metadata: Option<Map<String, Json>>,
    /// `sms` or `whatsapp`, for a number; empty means `sms`.
    pub channel: String,
    /// The challenge that the code of a confirmation link must answer.
    pub challenge: Option<Challenge>,
}

/// The same, checked, and without what would change nothing.
#[derive(Debug)]
struct Wanted {
    email: Option<Email>,
    phone: Option<Phone>,
    password: Option<NewPassword>,
    data: Option<Map<String, Json>>,
    app_metadata: Option<Map<String, Json>>,
    challenge: Option<Challenge>,
}

impl Authn {
    /// Changes the caller's account. A new address or number is pending until it is confirmed,
    /// unless the operator confirms at once: numbers always, addresses for anonymous users.
    pub async fn update_user(
        &self,
        call: &Call,
        asked: &Asked,
        caller: &Caller,
        changes: UserChanges,
    ) -> Result<Account> {
        let wanted = self.allow(call, asked, caller, changes).await?;
        let (mut tx, mut account) = self.lock_caller(call, caller).await?;
        self.change_password(&mut tx, call, &wanted, &mut account)
            .await?;
        let user = &mut account.user;
        let is_metadata_changed = wanted.data.is_some() || wanted.app_metadata.is_some();
        if let Some(data) = wanted.data {
            metadata::merge(&mut user.user_metadata, data);
            user.updated_at = call.now;
        }
        if let Some(data) = wanted.app_metadata {
            metadata::merge(&mut user.app_metadata, data);
            user.updated_at = call.now;
        }
        if is_metadata_changed {
            metadata::require_fit(user)?;
        }
        if let Some(email) = &wanted.email {
            let challenge = wanted.challenge.as_ref();
            self.change_email(&mut tx, call, asked, &mut account, (email, challenge))?;
        }
        if let Some(phone) = &wanted.phone {
            self.change_phone(&mut tx, call, &mut account, phone)?;
        }
        self.note(&mut tx, call, &account.user, Event::UserModified);
        commit(tx, &account.user).await?;
        Ok(account)
    }

    /// Ends the user's other sessions and forgets what is pending: whoever asked for that may be
    /// the one whom the new password is to keep out.
    async fn change_password(
        &self,
        tx: &mut Tx,
        call: &Call,
        wanted: &Wanted,
        account: &mut Account,
    ) -> Result<()> {
        let Some(password) = &wanted.password else {
            return Ok(());
        };
        if let Some(nonce) = &password.nonce_hash
            && !self.spend_nonce(tx, account, nonce).await?
        {
            return Err(Refusal::ReauthenticationInvalid.into());
        }
        let user = &mut account.user;
        user.encrypted_password = Some(self.store_password(user.id, password.hash.clone())?);
        forget_pending(tx, user);
        match &account.session {
            Some(session) => sessions::delete_others(tx, user.id, session.id),
            None => sessions::delete_all_of_user(tx, user.id),
        }
        flows::delete_all_of_user(tx, user.id);
        user.updated_at = call.now;
        self.note(tx, call, user, Event::PasswordUpdated);
        Ok(())
    }

    /// Begins a transaction with the caller's account in it, read again now that nobody else
    /// changes it. A session that ended since the token was verified, by a change of the password
    /// for one, changes nothing any more.
    pub(crate) async fn lock_caller(&self, call: &Call, caller: &Caller) -> Result<(Tx, Account)> {
        let id = caller.account.user.id;
        let session = caller.session_id();
        let mut tx = self.db(call).begin().await?;
        users::lock(&mut tx, id).await?;
        let refusal = match accounts::find(&mut tx, id, session).await? {
            None => Refusal::TokenUserNotFound,
            Some(account) if account.user.is_banned(call.now) => Refusal::UserBanned,
            Some(account) if session.is_some() && account.session.is_none() => {
                Refusal::TokenSessionNotFound
            }
            Some(account) => return Ok((tx, account)),
        };
        // What a transaction saw may not be stored yet, so it is told after the commit only.
        tx.commit().await?;
        Err(refusal.into())
    }

    fn change_email(
        &self,
        tx: &mut Tx,
        call: &Call,
        asked: &Asked,
        account: &mut Account,
        (email, challenge): (&Email, Option<&Challenge>),
    ) -> Result<()> {
        let user = &mut account.user;
        if user.is_anonymous && self.0.settings.email.autoconfirm {
            // This is a sign-up in all but name.
            email.as_str().clone_into(&mut user.email_change);
            self.finish_email_change(tx, call, account);
            return Ok(());
        }
        self.begin_flow(tx, call, user.id, "email_change", challenge);
        let to = self.destination(asked, challenge);
        self.send_email_change(tx, call, user, email.as_str(), &to)
    }

    fn change_phone(
        &self,
        tx: &mut Tx,
        call: &Call,
        account: &mut Account,
        phone: &Phone,
    ) -> Result<()> {
        let user = &mut account.user;
        if self.0.settings.phone.autoconfirm {
            phone.as_str().clone_into(&mut user.phone_change);
            self.finish_phone_change(tx, call, account);
            return Ok(());
        }
        self.send_phone_change(tx, call, user, phone.as_str())?;
        Ok(())
    }
}
