//! Links and codes that were sent to a contact, presented: each is spent once.

mod change;
mod confirm;
mod kind;

use crate::error::{Refusal, Result};
use crate::issue::{Issued, earliest};
use crate::messages::Ending;
use crate::{Authn, metadata, one_time};
pub(crate) use change::unverified;
pub(crate) use confirm::forget_pending;
use kind::Kind;
use store::flows;
use store::one_time_tokens::{self, OneTimeToken, TokenType};
use store::users::{self, User};
use store::{Account, Tx, accounts};
use types::{Call, Email, Phone, UserId};

/// Longest hash that is looked for, in bytes; a real one has at most 61.
const HASH_BYTES_MAX: usize = 64;

/// A link as it was opened.
#[derive(Debug, Clone)]
pub struct Link {
    kind: Option<Kind>,
    hash: String,
}

/// A code or a hash as a client posts it.
#[derive(Debug, Clone, Default)]
pub struct Presented {
    /// What it is for, by GoTrue's name.
    pub kind: String,
    /// The code, with the contact that it was sent to.
    pub token: String,
    /// Or what a link carries, alone.
    pub token_hash: String,
    /// The address that the code was sent to.
    pub email: String,
    /// The number that the code was sent to.
    pub phone: String,
    /// Where to go afterwards, which only a link can say.
    pub redirect_to: String,
}

/// Where an opened link leads.
#[derive(Debug, Clone)]
pub enum Landing {
    /// Signed in; and what was verified, by GoTrue's name.
    Tokens(Box<Issued>, &'static str),
    /// The client that asked for the link can sign in with this code (RFC 7636).
    Code(String),
    /// One of the two addresses of a change is confirmed; the other one is still to be.
    HalfDone,
}

/// What a presented code was good for.
#[derive(Debug, Clone)]
pub enum Verified {
    /// Signed in.
    SignedIn(Box<Issued>),
    /// See [`Landing::HalfDone`].
    HalfDone,
}

/// A token, found and not yet spent.
#[derive(Debug)]
struct Claim {
    kind: Kind,
    token: OneTimeToken,
    /// The answer when it turns out to be worth nothing.
    worthless: Refusal,
}

/// A token, spent, with its user changed. The user is not saved, the transaction not committed.
#[derive(Debug)]
struct Redeemed {
    tx: Tx,
    account: Account,
    is_half: bool,
}

impl Link {
    /// Reads the two parameters of a link.
    pub fn new(kind: &str, token: &str) -> Result<Self, Refusal> {
        if kind.is_empty() {
            return Err(Refusal::VerifyNeedsType);
        }
        if token.is_empty() {
            return Err(Refusal::VerifyNeedsToken);
        }
        Ok(Self {
            kind: Kind::parse(kind).filter(|kind| kind.is_mailed()),
            hash: token.to_owned(),
        })
    }

    /// The link ends in a code instead of tokens, and so do its failures: in the query.
    pub fn ends_in_code(&self) -> bool {
        self.ending() == Ending::Code
    }

    fn ending(&self) -> Ending {
        if self.hash.starts_with(one_time::PKCE_PREFIX) {
            Ending::Code
        } else {
            Ending::Tokens
        }
    }
}

impl Authn {
    /// Spends the token of a link.
    pub async fn verify_link(&self, call: &Call, link: &Link) -> Result<Landing> {
        let kind = link.kind.ok_or(Refusal::VerifyEmailType)?;
        let claim = self.claim_of_hash(call, kind, &link.hash).await?;
        let kind = claim.kind;
        let redeemed = self.redeem(call, claim).await?;
        if redeemed.is_half {
            commit(redeemed.tx, &redeemed.account.user).await?;
            return Ok(Landing::HalfDone);
        }
        match link.ending() {
            Ending::Tokens => {
                let issued = self.sign_in_redeemed(call, redeemed).await?;
                Ok(Landing::Tokens(Box::new(issued), kind.name()))
            }
            Ending::Code => Ok(Landing::Code(
                self.hand_out_code(call, kind, redeemed).await?,
            )),
        }
    }

    /// Spends a code, or the token of a link that the application took itself.
    pub async fn verify_code(
        &self,
        call: &Call,
        audience: &str,
        presented: &Presented,
    ) -> Result<Verified> {
        if presented.kind.is_empty() {
            return Err(Refusal::VerifyNeedsType.into());
        }
        if presented.token.is_empty() == presented.token_hash.is_empty() {
            return Err(Refusal::VerifyNeedsOneToken.into());
        }
        let kind = Kind::parse(&presented.kind);
        let redeemed = if presented.token.is_empty() {
            let further = [&presented.email, &presented.phone, &presented.redirect_to];
            if further.iter().any(|text| !text.is_empty()) {
                return Err(Refusal::VerifyHashAlone.into());
            }
            let kind = kind.filter(|kind| kind.is_mailed());
            let kind = kind.ok_or(Refusal::VerifyEmailType)?;
            let claim = self
                .claim_of_hash(call, kind, &presented.token_hash)
                .await?;
            self.redeem(call, claim).await?
        } else {
            self.redeem_code(call, audience, kind, presented).await?
        };
        if redeemed.is_half {
            commit(redeemed.tx, &redeemed.account.user).await?;
            return Ok(Verified::HalfDone);
        }
        let issued = self.sign_in_redeemed(call, redeemed).await?;
        Ok(Verified::SignedIn(Box::new(issued)))
    }

