//! A new password: what must be shown for it, and its hash, both before any transaction.

use super::UserChanges;
use crate::error::{Refusal, Result};
use crate::{Authn, Caller, one_time};
use std::time::Duration;
use store::one_time_tokens::{self, TokenType};
use store::users::User;
use store::{Account, Tx, sessions};
use subtle::ConstantTimeEq;
use types::{Call, Secret};

/// A session younger than this needs no further proof for a change of the password.
const RECENT_SPAN: Duration = Duration::from_hours(24);
/// How a session began whose user may not know the current password.
const RECOVERY_METHODS: [&str; 3] = ["otp", "magiclink", "recovery"];

/// A password that may be set.
#[derive(Debug)]
pub(super) struct NewPassword {
    /// Its hash, not yet encrypted.
    pub(super) hash: String,
    /// The hash of the code that must be spent for it.
    pub(super) nonce_hash: Option<String>,
}

impl Authn {
    /// Checks what a change of the password asks for, and hashes the new one.
    pub(super) async fn prepare_password(
        &self,
        call: &Call,
        caller: &Caller,
        changes: &UserChanges,
    ) -> Result<Option<NewPassword>> {
        let Some(new) = &changes.password else {
            return Ok(None);
        };
        let stored = self.password_hash(&caller.account)?;
        let current = match &stored {
            Some(stored) => self.check_current(call, caller, changes, stored).await?,
            None => None,
        };
        let nonce_hash = self.check_nonce(call, caller, &changes.nonce).await?;
        let is_same = match (current, &stored) {
            // The current password is known, so another text is another password.
            (Some(current), _) => current.expose() == new.expose(),
            (None, Some(stored)) => self.is_password(call, caller, new, stored).await?,
            (None, None) => false,
        };
        if is_same {
            return Err(Refusal::SamePassword.into());
        }
        Ok(Some(NewPassword {
            hash: self.0.hasher.hash(call, new.expose()).await?,
            nonce_hash,
        }))
    }

    /// The current password, where the operator wants it shown and it is the right one.
    async fn check_current<'a>(
        &self,
        call: &Call,
        caller: &Caller,
        changes: &'a UserChanges,
        stored: &str,
    ) -> Result<Option<&'a Secret<String>>> {
        let required = self.0.settings.password.require_current_password;
        if !required || self.is_recovering(call, caller).await? {
            return Ok(None);
        }
        let current = changes.current_password.as_ref();
        let current = current.filter(|current| !current.expose().is_empty());
        let current = current.ok_or(Refusal::CurrentPasswordRequired)?;
        if self.is_password(call, caller, current, stored).await? {
            Ok(Some(current))
        } else {
            Err(Refusal::CurrentPasswordInvalid.into())
        }
    }

    async fn is_password(
        &self,
        call: &Call,
        caller: &Caller,
        password: &Secret<String>,
        stored: &str,
    ) -> Result<bool> {
        let user = &caller.account.user;
        let contact = user.email.as_deref().or(user.phone.as_deref());
        let contact = contact.unwrap_or_default();
        let hasher = &self.0.hasher;
        let verdict = hasher.verify(call, contact, password.expose(), stored);
        Ok(verdict.await?.matches)
    }

    /// The caller came in by a mailed or texted code, as people do who forgot their password.
    async fn is_recovering(&self, call: &Call, caller: &Caller) -> Result<bool> {
        let Some(session) = caller.session_id() else {
            return Ok(false);
        };
        let rows = self
            .db(call)
            .all(vec![sessions::amr_query(session)])
            .await?;
        let methods = sessions::amr_from(rows.into_iter().flatten().collect())?;
        Ok(methods
            .iter()
            .any(|claim| RECOVERY_METHODS.contains(&claim.method.as_str())))
    }

    /// The hash of the code that the caller must spend; `None` where none is asked for.
    async fn check_nonce(
        &self,
        call: &Call,
        caller: &Caller,
        nonce: &str,
    ) -> Result<Option<String>> {
        let session = caller.account.session.as_ref();
        let recent = session.is_some_and(|session| call.now <= session.created_at + RECENT_SPAN);
        if recent || !self.0.settings.password.require_reauthentication {
            return Ok(None);
        }
        if nonce.is_empty() {
            return Err(Refusal::ReauthenticationNeeded.into());
        }
        let user = &caller.account.user;
        let (contact, span) = match user.email.as_deref() {
            Some(email) if !email.is_empty() => (email, self.0.settings.email.otp_span.0),
            _ => (
                user.phone.as_deref().unwrap_or_default(),
                self.0.settings.phone.otp_span.0,
            ),
        };
        let attempt = async {
            let sent_at = user.reauthentication_sent_at;
            let in_time = sent_at.is_some_and(|sent_at| call.now <= sent_at + span);
            let pending = user.reauthentication_token.as_bytes();
            let is_right = |hash: &String| bool::from(hash.as_bytes().ct_eq(pending));
            let hashes = [
                self.code_hash(contact, nonce),
                one_time::hash_of_supabase(contact, nonce),
            ];
            let hash = hashes.into_iter().find(is_right).filter(|_| in_time);
            Ok(Some(hash.ok_or(Refusal::ReauthenticationInvalid)?))
        };
        self.attempt(call, contact, attempt).await
    }

    /// Spends the code; false when someone else spent it first.
    pub(super) async fn spend_nonce(
        &self,
        tx: &mut Tx,
        account: &Account,
        hash: &str,
    ) -> Result<bool> {
        let user: &User = &account.user;
        let spent = one_time_tokens::spend(tx, user.id, TokenType::Reauthentication, hash).await?;
        Ok(spent)
    }
}
