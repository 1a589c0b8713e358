//! What a refresh token is worth: the rules, without a database.

use super::refused;
use crate::error::{Error, Refusal, Result};
use crate::issue::Trace;
use crate::refresh_token::{Counter, Presented};
use crate::settings::{RefreshAlgorithm, RefreshSettings, SessionSettings};
use store::refreshes::{Refreshable, TokenState};
use store::sessions::Session;
use types::Time;

/// Everything that a judgement depends on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts<'a> {
    pub(super) refresh: &'a RefreshSettings,
    pub(super) sessions: &'a SessionSettings,
    pub(super) now: Time,
    pub(super) presented: &'a Presented,
    pub(super) is_genuine: bool,
    pub(super) found: &'a Refreshable,
    pub(super) session: &'a Session,
    pub(super) others: &'a [Session],
    pub(super) raced: bool,
}

/// What follows.
#[derive(Debug)]
pub(super) enum Verdict {
    Go(Step),
    /// Nothing is to be written.
    Refuse(Box<Error>),
}

/// What is to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Step {
    /// The live token of the first generation is exchanged for a new one.
    Rotate,
    /// A spent one still gets a new one. `live` is the newest live token, 0 without one.
    IssueAgain { live: i64 },
    /// The session moves to the second generation.
    Upgrade { spent: bool },
    /// A token of the first generation in a session that has moved: the count goes on.
    Count { counter: i64, spent: bool },
    /// The token of the current count is exchanged.
    Advance { counter: i64 },
    /// The current token is handed out once more.
    HandOut {
        current: Current,
        cause: Option<String>,
    },
    /// A replay ends the live tokens of the first generation.
    EndTokens,
    /// A replay ends a session of the second generation.
    EndSession { counter: i64 },
}

/// The current token of a session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Current {
    Token(String),
    Count(i64),
}

impl Facts<'_> {
    pub(super) fn judge(&self) -> Result<Verdict> {
        if !self.is_genuine {
            // A forged token is answered like one that never was.
            return Ok(Verdict::Refuse(Box::new(Refusal::RefreshNotFound.into())));
        }
        let user = &self.found.account.user;
        if user.is_banned(self.now) {
            let trace = Trace {
                user_id: Some(user.id),
                ..Trace::default()
            };
            return Ok(Verdict::Refuse(Box::new(Error::RefusedSession {
                refusal: Refusal::RefreshUserBanned,
                trace: Box::new(trace),
            })));
        }
        if self.found.client_id.is_some() {
            // Such a session goes on through the OAuth server, where its client proves who it is.
            return Ok(self.refuse(Refusal::RefreshNeedsClient));
        }
        if let Some(refusal) = self.lifetime_over() {
            return Ok(self.refuse(refusal));
        }
        match self.presented {
            Presented::V1(token) => self.judge_token(token),
            Presented::V2(counter) => self.judge_count(counter),
        }
    }

    fn refuse(&self, refusal: Refusal) -> Verdict {
        Verdict::Refuse(Box::new(refused(refusal, self.session)))
    }

    /// The live token is exchanged. A spent one gets the live one where that is its child, at any
    /// age: the client did not save the last answer. Else it is still good for the reuse interval,
    /// counted from when it was spent, and after that it is a replay.
    ///
    /// So the tokens that a replay has ended are good for that interval once more: the recorded
    /// server does so, and clients of which several processes refresh at once rely on it.
    fn judge_token(&self, token: &str) -> Result<Verdict> {
        let state = self.found.token;
        let state = state.ok_or_else(|| Error::internal("a token was found without its row"))?;
        if !state.revoked {
            return Ok(Verdict::Go(self.exchange_token(state)));
        }
        let live = self.found.live.as_ref();
        if let Some(live) = live.filter(|live| live.parent.as_deref() == Some(token)) {
            return Ok(Verdict::Go(Step::HandOut {
                current: Current::Token(live.token.clone()),
                cause: None,
            }));
        }
        if self.now <= state.updated_at + self.refresh.reuse_interval.0 {
            return Ok(Verdict::Go(self.exchange_token(state)));
        }
        Ok(if self.refresh.rotation_enabled && live.is_some() {
            Verdict::Go(Step::EndTokens)
        } else {
            self.refuse(Refusal::RefreshAlreadyUsed)
        })
    }

    /// A new token for the presented one, of the generation that the session has or gets.
    fn exchange_token(&self, state: TokenState) -> Step {
        let spent = state.revoked;
        match self.session.refresh_token_counter {
            // Who raced the request that moved the session gets what that one got.
            Some(counter) if self.raced && spent => Step::HandOut {
                current: Current::Count(counter),
                cause: None,
            },
            Some(counter) => Step::Count { counter, spent },
            None if self.moves_on() => Step::Upgrade { spent },
            None if spent => Step::IssueAgain {
                live: self.found.live.as_ref().map_or(0, |live| live.id),
            },
            None => Step::Rotate,
        }
    }

    /// Whether a session of the first generation moves to the second now. Decided by its random id
    /// and not by the request, so that the percentage is one of sessions, and every server decides
    /// alike.
    fn moves_on(&self) -> bool {
        let percentage = u128::from(self.refresh.upgrade_percentage);
        self.refresh.algorithm == RefreshAlgorithm::V2
            && self.session.id.0.as_u128() % 100 < percentage
    }

    /// The token of the current count moves the count on; an older one gets the current one where
    /// there is a cause, and is a replay where there is none.
    fn judge_count(&self, presented: &Counter) -> Result<Verdict> {
        let counter = self.session.refresh_token_counter;
        let counter = counter.ok_or_else(|| Error::internal("a session has a key and no count"))?;
        let presented = i64::try_from(presented.counter)
            .map_err(|_| Error::internal("a refresh token's count is out of range"))?;
        let behind = counter.saturating_sub(presented);
        if behind < 0 {
            return Ok(self.refuse(Refusal::RefreshNotIssuedHere));
        }
        if behind == 0 {
            return Ok(Verdict::Go(Step::Advance { counter }));
        }
        let causes = self.causes(behind);
        Ok(if !causes.is_empty() {
            Verdict::Go(Step::HandOut {
                current: Current::Count(counter),
                cause: Some(causes.join(",")),
            })
        } else if self.refresh.rotation_enabled {
            Verdict::Go(Step::EndSession { counter })
        } else {
            self.refuse(Refusal::RefreshAlreadyUsed)
        })
    }

    /// Why a token that is `behind` counts old may be honoured: several clients refreshed at once,
    /// the client did not save the last answer, or the operator allows it always.
    fn causes(&self, behind: i64) -> Vec<&'static str> {
        let last = self.session.refreshed_at.unwrap_or(self.session.created_at);
        let apart = self.now.since(last).max(last.since(self.now));
        let causes = [
            (apart < self.refresh.reuse_interval.0, "concurrent-refresh"),
            (behind == 1, "fail-to-save"),
            (self.refresh.allow_reuse, "always-allow"),
        ];
        let causes = causes.into_iter().filter(|(applies, _)| *applies);
        causes.map(|(_, cause)| cause).collect()
    }
}

#[cfg(test)]
mod tests;
