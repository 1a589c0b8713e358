//! The waist between our statements and the two engines.
//!
//! Above this line a query is a [`Stmt`] and a list of [`Value`]s; below it each engine speaks its
//! own driver. Nothing else in the crate names a driver.

pub(crate) mod postgres;
mod snapshot;
pub(crate) mod sqlite;
mod statement;
mod tx;
mod unique_keys;
mod value;
mod writing;

pub use snapshot::Snapshot;
pub use statement::{Command, Query, Stmt};
pub(crate) use statement::{params, statements};
pub use tx::Tx;
pub use unique_keys::unique_keys;
pub use value::{FromValue, Row, Value};
pub(crate) use writing::Writing;

use crate::error::{Error, Result};
use std::sync::Arc;
use types::{Call, Clock, Cost, Deadline, SystemClock};

/// What one statement returned.
pub(crate) type Rows = Vec<Row>;

/// For each statement of a batch: its rows, and how many it touched.
pub(crate) type Outcomes = Vec<(Rows, u64)>;

/// The open engine; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) enum Engine {
    Sqlite(sqlite::Sqlite),
    Postgres(postgres::Postgres),
}

/// The database as one call sees it: every wait is cut by the call's deadline, every statement is
/// counted in the call's cost.
#[derive(Clone, Debug)]
pub struct Db {
    engine: Engine,
    writing: Writing,
    deadline: Deadline,
    cost: Arc<Cost>,
}

/// Anything a query can run on: the database, a snapshot, or a transaction in progress.
pub trait Read: Send {
    /// Runs one query and collects its rows.
    fn rows(
        &mut self,
        query: Query,
        params: Vec<Value>,
    ) -> impl Future<Output = Result<Vec<Row>>> + Send;

    /// Runs one query and takes its first row.
    fn row(
        &mut self,
        query: Query,
        params: Vec<Value>,
    ) -> impl Future<Output = Result<Option<Row>>> + Send {
        async move { Ok(self.rows(query, params).await?.into_iter().next()) }
    }
}

impl Db {
    pub(crate) fn new(engine: Engine, writing: Writing, call: &Call) -> Self {
        Self {
            engine,
            writing,
            deadline: call.deadline,
            cost: Arc::clone(&call.cost),
        }
    }

    /// Begins a write transaction. Waits for its turn (`SQLite`) or for a connection (`PostgreSQL`)
    /// until the call's deadline.
    pub async fn begin(&self) -> Result<Tx> {
        let begun = Tx::begin(
            &self.engine,
            self.writing.clone(),
            self.deadline,
            Arc::clone(&self.cost),
        );
        self.writing.noted(begun.await)
    }

    /// Opens a read-only view of one point in time, for reads that must agree with each other.
    pub async fn snapshot(&self) -> Result<Snapshot> {
        Snapshot::open(&self.engine, self.deadline, Arc::clone(&self.cost)).await
    }

    /// Runs several queries in one round trip. They may see different points in time.
    pub async fn all(&self, queries: Vec<(Query, Vec<Value>)>) -> Result<Vec<Vec<Row>>> {
        let batch: Vec<_> = queries
            .into_iter()
            .map(|(query, params)| (query.0, params))
            .collect();
        if batch.is_empty() {
            return Ok(Vec::new());
        }
        storable(&batch)?;
        let (started, statements) = (SystemClock.instant(), batch.len() as u64);
        let outcomes = match &self.engine {
            Engine::Sqlite(engine) => engine.read(batch, self.deadline).await,
            Engine::Postgres(engine) => engine.read(batch, self.deadline).await,
        };
        self.cost
            .add_round_trip(statements, SystemClock.instant() - started);
        Ok(outcomes?.into_iter().map(|(rows, _)| rows).collect())
    }
}

impl Read for Db {
    async fn rows(&mut self, query: Query, params: Vec<Value>) -> Result<Vec<Row>> {
        let mut sets = self.all(vec![(query, params)]).await?;
        Ok(sets.pop().unwrap_or_default())
    }
}

/// Refuses what only one of the engines would store.
fn storable(batch: &[(Stmt, Vec<Value>)]) -> Result<()> {
    let bad = batch
        .iter()
        .find(|(_, params)| params.iter().any(Value::holds_nul));
    match bad {
        Some((stmt, _)) => Err(Error::Statement {
            statement: stmt.name,
            source: "text with a NUL character cannot be stored".into(),
        }),
        None => Ok(()),
    }
}
