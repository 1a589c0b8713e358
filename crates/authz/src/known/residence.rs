//! Which stores are kept in memory as a whole, and how they come there.

use super::KnownStore;
use super::refresh::{brought_forward, drop_apart};
use crate::error::{Error, Result};
use crate::resident::{Builder, Resident};
use crate::service::{Authz, Parts};
use rebac::Names;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use store::{Snapshot, changes, stores, tuples};
use tokio::sync::OwnedSemaphorePermit;
use types::{Call, Clock, Deadline, StoreId, Time, Tuple, TupleKey};

/// Tuples that are read at once.
const PAGE: i64 = 10_000;
/// What a tuple takes in memory at most, as far as is known before it is read.
const TUPLE_BYTES: u64 = 96;
/// A store that does not fit is looked at again after this.
const TOO_LARGE_SPAN: Duration = Duration::from_secs(60);
/// A store that nobody asks for so long makes room for others.
const IDLE_SPAN: Duration = Duration::from_secs(60);
/// A store is read into memory within this, or not at all.
const LOAD_SPAN: Duration = Duration::from_secs(120);

impl Authz {
    /// The version at which a store is kept in memory as a whole; none where it is not.
    pub fn version_in_memory(&self, id: StoreId) -> Option<i64> {
        let known = self.parts().known.remembered(id)?;
        let memory = known.memory();
        memory.resident().map(Resident::version)
    }
}

impl KnownStore {
    /// Begins to read the store into memory, if it is not there and may be.
    pub(crate) fn settle_in(self: &Arc<Self>, authz: &Authz, call: &Call) {
        if self.is_loading.swap(true, Ordering::AcqRel) {
            return;
        }
        let Some(turn) = self.reading_turn(authz.parts()) else {
            self.is_loading.store(false, Ordering::Release);
            return;
        };
        let (store, authz, mut call) = (Arc::clone(self), authz.clone(), authz.own_call(call));
        call.deadline = Deadline::after(authz.parts().clock.instant(), LOAD_SPAN);
        #[expect(
            clippy::disallowed_methods,
            reason = "it only reads, and may end with the server"
        )]
        tokio::spawn(async move {
            // Where it cannot be read, questions load what they need, and hear of the outage.
            if !matches!(store.read_in(authz.parts(), &call).await, Ok(true)) {
                store.stay_out(authz.parts());
            }
            drop(turn);
            store.is_loading.store(false, Ordering::Release);
        });
    }

    /// The turn to be read in, where the store is not in memory and may be.
    fn reading_turn(&self, parts: &Parts) -> Option<OwnedSemaphorePermit> {
        let now = parts.clock.instant();
        let memory = self.memory();
        if memory.has_outgrown {
            drop(memory);
            self.stay_out(parts);
            return None;
        }
        let is_too_large = memory.too_large_until.is_some_and(|until| now < until);
        let may_be = memory.resident().is_none() && memory.confirmed_at.is_some();
        (may_be && !is_too_large)
            .then(|| parts.known.room.turn())
            .flatten()
    }

    /// It is not tried again for a while.
    fn stay_out(&self, parts: &Parts) {
        let until = parts.clock.instant() + TOO_LARGE_SPAN;
        let mut memory = self.memory_mut();
        memory.has_outgrown = false;
        memory.too_large_until = Some(until);
    }

    /// Reads the whole store at one version, and catches up with what was written meanwhile. False
    /// where there is no room for it.
    async fn read_in(&self, parts: &Parts, call: &Call) -> Result<bool> {
        let room = parts.known.make_room(parts, self);
        let most = i64::try_from(room / TUPLE_BYTES).unwrap_or(i64::MAX);
        if most == 0 {
            // Also where the operator wants nothing to be kept.
            return Ok(false);
        }
        let mut snapshot = parts.store.db(call).snapshot().await?;
        let Some(row) = stores::find(&mut snapshot, self.id).await? else {
            return Ok(false);
        };
        let some_more = most.saturating_add(1);
        if tuples::count_up_to(&mut snapshot, self.number, some_more).await? > most {
            return Ok(false);
        }
        let version = row.version;
        let last_at = changes::last_at(&mut snapshot, self.number, version).await?;
        let names = (*self.memory().names).clone();
        let Some(builder) = self
            .read_all(&mut snapshot, names, (room, call.now))
            .await?
        else {
            return Ok(false);
        };
        drop(snapshot);
        let mut newcomer = apart(move || builder.finish(version)).await?;
        let mut last_change = last_at.map(|at| (version, at));
        loop {
            let outcome = self.memory_mut().move_in(newcomer, last_change);
            let behind = match outcome {
                Ok(replaced) => {
                    drop_apart(replaced);
                    return Ok(self.memory().resident().is_some());
                }
                Err(behind) => behind,
            };
            let rows = self.changes_behind(parts, call, behind.version(), last_change);
            let Some(rows) = rows.await? else {
                return Ok(false);
            };
            last_change = rows.last().map(|row| (row.version, row.at));
            newcomer = brought_forward(&behind, &rows).unwrap_or(behind);
        }
    }

    /// Reads all tuples that have not ended; `None` where they take more than there is room for.
    async fn read_all(
        &self,
        snapshot: &mut Snapshot,
        names: Names,
        (room, now): (u64, Time),
    ) -> Result<Option<Builder>> {
        let mut builder = Resident::builder(names);
        let mut after: Option<TupleKey> = None;
        loop {
            let page = tuples::page(snapshot, self.number, after.as_ref(), PAGE).await?;
            let Some(last) = page.last().map(|tuple| tuple.key.clone()) else {
                return Ok(Some(builder));
            };
            after = Some(last);
            builder = apart(move || {
                let counts = |tuple: &&Tuple| tuple.expires_at.is_none_or(|at| at > now);
                for tuple in page.iter().filter(counts) {
                    builder.add(tuple);
                }
                builder
            })
            .await?;
            if builder.bytes() as u64 > room {
                return Ok(None);
            }
        }
    }

    /// Removes the tuples that have ended from the store in memory.
    pub(super) async fn drop_ended(&self, call: &Call) -> Result<()> {
        let _turn = self.turn(call).await?;
        let resident = self.memory().resident().cloned();
        let Some(resident) = resident else {
            return Ok(());
        };
        let (before, now) = (resident.clone(), call.now);
        // Many may end at once.
        if let Some(left) = apart(move || resident.without_expired(now)).await? {
            // Where another has taken its place meanwhile, whoever asks comes here again.
            let outcome = self.memory_mut().replace(&before, left);
            drop_apart(outcome.ok().flatten());
        }
        Ok(())
    }

    /// The store is not kept in memory any more.
    fn leave(&self) {
        let old = self.memory_mut().hold(None);
        drop_apart(old);
    }

    fn is_idle(&self, clock: &dyn Clock) -> bool {
        let now = clock.instant();
        let used_at = self.memory().used_at;
        used_at.is_none_or(|at| now.saturating_duration_since(at) > IDLE_SPAN)
    }
}

impl super::KnownStores {
    /// How many bytes a store may take, after those that nobody asks for have left.
    fn make_room(&self, parts: &Parts, newcomer: &KnownStore) -> u64 {
        if self.room.is_scarce() {
            let others = self.all().into_iter().filter(|one| one.id != newcomer.id);
            for store in others.filter(|store| store.is_idle(&*parts.clock)) {
                store.leave();
            }
        }
        self.room.left()
    }
}

/// Does what takes long where it keeps nobody waiting.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Error::Internal(error.into()))
}
