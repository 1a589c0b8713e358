//! The answer of a factor, which raises the session to the second level.

use super::{address, factor_of, gone, require_verifiable, session_of, traits};
use crate::error::{Error, Refusal, Result};
use crate::issue::Opened;
use crate::{Authn, Caller, Issued, columns, refresh_token, totp};
use store::factors::{self, Challenge, Factor};
use store::sessions::{self, Session};
use store::{Account, Tx, accounts, refresh_tokens, refreshes, users};
use types::audit::Event;
use types::{AmrClaimId, Call, ChallengeId, FactorId};

/// Steps by which the clocks of phone and server may differ.
const SKEW_STEPS: u64 = 1;
/// By how much the counter of refresh tokens of the second generation jumps: one more than a
/// client that failed to save its last token may be behind. So a token from before the
/// verification continues the session, at the higher level, only within the reuse interval after
/// the session's beginning or last refresh, or where the operator allows reuse always.
const COUNTER_JUMP: i64 = 2;

/// What a user answers to a challenge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The question.
    pub challenge: ChallengeId,
    /// The code that the factor shows.
    pub code: String,
}

impl Authn {
    /// Takes the answer to a challenge. The session is raised, gets a new refresh token, and the
    /// user's other sessions of the first level end.
    pub async fn verify_factor(
        &self,
        call: &Call,
        caller: &Caller,
        id: FactorId,
        answer: &Answer,
    ) -> Result<Issued> {
        session_of(caller)?;
        let factor = factor_of(&caller.account, id)?;
        if answer.code.is_empty() && factor.factor_type != "webauthn" {
            return Err(Refusal::TotpCodeMissing.into());
        }
        require_verifiable(factor, self.0.settings.mfa.totp_verify_enabled)?;
        let challenge = self.open_challenge(call, factor, answer.challenge).await?;
        let secret = self.secret_of(factor)?;
        let attempt = async {
            let step = totp::matching_step(&secret, &answer.code, call.now, SKEW_STEPS);
            let step = step.ok_or(Refusal::TotpCodeInvalid)?;
            self.accept(call, caller, &challenge, step).await
        };
        self.attempt(call, &id.to_string(), attempt).await
    }

    /// The challenge, if it can still be answered. One that has expired is told about once.
    async fn open_challenge(
        &self,
        call: &Call,
        factor: &Factor,
        id: ChallengeId,
    ) -> Result<Challenge> {
        let found = factors::find_challenge(&mut self.db(call), id, factor.id).await?;
        let challenge = found.ok_or(Refusal::ChallengeNotFound)?;
        if challenge.verified_at.is_some() || challenge.ip_address != address(call) {
            return Err(Refusal::ChallengeAddress.into());
        }
        if call.now > challenge.created_at + self.0.settings.mfa.challenge_span.0 {
            let mut tx = self.db(call).begin().await?;
            factors::delete_challenge(&mut tx, id);
            tx.commit().await?;
            return Err(Refusal::ChallengeExpired { id }.into());
        }
        Ok(challenge)
    }

    fn secret_of(&self, factor: &Factor) -> Result<String> {
        let stored = factor.secret.as_deref().unwrap_or_default();
        columns::decrypt(&self.0.columns, factor.id.0, stored)
            .map_err(|e| Error::Internal(Box::new(e)))
    }

