//! A transaction on one connection; `BEGIN` and `COMMIT` ride along with statements.

use super::{Prepared, discard, error, prepare_all, send_all, within};
use crate::db::{Rows, Stmt, Value};
use crate::error::{Error, Result};
use deadpool_postgres::Object;
use std::time::Duration;
use types::{Clock, Cost, Deadline, SystemClock};

/// How long an abandoned transaction may take to roll back before its connection is dropped.
const ROLLBACK_SPAN: Duration = Duration::from_secs(1);

pub(crate) struct Tx {
    connection: Option<Object>,
    /// The `BEGIN` that has not been sent yet.
    begin: Option<&'static str>,
}

impl std::fmt::Debug for Tx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tx")
    }
}

impl Tx {
    pub(super) const fn new(connection: Object, begin: &'static str) -> Self {
        Self {
            connection: Some(connection),
            begin: Some(begin),
        }
    }

    pub(crate) async fn run(
        &mut self,
        batch: Vec<(Stmt, Vec<Value>)>,
        deadline: Deadline,
        cost: &Cost,
    ) -> Result<Vec<(Rows, u64)>> {
        let begin = self.begin.take();
        let connection = self.connection.as_ref().ok_or(Error::Aborted)?;
        within(deadline, send(connection, begin, &batch, None, cost)).await?
    }

    pub(crate) async fn commit(
        mut self,
        queue: Vec<(Stmt, Vec<Value>)>,
        deadline: Deadline,
        cost: &Cost,
    ) -> Result<()> {
        let begin = self.begin.take();
        if begin.is_some() && queue.is_empty() {
            // Nothing was ever sent: there is nothing to commit.
            self.connection = None;
            return Ok(());
        }
        let connection = self.connection.as_ref().ok_or(Error::Aborted)?;
        within(
            deadline,
            send(connection, begin, &queue, Some("COMMIT"), cost),
        )
        .await??;
        // Only now is the connection clean; on any error above, dropping `self` rolls back.
        self.connection = None;
        Ok(())
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else {
            return;
        };
        if self.begin.is_some() {
            return;
        }
        // A connection inside a transaction must not go back to the pool as it is.
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return discard(connection);
        };
        runtime.spawn(async move {
            let rollback = connection.batch_execute("ROLLBACK");
            match tokio::time::timeout(ROLLBACK_SPAN, rollback).await {
                Ok(Ok(())) => drop(connection),
                _ => discard(connection),
            }
        });
    }
}

/// Sends an optional `BEGIN`, the batch and an optional `COMMIT` in one round trip.
///
/// A failing statement aborts the transaction on the server, which answers a `COMMIT` sent behind
/// it with a rollback and no error: the statements' own outcomes are looked at first.
async fn send(
    connection: &Object,
    begin: Option<&'static str>,
    batch: &[(Stmt, Vec<Value>)],
    commit: Option<&'static str>,
    cost: &Cost,
) -> Result<Vec<(Rows, u64)>> {
    let started = SystemClock.instant();
    // Statements are prepared before BEGIN, so that a missing table leaves no transaction open.
    let prepared = prepare_all(connection, batch).await?;
    let sent = batch.len() + usize::from(begin.is_some()) + usize::from(commit.is_some());
    let outcome = pipeline(connection, begin, &prepared, commit).await;
    cost.add_round_trip(sent as u64, SystemClock.instant() - started);
    outcome
}

async fn pipeline(
    connection: &Object,
    begin: Option<&'static str>,
    batch: &[Prepared<'_>],
    commit: Option<&'static str>,
) -> Result<Vec<(Rows, u64)>> {
    let begin = bare(connection, begin);
    let statements = send_all(connection, batch);
    let commit = bare(connection, commit);
    // `join!` polls its futures in this order, which is the order on the wire.
    let (begun, outcomes, committed) = tokio::join!(biased; begin, statements, commit);
    begun?;
    let outcomes = outcomes?;
    committed?;
    Ok(outcomes)
}

async fn bare(connection: &Object, sql: Option<&'static str>) -> Result<()> {
    match sql {
        Some(sql) => connection
            .batch_execute(sql)
            .await
            .map_err(|e| error::error(sql, e)),
        None => Ok(()),
    }
}

/// The plan of a statement with sequential scans discouraged.
pub(super) async fn explain(connection: &Object, stmt: Stmt) -> Result<String> {
    let failed = |e| error::error(stmt.name, e);
    let prepared = connection
        .prepare_cached(stmt.postgres)
        .await
        .map_err(failed)?;
    let nulls = vec!["NULL"; prepared.params().len()].join(", ");
    let arguments = if nulls.is_empty() {
        String::new()
    } else {
        format!("({nulls})")
    };
    let script = format!(
        "BEGIN; SET LOCAL enable_seqscan = off; SET LOCAL plan_cache_mode = force_generic_plan; \
         PREPARE explained AS {}; EXPLAIN EXECUTE explained{arguments}; \
         DEALLOCATE explained; ROLLBACK",
        stmt.postgres
    );
    let messages = connection.simple_query(&script).await.map_err(failed)?;
    let lines = messages.iter().filter_map(|message| match message {
        tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    });
    Ok(lines.collect::<Vec<_>>().join("\n"))
}
