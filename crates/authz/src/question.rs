//! Questions: each is evaluated at one version of the store, with what is in memory, or with what
//! it names as missing and is loaded for it in rounds.

mod check;
mod expand;
mod explain;
mod first;
mod lists;
mod object_stream;
mod until;

pub use check::Verdict;
pub use expand::{ExpandNode, ExpandTree};
pub use explain::{Explained, Turn};
pub(crate) use first::{FirstQuestion, Held};
pub use object_stream::{Listing, ObjectStream, StreamedObjects};
pub use until::Until;

use crate::asked::Asked;
use crate::error::{Error, Refusal, Result};
use crate::known::{KnownStore, View};
use crate::resident::Resident;
use crate::service::Authz;
use rebac::check::DEPTH_MAX;
use rebac::{Budget, Failure, Set};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use store::Snapshot;
use store::tuples;
use types::Call;

/// What is evaluated where the question arrived; what needs more runs apart, so that no other
/// question waits for it.
const INLINE: Budget = Budget {
    steps: 20_000,
    depth: DEPTH_MAX,
};
/// Steps that fit into a millisecond with room to spare, on a slow core.
const STEPS_PER_MS: u64 = 2_000;
/// What is left of a deadline for everything but steps.
const RESERVE: Duration = Duration::from_millis(50);
/// Rounds of loading; each follows the tuples at least one step further.
const ROUNDS_MAX: u32 = 2 * DEPTH_MAX + 4;

/// Sets that are loaded in one round, and tuples that are loaded for one question: enough of both
/// to be numbered within milliseconds, where the question is.
const SETS_MAX: usize = 10_000;
const ROWS_MAX: usize = 25_000;
/// A question is delayed if it waited for longer than this part of what was left.
const DELAY_PART: u32 = 4;

/// What came of an evaluation with what was there.
pub(crate) enum Progress<T> {
    /// An answer.
    Done(T),
    /// These sets must be loaded first; what can be said without them, where that is worth
    /// something.
    Missing(BTreeSet<Set>, Option<T>),
    /// The steps were used up: the answer that says so, and what is known nevertheless, where that
    /// is worth something.
    OutOfSteps(T, Option<T>),
}

/// What is left to do for a question, until its deadline.
struct Rounds<'a> {
    authz: &'a Authz,
    call: &'a Call,
    store: Arc<KnownStore>,
    /// Opened when something is missing.
    snapshot: Option<Snapshot>,
    /// The version that the answer is of.
    version: i64,
    /// Tuples that may still be loaded.
    rows_left: usize,
    /// What is evaluated where the question arrived.
    inline: Budget,
    /// It had to wait for other questions, and for so long that it may lack the time.
    is_delayed: bool,
    /// Why the answer is not whole.
    cut: Option<Error>,
}

impl Authz {
    /// Evaluates until there is an answer, with the version that it is of.
    async fn settle<T: Send + 'static>(
        &self,
        call: &Call,
        store: Arc<KnownStore>,
        asked: Asked,
        evaluate: impl Fn(&Asked, Budget) -> Progress<T> + Send + 'static,
    ) -> Result<(T, Asked, i64)> {
        let mut rounds = self.rounds(call, store, asked.view());
        let (answer, asked) = rounds.settle(asked, evaluate).await?;
        Ok((answer, asked, rounds.version))
    }

    /// Begins with a question, or with several that are answered at one version.
    fn rounds<'a>(&'a self, call: &'a Call, store: Arc<KnownStore>, view: &View) -> Rounds<'a> {
        let resident = view.resident.as_ref();
        Rounds {
            authz: self,
            call,
            version: resident.map_or_else(|| store.version(), Resident::version),
            store,
            snapshot: None,
            rows_left: ROWS_MAX,
            inline: INLINE,
            is_delayed: false,
            cut: None,
        }
    }
}

