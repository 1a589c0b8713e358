//! What is remembered of one store, as it is now.

use super::View;
use super::room::Room;
use crate::ready::ReadyModel;
use crate::resident::Resident;
use foldhash::HashMap;
use rebac::Names;
use std::mem;
use std::sync::{Arc, OnceLock};
use std::time::Instant;
use types::{ModelId, Time};

/// Models made ready that are kept for one store; most stores are asked by one or two.
const MODELS_MAX: usize = 32;
/// A graph that has given more numbers than this is built anew. Questions number what they bring
/// along beyond these.
const NUMBERS_MAX: u32 = 1 << 30;

/// What is remembered of a store. Whatever is handed out fits together; beside that, numbers mean
/// the same only until a store is read in anew.
#[derive(Debug)]
pub(super) struct Memory {
    pub(super) names: Arc<Names>,
    models: HashMap<ModelId, KnownModel>,
    /// What the models take of the room.
    model_bytes: u64,
    pub(super) latest_model: Option<ModelId>,
    resident: Option<Resident>,
    /// What the store in memory takes of the room.
    bytes: u64,
    room: Arc<Room>,
    /// The last change that the store in memory has: its version, and when it was made. By these
    /// another history with the same versions is told apart.
    pub(super) last_change: Option<(i64, Time)>,
    /// It has grown out of its room.
    pub(super) has_outgrown: bool,
    /// The newest version that was seen.
    pub(super) version: i64,
    /// When the newest model and version were last known to be these.
    pub(super) confirmed_at: Option<Instant>,
    /// When the store was last known to be there.
    pub(super) seen_at: Option<Instant>,
    pub(super) used_at: Option<Instant>,
    /// It does not fit into memory; to be tried again then.
    pub(super) too_large_until: Option<Instant>,
}

/// A model made ready.
#[derive(Debug)]
struct KnownModel {
    ready: Arc<ReadyModel>,
    /// What questions to it are answered from, put together by the first of them: the others take
    /// it as it is.
    view: OnceLock<Arc<View>>,
}

impl Memory {
    pub(super) fn new(version: i64, room: Arc<Room>) -> Self {
        Self {
            names: Arc::default(),
            models: HashMap::default(),
            model_bytes: 0,
            latest_model: None,
            resident: None,
            bytes: 0,
            room,
            last_change: None,
            has_outgrown: false,
            version,
            confirmed_at: None,
            seen_at: None,
            used_at: None,
            too_large_until: None,
        }
    }

    /// The store as a whole, where it is kept.
    pub(super) const fn resident(&self) -> Option<&Resident> {
        self.resident.as_ref()
    }

    /// Keeps the store as a whole, or no more, and gives back what was kept: to be dropped where
    /// nobody waits for it. A store that has no room is not kept.
    #[must_use]
    pub(super) fn hold(&mut self, next: Option<Resident>) -> Option<Resident> {
        let next = next.filter(|next| next.numbers_end() < NUMBERS_MAX);
        let bytes = next.as_ref().map_or(0, |next| next.bytes() as u64);
        let fits = self.room.exchange(self.bytes, bytes);
        if fits {
            self.bytes = bytes;
        } else {
            self.room.exchange(self.bytes, 0);
            self.bytes = 0;
        }
        self.has_outgrown = !fits;
        let old = mem::replace(&mut self.resident, next.filter(|_| fits));
        self.drop_views();
        old
    }

    /// What questions were answered from so far is not what the next ones are answered from.
    fn drop_views(&mut self) {
        for known in self.models.values_mut() {
            known.view = OnceLock::new();
        }
    }

