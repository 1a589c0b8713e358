//! A clock that stands still until a test moves it, the monotonic one too.

use crate::tenant::NOW;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use types::{Clock, SystemClock, Time};

/// How long a server may answer from what it knows.
pub(crate) const LEASE: Duration = Duration::from_secs(2);

/// The time of one server.
#[derive(Debug)]
pub(crate) struct Still {
    start: Instant,
    passed_ms: AtomicU64,
}

impl Still {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            // What is to be done by then has time enough.
            start: SystemClock.instant() + Duration::from_mins(1),
            passed_ms: AtomicU64::new(0),
        })
    }

    pub(crate) fn advance(&self, span: Duration) {
        let passed = u64::try_from(span.as_millis()).unwrap();
        self.passed_ms.fetch_add(passed, Ordering::SeqCst);
    }
}

impl Clock for Still {
    fn now(&self) -> Time {
        NOW
    }

    fn instant(&self) -> Instant {
        self.start + Duration::from_millis(self.passed_ms.load(Ordering::SeqCst))
    }
}
