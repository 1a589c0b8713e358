//! Connections that are lent one at a time, for reads that are held across awaits or take long.

use super::connection;
use crate::error::{Error, Result};
use rusqlite::{Connection, InterruptHandle};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use types::Deadline;

/// A statement of two rows that stands at its first one.
const ANCHOR: &str = "SELECT 1 UNION ALL SELECT 2";

/// The connections that are free, and the fair queue of those who wait for one.
#[derive(Clone)]
pub(super) struct Lending {
    free: Arc<Mutex<Vec<Connection>>>,
    permits: Arc<Semaphore>,
}

/// A connection on loan; goes back when dropped, outside of any transaction.
pub(super) struct Lent {
    connection: Option<Connection>,
    free: Arc<Mutex<Vec<Connection>>>,
    /// Released after `drop` has put the connection back: whoever waits will find it.
    _permit: OwnedSemaphorePermit,
}

impl Lending {
    pub(super) fn new(connections: Vec<Connection>) -> Self {
        let permits = Arc::new(Semaphore::new(connections.len()));
        Self {
            free: Arc::new(Mutex::new(connections)),
            permits,
        }
    }

    /// Lends a connection as soon as one is free.
    pub(super) async fn lend(&self, deadline: Deadline) -> Result<Lent> {
        let turn = Arc::clone(&self.permits).acquire_owned();
        let permit = super::within(deadline, turn)
            .await?
            .map_err(Error::unavailable)?;
        let connection = lock(&self.free).pop();
        Ok(Lent {
            connection,
            free: Arc::clone(&self.free),
            _permit: permit,
        })
    }
}

impl Lent {
    pub(super) fn connection(&self) -> Result<&Connection> {
        self.connection.as_ref().ok_or(Error::Aborted)
    }

    /// Runs `work` on a blocking thread and gives the connection back with its result. Whoever
    /// stops waiting, by deadline or by leaving, interrupts the statement that runs.
    pub(super) async fn blocking<T: Send + 'static>(
        self,
        deadline: Deadline,
        work: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<(Self, T)> {
        let interrupt = Interrupt::of(self.connection()?);
        let caller = Arc::clone(&interrupt.caller);
        let task = tokio::task::spawn_blocking(move || {
            let outcome = self
                .connection()
                .and_then(|connection| while_awaited(connection, &caller, work));
            // From here on an interrupt would hit the next borrower.
            *lock(&caller) = Caller::Answered;
            outcome.map(|value| (self, value))
        });
        super::within(deadline, task)
            .await?
            .map_err(Error::unavailable)?
    }
}

/// Runs `work` unless its caller has left before. An interrupt counts for nothing while no
/// statement runs, so one runs from before that is asked until `work` is done: there is no moment
/// at which a caller could leave unheard.
fn while_awaited<T>(
    connection: &Connection,
    caller: &Mutex<Caller>,
    work: impl FnOnce(&Connection) -> Result<T>,
) -> Result<T> {
    let failed = |e| connection::error("anchor", e);
    let mut anchor = connection.prepare_cached(ANCHOR).map_err(failed)?;
    let mut rows = anchor.query([]).map_err(failed)?;
    rows.next().map_err(failed)?;
    if *lock(caller) == Caller::Left {
        return Err(Error::Late);
    }
    work(connection)
}

impl Drop for Lent {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else {
            return;
        };
        if !connection.is_autocommit() {
            // Nothing was written; a connection that cannot even do this fails its next use.
            drop(connection.execute_batch("ROLLBACK"));
        }
        lock(&self.free).push(connection);
    }
}

/// Whoever asked for work on a blocking thread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caller {
    Waits,
    Left,
    Answered,
}

/// Interrupts the work on a connection when dropped before it is done.
struct Interrupt {
    handle: InterruptHandle,
    caller: Arc<Mutex<Caller>>,
}

impl Interrupt {
    fn of(connection: &Connection) -> Self {
        Self {
            handle: connection.get_interrupt_handle(),
            caller: Arc::new(Mutex::new(Caller::Waits)),
        }
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        let mut caller = lock(&self.caller);
        if *caller == Caller::Waits {
            *caller = Caller::Left;
            self.handle.interrupt();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
