//! What this server knows of the stores that it was asked about: models made ready, the newest
//! version it has seen, and small stores as a whole.

mod memory;
mod refresh;
mod residence;
mod room;

use crate::error::{Error, Refusal, Result};
use crate::ready::ReadyModel;
use crate::request::{Consistency, Scope};
use crate::resident::Resident;
use crate::service::Parts;
use crate::writer::Writer;
use foldhash::{HashMap, HashMapExt};
use memory::Memory;
use rebac::Names;
use room::Room;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};
use store::{store_models, stores};
use types::{Call, Clock, ModelId, StoreId, Time};

/// Questions are answered from what was known to be current at most so long ago; what is older is
/// looked up before the answer.
pub(crate) const LEASE: Duration = Duration::from_secs(2);
/// What was current longer ago than this is looked up again while questions are answered from it.
const REFRESH_SPAN: Duration = Duration::from_millis(100);
/// That somebody asks is noted no more often than this.
const USED_SPAN: Duration = Duration::from_secs(1);
/// Stores that are remembered; beyond it those that were asked longest ago are forgotten.
const STORES_MAX: usize = 10_000;

/// The stores that this server was asked about.
#[derive(Debug)]
pub(crate) struct KnownStores {
    stores: Mutex<HashMap<StoreId, Arc<KnownStore>>>,
    room: Arc<Room>,
}

/// One store, as this server knows it.
#[derive(Debug)]
pub(crate) struct KnownStore {
    pub(crate) id: StoreId,
    /// Its number in the database.
    pub(crate) number: i64,
    pub(crate) writer: Writer,
    memory: RwLock<Memory>,
    /// One at a time asks the database what is new.
    refreshing: tokio::sync::Mutex<()>,
    /// Somebody reads it into memory.
    is_loading: AtomicBool,
}

/// What a question is answered from: all of it fits together.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) model_id: ModelId,
    pub(crate) ready: Arc<ReadyModel>,
    pub(crate) names: Arc<Names>,
    /// The whole store, at one version; none: it is loaded as it is asked for.
    pub(crate) resident: Option<Resident>,
}

/// A poisoned lock guards nothing that is ever half changed: memory is replaced as a whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl KnownStores {
    /// None yet; those that are kept in memory may take so many bytes together.
    pub(crate) fn new(resident_bytes_max: u64) -> Self {
        Self {
            stores: Mutex::new(HashMap::new()),
            room: Arc::new(Room::new(resident_bytes_max)),
        }
    }

    /// A store by its id, looked up where this server has not been asked about it before.
    pub(crate) async fn find(
        &self,
        parts: &Parts,
        call: &Call,
        id: StoreId,
    ) -> Result<Option<Arc<KnownStore>>> {
        if let Some(known) = self.remembered(id) {
            return Ok(Some(known));
        }
        let row = stores::find(&mut parts.store.db(call), id).await?;
        Ok(row.map(|row| self.add(row.id, row.number, row.version)))
    }

    /// A store by its id, for what is read without a look at its version: it was there within the
    /// lease.
    pub(crate) async fn find_current(
        &self,
        parts: &Parts,
        call: &Call,
        id: StoreId,
    ) -> Result<Option<Arc<KnownStore>>> {
        // Read before the database is asked: what is known then is known as of now.
        let asked_at = parts.clock.instant();
        if let Some(known) = self.remembered(id).filter(|one| one.was_seen(asked_at)) {
            return Ok(Some(known));
        }
        let Some(row) = stores::find(&mut parts.store.db(call), id).await? else {
            self.forget(id);
            return Ok(None);
        };
        let known = self.add(row.id, row.number, row.version);
        let mut memory = known.memory_mut();
        memory.seen_at = memory.seen_at.max(Some(asked_at));
        drop(memory);
        Ok(Some(known))
    }

    /// A store that this server has been asked about.
    pub(crate) fn remembered(&self, id: StoreId) -> Option<Arc<KnownStore>> {
        lock(&self.stores).get(&id).map(Arc::clone)
    }

    /// Remembers a store.
    pub(crate) fn add(&self, id: StoreId, number: i64, version: i64) -> Arc<KnownStore> {
        let mut stores = lock(&self.stores);
        if stores.len() >= STORES_MAX {
            // Whoever is at work with a store has it too: it must stay the only one of its id, or
            // what one of them stores would be missed by those who ask the other.
            let idle = stores
                .values()
                .filter(|store| Arc::strong_count(store) == 1);
            let mut idle: Vec<_> = idle.map(|one| (one.memory().used_at, one.id)).collect();
            idle.sort_unstable();
            for (_, id) in idle.into_iter().take(STORES_MAX / 10) {
                stores.remove(&id);
            }
        }
        let known = stores.entry(id).or_insert_with(|| {
            Arc::new(KnownStore {
                id,
                number,
                writer: Writer::default(),
                memory: RwLock::new(Memory::new(version, Arc::clone(&self.room))),
                refreshing: tokio::sync::Mutex::default(),
                is_loading: AtomicBool::new(false),
            })
        });
        Arc::clone(known)
    }

    /// Where models take too much memory, forgets those of the stores that were asked longest ago,
    /// but for the one at hand.
    pub(crate) fn trim_models(&self, at_hand: StoreId) {
        if !self.room.has_models_beyond(1) {
            return;
        }
        let mut stores = self.all();
        stores.retain(|store| store.id != at_hand);
        stores.sort_by_cached_key(|store| store.memory().used_at);
        for store in stores {
            if !self.room.has_models_beyond(2) {
                break;
            }
            store.memory_mut().drop_models();
        }
    }

    /// Forgets a store that was deleted.
    pub(crate) fn forget(&self, id: StoreId) {
        lock(&self.stores).remove(&id);
    }

    fn all(&self) -> Vec<Arc<KnownStore>> {
        lock(&self.stores).values().map(Arc::clone).collect()
    }
}

