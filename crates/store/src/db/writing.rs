//! Whether writes are stored: what the last one has shown.

use crate::error::{Error, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Shared by everybody who writes to one database.
#[derive(Debug, Clone, Default)]
pub(crate) struct Writing {
    broken: Arc<AtomicBool>,
}

impl Writing {
    /// The last write failed for a reason that lies in the database, and none has been stored
    /// since.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Relaxed)
    }

    /// Notes a change that was stored.
    pub(super) fn stored(&self) {
        // Most often it says so already, and a cache line that is only read stays shared.
        if self.is_broken() {
            self.broken.store(false, Ordering::Relaxed);
        }
    }

    /// Notes whether this outcome says that writes are not stored.
    pub(super) fn noted<T>(&self, outcome: Result<T>) -> Result<T> {
        if matches!(outcome, Err(Error::Unavailable(_))) {
            self.broken.store(true, Ordering::Relaxed);
        }
        outcome
    }
}
