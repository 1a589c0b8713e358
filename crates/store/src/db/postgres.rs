//! `PostgreSQL`: one pool created once, prepared statements, batches pipelined in one round trip.

mod check;
mod codec;
mod error;
mod lease;
mod tls;
mod tx;

pub(crate) use tx::Tx;

use super::{Outcomes, Rows, Stmt, Value};
use crate::error::{Error, Result};
use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Object, Pool, RecyclingMethod};
use lease::{Lease, State};
use std::sync::Arc;
use std::time::Duration;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Config, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;
use types::Deadline;

pub(super) use super::sqlite::within;

/// A server that does not answer a connection attempt for this long is down.
const CONNECT_SPAN: Duration = Duration::from_secs(3);
/// How long a connection may be idle before the other side is asked whether it is still there.
const KEEPALIVE_SPAN: Duration = Duration::from_secs(30);

/// Every connection sees `auth` first, then our own schema, in UTC; a statement whose caller has
/// gone is ended by the server.
const SESSION: &str = "SET search_path = auth, claviger; SET TIME ZONE 'UTC'; \
     SET statement_timeout = '30s'; SET idle_in_transaction_session_timeout = '30s'";

/// A pool of connections; cheap to clone.
#[derive(Clone)]
pub(crate) struct Postgres {
    pool: Pool,
    config: Arc<Config>,
    tls: MakeRustlsConnect,
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Postgres")
    }
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
        config.keepalives_idle(KEEPALIVE_SPAN);
        let recycling = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let manager = Manager::from_config(config.clone(), tls.clone(), recycling);
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
        let config = Arc::new(config);
        Ok(Self { pool, config, tls })
    }

    /// A connection of the pool, waited for no longer than the deadline.
    async fn lease(&self, deadline: Deadline) -> Result<Lease> {
        let connection = within(deadline, self.pool.get())
            .await?
            .map_err(error::pool)?;
        Ok(Lease::new(connection, self.tls.clone()))
    }

    /// Runs a batch of queries in one round trip.
    pub(crate) async fn read(
        &self,
        batch: Vec<(Stmt, Vec<Value>)>,
        deadline: Deadline,
    ) -> Result<Outcomes> {
        let mut lease = self.lease(deadline).await?;
        lease.state = State::Reading;
        let run = async {
            let connection = lease.connection()?;
            let prepared = prepare_all(connection, &batch).await?;
            send_all(connection, &prepared).await
        };
        let outcomes = within(deadline, run).await?;
        // Every answer has come, if only to say that the connection is gone.
        lease.state = State::Clean;
        outcomes
    }

    /// Takes a connection for a write transaction; `BEGIN` travels with the first statement.
    pub(crate) async fn begin(&self, deadline: Deadline) -> Result<Tx> {
        Ok(Tx::new(self.lease(deadline).await?, "BEGIN"))
    }

    /// Takes a connection for a read-only view of one point in time.
    pub(crate) async fn snapshot(&self, deadline: Deadline) -> Result<Tx> {
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        Ok(Tx::new(self.lease(deadline).await?, begin))
    }

    /// Runs a script outside of any statement list: administration and tests only.
    pub(crate) async fn script(&self, sql: &str, deadline: Deadline) -> Result<()> {
        let mut lease = self.lease(deadline).await?;
        // A script may begin a transaction of its own, and fail inside it.
        lease.state = State::InTransaction;
        let run = lease.connection()?.batch_execute(sql);
        within(deadline, run)
            .await?
            .map_err(|e| error::error("script", e))?;
        lease.state = State::Clean;
        Ok(())
    }

    /// The plan of a statement with sequential scans discouraged, as text.
    pub(crate) async fn explain(&self, stmt: Stmt, deadline: Deadline) -> Result<String> {
        let mut lease = self.lease(deadline).await?;
        within(deadline, tx::explain(&mut lease, stmt)).await?
    }

    /// Closes every connection; those in use when their user is done.
    pub(crate) fn close(&self) {
        self.pool.close();
    }
}

type Prepared<'a> = (Statement, &'a Stmt, &'a [Value]);

/// Prepares what is new on this connection, all of it in one round trip.
async fn prepare_all<'a>(
    connection: &Object,
    batch: &'a [(Stmt, Vec<Value>)],
) -> Result<Vec<Prepared<'a>>> {
    let prepare = |stmt: &'a Stmt, params: &'a [Value]| async move {
        let statement = connection
            .prepare_cached(stmt.postgres)
            .await
            .map_err(|e| error::error(stmt.name, e))?;
        Ok((statement, stmt, params))
    };
    let prepares = batch.iter().map(|(stmt, params)| prepare(stmt, params));
    join_in_order(prepares).await.into_iter().collect()
}

/// Sends every statement before the first answer is read. The first error in order is returned.
async fn send_all(connection: &Object, batch: &[Prepared<'_>]) -> Result<Outcomes> {
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
    let failed = |e| {
        if error::is_stale(&e) {
            connection.statement_cache.clear();
        }
        error::error(stmt.name, e)
    };
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
