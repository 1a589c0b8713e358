//! A question put to a factor. It can be answered once, for a while, from where it was put.

use super::{address, factor_of, require_verifiable, session_of, traits};
use crate::error::{Error, Refusal, Result};
use crate::{Authn, Caller};
use store::Tx;
use store::factors::{self, Challenge, Factor};
use types::audit::Event;
use types::{Call, ChallengeId, FactorId};

/// How often a challenge is tried again where others take the same microsecond.
const TRIES_MAX: u32 = 8;

/// A question that waits for its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenged {
    /// The question.
    pub id: ChallengeId,
    /// The kind of factor that was asked.
    pub factor_type: String,
    /// Until when it can be answered, seconds since the Unix epoch.
    pub expires_at: i64,
}

impl Authn {
    /// Puts a question to one of the caller's factors.
    pub async fn challenge_factor(
        &self,
        call: &Call,
        caller: &Caller,
        id: FactorId,
    ) -> Result<Challenged> {
        session_of(caller)?;
        let settings = &self.0.settings.mfa;
        let factor = factor_of(&caller.account, id)?;
        require_verifiable(factor, settings.totp_verify_enabled)?;
        let challenge = Challenge {
            id: ChallengeId::random(self.entropy()),
            factor_id: id,
            created_at: call.now,
            verified_at: None,
            ip_address: address(call),
            otp_code: Some(String::new()),
        };
        let mut tries = 1;
        loop {
            let (tx, _) = self.lock_caller(call, caller).await?;
            let put = self.put_challenge(tx, call, caller, factor, &challenge);
            let Err(error) = put.await else {
                break;
            };
            let clash = error.is_duplicate("mfa_factors.last_challenged_at");
            if !clash || tries == TRIES_MAX {
                return Err(gone_or(error));
            }
            tries += 1;
        }
        Ok(Challenged {
            id: challenge.id,
            factor_type: factor.factor_type.clone(),
            expires_at: (call.now + settings.challenge_span.0).unix_seconds(),
        })
    }

    async fn put_challenge(
        &self,
        mut tx: Tx,
        call: &Call,
        caller: &Caller,
        factor: &Factor,
        challenge: &Challenge,
    ) -> store::Result<()> {
        let traits = traits([
            ("factor_id", factor.id.to_string()),
            ("factor_status", factor.status.clone()),
        ]);
        let user = &caller.account.user;
        factors::insert_challenge(&mut tx, challenge);
        self.note_with(&mut tx, call, user, Event::ChallengeCreated, traits);
        factors::challenged(&mut tx, factor.id, call.now).await?;
        tx.commit().await
    }
}

/// The factor was removed meanwhile.
fn gone_or(error: store::Error) -> Error {
    match error {
        store::Error::MissingReference => Refusal::FactorNotFound.into(),
        error => error.into(),
    }
}
