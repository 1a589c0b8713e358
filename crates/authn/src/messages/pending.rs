//! Pending codes: the columns of the user that know of one, and its row among the tokens.

use super::{Code, Ending};
use crate::{Authn, one_time};
use store::Tx;
use store::one_time_tokens::{self, TokenType};
use store::users::User;
use types::{Call, OneTimeTokenId};

/// Decimal digits in the secret of a reset link: 132 bits.
const RESET_SECRET_DIGITS: u8 = 40;

impl Authn {
    /// A code that confirms a new account or accepts an invitation.
    pub(crate) fn pend_confirmation(
        &self,
        tx: &mut Tx,
        call: &Call,
        user: &mut User,
        ending: Ending,
    ) -> Code {
        let email = user.email.clone().unwrap_or_default();
        let code = self.new_code(&email, ending);
        user.confirmation_token.clone_from(&code.hash);
        user.confirmation_sent_at = Some(call.now);
        self.put_token(tx, call, user, TokenType::Confirmation, (&code, &email));
        code
    }

    /// A code that recovers an account or signs in.
    pub(crate) fn pend_recovery(
        &self,
        tx: &mut Tx,
        call: &Call,
        user: &mut User,
        ending: Ending,
    ) -> Code {
        let email = user.email.clone().unwrap_or_default();
        let code = self.new_code(&email, ending);
        self.pend_recovery_code(tx, call, user, &code);
        code
    }

    /// Makes this code the one that recovers the account.
    pub(super) fn pend_recovery_code(
        &self,
        tx: &mut Tx,
        call: &Call,
        user: &mut User,
        code: &Code,
    ) {
        let email = user.email.clone().unwrap_or_default();
        user.recovery_token.clone_from(&code.hash);
        user.recovery_sent_at = Some(call.now);
        self.put_token(tx, call, user, TokenType::Recovery, (code, &email));
    }

    /// A token that is only ever carried by a link: as hard to guess as a key, without digits that
    /// could be typed instead.
    pub(super) fn new_reset_code(&self, email: &str) -> Code {
        let secret = one_time::code(self.entropy(), RESET_SECRET_DIGITS);
        Code {
            digits: String::new(),
            hash: self.code_hash(email, &secret),
        }
    }

    /// A code by which the pending new address confirms the change.
    pub(crate) fn pend_change_of_new(
        &self,
        tx: &mut Tx,
        call: &Call,
        user: &mut User,
        ending: Ending,
    ) -> Code {
        let email = user.email_change.clone();
        let code = self.new_code(&email, ending);
        user.email_change_token_new.clone_from(&code.hash);
        note_change(call, user);
        self.put_token(tx, call, user, TokenType::EmailChangeNew, (&code, &email));
        code
    }

    /// A code by which the current address confirms the change.
    pub(crate) fn pend_change_of_current(
        &self,
        tx: &mut Tx,
        call: &Call,
        user: &mut User,
        ending: Ending,
    ) -> Code {
        let email = user.email.clone().unwrap_or_default();
        let code = self.new_code(&email, ending);
        user.email_change_token_current.clone_from(&code.hash);
        note_change(call, user);
        let sent = (&code, email.as_str());
        self.put_token(tx, call, user, TokenType::EmailChangeCurrent, sent);
        code
    }

    /// A code that allows one sensitive change.
    pub(crate) fn pend_reauthentication(&self, tx: &mut Tx, call: &Call, user: &mut User) -> Code {
        let email = user.email.clone().unwrap_or_default();
        let code = self.new_code(&email, Ending::Tokens);
        user.reauthentication_token.clone_from(&code.hash);
        user.reauthentication_sent_at = Some(call.now);
        self.put_token(tx, call, user, TokenType::Reauthentication, (&code, &email));
        code
    }

    /// Makes a code, sent to a contact, the user's pending one of its type.
    pub(crate) fn put_token(
        &self,
        tx: &mut Tx,
        call: &Call,
        user: &mut User,
        token_type: TokenType,
        (code, contact): (&Code, &str),
    ) {
        user.updated_at = call.now;
        let id = OneTimeTokenId::random(self.entropy());
        let hash = &code.hash;
        one_time_tokens::put(tx, id, user.id, token_type, hash, contact, call.now);
    }
}

/// Notes the address that a user wants to change to. Codes for another one are worth nothing from
/// now on.
pub(crate) fn begin_change(tx: &mut Tx, user: &mut User, new_email: &str) {
    if user.email_change != new_email {
        new_email.clone_into(&mut user.email_change);
        user.email_change_token_new.clear();
        user.email_change_token_current.clear();
        one_time_tokens::delete_type(tx, user.id, TokenType::EmailChangeNew);
        one_time_tokens::delete_type(tx, user.id, TokenType::EmailChangeCurrent);
    }
}

fn note_change(call: &Call, user: &mut User) {
    user.email_change_sent_at = Some(call.now);
    user.email_change_confirm_status = 0;
}