impl Rounds<'_> {
    /// Evaluates until there is an answer.
    async fn settle<T: Send + 'static>(
        &mut self,
        asked: Asked,
        evaluate: impl Fn(&Asked, Budget) -> Progress<T> + Send + 'static,
    ) -> Result<(T, Asked)> {
        match evaluate(&asked, self.inline) {
            Progress::Done(answer) => Ok((answer, asked)),
            // In a place of its own: to set up and move what only this needs would cost the quick
            // ones a tenth of their time.
            progress => Box::pin(self.go_on(progress, asked, evaluate)).await,
        }
    }

    /// Loads what is missing and takes the time that is needed, until there is an answer.
    async fn go_on<T: Send + 'static>(
        &mut self,
        mut progress: Progress<T>,
        mut asked: Asked,
        mut evaluate: impl Fn(&Asked, Budget) -> Progress<T> + Send + 'static,
    ) -> Result<(T, Asked)> {
        let mut so_far = None;
        for _ in 0..ROUNDS_MAX {
            if let Progress::OutOfSteps(_, known) = progress {
                let evaluated;
                (evaluated, asked, evaluate) = self.evaluate_apart(asked, evaluate).await?;
                let Some(evaluated) = evaluated else {
                    return self.out_of_time(known.or(so_far), asked);
                };
                progress = evaluated;
            }
            let sets = match progress {
                // Others took the time: nothing is wrong with the question.
                Progress::OutOfSteps(_, known) if self.is_delayed => {
                    return self.out_of_time(known.or(so_far), asked);
                }
                Progress::Done(answer) | Progress::OutOfSteps(answer, _) => {
                    return Ok((answer, asked));
                }
                Progress::Missing(sets, some) => {
                    so_far = some.or(so_far);
                    sets
                }
            };
            match (self.load(&mut asked, &sets).await, so_far.take()) {
                (Ok(()), some) => so_far = some,
                // What is known does not become wrong by what nobody has the time to look up.
                (Err(error @ (Error::Late | Error::Refused(_))), Some(answer)) => {
                    self.cut = Some(error);
                    return Ok((answer, asked));
                }
                (Err(error), _) => return Err(error),
            }
            progress = evaluate(&asked, self.inline);
        }
        let message = "resolving takes more rounds of loading than are allowed";
        let refusal = Error::from(Refusal::TooComplex(message.to_owned()));
        let Some(answer) = so_far else {
            return Err(refusal);
        };
        self.cut = Some(refusal);
        Ok((answer, asked))
    }

    /// The answer of a question for which there is no more time: what is known nevertheless.
    fn out_of_time<T>(&mut self, known: Option<T>, asked: Asked) -> Result<(T, Asked)> {
        self.cut = Some(Error::Late);
        let answer = known.ok_or(Error::Late)?;
        Ok((answer, asked))
    }

    /// Evaluates apart what takes long; nothing comes of it where there was no turn in time. No
    /// tuple changes, but a snapshot cannot be shared, and whoever waits may be moved to another
    /// thread.
    async fn evaluate_apart<T, F>(
        &mut self,
        asked: Asked,
        evaluate: F,
    ) -> Result<(Option<Progress<T>>, Asked, F)>
    where
        T: Send + 'static,
        F: Fn(&Asked, Budget) -> Progress<T> + Send + 'static,
    {
        let parts = self.authz.parts();
        let deadline = self.call.deadline.instant();
        let began = parts.clock.instant();
        let turn = Arc::clone(&parts.long_turns).acquire_owned();
        // What is known must still be told in time.
        let until = deadline.checked_sub(RESERVE).unwrap_or(deadline);
        let turn = tokio::time::timeout_at(until.into(), turn).await;
        let Ok(turn) = turn else {
            return Ok((None, asked, evaluate));
        };
        let turn = turn.map_err(|e| Error::Internal(e.into()))?;
        let now = parts.clock.instant();
        let left = deadline.saturating_duration_since(now);
        // Where others took the time, it is not the question that is too complex.
        self.is_delayed |= left < now.saturating_duration_since(began) * DELAY_PART;
        let left = u64::try_from(left.saturating_sub(RESERVE).as_millis()).unwrap_or(u64::MAX);
        let budget = Budget {
            steps: left.saturating_mul(STEPS_PER_MS).max(INLINE.steps),
            depth: DEPTH_MAX,
        };
        let apart = tokio::task::spawn_blocking(move || {
            let progress = evaluate(&asked, budget);
            drop(turn);
            (Some(progress), asked, evaluate)
        });
        apart.await.map_err(|e| Error::Internal(e.into()))
    }

    /// Loads what is missing, all of it at once, and from one snapshot in all rounds.
    async fn load(&mut self, asked: &mut Asked, sets: &BTreeSet<Set>) -> Result<()> {
        let too_much = || Refusal::TooComplex("it takes too many tuples to resolve".to_owned());
        if sets.len() > SETS_MAX {
            return Err(too_much().into());
        }
        let mut snapshot = match self.snapshot.take() {
            Some(snapshot) => snapshot,
            None => self.authz.parts().store.db(self.call).snapshot().await?,
        };
        let wanted = asked.wanted(sets);
        let wanted = wanted.ok_or_else(|| Error::internal("a set has no name to be loaded by"))?;
        let (number, now) = (self.store.number, self.call.now);
        let loaded = tuples::load_at(&mut snapshot, number, &wanted, now, self.rows_left).await?;
        // Also what comes after a question that takes too many is of this version.
        self.snapshot = Some(snapshot);
        let (version, found) = loaded.ok_or(Refusal::StoreNotFound)?;
        self.version = version;
        let left = self.rows_left.checked_sub(found.len());
        self.rows_left = left.ok_or_else(too_much)?;
        asked.fill(sets, &found);
        Ok(())
    }
}

/// Why nobody can say, as a caller is told.
fn refused(failure: Failure<String>) -> Refusal {
    match failure {
        Failure::Condition(reason) => Refusal::Condition(reason),
        failure => Refusal::TooComplex(failure.to_string()),
    }
}
