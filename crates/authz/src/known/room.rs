//! The memory that stores take together, and who may read one in.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Bytes that models made ready may take, of all stores together. Most stores have one, of a few
/// kilobytes.
const MODELS_BYTES_MAX: u64 = 128 << 20;

/// Room for stores that are kept in memory as a whole, and for models made ready.
#[derive(Debug)]
pub(crate) struct Room {
    /// Bytes, of all stores together.
    most: u64,
    taken: AtomicU64,
    /// Bytes of models.
    models: AtomicU64,
    /// One store at a time is read in: each reader takes room that nobody counts yet, and keeps a
    /// connection.
    reading: Arc<Semaphore>,
}

impl Room {
    pub(super) fn new(most: u64) -> Self {
        Self {
            most,
            taken: AtomicU64::new(0),
            models: AtomicU64::new(0),
            reading: Arc::new(Semaphore::new(1)),
        }
    }

    /// Takes so many bytes instead of those that were taken `before`; false where there is no room
    /// for more, and then nothing has changed.
    pub(super) fn exchange(&self, before: u64, after: u64) -> bool {
        let exchanged = |taken: u64| {
            let next = taken.saturating_sub(before).saturating_add(after);
            (after <= before || next <= self.most).then_some(next)
        };
        let outcome = (self.taken).fetch_update(Ordering::AcqRel, Ordering::Acquire, exchanged);
        outcome.is_ok()
    }

    /// Bytes that are not taken.
    pub(super) fn left(&self) -> u64 {
        self.most.saturating_sub(self.taken.load(Ordering::Acquire))
    }

    /// Whether stores have taken more than half.
    pub(super) fn is_scarce(&self) -> bool {
        self.left() < self.most / 2
    }

    /// Takes bytes for a model.
    pub(super) fn add_model(&self, bytes: u64) {
        self.models.fetch_add(bytes, Ordering::AcqRel);
    }

    /// Gives back what models took.
    pub(super) fn drop_models(&self, bytes: u64) {
        self.models.fetch_sub(bytes, Ordering::AcqRel);
    }

    /// Whether models take more than they may, or still more than `1 / part` of that.
    pub(super) fn has_models_beyond(&self, part: u64) -> bool {
        self.models.load(Ordering::Acquire) > MODELS_BYTES_MAX / part
    }

    /// The turn to read a store in; `None` while another is read.
    pub(super) fn turn(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.reading).try_acquire_owned().ok()
    }
}
