//! Read-only views of one point in time, the same on both engines.

use super::{Engine, Outcomes, Query, Read, Row, Stmt, Value, postgres, sqlite, storable};
use crate::error::{Error, Result};
use std::sync::Arc;
use std::time::Duration;
use types::{Clock, Cost, Deadline, SystemClock};

/// A read-only view of one point in time, for reads that must agree with each other. Its first
/// error ends it on both engines.
#[derive(Debug)]
pub struct Snapshot {
    /// `None` after an error, or while a query runs: whoever stops waiting for one ends it.
    engine: Option<SnapshotEngine>,
    /// `BEGIN` has been counted.
    begun: bool,
    /// Time spent waiting for a connection, not yet counted.
    waited: Duration,
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
        let started = SystemClock.instant();
        let engine = match engine {
            Engine::Sqlite(engine) => SnapshotEngine::Sqlite(engine.snapshot(deadline).await?),
            Engine::Postgres(engine) => SnapshotEngine::Postgres(engine.snapshot(deadline).await?),
        };
        Ok(Self {
            engine: Some(engine),
            begun: false,
            waited: SystemClock.instant() - started,
            deadline,
            cost,
        })
    }

    /// Runs several queries in one round trip.
    pub async fn all(&mut self, queries: Vec<(Query, Vec<Value>)>) -> Result<Vec<Vec<Row>>> {
        self.all_as(queries, false).await
    }

    /// The same for queries that may take long, though they read no more than they are asked for:
    /// where they would run on the caller's thread, they run on another, and the deadline ends
    /// them.
    pub(crate) async fn all_apart(
        &mut self,
        queries: Vec<(Query, Vec<Value>)>,
    ) -> Result<Vec<Vec<Row>>> {
        self.all_as(queries, true).await
    }

    /// Whether queries run on the thread that asks.
    pub(crate) const fn reads_inline(&self) -> bool {
        matches!(self.engine, Some(SnapshotEngine::Sqlite(_)))
    }

    async fn all_as(
        &mut self,
        queries: Vec<(Query, Vec<Value>)>,
        is_long: bool,
    ) -> Result<Vec<Vec<Row>>> {
        let batch = queries.into_iter().map(|(query, params)| (query.0, params));
        let outcomes = self.run(batch.collect(), is_long).await?;
        Ok(outcomes.into_iter().map(|(rows, _)| rows).collect())
    }

    async fn run(&mut self, batch: Vec<(Stmt, Vec<Value>)>, is_long: bool) -> Result<Outcomes> {
        let mut engine = self.engine.take().ok_or(Error::Aborted)?;
        if batch.is_empty() {
            self.engine = Some(engine);
            return Ok(Vec::new());
        }
        storable(&batch)?;
        let begin = usize::from(!std::mem::replace(&mut self.begun, true));
        let (started, statements) = (SystemClock.instant(), batch.len() + begin);
        let outcomes = match &mut engine {
            SnapshotEngine::Sqlite(snapshot) => snapshot.run(batch, is_long, self.deadline).await,
            SnapshotEngine::Postgres(tx) => tx.run(batch, self.deadline).await,
        };
        let spent = SystemClock.instant() - started + std::mem::take(&mut self.waited);
        self.cost.add_round_trip(statements as u64, spent);
        let outcomes = outcomes?;
        self.engine = Some(engine);
        Ok(outcomes)
    }
}

impl Read for Snapshot {
    async fn rows(&mut self, query: Query, params: Vec<Value>) -> Result<Vec<Row>> {
        let mut outcomes = self.run(vec![(query.0, params)], false).await?;
        Ok(outcomes.pop().unwrap_or_default().0)
    }
}
