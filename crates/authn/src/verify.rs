//! Links and codes that were sent to a contact, presented: each is spent once.

mod change;
mod confirm;
mod kind;
mod redeem;
mod reset;

use crate::error::{Refusal, Result};
use crate::issue::{Issued, earliest};
use crate::messages::Ending;
use crate::{Authn, metadata, one_time};
pub(crate) use change::unverified;
pub(crate) use confirm::forget_pending;
use kind::Kind;
use redeem::Redeemed;
use store::Tx;
use store::flows;
use store::users::{self, User};
use types::Call;

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
