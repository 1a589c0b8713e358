//! `PostgreSQL`: one pool created once, prepared statements, batches pipelined in one round trip.

mod codec;
mod error;
mod tls;
mod tx;

pub(crate) use tx::Tx;

use super::{Rows, Stmt, Value};
use crate::error::{Error, Result};
use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use std::time::Duration;
use tokio_postgres::Statement;
use tokio_postgres::types::ToSql;
use types::{Clock, Cost, Deadline, SystemClock};

pub(super) use super::sqlite::within;

/// A server that does not answer a connection attempt for this long is down.
const CONNECT_SPAN: Duration = Duration::from_secs(3);

/// Every connection sees `auth` first, then our own schema, in UTC; a statement whose caller has
/// gone is ended by the server.
const SESSION: &str = "SET search_path = auth, claviger; SET TIME ZONE 'UTC'; \
     SET statement_timeout = '30s'; SET idle_in_transaction_session_timeout = '30s'";

/// A pool of connections; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Postgres {
    pool: Pool,
}

impl Postgres {
    /// Makes the pool; nothing is connected yet.
    pub(crate) fn open(url: &str, connections_max: usize) -> Result<Self> {
        let (mut config, tls) = tls::parse(url)?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_SPAN);
        }
        if config.get_application_name().is_none() {
            config.application_name("claviger");
        }
        let recycling = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let manager = Manager::from_config(config, tls, recycling);
        let prepare_session = Hook::async_fn(|client, _| {
            Box::pin(async move {
                client
                    .batch_execute(SESSION)
                    .await
                    .map_err(HookError::Backend)
            })
        });
        let pool = Pool::builder(manager)
            .max_size(connections_max)
            .post_create(prepare_session)
            .build()
            .map_err(Error::unavailable)?;
        Ok(Self { pool })
    }

    /// A connection of the pool, waited for no longer than the deadline.
    pub(crate) async fn connection(&self, deadline: Deadline) -> Result<Object> {
        within(deadline, self.pool.get())
            .await?
            .map_err(Error::unavailable)
    }

    /// Runs a batch of queries in one round trip.
    pub(crate) async fn read(
        &self,
        batch: Vec<(Stmt, Vec<Value>)>,
        deadline: Deadline,
        cost: &Cost,
    ) -> Result<Vec<Rows>> {
        let connection = self.connection(deadline).await?;
        let outcomes = within(deadline, run_all(&connection, &batch, cost)).await??;
        Ok(outcomes.into_iter().map(|(rows, _)| rows).collect())
    }

    /// Takes a connection for a write transaction; `BEGIN` travels with the first statement.
    pub(crate) async fn begin(&self, deadline: Deadline) -> Result<Tx> {
        Ok(Tx::new(self.connection(deadline).await?, "BEGIN"))
    }

    /// Takes a connection for a read-only view of one point in time.
    pub(crate) async fn snapshot(&self, deadline: Deadline) -> Result<Tx> {
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        Ok(Tx::new(self.connection(deadline).await?, begin))
    }

    /// Runs a script outside of any statement list: migrations and administration only.
    pub(crate) async fn script(&self, sql: &str, deadline: Deadline) -> Result<()> {
        let connection = self.connection(deadline).await?;
        let run = connection.batch_execute(sql);
        within(deadline, run)
            .await?
            .map_err(|e| error::error("script", e))
    }

    /// The plan of a statement with sequential scans discouraged, as text.
    pub(crate) async fn explain(&self, stmt: Stmt, deadline: Deadline) -> Result<String> {
        let connection = self.connection(deadline).await?;
        within(deadline, tx::explain(&connection, stmt)).await?
    }

    /// Closes every connection; those in use when their user is done.
    pub(crate) fn close(&self) {
        self.pool.close();
    }
}

/// Prepares what is new on this connection, then sends the whole batch before reading answers.
async fn run_all(
    connection: &Object,
    batch: &[(Stmt, Vec<Value>)],
    cost: &Cost,
) -> Result<Vec<(Rows, u64)>> {
    let started = SystemClock.instant();
    let prepared = prepare_all(connection, batch).await?;
    let outcomes = send_all(connection, &prepared).await;
    cost.add_round_trip(batch.len() as u64, SystemClock.instant() - started);
    outcomes
}

type Prepared<'a> = (Statement, &'a Stmt, &'a [Value]);

async fn prepare_all<'a>(
    connection: &Object,
    batch: &'a [(Stmt, Vec<Value>)],
) -> Result<Vec<Prepared<'a>>> {
    let mut prepared = Vec::with_capacity(batch.len());
    for (stmt, params) in batch {
        let statement = connection
            .prepare_cached(stmt.postgres)
            .await
            .map_err(|e| error::error(stmt.name, e))?;
        prepared.push((statement, stmt, params.as_slice()));
    }
    Ok(prepared)
}

/// Sends every statement before the first answer is read. The first error in order is returned.
async fn send_all(connection: &Object, batch: &[Prepared<'_>]) -> Result<Vec<(Rows, u64)>> {
    if let [(statement, stmt, params)] = batch {
        return Ok(vec![run(connection, statement, stmt, params).await?]);
    }
    let runs = batch
        .iter()
        .map(|(statement, stmt, params)| run(connection, statement, stmt, params));
    join_in_order(runs).await.into_iter().collect()
}

async fn run(
    connection: &Object,
    statement: &Statement,
    stmt: &Stmt,
    params: &[Value],
) -> Result<(Rows, u64)> {
    let bound: Vec<&(dyn ToSql + Sync)> = params.iter().map(|value| value as _).collect();
    let failed = |e| error::error(stmt.name, e);
    if statement.columns().is_empty() {
        let touched = connection
            .execute(statement, &bound)
            .await
            .map_err(failed)?;
        return Ok((Vec::new(), touched));
    }
    let rows = connection.query(statement, &bound).await.map_err(failed)?;
    let rows: Rows = rows.iter().map(codec::row).collect::<Result<_>>()?;
    let touched = rows.len() as u64;
    Ok((rows, touched))
}

/// Polls all futures in order until each is done. `tokio-postgres` sends a query when its future
/// is first polled, so this order is the order on the wire.
async fn join_in_order<F: Future>(futures: impl Iterator<Item = F>) -> Vec<F::Output> {
    let mut pending: Vec<_> = futures.map(Box::pin).collect();
    let mut done: Vec<Option<F::Output>> = pending.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        let mut all = true;
        for (future, slot) in pending.iter_mut().zip(done.iter_mut()) {
            if slot.is_none() {
                match future.as_mut().poll(context) {
                    std::task::Poll::Ready(value) => *slot = Some(value),
                    std::task::Poll::Pending => all = false,
                }
            }
        }
        if all {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    })
    .await;
    done.into_iter().flatten().collect()
}

/// Silences nothing: a connection that is closed on purpose is dropped, not returned.
fn discard(connection: Object) {
    drop(Object::take(connection));
}
