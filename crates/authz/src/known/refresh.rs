//! Keeping what is known of a store current: from the database's word on its version, and from the
//! changes since.

use super::{KnownStore, LEASE, REFRESH_SPAN};
use crate::error::{Error, Refusal, Result};
use crate::import::IMPORTED_AT_ONCE;
use crate::request::Consistency;
use crate::resident::Resident;
use crate::service::{Authz, Parts};
use std::sync::Arc;
use store::changes::{self, ChangeRow, Operation};
use store::{store_models, stores};
use tokio::sync::MutexGuard;
use tokio::time::timeout_at;
use types::{Call, Time};

/// Changes that are read at once: more than most versions have. What a larger one changed is not
/// followed: the store is read anew.
const CHANGES_AT_ONCE: i64 = 5_000;
const _: () = assert!(CHANGES_AT_ONCE.unsigned_abs() > IMPORTED_AT_ONCE as u64);
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
    pub(super) async fn turn(&self, call: &Call) -> Result<MutexGuard<'_, ()>> {
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
        let (asked_at, known) = (parts.clock.instant(), self.version());
        let mut db = parts.store.db(call);
        let Some((version, changed_at)) = stores::version(&mut db, self.id).await? else {
            parts.known.forget(self.id);
            return Err(Refusal::StoreNotFound.into());
        };
        let last_change = self.memory().last_change;
        let is_other = last_change.is_some_and(|(of, at)| of == version && Some(at) != changed_at);
        if version < known || is_other {
            self.start_anew(version);
        }
        let latest_model = store_models::latest_id(&mut db, self.number).await?;
        loop {
            self.catch_up(parts, call, version).await?;
            let mut memory = self.memory_mut();
            if memory.is_behind(version) {
                // It was read in meanwhile.
                continue;
            }
            memory.latest_model = memory.latest_model.max(latest_model);
            memory.version = memory.version.max(version);
            memory.confirmed_at = memory.confirmed_at.max(Some(asked_at));
            return Ok(());
        }
    }

    /// Forgets what rests on a history that the database does not have.
    fn start_anew(&self, version: i64) {
        let old = self.memory_mut().start_anew(version);
        drop_apart(old);
    }

    /// Brings the store in memory to a version, or further; or ends it, where it cannot be brought
    /// there.
    async fn catch_up(&self, parts: &Parts, call: &Call, version: i64) -> Result<()> {
        loop {
            let resident = self.memory().resident().cloned();
            let Some(behind) = resident.filter(|one| one.version() < version) else {
                return Ok(());
            };
            let followed = if version - behind.version() > BEHIND_MAX {
                None
            } else {
                let last_change = self.memory().last_change;
                self.changes_behind(parts, call, behind.version(), last_change)
                    .await?
            };
            match followed {
                // Where it has become another meanwhile, that one is looked at next.
                Some(rows) => drop(self.bring(&behind, &rows)),
                None => self.start_anew(version),
            }
        }
    }

    /// Some of the changes behind a version that is not the newest: whole versions. None where
    /// they do not follow on the last change that is known.
    pub(super) async fn changes_behind(
        &self,
        parts: &Parts,
        call: &Call,
        version: i64,
        last_change: Option<(i64, Time)>,
    ) -> Result<Option<Vec<ChangeRow>>> {
        let mut db = parts.store.db(call);
        if let Some((version, at)) = last_change
            && changes::last_at(&mut db, self.number, version).await? != Some(at)
        {
            return Ok(None);
        }
        let rows = changes::since(&mut db, self.number, version, CHANGES_AT_ONCE).await?;
        let Some(rows) = whole_versions(rows) else {
            return Ok(None);
        };
        let versions = rows.iter().map(|row| row.version);
        let before = std::iter::once(version).chain(versions.clone());
        let is_dense = (before.zip(versions)).all(|(one, next)| next == one || next == one + 1);
        let begins = rows.first().is_some_and(|row| row.version == version + 1);
        Ok((is_dense && begins).then_some(rows))
    }

    /// Takes changes that were just stored: those of the versions behind `base`, whose last change
    /// is given. Whether the store in memory, if there is one, is known to have them now.
    pub(crate) fn stored(
        &self,
        (base, before): (i64, Option<(i64, Time)>),
        rows: &[ChangeRow],
    ) -> bool {
        let Some(last) = rows.last().map(|row| row.version) else {
            return true;
        };
        let (resident, known) = {
            let memory = self.memory();
            (memory.resident().cloned(), memory.last_change)
        };
        let follows = |resident: &Resident| resident.version() == base && known == before;
        let is_brought = match resident {
            None => true,
            Some(resident) if follows(&resident) => self.bring(&resident, rows),
            // One that is ahead may have these changes, or be of a history that is lost.
            Some(_) => false,
        };
        let mut memory = self.memory_mut();
        // The lease runs on as it did: nobody has looked whether there is a newer model.
        memory.version = memory.version.max(last);
        is_brought && !memory.is_behind(last)
    }

    /// Applies changes that follow on those that a store in memory has, beside whoever asks it.
    /// Nothing happens, and it is false, where it is not kept any more, or has become another.
    fn bring(&self, resident: &Resident, rows: &[ChangeRow]) -> bool {
        let Some(forward) = brought_forward(resident, rows) else {
            return false;
        };
        let mut memory = self.memory_mut();
        let outcome = memory.replace(resident, forward);
        if outcome.is_ok() {
            memory.last_change = rows.last().map(|row| (row.version, row.at));
        }
        let is_kept = memory.resident().is_some();
        drop(memory);
        let is_brought = outcome.is_ok();
        // What the next graph shares stays; one that has no next may be large.
        let old = outcome.ok().flatten();
        if !is_kept {
            drop_apart(old);
        }
        is_brought
    }

    /// Nothing is known to be current any more: a write may have been stored or not.
    pub(crate) fn doubt(&self) {
        self.memory_mut().confirmed_at = None;
    }
}

