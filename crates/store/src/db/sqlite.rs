//! `SQLite`: one writer with group commit, many readers, WAL between them.
//!
//! Statements run inline on the calling worker: a measured point read costs 5 us inline and 50
//! through a thread. What can take longer (a commit's fsync, a statement marked `scan`) runs on
//! a blocking thread.

mod connection;
mod writer;

pub(crate) use writer::Tx;

use super::{Rows, Stmt, Value};
use crate::error::{Error, Result};
use rusqlite::Connection;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex as StdMutex, PoisonError};
use tokio::sync::{Mutex, OwnedMutexGuard};
use types::{Clock, Cost, Deadline, SystemClock};
use writer::Writer;

/// Connections for point reads; more than the workers that read inline is of no use.
const READERS: usize = 8;
/// Connections for snapshots, which are held across awaits.
const SNAPSHOTS: usize = 4;

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
    snapshots: Arc<[Arc<Mutex<Connection>>]>,
}

struct Readers {
    connections: Vec<StdMutex<Connection>>,
    next: AtomicUsize,
}

/// A read transaction on a connection of its own.
pub(crate) struct Snapshot {
    connection: OwnedMutexGuard<Connection>,
}

impl std::fmt::Debug for Sqlite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sqlite")
    }
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Snapshot")
    }
}

impl Sqlite {
    /// Opens or creates the file at `path`.
    pub(crate) fn open(path: &Path, durability: Durability) -> Result<Self> {
        let writer = connection::open(path, durability)?;
        let mut connections = Vec::with_capacity(READERS);
        for _ in 0..READERS {
            connections.push(StdMutex::new(connection::open_reader(path, durability)?));
        }
        let mut snapshots = Vec::with_capacity(SNAPSHOTS);
        for _ in 0..SNAPSHOTS {
            let reader = connection::open_reader(path, durability)?;
            snapshots.push(Arc::new(Mutex::new(reader)));
        }
        Ok(Self {
            writer: Arc::new(Mutex::new(Writer::new(writer))),
            readers: Arc::new(Readers {
                connections,
                next: AtomicUsize::new(0),
            }),
            snapshots: snapshots.into(),
        })
    }

    /// Runs a batch of queries on one reader.
    pub(crate) async fn read(
        &self,
        batch: &[(Stmt, Vec<Value>)],
        deadline: Deadline,
        cost: &Cost,
    ) -> Result<Vec<Rows>> {
        let started = SystemClock.instant();
        let sets = if batch.iter().any(|(stmt, _)| stmt.scan.is_some()) {
            let (readers, batch) = (Arc::clone(&self.readers), batch.to_vec());
            let scan = tokio::task::spawn_blocking(move || readers.run(&batch));
            within(deadline, scan).await?.map_err(Error::unavailable)?
        } else {
            self.readers.run(batch)
        };
        cost.add_round_trip(batch.len() as u64, SystemClock.instant() - started);
        sets
    }

    /// Begins a write transaction when it is this caller's turn.
    pub(crate) async fn begin(&self, deadline: Deadline, cost: &Cost) -> Result<Tx> {
        Writer::begin(&self.writer, deadline, cost).await
    }

    /// Opens a read transaction.
    pub(crate) async fn snapshot(&self, deadline: Deadline) -> Result<Snapshot> {
        let turn = self.readers.next.fetch_add(1, Ordering::Relaxed) % SNAPSHOTS;
        let slot = self
            .snapshots
            .get(turn)
            .map(Arc::clone)
            .ok_or(Error::Aborted)?;
        let connection = within(deadline, slot.lock_owned()).await?;
        let snapshot = Snapshot { connection };
        // A deferred transaction fixes its point in time at its first read: read now.
        snapshot
            .connection
            .execute_batch("BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1;")
            .map_err(|e| connection::error("snapshot", e))?;
        Ok(snapshot)
    }

    /// Runs a script outside of any statement list: migrations and administration only.
    pub(crate) async fn script(&self, sql: String) -> Result<()> {
        let mut writer = Arc::clone(&self.writer).lock_owned().await;
        let run = tokio::task::spawn_blocking(move || writer.script(&sql));
        run.await.map_err(Error::unavailable)?
    }

    /// The plan of a statement, as text; fails where the statement does not compile.
    pub(crate) fn explain(&self, stmt: Stmt) -> Result<String> {
        self.readers
            .with(|connection| connection::explain(connection, stmt))
    }
}

impl Readers {
    fn run(&self, batch: &[(Stmt, Vec<Value>)]) -> Result<Vec<Rows>> {
        self.with(|connection| {
            batch
                .iter()
                .map(|(stmt, params)| {
                    connection::run(connection, *stmt, params).map(|(rows, _)| rows)
                })
                .collect()
        })
    }

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

impl Snapshot {
    pub(crate) fn run(
        &mut self,
        batch: &[(Stmt, Vec<Value>)],
        cost: &Cost,
    ) -> Result<Vec<(Rows, u64)>> {
        run_all(&self.connection, batch, cost)
    }
}

impl Drop for Snapshot {
    fn drop(&mut self) {
        // Nothing was written; an error here leaves a connection that fails its next BEGIN loudly.
        drop(self.connection.execute_batch("ROLLBACK"));
    }
}

/// Runs a batch in order, up to the first error.
fn run_all(
    connection: &Connection,
    batch: &[(Stmt, Vec<Value>)],
    cost: &Cost,
) -> Result<Vec<(Rows, u64)>> {
    let started = SystemClock.instant();
    let outcomes = batch
        .iter()
        .map(|(stmt, params)| connection::run(connection, *stmt, params))
        .collect();
    cost.add_round_trip(batch.len() as u64, SystemClock.instant() - started);
    outcomes
}

/// Waits no longer than the deadline.
pub(super) async fn within<T>(deadline: Deadline, work: impl Future<Output = T>) -> Result<T> {
    tokio::time::timeout_at(deadline.instant().into(), work)
        .await
        .map_err(|_| Error::Late)
}
