//! Write transactions and snapshots, the same on both engines.

use super::{Command, Engine, Query, Read, Row, Stmt, Value, postgres, sqlite};
use crate::error::{Error, Result};
use std::sync::Arc;
use types::{Cost, Deadline};

/// A write transaction.
///
/// It rolls back when dropped uncommitted, and is dead after its first error on both engines:
/// `PostgreSQL` insists, so `SQLite` agrees. Writes whose outcome the flow does not look at are
/// queued and travel with the next awaited statement or with the commit, in order.
#[derive(Debug)]
pub struct Tx {
    engine: TxEngine,
    queue: Vec<(Stmt, Vec<Value>)>,
    dead: bool,
    deadline: Deadline,
    cost: Arc<Cost>,
}

#[derive(Debug)]
enum TxEngine {
    Sqlite(sqlite::Tx),
    Postgres(postgres::Tx),
}

impl Tx {
    pub(super) async fn begin(
        engine: &Engine,
        deadline: Deadline,
        cost: Arc<Cost>,
    ) -> Result<Self> {
        let engine = match engine {
            Engine::Sqlite(engine) => TxEngine::Sqlite(engine.begin(deadline, &cost).await?),
            Engine::Postgres(engine) => TxEngine::Postgres(engine.begin(deadline).await?),
        };
        Ok(Self {
            engine,
            queue: Vec::new(),
            dead: false,
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
        matches!(self.engine, TxEngine::Postgres(_))
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

    /// Commits; when this returns, the change is durable.
    pub async fn commit(mut self) -> Result<()> {
        if self.dead {
            return Err(Error::Aborted);
        }
        let queue = std::mem::take(&mut self.queue);
        match self.engine {
            TxEngine::Sqlite(tx) => tx.commit(&queue, self.deadline, &self.cost).await,
            TxEngine::Postgres(tx) => tx.commit(queue, self.deadline, &self.cost).await,
        }
    }

    async fn run(&mut self, stmt: Stmt, params: Vec<Value>) -> Result<(Vec<Row>, u64)> {
        self.queue.push((stmt, params));
        Ok(self.flush().await?.pop().unwrap_or_default())
    }

    async fn flush(&mut self) -> Result<Vec<(Vec<Row>, u64)>> {
        if self.dead {
            return Err(Error::Aborted);
        }
        // Dead until proven alive: a caller that gives up while waiting leaves it so.
        self.dead = true;
        let queue = std::mem::take(&mut self.queue);
        let outcomes = match &mut self.engine {
            TxEngine::Sqlite(tx) => tx.run(&queue, &self.cost)?,
            TxEngine::Postgres(tx) => tx.run(queue, self.deadline, &self.cost).await?,
        };
        self.dead = false;
        Ok(outcomes)
    }
}

impl Read for Tx {
    async fn rows(&mut self, query: Query, params: Vec<Value>) -> Result<Vec<Row>> {
        self.run(query.0, params).await.map(|(rows, _)| rows)
    }
}

/// A read-only view of one point in time.
#[derive(Debug)]
pub struct Snapshot {
    engine: SnapshotEngine,
    deadline: Deadline,
    cost: Arc<Cost>,
}

#[derive(Debug)]
enum SnapshotEngine {
    Sqlite(sqlite::Snapshot),
    Postgres(postgres::Tx),
}

impl Snapshot {
    pub(super) async fn open(engine: &Engine, deadline: Deadline, cost: Arc<Cost>) -> Result<Self> {
        let engine = match engine {
            Engine::Sqlite(engine) => SnapshotEngine::Sqlite(engine.snapshot(deadline).await?),
            Engine::Postgres(engine) => SnapshotEngine::Postgres(engine.snapshot(deadline).await?),
        };
        Ok(Self {
            engine,
            deadline,
            cost,
        })
    }
}

impl Read for Snapshot {
    async fn rows(&mut self, query: Query, params: Vec<Value>) -> Result<Vec<Row>> {
        let batch = vec![(query.0, params)];
        let mut outcomes = match &mut self.engine {
            SnapshotEngine::Sqlite(snapshot) => snapshot.run(&batch, &self.cost)?,
            SnapshotEngine::Postgres(tx) => tx.run(batch, self.deadline, &self.cost).await?,
        };
        Ok(outcomes.pop().unwrap_or_default().0)
    }
}
