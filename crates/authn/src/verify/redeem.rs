//! Finding the token that a code or a link stands for, and spending it.

use super::{Kind, Presented};
use crate::error::{Refusal, Result};
use crate::{Authn, one_time};
use store::one_time_tokens::{self, OneTimeToken, TokenType};
use store::users::{self, User};
use store::{Account, Tx, accounts};
use types::audit::Event;
use types::{Call, Email, Phone, UserId};

/// Longest hash that is looked for, in bytes; a real one has at most 61.
const HASH_BYTES_MAX: usize = 64;

/// A token, found and not yet spent.
#[derive(Debug)]
pub(super) struct Claim {
    pub(super) kind: Kind,
    token: OneTimeToken,
    /// The answer when it turns out to be worth nothing.
    worthless: Refusal,
}

/// A token, spent, with its user changed. The user is not saved, the transaction not committed.
#[derive(Debug)]
pub(super) struct Redeemed {
    pub(super) tx: Tx,
    pub(super) account: Account,
    pub(super) is_half: bool,
}

impl Authn {
    /// Spends a code that was sent to a contact.
    pub(super) async fn redeem_code(
        &self,
        call: &Call,
        audience: &str,
        kind: Option<Kind>,
        presented: &Presented,
    ) -> Result<Redeemed> {
        let token = presented.token.as_str();
        let (contact, is_email) = match (presented.email.as_str(), presented.phone.as_str()) {
            ("", "") => return Err(Refusal::VerifyWithBothContacts.into()),
            (email, "") => {
                let email = Email::parse(email).map_err(|_| Refusal::VerifyEmailFormat)?;
                (email.to_string(), true)
            }
            ("", phone) => {
                let phone = Phone::parse(phone)?;
                (phone.to_string(), false)
            }
            _ => return Err(Refusal::VerifyWithBothContacts.into()),
        };
        let redeemed = self.redeem_typed(call, audience, kind, (&contact, is_email), token);
        self.attempt(call, &contact, redeemed).await
    }

    async fn redeem_typed(
        &self,
        call: &Call,
        audience: &str,
        kind: Option<Kind>,
        (contact, is_email): (&str, bool),
        token: &str,
    ) -> Result<Redeemed> {
        if kind == Some(Kind::Sms) && !is_email && self.is_test_code(call, contact, token) {
            return self.redeem_test_code(call, audience, contact).await;
        }
        let kind = kind.filter(|kind| kind.is_mailed() == is_email);
        let kind = kind.ok_or(Refusal::OtpExpired)?;
        // Sent by us, or by Supabase Auth before the database was ours.
        let hash = self.code_hash(contact, token);
        let older = one_time::hash_of_supabase(contact, token);
        let found = self.pending(call, kind, &hash, &older).await?;
        let token = found
            .into_iter()
            .find(|token| token.relates_to == contact && token.audience == audience)
            .ok_or(Refusal::OtpExpired)?;
        let claim = Claim {
            kind: kind.of(token.token_type),
            token,
            worthless: Refusal::OtpExpired,
        };
        self.redeem(call, claim).await
    }

    /// The token of a link.
    pub(super) async fn claim_of_hash(&self, call: &Call, kind: Kind, hash: &str) -> Result<Claim> {
        let plain = hash.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !plain || hash.len() > HASH_BYTES_MAX {
            return Err(Refusal::LinkExpired.into());
        }
        let found = self.pending(call, kind, hash, hash).await?;
        let token = found.into_iter().next().ok_or(Refusal::LinkExpired)?;
        Ok(Claim {
            kind: kind.of(token.token_type),
            token,
            worthless: Refusal::LinkExpired,
        })
    }

    /// The pending tokens of a kind with one of these hashes: one read, whether there are any or
    /// not.
    async fn pending(
        &self,
        call: &Call,
        kind: Kind,
        hash: &str,
        older: &str,
    ) -> Result<Vec<OneTimeToken>> {
        let [pkce, older_pkce] = [hash, older].map(one_time::pkce_hash);
        let hashes = [hash, &pkce, older, &older_pkce];
        let mut found = one_time_tokens::find(&mut self.db(call), hashes).await?;
        found.retain(|token| kind.accepts(token.token_type));
        Ok(found)
    }

