//! The exchange of a code for a session (RFC 6749 section 4.1.3, RFC 7636 section 4.6).

use crate::error::{Refusal, Result};
use crate::pkce::{self, Method};
use crate::sign_in::actor;
use crate::{Authn, Issued};
use serde_json::Map;
use store::Account;
use store::audit::{self, Entry};
use store::flows::{self, Flow};
use types::audit::Event;
use types::limits::FLOW_SPAN;
use types::{Call, Secret, Time};

/// A code and the verifier that proves who asked for it.
#[derive(Debug, Clone)]
pub struct CodeGrant {
    /// The code that the browser brought back.
    pub code: Secret<String>,
    /// What the flow's challenge was made from.
    pub verifier: Secret<String>,
}

impl Authn {
    /// Exchanges a code, once: of several requests that present it at the same time one gets the
    /// session. A wrong verifier does not spend the code, or anybody who has seen it could.
    pub async fn exchange_code(&self, call: &Call, grant: CodeGrant) -> Result<Issued> {
        let (code, verifier) = (grant.code.expose(), grant.verifier.expose());
        if code.is_empty() || verifier.is_empty() {
            return Err(Refusal::ExchangeIncomplete.into());
        }
        let flow = flows::find_by_code(&mut self.db(call), code).await?;
        let flow = flow.ok_or(Refusal::FlowNotFound)?;
        let user_id = flow.user_id.ok_or(Refusal::FlowNotFound)?;
        if call.now > good_until(&flow) {
            return Err(Refusal::FlowExpired.into());
        }
        if !answers(&flow, verifier) {
            return Err(Refusal::BadCodeVerifier.into());
        }
        // The user is locked first, as in every other flow: a password that is changed at the same
        // time takes the codes away that were given out before.
        let locked = self.lock_account(call, user_id).await?;
        let (mut tx, mut account) = locked.ok_or(Refusal::FlowNotFound)?;
        if account.user.is_banned(call.now) {
            return Err(Refusal::UserBanned.into());
        }
        if !flows::spend(&mut tx, flow.id).await? {
            // The other's exchange may not be stored yet.
            tx.commit().await?;
            return Err(Refusal::FlowNotFound.into());
        }
        let method = flow.authentication_method.as_str();
        let opened = self.open_session(&mut tx, call, &mut account.user, method)?;
        audit::append(&mut tx, call, self.entropy(), &entry(&account, &flow));
        tx.commit().await?;
        let issued = self.issue(call, account, opened)?;
        Ok(Issued {
            provider_token: given(flow.provider_access_token),
            provider_refresh_token: given(flow.provider_refresh_token),
            ..issued
        })
    }
}

/// A magic link lies in the inbox before its code is issued, so its time counts from there.
fn good_until(flow: &Flow) -> Time {
    let issued = flow.auth_code_issued_at;
    let from_code = issued.filter(|_| flow.authentication_method == "magiclink");
    from_code.unwrap_or(flow.created_at) + FLOW_SPAN
}

fn answers(flow: &Flow, verifier: &str) -> bool {
    let method = flow.code_challenge_method.as_deref();
    let method = method.and_then(|method| Method::parse(method).ok());
    let challenge = flow.code_challenge.as_deref();
    let challenge = challenge.filter(|challenge| !challenge.is_empty());
    Option::zip(method, challenge)
        .is_some_and(|(method, challenge)| pkce::verify(method, challenge, verifier))
}

fn entry(account: &Account, flow: &Flow) -> Entry {
    let mut traits = Map::new();
    traits.insert(
        "provider_type".to_owned(),
        flow.provider_type.as_str().into(),
    );
    Entry {
        event: Event::Login,
        actor: actor(account),
        subject: None,
        traits,
    }
}

fn given(token: Option<String>) -> Option<String> {
    token.filter(|token| !token.is_empty())
}