    async fn redeem_code(
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
                if kind == Some(Kind::Sms) && self.is_test_code(call, phone.as_str(), token) {
                    return self.redeem_test_code(call, audience, &phone).await;
                }
                (phone.to_string(), false)
            }
            _ => return Err(Refusal::VerifyWithBothContacts.into()),
        };
        let kind = kind.filter(|kind| kind.is_mailed() == is_email);
        let kind = kind.ok_or(Refusal::OtpExpired)?;
        let hash = one_time::hash(&contact, token);
        let found = self.pending(call, kind, &hash).await?;
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

    async fn claim_of_hash(&self, call: &Call, kind: Kind, hash: &str) -> Result<Claim> {
        let plain = hash.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !plain || hash.len() > HASH_BYTES_MAX {
            return Err(Refusal::LinkExpired.into());
        }
        let found = self.pending(call, kind, hash).await?;
        let token = found.into_iter().next().ok_or(Refusal::LinkExpired)?;
        Ok(Claim {
            kind: kind.of(token.token_type),
            token,
            worthless: Refusal::LinkExpired,
        })
    }

    /// The pending tokens of a kind with this hash: one read, whether there are any or not.
    async fn pending(&self, call: &Call, kind: Kind, hash: &str) -> Result<Vec<OneTimeToken>> {
        let pkce_hash = format!("{}{hash}", one_time::PKCE_PREFIX);
        let mut found = one_time_tokens::find(&mut self.db(call), hash, &pkce_hash).await?;
        found.retain(|token| kind.accepts(token.token_type));
        Ok(found)
    }

    /// Spends a token: whoever else presents it at the same time finds it gone. The user is
    /// locked first, as in every other flow, so that no two of them wait for each other.
    async fn redeem(&self, call: &Call, claim: Claim) -> Result<Redeemed> {
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
        let mut account = reload(&mut tx, user.id).await?;
        let is_half = self.apply(&mut tx, call, kind, token.token_type, &mut account)?;
        Ok(Redeemed {
            tx,
            account,
            is_half,
        })
    }

    /// Test codes are good for ever and any number of times, for those who have the number.
    async fn redeem_test_code(
        &self,
        call: &Call,
        audience: &str,
        phone: &Phone,
    ) -> Result<Redeemed> {
        let id = users::id_of_phone(&mut self.db(call), phone, audience).await?;
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

    async fn sign_in_redeemed(&self, call: &Call, redeemed: Redeemed) -> Result<Issued> {
        let Redeemed {
            mut tx,
            mut account,
            ..
        } = redeemed;
        let user = &mut account.user;
        metadata::note_providers(&mut user.app_metadata, &account.identities);
        let opened = self.open_session(&mut tx, call, user, "otp")?;
        user.confirmed_at = earliest(user.email_confirmed_at, user.phone_confirmed_at);
        commit(tx, &account.user).await?;
        self.issue(call, account, opened)
    }

    /// The code that the client which asked for the link exchanges for a session.
    async fn hand_out_code(&self, call: &Call, kind: Kind, redeemed: Redeemed) -> Result<String> {
        let Redeemed {
            mut tx,
            mut account,
            ..
        } = redeemed;
        let user = &mut account.user;
        metadata::note_providers(&mut user.app_metadata, &account.identities);
        let method = kind.authentication_method();
        let flow = flows::find_of_user(&mut tx, user.id, method).await?;
        let flow = flow.ok_or(Refusal::LinkFlowNotFound)?;
        let code = flow.auth_code.ok_or(Refusal::LinkFlowNotFound)?;
        flows::code_issued(&mut tx, flow.id, user.id, call.now);
        commit(tx, user).await?;
        Ok(code)
    }
}

/// Writes the user and commits. Someone else may have taken the new contact meanwhile.
pub(crate) async fn commit(mut tx: Tx, user: &User) -> Result<()> {
    users::save(&mut tx, user);
    tx.commit().await.map_err(|e| {
        if e.is_duplicate("users.email") {
            Refusal::EmailExists.into()
        } else if e.is_duplicate("users.phone") {
            Refusal::PhoneExists.into()
        } else {
            e.into()
        }
    })
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