    /// Spends a token and changes its user as it wants.
    pub(super) async fn redeem(&self, call: &Call, claim: Claim) -> Result<Redeemed> {
        let (kind, token_type) = (claim.kind, claim.token.token_type);
        let (mut tx, mut account) = self.spend(call, claim).await?;
        let is_half = self.apply(&mut tx, call, kind, token_type, &mut account)?;
        if is_half {
            let event = Event::ContactChangeHalfConfirmed;
            self.note(&mut tx, call, &account.user, event);
        }
        Ok(Redeemed {
            tx,
            account,
            is_half,
        })
    }

    /// Spends a token: whoever else presents it at the same time finds it gone. The user is
    /// locked first, as in every other flow, so that no two of them wait for each other.
    pub(super) async fn spend(&self, call: &Call, claim: Claim) -> Result<(Tx, Account)> {
        let Claim {
            kind,
            token,
            worthless,
        } = claim;
        let mut tx = self.db(call).begin().await?;
        let user = users::lock(&mut tx, token.user_id).await?;
        let user = user.filter(|user| is_addressee(user, kind, &token));
        let Some(user) = user else {
            return Err(worthless.into());
        };
        if user.is_banned(call.now) {
            return Err(Refusal::UserBanned.into());
        }
        let spent = !self.is_expired(call, kind, &user, &token)
            && one_time_tokens::spend(&mut tx, user.id, token.token_type, &token.hash).await?;
        if !spent {
            return Err(worthless.into());
        }
        let account = reload(&mut tx, user.id).await?;
        Ok((tx, account))
    }

    /// Test codes are good for ever and any number of times, for those who have the number.
    async fn redeem_test_code(&self, call: &Call, audience: &str, phone: &str) -> Result<Redeemed> {
        let phone = Phone::parse(phone)?;
        let id = users::id_of_phone(&mut self.db(call), &phone, audience).await?;
        let id = id.ok_or(Refusal::OtpExpired)?;
        let mut tx = self.db(call).begin().await?;
        let user = users::lock(&mut tx, id).await?;
        let user = user.filter(|user| user.phone.as_deref() == Some(phone.as_str()));
        let user = user.ok_or(Refusal::OtpExpired)?;
        if user.is_banned(call.now) {
            return Err(Refusal::UserBanned.into());
        }
        let mut account = reload(&mut tx, user.id).await?;
        self.confirm_phone(&mut tx, call, &mut account);
        Ok(Redeemed {
            tx,
            account,
            is_half: false,
        })
    }

    fn is_test_code(&self, call: &Call, phone: &str, code: &str) -> bool {
        self.test_code(call, phone) == Some(code)
    }

    /// A code or link is judged by the time in its user's row, not by that of its own row.
    fn is_expired(&self, call: &Call, kind: Kind, user: &User, token: &OneTimeToken) -> bool {
        let settings = &self.0.settings;
        let span = if kind.is_mailed() {
            settings.email.otp_span.0
        } else if self.test_code(call, &token.relates_to).is_some() {
            return false;
        } else {
            settings.phone.otp_span.0
        };
        let sent_at = match token.token_type {
            TokenType::Confirmation => user.confirmation_sent_at,
            TokenType::Recovery => user.recovery_sent_at,
            TokenType::EmailChangeNew | TokenType::EmailChangeCurrent => user.email_change_sent_at,
            TokenType::PhoneChange => user.phone_change_sent_at,
            TokenType::Reauthentication => user.reauthentication_sent_at,
        };
        sent_at.is_none_or(|sent_at| sent_at + span < call.now)
    }
}

async fn reload(tx: &mut Tx, id: UserId) -> Result<Account> {
    let account = accounts::reload(tx, id).await?;
    Ok(account.ok_or(Refusal::TokenUserNotFound)?)
}

/// The token was sent to the contact that it is about to confirm.
fn is_addressee(user: &User, kind: Kind, token: &OneTimeToken) -> bool {
    let contact = match token.token_type {
        TokenType::EmailChangeNew => Some(user.email_change.as_str()),
        TokenType::PhoneChange => Some(user.phone_change.as_str()),
        TokenType::Confirmation if !kind.is_mailed() => user.phone.as_deref(),
        TokenType::Confirmation
        | TokenType::Recovery
        | TokenType::EmailChangeCurrent
        | TokenType::Reauthentication => user.email.as_deref(),
    };
    contact.is_some_and(|contact| contact.eq_ignore_ascii_case(&token.relates_to))
}