/// The store in memory with changes that follow on those that it has; none where it has all, or
/// where they do not follow.
pub(super) fn brought_forward(resident: &Resident, rows: &[ChangeRow]) -> Option<Resident> {
    let at = resident.version();
    let (first, last) = (rows.first()?.version, rows.last()?.version);
    let follow = first <= at + 1 && last > at;
    let news = rows.iter().filter(|row| row.version > at);
    let changes = news.map(|row| (row.operation == Operation::Delete, &row.tuple));
    follow.then(|| resident.apply(last, changes))
}

/// Gives the memory of a store back where nobody waits for it. Most graphs share nearly all of it
/// with the next one; the last may hold hundreds of megabytes.
pub(super) fn drop_apart(resident: Option<Resident>) {
    if let (Some(resident), Ok(runtime)) = (resident, tokio::runtime::Handle::try_current()) {
        runtime.spawn_blocking(move || drop(resident));
    }
}

/// The rows without those of a version that the limit may have cut; none where that is the only
/// one: a version may have any number of rows, and is never taken in part.
fn whole_versions(mut rows: Vec<ChangeRow>) -> Option<Vec<ChangeRow>> {
    if i64::try_from(rows.len()).is_ok_and(|count| count >= CHANGES_AT_ONCE)
        && let (Some(first), Some(last)) = (rows.first(), rows.last())
    {
        if first.version == last.version {
            return None;
        }
        let cut = last.version;
        rows.retain(|row| row.version != cut);
    }
    Some(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::{Object, Subject, Tuple, TupleKey};

    fn row(version: i64) -> ChangeRow {
        ChangeRow {
            version,
            item: 0,
            operation: Operation::Delete,
            tuple: Tuple {
                key: TupleKey {
                    subject: Subject::parse("user:a").unwrap(),
                    relation: "owner".to_owned(),
                    object: Object::parse("doc:1").unwrap(),
                },
                condition: None,
                expires_at: None,
            },
            at: Time(0),
            actor: String::new(),
            reason: None,
        }
    }

    #[test]
    fn a_version_is_never_taken_in_part() {
        let limit = usize::try_from(CHANGES_AT_ONCE).unwrap();
        let one = vec![row(1); limit];
        assert_eq!(whole_versions(one), None, "it may have more");
        let mut two = vec![row(1); limit - 1];
        two.push(row(2));
        let whole = whole_versions(two).unwrap();
        assert_eq!(whole.len(), limit - 1, "the second may go on");
        let few = vec![row(1); 3];
        assert_eq!(whole_versions(few).map(|rows| rows.len()), Some(3));
    }
}
