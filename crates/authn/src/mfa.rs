//! Second factors: time-based codes (RFC 6238). Phones and security keys answer "disabled".

mod challenge;
mod enroll;
mod unenroll;
mod verify;

pub use challenge::Challenged;
pub use enroll::{Enrolled, Enrollment};
pub use verify::Answer;

use crate::Caller;
use crate::error::{Error, Refusal, Result};
use serde_json::{Map, Value as Json};
use std::net::{IpAddr, Ipv4Addr};
use store::factors::{self, Factor};
use store::{Account, Tx, sessions};
use types::{Call, FactorId, SessionId};

/// The type of factors that show codes made of a secret and the time.
const TOTP: &str = "totp";

/// Reads an id in a path.
pub fn parse_factor_id(text: &str) -> Result<FactorId> {
    text.parse().map_err(|_| Refusal::FactorIdFormat.into())
}

/// The factor `id` among those of a user.
pub(crate) fn factor_of(account: &Account, id: FactorId) -> Result<&Factor> {
    let found = account.factors.iter().find(|factor| factor.id == id);
    found.ok_or_else(|| Refusal::FactorNotFound.into())
}

/// Removes a factor, and the level that it gave from all sessions.
pub(crate) async fn remove_factor(tx: &mut Tx, call: &Call, factor: &Factor) -> Result<()> {
    sessions::delete_amr(tx, factor.user_id, factor.id, &factor.factor_type);
    sessions::downgrade_by_factor(tx, factor.user_id, factor.id, call.now);
    if !factors::delete(tx, factor.id, factor.user_id).await? {
        return Err(Refusal::FactorNotFound.into());
    }
    Ok(())
}

/// The caller's session: second factors belong to users with a contact who are signed in.
fn session_of(caller: &Caller) -> Result<SessionId> {
    if caller.account.user.is_anonymous {
        return Err(Refusal::AnonymousNotAllowed.into());
    }
    caller
        .session_id()
        .ok_or_else(|| Refusal::BadSessionClaim.into())
}

/// Refuses factors whose codes cannot be checked here.
fn require_verifiable(factor: &Factor, totp_enabled: bool) -> Result<()> {
    let refusal = match factor.factor_type.as_str() {
        TOTP if totp_enabled => return Ok(()),
        TOTP => Refusal::TotpVerifyDisabled,
        "phone" => Refusal::PhoneVerifyDisabled,
        "webauthn" => Refusal::WebauthnVerifyDisabled,
        _ => Refusal::FactorType,
    };
    Err(refusal.into())
}

/// Facts for the audit log.
fn traits<const N: usize>(facts: [(&str, String); N]) -> Map<String, Json> {
    let facts = facts.into_iter();
    facts
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect()
}

/// Where a challenge is put and answered from. The column holds an address in any case.
fn address(call: &Call) -> IpAddr {
    call.origin.ip.unwrap_or(Ipv4Addr::UNSPECIFIED.into())
}

/// The user or the session went away while the request was on its way.
fn gone() -> Error {
    Refusal::TokenSessionNotFound.into()
}
