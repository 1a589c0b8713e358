//! The only place where these tools read the clock or wait.

use std::thread;
use std::time::{Duration, Instant};

/// How long a poll rests before it looks again.
const POLL: Duration = Duration::from_millis(50);

/// The present moment, for the timings that developers read.
#[expect(
    clippy::disallowed_methods,
    reason = "a tool's own timing, not the product's time"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Looks every 50 ms until `reached` says yes; `false` when `limit` has passed before that.
pub(crate) fn wait_until(limit: Duration, mut reached: impl FnMut() -> bool) -> bool {
    let began = now();
    while !reached() {
        if began.elapsed() >= limit {
            return false;
        }
        rest();
    }
    true
}

#[expect(
    clippy::disallowed_methods,
    reason = "other programs tell of their readiness by files"
)]
fn rest() {
    thread::sleep(POLL);
}
