//! Connections that are lent one at a time, for reads that are held across awaits or take long.

use super::connection;
use crate::error::{Error, Result};
use rusqlite::Connection;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use types::Deadline;

/// Virtual machine instructions between two looks at whether anybody still waits: microseconds.
const INSTRUCTIONS: i32 = 10_000;

/// The connections that are free, and the fair queue of those who wait for one.
#[derive(Clone)]
pub(super) struct Lending {
    free: Arc<Mutex<Vec<Watched>>>,
    permits: Arc<Semaphore>,
}

/// A connection that stops what it runs once nobody waits for it. (`sqlite3_interrupt` would be
/// forgotten where it comes between two statements.)
struct Watched {
    connection: Connection,
    is_abandoned: Arc<AtomicBool>,
}

/// A connection on loan; goes back when dropped, outside of any transaction.
pub(super) struct Lent {
    watched: Option<Watched>,
    free: Arc<Mutex<Vec<Watched>>>,
    /// Released after `drop` has put the connection back: whoever waits will find it.
    _permit: OwnedSemaphorePermit,
}

impl Lending {
    pub(super) fn new(connections: Vec<Connection>) -> Result<Self> {
        let permits = Arc::new(Semaphore::new(connections.len()));
        let free: Result<Vec<_>> = connections.into_iter().map(watch).collect();
        Ok(Self {
            free: Arc::new(Mutex::new(free?)),
            permits,
        })
    }

    /// Lends a connection as soon as one is free.
    pub(super) async fn lend(&self, deadline: Deadline) -> Result<Lent> {
        let turn = Arc::clone(&self.permits).acquire_owned();
        let permit = super::within(deadline, turn)
            .await?
            .map_err(Error::unavailable)?;
        let watched = lock(&self.free).pop();
        Ok(Lent {
            watched,
            free: Arc::clone(&self.free),
            _permit: permit,
        })
    }
}

impl Lent {
    pub(super) fn connection(&self) -> Result<&Connection> {
        let watched = self.watched.as_ref().ok_or(Error::Aborted)?;
        Ok(&watched.connection)
    }

    /// Runs `work` on a blocking thread and gives the connection back with its result. Whoever
    /// stops waiting, by deadline or by leaving, stops the work.
    pub(super) async fn blocking<T: Send + 'static>(
        self,
        deadline: Deadline,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<(Self, T)> {
        let watched = self.watched.as_ref().ok_or(Error::Aborted)?;
        let mut waiting = Waiting(Some(Arc::clone(&watched.is_abandoned)));
        let task = tokio::task::spawn_blocking(move || {
            let outcome = self.connection().and_then(work);
            outcome.map(|value| (self, value))
        });
        let outcome = super::within(deadline, task).await?;
        waiting.0 = None;
        outcome.map_err(Error::unavailable)?
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let Some(mut watched) = self.watched.take() else {
            return;
        };
        // A flag of its own for the next borrower: the last one may still raise this one.
        watched.is_abandoned = Arc::default();
        if watch_with(&mut watched).is_err() {
            return;
        }
        if !watched.connection.is_autocommit() {
            // Nothing was written; a connection that cannot even do this fails its next use.
            drop(watched.connection.execute_batch("ROLLBACK"));
        }
        lock(&self.free).push(watched);
    }
}

/// Says that nobody waits any more, when dropped before the work is done.
struct Waiting(Option<Arc<AtomicBool>>);

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(is_abandoned) = &self.0 {
            is_abandoned.store(true, Ordering::Relaxed);
        }
    }
}

fn watch(connection: Connection) -> Result<Watched> {
    let mut watched = Watched {
        connection,
        is_abandoned: Arc::default(),
    };
    watch_with(&mut watched)?;
    Ok(watched)
}

/// Makes the connection heed its flag.
fn watch_with(watched: &mut Watched) -> Result<()> {
    let flag = Arc::clone(&watched.is_abandoned);
    let handler = move || flag.load(Ordering::Relaxed);
    let set = watched
        .connection
        .progress_handler(INSTRUCTIONS, Some(handler));
    set.map_err(|e| connection::error("open", e))
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
