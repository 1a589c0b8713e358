//! Connections that are lent one at a time, for reads that are held across awaits or take long.

use crate::error::{Error, Result};
use rusqlite::{Connection, InterruptHandle};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use types::Deadline;

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
        let running = Arc::clone(&interrupt.running);
        let task = tokio::task::spawn_blocking(move || {
            let outcome = self.connection().and_then(work);
            // From here on an interrupt would hit the next borrower.
            *lock(&running) = false;
            outcome.map(|value| (self, value))
        });
        super::within(deadline, task)
            .await?
            .map_err(Error::unavailable)?
    }
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

/// Interrupts the statement that runs on a connection when dropped before it is done.
struct Interrupt {
    handle: InterruptHandle,
    running: Arc<Mutex<bool>>,
}

impl Interrupt {
    fn of(connection: &Connection) -> Self {
        Self {
            handle: connection.get_interrupt_handle(),
            running: Arc::new(Mutex::new(true)),
        }
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        let running = lock(&self.running);
        if *running {
            self.handle.interrupt();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
