//! What goes with every use case: who asked, when, until when, and what it has cost so far.

use crate::id::RequestId;
use crate::time::Time;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// One request, as use cases see it. Made in one place, at the border.
#[derive(Debug, Clone)]
pub struct Call {
    /// Appears in the log line and in the body of internal errors.
    pub id: RequestId,
    /// The wall clock, read once when the request arrived.
    pub now: Time,
    /// The one deadline; every wait below is cut by it.
    pub deadline: Deadline,
    /// Where the request came from.
    pub origin: Origin,
    /// What the request has cost so far.
    pub cost: Arc<Cost>,
}

/// Where a request came from, as far as it can be believed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The client's address: the peer's, or what a configured proxy says it is.
    pub ip: Option<IpAddr>,
    /// The `User-Agent` header; empty when there was none.
    pub user_agent: String,
}

/// The instant after which an answer is of no use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

impl Deadline {
    /// `span` after `now` on the monotonic clock.
    pub fn after(now: Instant, span: Duration) -> Self {
        Self(now + span)
    }

    /// The instant itself.
    pub const fn instant(self) -> Instant {
        self.0
    }
}

/// What one request has cost: counted where it is spent, reported once in its log line.
#[derive(Debug, Default)]
pub struct Cost {
    statements: AtomicU64,
    round_trips: AtomicU64,
    database_us: AtomicU64,
    hash_us: AtomicU64,
    mails: AtomicU64,
    audit_lines: AtomicU64,
}

impl Cost {
    /// Counts `statements` sent in one round trip that took `spent`.
    pub fn add_round_trip(&self, statements: u64, spent: Duration) {
        self.statements.fetch_add(statements, Ordering::Relaxed);
        self.round_trips.fetch_add(1, Ordering::Relaxed);
        self.database_us.fetch_add(micros(spent), Ordering::Relaxed);
    }

    /// Counts the time a password hash took, waiting included.
    pub fn add_hash(&self, spent: Duration) {
        self.hash_us.fetch_add(micros(spent), Ordering::Relaxed);
    }

    /// Counts a mail written to the outbox.
    pub fn add_mail(&self) {
        self.mails.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a line of the audit log; how many this request had written before.
    pub fn add_audit_line(&self) -> u64 {
        self.audit_lines.fetch_add(1, Ordering::Relaxed)
    }

    /// Mails written to the outbox.
    pub fn mails(&self) -> u64 {
        self.mails.load(Ordering::Relaxed)
    }

    /// Statements sent to the database, `BEGIN` and `COMMIT` included.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Waits for the database.
    pub fn round_trips(&self) -> u64 {
        self.round_trips.load(Ordering::Relaxed)
    }

    /// Microseconds spent waiting for the database.
    pub fn database_us(&self) -> u64 {
        self.database_us.load(Ordering::Relaxed)
    }

    /// Microseconds spent waiting for password hashes.
    pub fn hash_us(&self) -> u64 {
        self.hash_us.load(Ordering::Relaxed)
    }
}

fn micros(span: Duration) -> u64 {
    u64::try_from(span.as_micros()).unwrap_or(u64::MAX)
}
