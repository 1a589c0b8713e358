//! Keeping what is known of a store current: from the database's word on its version, and from the
//! changes since.

use super::{KnownStore, LEASE, Memory, REFRESH_SPAN};
use crate::error::{Error, Refusal, Result};
use crate::request::Consistency;
use crate::service::{Authz, Parts};
use std::sync::Arc;
use store::changes::{self, ChangeRow, Operation};
use store::{store_models, stores};
use types::{Call, Clock};

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
        let _turn = self.refreshing.lock().await;
        if self.age(&*parts.clock).is_some_and(|age| age < LEASE) {
            return Ok(());
        }
        self.look_up(parts, call).await
    }

    /// Looks up what is new.
    pub(crate) async fn refresh(&self, parts: &Parts, call: &Call) -> Result<()> {
        let _turn = self.refreshing.lock().await;
        self.look_up(parts, call).await
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
        self.catch_up(parts, call, row.version).await?;
        let mut memory = self.memory_mut();
        memory.latest_model = memory.latest_model.max(latest_model);
        memory.version = memory.version.max(row.version);
        memory.confirmed_at = memory.confirmed_at.max(Some(asked_at));
        Ok(())
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
            let limit = i64::try_from(CHANGES_AT_ONCE).unwrap_or(i64::MAX);
            let rows = changes::since(&mut parts.store.db(call), self.number, at, limit).await?;
            let rows = whole_versions(rows);
            let Some(last) = rows.last().map(|row| row.version) else {
                return Err(Error::internal("the changes of a store have a gap"));
            };
            self.memory_mut().apply(last, &rows);
        }
    }

    /// Takes changes that were just stored: those of the versions behind `base`. Whether the store
    /// in memory, if there is one, is current now.
    pub(crate) fn stored(&self, clock: &dyn Clock, base: i64, rows: &[ChangeRow]) -> bool {
        let now = clock.instant();
        let mut memory = self.memory_mut();
        let Some(last) = rows.last().map(|row| row.version) else {
            return true;
        };
        let is_next = (memory.resident.as_ref()).is_none_or(|resident| resident.version() == base);
        if !is_next {
            return false;
        }
        memory.apply(last, rows);
        memory.version = memory.version.max(last);
        // The row of the version was locked: nothing else was stored meanwhile.
        if memory.confirmed_at.is_some() {
            memory.confirmed_at = memory.confirmed_at.max(Some(now));
        }
        true
    }

    /// Nothing is known to be current any more: a write may have been stored or not.
    pub(crate) fn doubt(&self) {
        self.memory_mut().confirmed_at = None;
    }
}

impl Memory {
    /// Applies changes that follow on those that the store in memory has.
    pub(super) fn apply(&mut self, version: i64, rows: &[ChangeRow]) {
        let Some(resident) = &self.resident else {
            return;
        };
        let at = resident.version();
        if version <= at {
            return;
        }
        let news = rows.iter().filter(|row| row.version > at);
        let changes = news.map(|row| (row.operation == Operation::Delete, &row.tuple));
        let resident = resident.apply(version, changes);
        self.names = Arc::clone(resident.names());
        self.resident = Some(resident);
    }
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
