//! Write transactions, the same on both engines.

use super::{Command, Engine, Outcomes, Query, Read, Row, Stmt, Value, Writing};
use super::{postgres, sqlite, storable};
use crate::error::{Error, Result};
use std::sync::Arc;
use std::time::{Duration, Instant};
use types::{Clock, Cost, Deadline, SystemClock};

/// A write transaction.
///
/// It rolls back when dropped uncommitted. Its first error ends it on both engines, at once and
/// with a rollback: `PostgreSQL` insists, so `SQLite` agrees. Writes whose outcome the flow does
/// not look at are queued and travel with the next awaited statement or with the commit, in order.
///
/// `BEGIN` travels with the first statements and `COMMIT` with the last ones, so a transaction of
/// one batch is one round trip on `PostgreSQL`; both are counted among the statements, and the
/// counts are the same on `SQLite`. On `SQLite` a transaction may read what its neighbours of the
/// same group commit wrote; who tells anybody about it commits first, even if it wrote nothing.
#[derive(Debug)]
pub struct Tx {
    /// `None` after an error, or while a statement runs: whoever stops waiting for one ends it.
    engine: Option<TxEngine>,
    queue: Vec<(Stmt, Vec<Value>)>,
    /// `BEGIN` has been counted.
    begun: bool,
    /// Time spent waiting for the turn or the connection, not yet counted.
    waited: Duration,
    writing: Writing,
    deadline: Deadline,
    cost: Arc<Cost>,
}

#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "a box would be an allocation per transaction, to save a copy of 264 bytes"
)]
enum TxEngine {
    Sqlite(sqlite::Tx),
    Postgres(postgres::Tx),
}

impl Tx {
    pub(super) async fn begin(
        engine: &Engine,
        writing: Writing,
        deadline: Deadline,
        cost: Arc<Cost>,
    ) -> Result<Self> {
        let started = SystemClock.instant();
        let engine = match engine {
            Engine::Sqlite(engine) => TxEngine::Sqlite(engine.begin(deadline).await?),
            Engine::Postgres(engine) => TxEngine::Postgres(engine.begin(deadline).await?),
        };
        Ok(Self {
            engine: Some(engine),
            queue: Vec::new(),
            begun: false,
            waited: SystemClock.instant() - started,
            writing,
            deadline,
            cost,
        })
    }

    /// Queues a write whose outcome nobody looks at. Its error, if any, ends the transaction at
    /// the next awaited statement or at the commit.
    pub fn queue(&mut self, command: Command, params: Vec<Value>) {
        self.queue.push((command.0, params));
    }

    /// Runs a write; the number of rows it touched.
    pub async fn execute(&mut self, command: Command, params: Vec<Value>) -> Result<u64> {
        self.run(command.0, params)
            .await
            .map(|(_, touched)| touched)
    }

    /// Runs a write that returns the row it changed, if it changed one.
    pub async fn returning(&mut self, command: Command, params: Vec<Value>) -> Result<Option<Row>> {
        self.run(command.0, params)
            .await
            .map(|(rows, _)| rows.into_iter().next())
    }

    /// Runs a write that returns every row it changed.
    pub async fn returning_all(
        &mut self,
        command: Command,
        params: Vec<Value>,
    ) -> Result<Vec<Row>> {
        self.run(command.0, params).await.map(|(rows, _)| rows)
    }

    /// `PostgreSQL` can write several tables in one statement, which saves round trips there.
    pub(crate) const fn is_postgres(&self) -> bool {
        matches!(self.engine, Some(TxEngine::Postgres(_)))
    }

    /// Runs several queries in one round trip.
    pub async fn all(&mut self, queries: Vec<(Query, Vec<Value>)>) -> Result<Vec<Vec<Row>>> {
        let wanted = queries.len();
        self.queue
            .extend(queries.into_iter().map(|(query, params)| (query.0, params)));
        let mut outcomes = self.flush().await?;
        let sets = outcomes.split_off(outcomes.len().saturating_sub(wanted));
        Ok(sets.into_iter().map(|(rows, _)| rows).collect())
    }

    /// Commits; when this returns, the change is durable. After `Late` or `Unavailable` it may
    /// have been stored or not; after any other error it was not.
    pub async fn commit(mut self) -> Result<()> {
        let engine = self.engine.take().ok_or(Error::Aborted)?;
        let queue = std::mem::take(&mut self.queue);
        if !self.begun && queue.is_empty() {
            // Nothing was ever sent: there is nothing to commit.
            return Ok(());
        }
        storable(&queue)?;
        let (started, statements) = (SystemClock.instant(), queue.len() + 1);
        let outcome = match engine {
            TxEngine::Sqlite(tx) => tx.commit(&queue, self.deadline).await,
            TxEngine::Postgres(tx) => tx.commit(queue, self.deadline).await,
        };
        self.count(statements, started);
        self.writing.noted(outcome)?;
        self.writing.stored();
        Ok(())
    }

    /// Runs a script of several statements inside the transaction, behind what is queued. For
    /// migrations only.
    pub(crate) async fn script(&mut self, sql: &str) -> Result<()> {
        self.flush().await?;
        let mut engine = self.engine.take().ok_or(Error::Aborted)?;
        match &mut engine {
            TxEngine::Sqlite(tx) => tx.script(sql)?,
            TxEngine::Postgres(tx) => tx.script(sql, self.deadline).await?,
        }
        self.begun = true;
        self.engine = Some(engine);
        Ok(())
    }

    async fn run(&mut self, stmt: Stmt, params: Vec<Value>) -> Result<(Vec<Row>, u64)> {
        self.queue.push((stmt, params));
        Ok(self.flush().await?.pop().unwrap_or_default())
    }

    async fn flush(&mut self) -> Result<Outcomes> {
        let mut engine = self.engine.take().ok_or(Error::Aborted)?;
        let queue = std::mem::take(&mut self.queue);
        if queue.is_empty() {
            self.engine = Some(engine);
            return Ok(Vec::new());
        }
        storable(&queue)?;
        let (started, statements) = (SystemClock.instant(), queue.len());
        let outcomes = match &mut engine {
            TxEngine::Sqlite(tx) => tx.run(&queue),
            TxEngine::Postgres(tx) => tx.run(queue, self.deadline).await,
        };
        self.count(statements, started);
        let outcomes = self.writing.noted(outcomes)?;
        self.engine = Some(engine);
        Ok(outcomes)
    }

    fn count(&mut self, statements: usize, started: Instant) {
        let begin = usize::from(!std::mem::replace(&mut self.begun, true));
        let spent = SystemClock.instant() - started + std::mem::take(&mut self.waited);
        self.cost.add_round_trip((statements + begin) as u64, spent);
    }
}

impl Read for Tx {
    async fn rows(&mut self, query: Query, params: Vec<Value>) -> Result<Vec<Row>> {
        self.run(query.0, params).await.map(|(rows, _)| rows)
    }
}
