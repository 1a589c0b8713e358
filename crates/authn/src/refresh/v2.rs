//! Tokens of the second generation: a signed count, whose only state is the session's counter.

use super::{Outcome, Round};
use crate::error::{Error, Refusal, Result};
use crate::issue::Trace;
use crate::refresh_token::Counter;
use crate::settings::RefreshSettings;
use store::{refreshes, sessions};
use types::Time;
use types::audit::Event;

impl Round<'_> {
    /// The token of the current count moves the count on; an older one gets the current one where
    /// [`reuse_causes`] finds a reason, and is a replay where it does not.
    pub(super) async fn refresh_v2(self, token: &Counter) -> Result<Outcome> {
        let current = self.session.refresh_token_counter;
        let current = current.ok_or(Refusal::RefreshNotFound)?;
        let presented = i64::try_from(token.counter)
            .map_err(|_| Error::internal("a refresh token's counter is out of range"))?;
        // Both are at least 0, so that this cannot overflow.
        let behind = current - presented;
        if behind < 0 {
            return Err(self.refuse(Refusal::RefreshNotIssuedHere));
        }
        if behind == 0 {
            return self.advance(current).await;
        }
        let settings = &self.authn.0.settings.refresh;
        let last = self.session.refreshed_at.unwrap_or(self.session.created_at);
        let causes = reuse_causes(settings, behind, last, self.call.now);
        if !causes.is_empty() {
            return self.hand_out_current(current, causes.join(",")).await;
        }
        if !settings.rotation_enabled {
            return Err(self.refuse(Refusal::RefreshAlreadyUsed));
        }
        self.end_session(current).await
    }

    async fn advance(mut self, current: i64) -> Result<Outcome> {
        let mut tx = self.authn.db(self.call).begin().await?;
        if !sessions::advance(&mut tx, self.session.id, current, self.seen()).await? {
            return Ok(Outcome::Lost);
        }
        self.audit(&mut tx, Event::TokenRefreshed);
        tx.commit().await?;
        self.session.refresh_token_counter = Some(current + 1);
        let token = self.token_of(current + 1)?;
        let mut issued = self.issue(token)?;
        issued.trace.reuse = Some(false);
        Ok(Outcome::Issued(Box::new(issued)))
    }

    /// The count stays, so that all clients of the session come together at one token.
    async fn hand_out_current(self, current: i64, causes: String) -> Result<Outcome> {
        let mut tx = self.authn.db(self.call).begin().await?;
        if !sessions::refreshed(&mut tx, self.session.id, self.seen()).await? {
            return Ok(Outcome::Lost);
        }
        self.audit(&mut tx, Event::TokenRefreshed);
        tx.commit().await?;
        let token = self.token_of(current)?;
        let mut issued = self.issue(token)?;
        issued.trace.reuse_cause = Some(causes);
        Ok(Outcome::Issued(Box::new(issued)))
    }

    /// A replay ends the session with all its tokens, if it still stands where it was read: a
    /// refresh that came between may have made this token one that is honoured.
    async fn end_session(self, current: i64) -> Result<Outcome> {
        let mut tx = self.authn.db(self.call).begin().await?;
        if !refreshes::end_session(&mut tx, self.session.id, current).await? {
            return Ok(Outcome::Lost);
        }
        self.audit_replay(&mut tx);
        tx.commit().await?;
        let trace = Trace {
            rotated: Some(true),
            ..self.trace()
        };
        Err(super::refused(Refusal::RefreshAlreadyUsed, trace))
    }

    fn token_of(&self, counter: i64) -> Result<String> {
        let column = self.session.refresh_token_hmac_key.as_deref();
        let column = column.ok_or_else(|| Error::internal("a session counts without a key"))?;
        self.authn.counter_token(self.session.id, counter, column)
    }
}

/// Why a token that is `behind` counts old may be honoured: several clients refreshed at once, the
/// client did not save the last answer, or the operator allows it always. Empty: it may not.
fn reuse_causes(
    settings: &RefreshSettings,
    behind: i64,
    last_refreshed: Time,
    now: Time,
) -> Vec<&'static str> {
    let apart = now.since(last_refreshed).max(last_refreshed.since(now));
    let causes = [
        (apart < settings.reuse_interval.0, "concurrent-refresh"),
        (behind == 1, "fail-to-save"),
        (settings.allow_reuse, "always-allow"),
    ];
    causes
        .into_iter()
        .filter_map(|(applies, cause)| applies.then_some(cause))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::Span;

    fn settings() -> RefreshSettings {
        RefreshSettings {
            reuse_interval: Span::seconds(3),
            ..RefreshSettings::default()
        }
    }

    fn causes(settings: &RefreshSettings, behind: i64, seconds: i64) -> String {
        let now = Time::from_unix_seconds(1_000);
        let last = Time::from_unix_seconds(1_000 - seconds);
        reuse_causes(settings, behind, last, now).join(",")
    }

    #[test]
    fn old_tokens_are_honoured_for_the_recorded_reasons() {
        let settings = settings();
        assert_eq!(causes(&settings, 1, 1), "concurrent-refresh,fail-to-save");
        assert_eq!(causes(&settings, 1, 4), "fail-to-save");
        assert_eq!(causes(&settings, 2, 1), "concurrent-refresh");
        assert_eq!(causes(&settings, 2, 3), "");
        assert_eq!(causes(&settings, 7, 1 << 30), "");
    }

    #[test]
    fn the_operator_may_allow_every_reuse() {
        let always = RefreshSettings {
            allow_reuse: true,
            ..settings()
        };
        assert_eq!(causes(&always, 9, 100), "always-allow");
        let all = "concurrent-refresh,fail-to-save,always-allow";
        assert_eq!(causes(&always, 1, 0), all);
    }

    #[test]
    fn a_clock_that_went_back_is_still_within_the_interval() {
        assert_eq!(causes(&settings(), 2, -2), "concurrent-refresh");
        assert_eq!(causes(&settings(), 2, -4), "");
    }
}
