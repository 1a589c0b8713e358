//! A transaction on one connection; `BEGIN` and `COMMIT` ride along with statements.

use super::lease::{Lease, State};
use super::{error, prepare_all, send_all, within};
use crate::db::{Outcomes, Stmt, Value};
use crate::error::Result;
use deadpool_postgres::Object;
use types::Deadline;

pub(crate) struct Tx {
    lease: Lease,
    /// The `BEGIN` that has not been sent yet.
    begin: Option<&'static str>,
}

impl std::fmt::Debug for Tx {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Tx")
    }
}

impl Tx {
    pub(super) const fn new(lease: Lease, begin: &'static str) -> Self {
        Self {
            lease,
            begin: Some(begin),
        }
    }

    pub(crate) async fn run(
        &mut self,
        batch: Vec<(Stmt, Vec<Value>)>,
        deadline: Deadline,
    ) -> Result<Outcomes> {
        let begin = self.begin.take();
        self.lease.state = State::InTransaction;
        let connection = self.lease.connection()?;
        let sent = within(deadline, send(connection, begin, &batch, None)).await??;
        self.lease.judge(sent.outcomes)
    }

    /// Runs a script of several statements inside the transaction.
    pub(crate) async fn script(&mut self, sql: &str, deadline: Deadline) -> Result<()> {
        let begin = self.begin.take();
        self.lease.state = State::InTransaction;
        let connection = self.lease.connection()?;
        let run = async {
            bare(connection, begin).await?;
            connection
                .batch_execute(sql)
                .await
                .map_err(|e| error::error("script", e))
        };
        let outcome = within(deadline, run).await?;
        self.lease.judge(outcome)
    }

    pub(crate) async fn commit(
        mut self,
        queue: Vec<(Stmt, Vec<Value>)>,
        deadline: Deadline,
    ) -> Result<()> {
        let begin = self.begin.take();
        self.lease.state = State::InTransaction;
        let connection = self.lease.connection()?;
        let sent = within(deadline, send(connection, begin, &queue, Some("COMMIT"))).await??;
        if sent.ended.is_ok() {
            // Committed or rolled back by the server. In all other cases, dropping `self` does it.
            self.lease.state = State::Clean;
        }
        self.lease.judge(sent.outcomes)?;
        self.lease.judge(sent.ended)
    }
}

/// What came back for one pipelined batch.
struct Sent {
    outcomes: Result<Outcomes>,
    /// The answer to the `COMMIT`, if there was one.
    ended: Result<()>,
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
) -> Result<Sent> {
    // Statements are prepared before BEGIN, so that a missing table leaves no transaction open.
    let prepared = prepare_all(connection, batch).await?;
    let begin = bare(connection, begin);
    let statements = send_all(connection, &prepared);
    let commit = bare(connection, commit);
    // `join!` polls its futures in this order, which is the order on the wire.
    let (begun, outcomes, ended) = tokio::join!(biased; begin, statements, commit);
    begun?;
    Ok(Sent { outcomes, ended })
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
pub(super) async fn explain(lease: &mut Lease, stmt: Stmt) -> Result<String> {
    let failed = |e| error::error(stmt.name, e);
    let prepared = lease.connection()?.prepare_cached(stmt.postgres);
    let parameters = prepared.await.map_err(failed)?.params().len();
    let nulls = vec!["NULL"; parameters].join(", ");
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
    lease.state = State::InTransaction;
    let messages = lease.connection()?.simple_query(&script).await;
    let messages = messages.map_err(failed)?;
    lease.state = State::Clean;
    let lines = messages.iter().filter_map(|message| match message {
        tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    });
    Ok(lines.collect::<Vec<_>>().join("\n"))
}