    /// What a question is answered from; `None` where something must be looked up or removed
    /// first.
    pub(super) fn view(&self, wanted: Option<ModelId>, now: Time) -> Option<Arc<View>> {
        let model_id = wanted.or(self.latest_model)?;
        let known = self.models.get(&model_id)?;
        let resident = self.resident.as_ref();
        if resident.is_some_and(|one| one.next_expiry().is_some_and(|at| at <= now)) {
            return None;
        }
        let view = known.view.get_or_init(|| {
            Arc::new(View {
                model_id,
                ready: Arc::clone(&known.ready),
                names: Arc::clone(&self.names),
                resident: resident.cloned(),
            })
        });
        Some(Arc::clone(view))
    }

    /// A model that was made ready.
    pub(super) fn ready(&self, id: ModelId) -> Option<(Arc<ReadyModel>, Arc<Names>)> {
        let known = self.models.get(&id)?;
        Some((Arc::clone(&known.ready), Arc::clone(&self.names)))
    }

    /// Makes a model ready, unless it is.
    pub(super) fn add_model(&mut self, id: ModelId, model: rebac::Model) -> Arc<ReadyModel> {
        if let Some(known) = self.models.get(&id) {
            return Arc::clone(&known.ready);
        }
        if self.models.len() >= MODELS_MAX {
            self.drop_models();
        }
        let mut names = Names::clone(&self.names);
        let ready = Arc::new(ReadyModel::new(model, &mut names));
        self.names = Arc::new(names);
        if let Some(resident) = &mut self.resident {
            // It takes no more room: names are shared with the models.
            *resident = resident.with_names(Arc::clone(&self.names));
        }
        self.drop_views();
        self.model_bytes += ready.bytes();
        self.room.add_model(ready.bytes());
        let known = KnownModel {
            ready: Arc::clone(&ready),
            view: OnceLock::new(),
        };
        self.models.insert(id, known);
        ready
    }

    /// Forgets the models that were made ready: whoever asks for one again has it made anew. Names
    /// stay where numbers in memory stand for them.
    pub(super) fn drop_models(&mut self) {
        self.models.clear();
        self.room.drop_models(self.model_bytes);
        self.model_bytes = 0;
        if self.resident.is_none() {
            self.names = Arc::default();
        }
    }

    /// Whether the store in memory, if there is one, is older than this version.
    pub(super) fn is_behind(&self, version: i64) -> bool {
        let resident = self.resident.as_ref();
        resident.is_some_and(|resident| resident.version() < version)
    }

    /// Replaces the store in memory by what was made of it, unless it is another by now. Whether
    /// it was replaced, or why not: gives back what is to be dropped.
    pub(super) fn replace(
        &mut self,
        before: &Resident,
        after: Resident,
    ) -> Result<Option<Resident>, Resident> {
        if !self.resident.as_ref().is_some_and(|now| now.is(before)) {
            return Err(after);
        }
        self.names = Arc::clone(after.names());
        Ok(self.hold(Some(after)))
    }

    /// Takes a store that was read in, or gives it back where something newer was seen here
    /// already, such as a write that was acknowledged. Its names were numbered apart from those
    /// that models were made ready with meanwhile, so models are made ready anew.
    pub(super) fn move_in(
        &mut self,
        resident: Resident,
        last_change: Option<(i64, Time)>,
    ) -> Result<Option<Resident>, Resident> {
        let kept = self.resident.as_ref().map_or(0, Resident::version);
        if resident.version() < self.version.max(kept) {
            return Err(resident);
        }
        self.drop_models();
        self.names = Arc::clone(resident.names());
        self.version = resident.version();
        self.last_change = last_change;
        Ok(self.hold(Some(resident)))
    }

    /// Forgets all that rests on a history that is not the database's any more, as after a restore
    /// or a failover to a server that was behind.
    #[must_use]
    pub(super) fn start_anew(&mut self, version: i64) -> Option<Resident> {
        self.drop_models();
        self.latest_model = None;
        self.version = version;
        self.last_change = None;
        self.confirmed_at = None;
        self.hold(None)
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        self.room.exchange(self.bytes, 0);
        self.room.drop_models(self.model_bytes);
    }
}