    async fn accept(
        &self,
        call: &Call,
        caller: &Caller,
        challenge: &Challenge,
        step: u64,
    ) -> Result<Issued> {
        let (user_id, session_id) = (caller.account.user.id, session_of(caller)?);
        let mut tx = self.db(call).begin().await?;
        let locked = users::lock(&mut tx, user_id).await?;
        locked.ok_or_else(gone)?;
        let session = sessions::lock(&mut tx, session_id).await?;
        let mut session = session.ok_or_else(gone)?;
        let won = factors::verify_challenge(&mut tx, challenge.id, challenge.factor_id, call.now);
        if !won.await? {
            return Err(Refusal::ChallengeAddress.into());
        }
        spend_step(&mut tx, call, challenge.factor_id, step);
        let found = accounts::reload(&mut tx, user_id).await;
        let mut account = found.map_err(code_reused)?.ok_or_else(gone)?;
        let factor = self.confirm_factor(&mut tx, call, &mut account, challenge)?;

        let method = factor.factor_type.as_str();
        let amr_id = AmrClaimId::random(self.entropy());
        sessions::record_amr(&mut tx, session_id, method, amr_id, call.now);
        session.factor_id = Some(factor.id);
        let (session, refresh_token) = self.raise(&mut tx, call, &account, session).await?;
        let (amr_query, params) = sessions::amr_query(session_id);
        let mut sets = tx.all(vec![(amr_query, params)]).await?;
        let amr = sessions::amr_from(sets.pop().unwrap_or_default())?;
        account.user.updated_at = call.now;
        users::save(&mut tx, &account.user);
        sessions::delete_others_at_aal1(&mut tx, user_id, session_id);
        factors::delete_unverified(&mut tx, user_id, method);
        tx.commit().await?;
        let opened = Opened {
            session,
            refresh_token,
            amr,
        };
        self.issue(call, account, opened)
    }

    /// Notes the verification; the first one of a factor makes it count.
    fn confirm_factor(
        &self,
        tx: &mut Tx,
        call: &Call,
        account: &mut Account,
        challenge: &Challenge,
    ) -> Result<Factor> {
        let mut factors = account.factors.iter_mut();
        let factor = factors.find(|factor| factor.id == challenge.factor_id);
        let factor = factor.ok_or(Refusal::FactorNotFound)?;
        if !factor.is_verified() {
            "verified".clone_into(&mut factor.status);
            factor.updated_at = call.now;
            factors::save(tx, factor);
        }
        let factor = factor.clone();
        let traits = traits([
            ("factor_id", factor.id.to_string()),
            ("challenge_id", challenge.id.to_string()),
            ("factor_type", factor.factor_type.clone()),
        ]);
        let event = Event::VerificationAttempted;
        self.note_with(tx, call, &account.user, event, traits);
        Ok(factor)
    }

    /// The session at the second level, and the token that continues it there.
    async fn raise(
        &self,
        tx: &mut Tx,
        call: &Call,
        account: &Account,
        mut session: Session,
    ) -> Result<(Session, String)> {
        let key = session.refresh_token_hmac_key.clone();
        let token = match (key, session.refresh_token_counter) {
            (Some(key), Some(counter)) => {
                let counter = counter + COUNTER_JUMP;
                session.refresh_token_counter = Some(counter);
                self.counter_token(session.id, counter, &key)?
            }
            _ => self.swap_token(tx, call, account, &session).await?,
        };
        "aal2".clone_into(&mut session.aal);
        session.updated_at = call.now;
        sessions::set_level(tx, &session);
        Ok((session, token))
    }

    /// A token of the first generation in the place of the session's live one.
    async fn swap_token(
        &self,
        tx: &mut Tx,
        call: &Call,
        account: &Account,
        session: &Session,
    ) -> Result<String> {
        let live = refresh_tokens::active_of_session(tx, session.id).await?;
        let parent = live.map(|live| live.token);
        if let Some(parent) = &parent {
            // Nobody else can have spent it: its session is locked.
            if !refreshes::revoke(tx, parent, call.now).await? {
                return Err(Refusal::RefreshContended.into());
            }
            self.note(tx, call, &account.user, Event::TokenRevoked);
        }
        let token = refresh_token::mint_v1(self.entropy());
        let (user, parent) = (account.user.id, parent.as_deref());
        refresh_tokens::insert(tx, &token, user, session.id, parent, call.now);
        Ok(token)
    }
}

/// Spends a time step of the factor: its code is not taken again (RFC 6238 section 5.2).
fn spend_step(tx: &mut Tx, call: &Call, factor: FactorId, step: u64) {
    let signed = |step: u64| i64::try_from(step).unwrap_or(i64::MAX);
    let oldest = totp::step_of(call.now).saturating_sub(SKEW_STEPS + 1);
    factors::use_step(tx, factor, signed(step), signed(oldest), call.now);
}

fn code_reused(error: store::Error) -> Error {
    if error.is_duplicate("totp_uses.factor_id, totp_uses.step") {
        return Refusal::TotpCodeInvalid.into();
    }
    error.into()
}
