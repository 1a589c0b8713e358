//! A read transaction on a connection of its own: one point in time for several batches.

use super::lending::{Lending, Lent};
use super::{connection, run_all};
use crate::db::{Outcomes, Stmt, Value};
use crate::error::{Error, Result};
use types::Deadline;

/// A read transaction on a connection of its own.
pub(crate) struct Snapshot {
    lent: Option<Lent>,
}

impl std::fmt::Debug for Snapshot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Snapshot")
    }
}

impl Snapshot {
    pub(super) async fn open(lending: &Lending, deadline: Deadline) -> Result<Self> {
        let lent = lending.lend(deadline).await?;
        // A deferred transaction fixes its point in time at its first read: read now.
        lent.connection()?
            .execute_batch("BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1;")
            .map_err(|e| connection::error("snapshot", e))?;
        Ok(Self { lent: Some(lent) })
    }

    pub(crate) async fn run(
        &mut self,
        batch: Vec<(Stmt, Vec<Value>)>,
        is_long: bool,
        deadline: Deadline,
    ) -> Result<Outcomes> {
        if !is_long && batch.iter().all(|(stmt, _)| stmt.scan.is_none()) {
            let lent = self.lent.as_ref().ok_or(Error::Aborted)?;
            return run_all(lent.connection()?, &batch);
        }
        let lent = self.lent.take().ok_or(Error::Aborted)?;
        let work = move |connection: &_| run_all(connection, &batch);
        let (lent, outcomes) = lent.blocking(deadline, work).await?;
        self.lent = Some(lent);
        Ok(outcomes)
    }
}