impl KnownStore {
    fn memory(&self) -> RwLockReadGuard<'_, Memory> {
        self.memory.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn memory_mut(&self) -> RwLockWriteGuard<'_, Memory> {
        self.memory.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a model that was written here.
    pub(crate) fn model_written(&self, id: ModelId, model: rebac::Model) {
        let mut memory = self.memory_mut();
        memory.add_model(id, model);
        memory.latest_model = memory.latest_model.max(Some(id));
    }

    /// The model of this id, or the newest, made ready.
    pub(crate) async fn model(
        &self,
        parts: &Parts,
        call: &Call,
        wanted: Option<ModelId>,
    ) -> Result<(ModelId, Arc<ReadyModel>, Arc<Names>)> {
        let id = {
            let memory = self.memory();
            let id = wanted.or(memory.latest_model);
            let id = id.ok_or(Refusal::NoModel)?;
            if let Some((ready, names)) = memory.ready(id) {
                return Ok((id, ready, names));
            }
            id
        };
        let row = store_models::find(&mut parts.store.db(call), self.number, id).await?;
        let row = row.ok_or(Refusal::ModelNotFound(id))?;
        let body = serde_json::from_str(&row.body).map_err(|e| Error::Internal(e.into()))?;
        let model = rebac::from_json(&body).map_err(|e| Error::Internal(e.into()))?;
        let mut memory = self.memory_mut();
        let ready = memory.add_model(id, model);
        let names = Arc::clone(&memory.names);
        drop(memory);
        parts.known.trim_models(self.id);
        Ok((id, ready, names))
    }

    /// What a question is answered from, where nothing has to be looked up or noted first: one
    /// look at what is remembered.
    pub(crate) fn glance(&self, clock: &dyn Clock, now: Time, scope: Scope) -> Option<Arc<View>> {
        let instant = clock.instant();
        let within = |at: Option<Instant>, span| {
            at.is_some_and(|at| instant.saturating_duration_since(at) < span)
        };
        let memory = self.memory();
        let is_fresh = scope.consistency == Consistency::MinimizeLatency
            && within(memory.confirmed_at, REFRESH_SPAN)
            && within(memory.used_at, USED_SPAN);
        let view = is_fresh.then(|| memory.view(scope.model, now)).flatten();
        view.filter(|view| view.resident.is_some())
    }

    /// What a question is answered from now.
    pub(crate) async fn view(
        &self,
        parts: &Parts,
        call: &Call,
        wanted: Option<ModelId>,
    ) -> Result<Arc<View>> {
        loop {
            if let Some(view) = self.memory().view(wanted, call.now) {
                return Ok(view);
            }
            self.model(parts, call, wanted).await?;
            self.drop_ended(call).await?;
        }
    }

    /// The newest version that this server has seen.
    pub(crate) fn version(&self) -> i64 {
        self.memory().version
    }

    /// Whether the store was there within the lease.
    fn was_seen(&self, now: Instant) -> bool {
        let memory = self.memory();
        let seen_at = memory.seen_at.max(memory.confirmed_at);
        seen_at.is_some_and(|at| now.saturating_duration_since(at) < LEASE)
    }

    /// How long ago this was known to be current.
    fn age(&self, clock: &dyn Clock) -> Option<Duration> {
        let now = clock.instant();
        self.memory()
            .confirmed_at
            .map(|at| now.saturating_duration_since(at))
    }

    /// Notes that somebody asks, for whoever must make room in memory.
    pub(crate) fn used(&self, clock: &dyn Clock) {
        let now = clock.instant();
        let is_noted =
            (self.memory().used_at).is_some_and(|at| now.saturating_duration_since(at) < USED_SPAN);
        if !is_noted {
            self.memory_mut().used_at = Some(now);
        }
    }
}

#[cfg(test)]
mod tests;
