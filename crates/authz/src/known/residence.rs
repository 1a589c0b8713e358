//! Which stores are kept in memory as a whole, and how they come there.

use super::refresh::brought_forward;
use super::{KnownStore, Memory};
use crate::error::Result;
use crate::resident::Resident;
use crate::service::{Authz, Parts};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use store::{stores, tuples};
use types::{Call, Clock, Deadline, StoreId, TupleKey};

/// Tuples that are read at once.
const PAGE: usize = 10_000;
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
        memory.resident.as_ref().map(Resident::version)
    }
}

impl KnownStore {
    /// Begins to read the store into memory, if it is not there and may be.
    pub(crate) fn settle_in(self: &Arc<Self>, authz: &Authz, call: &Call) {
        let now = authz.parts().clock.instant();
        {
            let memory = self.memory();
            let is_too_large = memory.too_large_until.is_some_and(|until| now < until);
            if memory.resident.is_some() || is_too_large || memory.confirmed_at.is_none() {
                return;
            }
        }
        if self.is_loading.swap(true, Ordering::AcqRel) {
            return;
        }
        let (store, authz, mut call) = (Arc::clone(self), authz.clone(), authz.own_call(call));
        call.deadline = Deadline::after(now, LOAD_SPAN);
        #[expect(
            clippy::disallowed_methods,
            reason = "it only reads, and may end with the server"
        )]
        tokio::spawn(async move {
            // Where it cannot be read, questions load what they need, and hear of the outage.
            if !matches!(store.read_in(authz.parts(), &call).await, Ok(true)) {
                let until = authz.parts().clock.instant() + TOO_LARGE_SPAN;
                store.memory_mut().too_large_until = Some(until);
            }
            store.is_loading.store(false, Ordering::Release);
        });
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
        let mut builder = Resident::builder((*self.memory().names).clone());
        let mut after: Option<TupleKey> = None;
        loop {
            let limit = i64::try_from(PAGE).unwrap_or(i64::MAX);
            let page = tuples::page(&mut snapshot, self.number, after.as_ref(), limit).await?;
            for tuple in &page {
                builder.add(tuple);
            }
            if page.len() < PAGE {
                break;
            }
            after = page.into_iter().next_back().map(|tuple| tuple.key);
        }
        drop(snapshot);
        let version = row.version;
        let built = tokio::task::spawn_blocking(move || builder.finish(version));
        let resident = built.await.map_err(|e| crate::Error::Internal(e.into()))?;
        let mut newcomer = resident;
        while newcomer.bytes() as u64 <= room {
            let Some(behind) = self.memory_mut().move_in(newcomer) else {
                return Ok(true);
            };
            let rows = self.changes_behind(parts, call, behind.version()).await?;
            newcomer = brought_forward(&behind, &rows).unwrap_or(behind);
        }
        Ok(false)
    }

    /// What the store takes in memory, in bytes.
    fn resident_bytes(&self) -> u64 {
        let memory = self.memory();
        let bytes = memory.resident.as_ref().map_or(0, Resident::bytes);
        u64::try_from(bytes).unwrap_or(u64::MAX)
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
        let most = parts.settings.resident_bytes_max;
        let others = self.all().into_iter().filter(|one| one.id != newcomer.id);
        let others: Vec<_> = others.collect();
        let taken = |stores: &[Arc<KnownStore>]| {
            let bytes = stores.iter().map(|store| store.resident_bytes());
            bytes.sum::<u64>()
        };
        if taken(&others) > most / 2 {
            for store in others.iter().filter(|store| store.is_idle(&*parts.clock)) {
                store.memory_mut().resident = None;
            }
        }
        most.saturating_sub(taken(&others))
    }
}

impl Memory {
    /// Takes a store that was read in, or gives it back where something newer was seen here
    /// already, such as a write that was acknowledged. Its names were numbered apart from those
    /// that models were made ready with meanwhile, so models are made ready anew.
    fn move_in(&mut self, resident: Resident) -> Option<Resident> {
        if resident.version() < self.version {
            return Some(resident);
        }
        self.models.clear();
        self.names = Arc::clone(resident.names());
        self.version = resident.version();
        self.resident = Some(resident);
        None
    }
}
