//! Removes what is of no use any more: every minute a little, so that nobody waits for it.
//!
//! Nothing depends on it: expired rows never count. On a database that Supabase Auth made the rows
//! of `auth` are left alone unless the operator wants otherwise; our own tables are always swept.

use crate::config::Config;
use crate::start::{World, own_call};
use authz::Authz;
use std::time::Duration;
use store::expired::{self, Kind};
use store::{Store, stores};
use tokio::sync::watch;
use types::{FactorId, Time};
use uuid::Uuid;

/// How often rows are looked for.
const PERIOD: Duration = Duration::from_mins(1);
/// Longest time for one step.
const STEP_SPAN: Duration = Duration::from_secs(10);
/// Rows that one step removes at most.
const STEP_ROWS_MAX: i64 = 500;
/// Steps of one kind in a round; what is left then waits for the next.
const STEPS_MAX: u32 = 10;
/// Factors that one round looks at.
const FACTORS_SEEN_MAX: i64 = 1_000;
/// How long sign-ins under way, questions and unfinished enrolments are kept: long past their use,
/// so that a late answer is still told that it is late.
const FLOW_AGE: Duration = Duration::from_hours(24);
/// How long spent codes are remembered: past the time in which a clock would accept them.
const STEP_AGE: Duration = Duration::from_hours(1);
/// How long it can be seen that a mail has left.
const MAIL_AGE: Duration = Duration::from_hours(7 * 24);
/// How long a mail that was given up can still be sent after all.
const DEAD_LETTER_AGE: Duration = Duration::from_hours(30 * 24);

/// Why something cannot be removed now.
#[derive(Debug, thiserror::Error)]
pub enum CleanupError {
    /// The rows of the database cannot be.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// The tuples of a store cannot be.
    #[error(transparent)]
    Authz(#[from] authz::Error),
}

/// Whoever cleans up.
#[derive(Debug)]
pub struct Cleaner {
    store: Store,
    authz: Authz,
    world: World,
    /// The rows of `auth` may be removed.
    sweeps_auth: bool,
    /// How far the walk through all factors has come.
    seen: FactorId,
}

impl Cleaner {
    /// A cleaner for one process.
    pub fn new(store: Store, authz: Authz, world: World, config: &Config) -> Self {
        Self {
            store,
            authz,
            world,
            sweeps_auth: config.database.cleanup_enabled,
            seen: first_factor(),
        }
    }

    /// Cleans up until `stop` turns true. The first round comes after a minute: a server that has
    /// just started has better things to do.
    pub async fn run(mut self, mut stop: watch::Receiver<bool>) {
        let work = async {
            loop {
                pause(PERIOD).await;
                if let Err(e) = self.round().await {
                    let error: &dyn std::error::Error = &e;
                    tracing::warn!(error, "what has expired cannot be removed");
                }
            }
        };
        tokio::select! {
            () = work => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }

    /// Removes what has expired; how many rows. What fails of it keeps nothing else from being
    /// removed, and the first failure is told.
    pub async fn round(&mut self) -> Result<u64, CleanupError> {
        let mut swept = vec![
            self.sweep(Kind::Mails, MAIL_AGE).await,
            self.sweep(Kind::DeadLetters, DEAD_LETTER_AGE).await,
            self.sweep(Kind::Steps, STEP_AGE).await,
        ];
        if self.sweeps_auth {
            swept.push(self.sweep(Kind::Flows, FLOW_AGE).await);
            swept.push(self.sweep(Kind::ClientStates, FLOW_AGE).await);
            swept.push(self.sweep(Kind::Challenges, FLOW_AGE).await);
            swept.push(self.sweep_enrolments().await);
        }
        // Before the tuples that have ended: those of deleted stores stand in their way.
        swept.push(self.sweep_deleted_stores().await);
        swept.push(self.sweep_ended_tuples().await);
        let removed: u64 = swept.iter().flatten().sum();
        if removed > 0 {
            tracing::info!(removed, "removed what had expired");
        }
        let failed = swept.into_iter().find_map(Result::err);
        failed.map_or(Ok(removed), Err)
    }

    async fn sweep(&self, kind: Kind, age: Duration) -> Result<u64, CleanupError> {
        let mut total = 0;
        for _ in 0..STEPS_MAX {
            let call = own_call(&self.world, STEP_SPAN);
            let mut tx = self.store.db(&call).begin().await?;
            let before = call.now - age;
            let removed = expired::remove(&mut tx, kind, before, STEP_ROWS_MAX).await?;
            tx.commit().await?;
            total += removed;
            if removed < STEP_ROWS_MAX.unsigned_abs() {
                break;
            }
        }
        Ok(total)
    }

    /// Removes tuples that have ended, each with a line in its store's history.
    async fn sweep_ended_tuples(&self) -> Result<u64, CleanupError> {
        let mut total = 0;
        for _ in 0..STEPS_MAX {
            let call = own_call(&self.world, STEP_SPAN);
            let removed = self.authz.remove_ended(&call, STEP_ROWS_MAX).await?;
            total += removed;
            if removed < STEP_ROWS_MAX.unsigned_abs() {
                break;
            }
        }
        Ok(total)
    }

    /// Removes what deleted stores have left behind.
    async fn sweep_deleted_stores(&self) -> Result<u64, CleanupError> {
        let mut total = 0;
        for _ in 0..STEPS_MAX {
            let call = own_call(&self.world, STEP_SPAN);
            let mut tx = self.store.db(&call).begin().await?;
            let removed = stores::remove_some_of_deleted(&mut tx, STEP_ROWS_MAX).await?;
            tx.commit().await?;
            total += removed;
            if removed == 0 {
                break;
            }
        }
        Ok(total)
    }

    /// Walks a stretch further through all factors and removes those never finished.
    async fn sweep_enrolments(&mut self) -> Result<u64, CleanupError> {
        let call = own_call(&self.world, STEP_SPAN);
        let before: Time = call.now - FLOW_AGE;
        let mut db = self.store.db(&call);
        let factors = expired::enrolments(&mut db, self.seen, before, FACTORS_SEEN_MAX).await?;
        let abandoned: Vec<_> = factors.iter().filter(|(_, is_old)| *is_old).collect();
        if !abandoned.is_empty() {
            let mut tx = db.begin().await?;
            for (factor, _) in &abandoned {
                expired::remove_enrolment(&mut tx, *factor, before);
            }
            tx.commit().await?;
        }
        // At the end of the table the walk begins anew.
        self.seen = match factors.last() {
            Some((last, _)) if factors.len() >= seen_max() => *last,
            _ => first_factor(),
        };
        Ok(abandoned.len() as u64)
    }
}

const fn first_factor() -> FactorId {
    FactorId(Uuid::nil())
}

fn seen_max() -> usize {
    usize::try_from(FACTORS_SEEN_MAX).unwrap_or(usize::MAX)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the passing of time is all that this job waits for"
)]
async fn pause(span: Duration) {
    tokio::time::sleep(span).await;
}
