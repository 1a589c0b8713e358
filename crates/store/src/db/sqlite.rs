//! `SQLite`: one writer with group commit, many readers, WAL between them.
//!
//! Statements run inline on the calling worker: a measured point read costs 5 us inline and 50
//! through a thread. What can take longer (a commit's fsync, a query marked `scan`) runs on a
//! blocking thread; scans have connections of their own, so that they never block a worker.

mod connection;
mod lending;
mod snapshot;
mod writer;

pub(crate) use snapshot::Snapshot;
pub(crate) use writer::Tx;

use super::{Outcomes, Stmt, Value};
use crate::error::{Error, Result};
use lending::Lending;
use rusqlite::Connection;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use tokio::sync::Mutex;
use types::Deadline;
use writer::Writer;

/// Connections for point reads; more than the workers that read inline is of no use.
const READERS: usize = 8;
/// Connections for snapshots and scans, which are held across awaits.
const LENT: usize = 4;

/// What a commit waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// The commit is on the disk (`synchronous=FULL`).
    Full,
    /// The commit survives a crash of the process, not of the machine: for data that may go.
    Ephemeral,
}

/// An open database file; cheap to clone.
#[derive(Clone)]
pub(crate) struct Sqlite {
    writer: Arc<Mutex<Writer>>,
    readers: Arc<Readers>,
    lending: Lending,
}

struct Readers {
    connections: Vec<StdMutex<Connection>>,
    next: AtomicUsize,
}

impl std::fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sqlite")
    }
}

impl Sqlite {
    /// Opens or creates the file at `path`.
    pub(crate) fn open(path: &Path, durability: Durability) -> Result<Self> {
        let writer = connection::open(path, durability)?;
        let reader = || connection::open_reader(path, durability);
        let readers: Result<Vec<_>> = (0..READERS).map(|_| reader()).collect();
        let lent: Result<Vec<_>> = (0..LENT).map(|_| reader()).collect();
        Ok(Self {
            writer: Arc::new(Mutex::new(Writer::new(writer))),
            readers: Arc::new(Readers {
                connections: readers?.into_iter().map(StdMutex::new).collect(),
                next: AtomicUsize::new(0),
            }),
            lending: Lending::new(lent?),
        })
    }

    /// Runs a batch of queries on one connection.
    pub(crate) async fn read(
        &self,
        batch: Vec<(Stmt, Vec<Value>)>,
        deadline: Deadline,
    ) -> Result<Outcomes> {
        if batch.iter().all(|(stmt, _)| stmt.scan.is_none()) {
            return self.readers.with(|connection| run_all(connection, &batch));
        }
        let lent = self.lending.lend(deadline).await?;
        let work = move |connection: &_| run_all(connection, &batch);
        Ok(lent.blocking(deadline, work).await?.1)
    }

    /// Begins a write transaction when it is this caller's turn.
    pub(crate) async fn begin(&self, deadline: Deadline) -> Result<Tx> {
        Writer::begin(&self.writer, deadline).await
    }

    /// Opens a read transaction.
    pub(crate) async fn snapshot(&self, deadline: Deadline) -> Result<Snapshot> {
        Snapshot::open(&self.lending, deadline).await
    }

    /// Runs a script outside of any statement list: administration and tests only.
    pub(crate) async fn script(&self, sql: String, deadline: Deadline) -> Result<()> {
        let mut writer = within(deadline, Arc::clone(&self.writer).lock_owned()).await?;
        let run = tokio::task::spawn_blocking(move || writer.script(&sql));
        within(deadline, run).await?.map_err(Error::unavailable)?
    }

    /// The plan of a statement, as text; fails where the statement does not compile.
    pub(crate) fn explain(&self, stmt: Stmt) -> Result<String> {
        self.readers
            .with(|connection| connection::explain(connection, stmt))
    }
}

impl Readers {
    /// Uses the first free connection, or waits for one; a read holds it for microseconds.
    fn with<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        let start = self.next.fetch_add(1, Ordering::Relaxed);
        let slots = self
            .connections
            .iter()
            .cycle()
            .skip(start % READERS)
            .take(READERS);
        for slot in slots {
            if let Ok(connection) = slot.try_lock() {
                return work(&connection);
            }
        }
        let slot = self
            .connections
            .get(start % READERS)
            .ok_or(Error::Aborted)?;
        let connection = slot.lock().unwrap_or_else(PoisonError::into_inner);
        work(&connection)
    }
}

/// Runs a batch in order, up to the first error.
fn run_all(connection: &Connection, batch: &[(Stmt, Vec<Value>)]) -> Result<Outcomes> {
    batch
        .iter()
        .map(|(stmt, params)| connection::run(connection, *stmt, params))
        .collect()
}

/// Waits no longer than the deadline.
pub(super) async fn within<T>(deadline: Deadline, work: impl Future<Output = T>) -> Result<T> {
    tokio::time::timeout_at(deadline.instant().into(), work)
        .await
        .map_err(|_| Error::Late)
}
