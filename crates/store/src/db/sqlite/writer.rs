//! The one writer of a `SQLite` file and its group commit.
//!
//! Transactions take turns on one connection, each in a savepoint of a shared outer transaction.
//! The first that finishes queues a committer behind those that already wait, so that one fsync
//! serves all of them; nobody is told "done" before that commit has succeeded.

use super::{connection, run_all, within};
use crate::db::{Outcomes, Stmt, Value};
use crate::error::{Error, Result};
use rusqlite::Connection;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, OwnedMutexGuard, oneshot};
use types::Deadline;

/// Pause before `BEGIN` is tried again while another process writes.
const BUSY_PAUSE: Duration = Duration::from_millis(5);

pub(super) struct Writer {
    connection: Connection,
    /// An outer transaction is open.
    open: bool,
    /// Finished transactions that wait for the outer commit.
    waiting: Vec<oneshot::Sender<Result<()>>>,
    /// A committer stands in the queue for this writer.
    committer_queued: bool,
}

/// A write transaction: holds the writer for its length.
pub(crate) struct Tx {
    writer: Option<OwnedMutexGuard<Writer>>,
    shared: Arc<Mutex<Writer>>,
    /// Its savepoint was made.
    is_begun: bool,
}

impl std::fmt::Debug for Tx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tx")
    }
}

impl Writer {
    pub(super) const fn new(connection: Connection) -> Self {
        Self {
            connection,
            open: false,
            waiting: Vec::new(),
            committer_queued: false,
        }
    }

    pub(super) async fn begin(shared: &Arc<Mutex<Self>>, deadline: Deadline) -> Result<Tx> {
        let mut writer = within(deadline, Arc::clone(shared).lock_owned()).await?;
        while !writer.open {
            match writer.connection.execute_batch("BEGIN IMMEDIATE") {
                Ok(()) => writer.open = true,
                Err(e) if connection::is_busy(&e) => {
                    within(deadline, pause(BUSY_PAUSE)).await?;
                }
                Err(e) => return Err(connection::error("begin", e)),
            }
        }
        // Made before the savepoint, so that dropping this future cleans up after it.
        let mut tx = Tx {
            writer: Some(writer),
            shared: Arc::clone(shared),
            is_begun: false,
        };
        tx.connection()?
            .execute_batch("SAVEPOINT tx")
            .map_err(|e| connection::error("savepoint", e))?;
        tx.is_begun = true;
        Ok(tx)
    }

    /// Runs a script on the writer, outside of any transaction of ours.
    pub(super) fn script(&mut self, sql: &str) -> Result<()> {
        if self.open {
            self.commit_outer();
        }
        let outcome = self.connection.execute_batch(sql);
        if !self.connection.is_autocommit() {
            drop(self.connection.execute_batch("ROLLBACK"));
        }
        outcome.map_err(|e| connection::error("script", e))
    }

    /// Commits the outer transaction and answers everyone who waits for it.
    fn commit_outer(&mut self) {
        let outcome = self.connection.execute_batch("COMMIT");
        if outcome.is_err() && !self.connection.is_autocommit() {
            drop(self.connection.execute_batch("ROLLBACK"));
        }
        self.open = false;
        let failure = outcome.err().map(|e| e.to_string());
        for waiter in self.waiting.drain(..) {
            let answer = match &failure {
                None => Ok(()),
                Some(reason) => Err(Error::unavailable(reason.clone())),
            };
            // The caller may have given up waiting; the commit stands all the same.
            drop(waiter.send(answer));
        }
    }

    /// After an error that ended the outer transaction (full disk, I/O error), those who wait
    /// for its commit must hear that their change is gone.
    fn notice_lost_transaction(&mut self) {
        if self.open && self.connection.is_autocommit() {
            self.open = false;
            for waiter in self.waiting.drain(..) {
                drop(waiter.send(Err(Error::unavailable("the shared transaction was lost"))));
            }
        }
    }
}

impl Tx {
    fn connection(&self) -> Result<&Connection> {
        self.writer
            .as_ref()
            .map(|writer| &writer.connection)
            .ok_or(Error::Aborted)
    }

    pub(crate) fn run(&mut self, batch: &[(Stmt, Vec<Value>)]) -> Result<Outcomes> {
        let outcomes = run_all(self.connection()?, batch);
        self.notice_lost_transaction();
        outcomes
    }

    /// Runs a script of several statements inside the transaction.
    pub(crate) fn script(&mut self, sql: &str) -> Result<()> {
        let outcome = self.connection()?.execute_batch(sql);
        self.notice_lost_transaction();
        outcome.map_err(|e| connection::error("script", e))
    }

    fn notice_lost_transaction(&mut self) {
        if let Some(writer) = self.writer.as_mut() {
            writer.notice_lost_transaction();
        }
    }

    pub(crate) async fn commit(
        mut self,
        queue: &[(Stmt, Vec<Value>)],
        deadline: Deadline,
    ) -> Result<()> {
        self.run(queue)?;
        self.connection()?
            .execute_batch("RELEASE tx")
            .map_err(|e| connection::error("release", e))?;
        let Some(mut writer) = self.writer.take() else {
            return Err(Error::Aborted);
        };
        let (answer, answered) = oneshot::channel();
        writer.waiting.push(answer);
        if !writer.committer_queued {
            writer.committer_queued = true;
            queue_committer(Arc::clone(&self.shared));
        }
        // The next transaction of the group, or the committer, takes over.
        drop(writer);
        within(deadline, answered)
            .await?
            .map_err(Error::unavailable)?
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        let Some(writer) = self.writer.as_mut() else {
            return;
        };
        if self.is_begun && !writer.connection.is_autocommit() {
            let undo = "ROLLBACK TO tx; RELEASE tx";
            // What cannot be undone alone must not be committed with the group.
            if writer.connection.execute_batch(undo).is_err() {
                drop(writer.connection.execute_batch("ROLLBACK"));
            }
        }
        writer.notice_lost_transaction();
        if writer.open && writer.waiting.is_empty() {
            drop(writer.connection.execute_batch("ROLLBACK"));
            writer.open = false;
        }
    }
}

/// Stands in the fair queue of the writer, behind everyone who waits now.
#[expect(
    clippy::disallowed_methods,
    reason = "the committer must outlive the request it serves"
)]
fn queue_committer(shared: Arc<Mutex<Writer>>) {
    tokio::spawn(async move {
        let mut writer = shared.lock_owned().await;
        let commit = tokio::task::spawn_blocking(move || {
            writer.committer_queued = false;
            if writer.open {
                writer.commit_outer();
            }
        });
        // A panic inside the commit drops the senders; every waiter then hears "unavailable".
        drop(commit.await);
    });
}

#[expect(
    clippy::disallowed_methods,
    reason = "another process holds the file; there is no event"
)]
async fn pause(span: Duration) {
    tokio::time::sleep(span).await;
}
