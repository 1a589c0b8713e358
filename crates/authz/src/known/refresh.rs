//! Keeping what is known of a store current: from the database's word on its version, and from the
//! changes since.

use super::{KnownStore, LEASE, Memory, REFRESH_SPAN};
use crate::error::{Error, Refusal, Result};
use crate::request::Consistency;
use crate::resident::Resident;
use crate::service::{Authz, Parts};
use std::sync::Arc;
use store::changes::{self, ChangeRow, Operation};
use store::{store_models, stores};
use tokio::sync::MutexGuard;
use tokio::time::timeout_at;
use types::Call;

/// Changes that are read at once.
const CHANGES_AT_ONCE: usize = 5_000;
/// A store that is further behind than this is read anew, which takes no longer.
const BEHIND_MAX: i64 = 100_000;

impl KnownStore {
    /// Makes what is known of the store as fresh as a question asks for.
    pub(crate) async fn freshen(
        self: &Arc<Self>,
        authz: &Authz,
        call: &Call,
        consistency: Consistency,
    ) -> Result<()> {
        let age = self.age(&*authz.parts().clock);
        match consistency {
            Consistency::HigherConsistency => self.refresh(authz.parts(), call).await,
            Consistency::AtLeast(version) if self.version() < version => {
                self.refresh(authz.parts(), call).await?;
                let reached = self.version();
                if reached < version {
                    let asked = version;
                    return Err(Refusal::VersionAhead { asked, reached }.into());
                }
                Ok(())
            }
            _ if age.is_none_or(|age| age >= LEASE) => self.refresh_once(authz.parts(), call).await,
            _ if age.is_some_and(|age| age >= REFRESH_SPAN) => {
                self.refresh_soon(authz, call);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Looks up what is new, unless somebody has just done so.
    async fn refresh_once(&self, parts: &Parts, call: &Call) -> Result<()> {
        let _turn = self.turn(call).await?;
        if self.age(&*parts.clock).is_some_and(|age| age < LEASE) {
            return Ok(());
        }
        self.look_up(parts, call).await
    }

    /// Looks up what is new, unless somebody began to do so after this call did.
    pub(crate) async fn refresh(&self, parts: &Parts, call: &Call) -> Result<()> {
        let asked_at = parts.clock.instant();
        let _turn = self.turn(call).await?;
        if self.memory().confirmed_at > Some(asked_at) {
            return Ok(());
        }
        self.look_up(parts, call).await
    }

    /// Waits for whoever looks up what is new, no longer than the call may take.
    async fn turn(&self, call: &Call) -> Result<MutexGuard<'_, ()>> {
        let turn = timeout_at(call.deadline.instant().into(), self.refreshing.lock());
        turn.await.map_err(|_| Error::Late)
    }

    /// Looks up what is new while others are answered from what is known.
    fn refresh_soon(self: &Arc<Self>, authz: &Authz, call: &Call) {
        if self.refreshing.try_lock().is_err() {
            return;
        }
        let (store, authz, call) = (Arc::clone(self), authz.clone(), authz.own_call(call));
        #[expect(
            clippy::disallowed_methods,
            reason = "it only reads, and may end with the server"
        )]
        tokio::spawn(async move {
            let Ok(_turn) = store.refreshing.try_lock() else {
                return;
            };
            // Where this fails the lease runs out, and whoever asks then hears of it.
            let _ = store.look_up(authz.parts(), &call).await;
        });
    }

    async fn look_up(&self, parts: &Parts, call: &Call) -> Result<()> {
        // Read before the database is asked: what is known then is known as of now.
        let asked_at = parts.clock.instant();
        let mut db = parts.store.db(call);
        let Some(row) = stores::find(&mut db, self.id).await? else {
            parts.known.forget(self.id);
            return Err(Refusal::StoreNotFound.into());
        };
        let latest_model = store_models::latest_id(&mut db, self.number).await?;
        loop {
            self.catch_up(parts, call, row.version).await?;
            let mut memory = self.memory_mut();
            if memory.is_behind(row.version) {
                // It was read in meanwhile.
                continue;
            }
            memory.latest_model = memory.latest_model.max(latest_model);
            memory.version = memory.version.max(row.version);
            memory.confirmed_at = memory.confirmed_at.max(Some(asked_at));
            return Ok(());
        }
    }

    /// Brings the store in memory to a version, or further.
    async fn catch_up(&self, parts: &Parts, call: &Call, version: i64) -> Result<()> {
        loop {
            let at = match &self.memory().resident {
                Some(resident) if resident.version() < version => resident.version(),
                _ => return Ok(()),
            };
            if version - at > BEHIND_MAX {
                self.memory_mut().resident = None;
                return Ok(());
            }
            let rows = self.changes_behind(parts, call, at).await?;
            self.memory_mut().apply(&rows);
        }
    }

    /// Some of the changes behind a version that is not the newest: whole versions.
    pub(super) async fn changes_behind(
        &self,
        parts: &Parts,
        call: &Call,
        version: i64,
    ) -> Result<Vec<ChangeRow>> {
        let limit = i64::try_from(CHANGES_AT_ONCE).unwrap_or(i64::MAX);
        let mut db = parts.store.db(call);
        let rows = changes::since(&mut db, self.number, version, limit).await?;
        if rows.is_empty() {
            return Err(Error::internal("the changes of a store have a gap"));
        }
        Ok(whole_versions(rows))
    }

    /// Takes changes that were just stored: those of the versions behind `base`. Whether the store
    /// in memory, if there is one, is current now.
    pub(crate) fn stored(&self, base: i64, rows: &[ChangeRow]) -> bool {
        let mut memory = self.memory_mut();
        let Some(last) = rows.last().map(|row| row.version) else {
            return true;
        };
        let is_next = (memory.resident.as_ref()).is_none_or(|resident| resident.version() == base);
        if !is_next {
            return false;
        }
        memory.apply(rows);
        // The lease runs on as it did: nobody has looked whether there is a newer model.
        memory.version = memory.version.max(last);
        true
    }

    /// Nothing is known to be current any more: a write may have been stored or not.
    pub(crate) fn doubt(&self) {
        self.memory_mut().confirmed_at = None;
    }
}

impl Memory {
    /// Whether the store in memory, if there is one, is older than this version.
    fn is_behind(&self, version: i64) -> bool {
        let resident = self.resident.as_ref();
        resident.is_some_and(|resident| resident.version() < version)
    }

    /// Applies changes that follow on those that the store in memory has.
    pub(super) fn apply(&mut self, rows: &[ChangeRow]) {
        let resident = self.resident.as_ref();
        if let Some(resident) = resident.and_then(|resident| brought_forward(resident, rows)) {
            self.names = Arc::clone(resident.names());
            self.resident = Some(resident);
        }
    }
}

/// The store in memory with changes that follow on those that it has; none where it has all.
pub(super) fn brought_forward(resident: &Resident, rows: &[ChangeRow]) -> Option<Resident> {
    let at = resident.version();
    let last = rows.last().map(|row| row.version)?;
    let news = rows.iter().filter(|row| row.version > at);
    let changes = news.map(|row| (row.operation == Operation::Delete, &row.tuple));
    (last > at).then(|| resident.apply(last, changes))
}

/// The rows without those of a version that the limit may have cut.
fn whole_versions(mut rows: Vec<ChangeRow>) -> Vec<ChangeRow> {
    if rows.len() >= CHANGES_AT_ONCE
        && let (Some(first), Some(last)) = (rows.first(), rows.last())
        && first.version != last.version
    {
        let cut = last.version;
        rows.retain(|row| row.version != cut);
    }
    rows
}
