//! What a spent token proves about its user: an account is confirmed, recovered or signed in to.

use super::Kind;
use crate::Authn;
use crate::error::{Error, Result};
use store::one_time_tokens::{self, TokenType};
use store::users::User;
use store::{Account, Tx, identities, sessions};
use types::Call;
use types::audit::Event;

impl Authn {
    /// Changes the account as the spent token wants; true: only half of a change is done.
    pub(super) fn apply(
        &self,
        tx: &mut Tx,
        call: &Call,
        kind: Kind,
        token_type: TokenType,
        account: &mut Account,
    ) -> Result<bool> {
        account.user.updated_at = call.now;
        match token_type {
            TokenType::Confirmation if kind.is_mailed() => {
                self.confirm_signup(tx, call, account)?;
            }
            TokenType::Confirmation => self.confirm_phone(tx, call, account),
            TokenType::Recovery => self.finish_recovery(tx, call, account),
            TokenType::EmailChangeNew | TokenType::EmailChangeCurrent => {
                if self.is_first_half(&account.user) {
                    note_first_half(&mut account.user, token_type);
                    return Ok(true);
                }
                self.finish_email_change(tx, call, account);
            }
            TokenType::PhoneChange => self.finish_phone_change(tx, call, account),
            TokenType::Reauthentication => {
                return Err(Error::internal("a code for reauthentication is no sign-in"));
            }
        }
        Ok(false)
    }

    fn confirm_signup(&self, tx: &mut Tx, call: &Call, account: &mut Account) -> Result<()> {
        let user = &mut account.user;
        if user.password().is_none() && user.invited_at.is_some() {
            // Whoever was invited has chosen no password. Until they do, none fits.
            let hash = self.0.hasher.hash_of_no_password();
            user.encrypted_password = Some(self.store_password(user.id, hash)?);
            forget_pending(tx, user);
            sessions::delete_all_of_user(tx, user.id);
        }
        self.note(tx, call, user, Event::UserSignedUp);
        confirm_email(tx, call, account);
        Ok(())
    }

    fn finish_recovery(&self, tx: &mut Tx, call: &Call, account: &mut Account) {
        let user = &mut account.user;
        user.recovery_token.clear();
        one_time_tokens::delete_all(tx, user.id);
        if user.email_confirmed_at.is_some() {
            self.note(tx, call, user, Event::Login);
        } else {
            self.note(tx, call, user, Event::UserSignedUp);
            confirm_email(tx, call, account);
        }
    }

    /// The user has answered with the code that was sent to their number.
    pub(super) fn confirm_phone(&self, tx: &mut Tx, call: &Call, account: &mut Account) {
        let user = &mut account.user;
        self.note(tx, call, user, Event::UserSignedUp);
        user.confirmation_token.clear();
        user.phone_confirmed_at = Some(call.now);
        user.is_anonymous = false;
        user.updated_at = call.now;
        one_time_tokens::delete_all(tx, user.id);
    }

    /// The operator wants both addresses to confirm a change, and none has done so yet.
    fn is_first_half(&self, user: &User) -> bool {
        let settings = &self.0.settings.email;
        settings.secure_change_enabled
            && !settings.autoconfirm
            && user.email_change_confirm_status == 0
            && user.email.as_deref().is_some_and(|email| !email.is_empty())
    }
}

fn note_first_half(user: &mut User, token_type: TokenType) {
    user.email_change_confirm_status = 1;
    if token_type == TokenType::EmailChangeNew {
        user.email_change_token_new.clear();
    } else {
        user.email_change_token_current.clear();
    }
}

/// The user's address is theirs: in the user, in the metadata and in the identities with it.
pub(super) fn confirm_email(tx: &mut Tx, call: &Call, account: &mut Account) {
    let user = &mut account.user;
    user.confirmation_token.clear();
    user.email_confirmed_at = Some(call.now);
    user.user_metadata
        .insert("email_verified".to_owned(), true.into());
    one_time_tokens::delete_all(tx, user.id);
    for identity in &mut account.identities {
        if identity.email().is_some() && identity.email() == user.email {
            identity
                .data
                .insert("email_verified".to_owned(), true.into());
            identities::save(tx, identity);
        }
    }
}

/// Whatever is pending was asked for by someone who may not have been the owner.
pub(crate) fn forget_pending(tx: &mut Tx, user: &mut User) {
    user.confirmation_token.clear();
    user.confirmation_sent_at = None;
    user.recovery_token.clear();
    user.recovery_sent_at = None;
    user.email_change_token_new.clear();
    user.email_change_token_current.clear();
    user.email_change_sent_at = None;
    user.phone_change_token.clear();
    user.phone_change_sent_at = None;
    user.reauthentication_token.clear();
    user.reauthentication_sent_at = None;
    one_time_tokens::delete_all(tx, user.id);
}
