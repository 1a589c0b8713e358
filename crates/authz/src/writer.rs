//! Writers of one store take turns together: what waits is judged in the order of its arrival and
//! stored with one commit.

use crate::error::{Error, Refusal, Result};
use crate::known::KnownStore;
use crate::request::{OnDuplicate, OnMissing};
use crate::service::Authz;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use store::changes::{ChangeRow, Operation};
use store::tuples::{Author, TupleChange};
use store::{Tx, stores, tuples};
use tokio::sync::oneshot;
use types::{Call, Deadline, Time, Tuple, TupleKey};

/// Changes that are stored with one commit, as far as one request does not bring more.
const CHANGES_MAX: usize = 1_000;
/// Changes that wait for their turn; more than these would wait longer than anybody does.
const WAITING_MAX: usize = 20_000;

/// What waits to be written to a store.
#[derive(Debug, Default)]
pub(crate) struct Writer(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    queue: Vec<Pending>,
    /// Somebody stores what waits, and will see what joins.
    is_served: bool,
}

/// A change that fits the model.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Change {
    pub(crate) writes: Vec<Tuple>,
    pub(crate) deletes: Vec<TupleKey>,
    /// Only those that have ended are deleted, instead of only those that have not.
    pub(crate) deletes_ended: bool,
    pub(crate) on_duplicate: OnDuplicate,
    pub(crate) on_missing: OnMissing,
    pub(crate) author: Author,
    pub(crate) at: Time,
}

#[derive(Debug)]
struct Pending {
    change: Change,
    deadline: Deadline,
    /// Hears the version of the store with the change in it.
    reply: oneshot::Sender<Result<i64>>,
}

impl Authz {
    /// Stores a change: all of it, or nothing. The version of the store with it.
    pub(crate) async fn store_change(
        &self,
        call: &Call,
        store: &Arc<KnownStore>,
        change: Change,
    ) -> Result<i64> {
        let (reply, answer) = oneshot::channel();
        let pending = Pending {
            change,
            deadline: call.deadline,
            reply,
        };
        if store.writer.join(pending)? {
            let (authz, store, call) = (self.clone(), Arc::clone(store), self.own_call(call));
            let tasks = &self.parts().writing;
            tasks.spawn(async move { authz.serve(&store, &call).await });
        }
        let answer = tokio::time::timeout_at(call.deadline.instant().into(), answer).await;
        let answer = answer.map_err(|_| Error::Late)?;
        answer.map_err(|_| Error::internal("a writer ended without a word"))?
    }

    /// Stores what waits until nothing does.
    async fn serve(&self, store: &Arc<KnownStore>, call: &Call) {
        let _service = Service(&store.writer);
        while let Some(batch) = store.writer.take(self.parts().clock.instant()) {
            let latest = batch.iter().map(|pending| pending.deadline).max();
            let call = Call {
                deadline: latest.unwrap_or(call.deadline),
                ..call.clone()
            };
            self.store_batch(store, &call, batch).await;
        }
    }

    async fn store_batch(&self, store: &Arc<KnownStore>, call: &Call, batch: Vec<Pending>) {
        let (changes, replies): (Vec<_>, Vec<_>) = batch
            .into_iter()
            .map(|pending| (pending.change, pending.reply))
            .unzip();
        match self.try_batch(store, call, &changes).await {
            Ok(outcomes) => {
                for (reply, outcome) in replies.into_iter().zip(outcomes) {
                    // Whoever has gone away does not want to know.
                    let _ = reply.send(outcome.map_err(Error::from));
                }
            }
            Err(error) => {
                store.doubt();
                for reply in replies {
                    let _ = reply.send(Err(error.again()));
                }
            }
        }
    }

    /// Judges changes in their order and stores those that are not refused.
    async fn try_batch(
        &self,
        store: &Arc<KnownStore>,
        call: &Call,
        changes: &[Change],
    ) -> Result<Vec<Result<i64, Refusal>>> {
        let parts = self.parts();
        let mut tx = parts.store.db(call).begin().await?;
        let Some(base) = stores::lock(&mut tx, store.number, 0).await? else {
            // What was read may be what neighbours of the same commit wrote.
            tx.commit().await?;
            parts.known.forget(store.id);
            return Err(Refusal::StoreNotFound.into());
        };
        self.commit(call, store, (tx, base), changes).await
    }

    /// Judges changes in their order, in a transaction that has locked the store at a version, and
    /// commits it with those that are not refused.
    pub(crate) async fn commit(
        &self,
        call: &Call,
        store: &Arc<KnownStore>,
        (mut tx, base): (Tx, i64),
        changes: &[Change],
    ) -> Result<Vec<Result<i64, Refusal>>> {
        let mut judged = Judged::begin(&mut tx, store.number, base, changes).await?;
        let last = judged.last;
        let outcomes = changes.iter().map(|change| judged.judge(change)).collect();
        let rows = judged.rows;
        if rows.is_empty() {
            tx.commit().await?;
            return Ok(outcomes);
        }
        put(&mut tx, store.number, &rows);
        stores::advance(&mut tx, store.number, judged.version - base);
        tx.commit().await?;
        // Where somebody else has written meanwhile, their changes come first.
        if !store.stored((base, last), &rows) && store.refresh(self.parts(), call).await.is_err() {
            // The change is stored all the same, and must not be missed by whoever asks next.
            store.doubt();
        }
        Ok(outcomes)
    }
}

fn put(tx: &mut Tx, store: i64, rows: &[ChangeRow]) {
    let author = |row: &ChangeRow| Author {
        actor: row.actor.clone(),
        reason: row.reason.clone(),
    };
    let authors: Vec<_> = rows.iter().map(author).collect();
    let changes = rows.iter().zip(&authors).map(|(row, author)| TupleChange {
        operation: row.operation,
        tuple: &row.tuple,
        version: row.version,
        item: row.item,
        author,
        at: row.at,
    });
    let changes: Vec<_> = changes.collect();
    tuples::change_all(tx, store, &changes);
}

impl Writer {
    /// Queues a change; true if whoever did so must see to it that the queue is served. Refused
    /// where too many wait.
    fn join(&self, pending: Pending) -> Result<bool> {
        let mut waiting = self.waiting();
        if waiting.queue.len() >= WAITING_MAX {
            return Err(Error::Late);
        }
        waiting.queue.push(pending);
        Ok(!std::mem::replace(&mut waiting.is_served, true))
    }

    /// What is stored next; `None` ends the service.
    fn take(&self, now: Instant) -> Option<Vec<Pending>> {
        let mut waiting = self.waiting();
        // Whoever was told in time that nobody knows does not need the work to be done.
        let is_late = |pending: &Pending| pending.deadline.instant() <= now;
        let is_wanted = |pending: &Pending| !(pending.reply.is_closed() && is_late(pending));
        waiting.queue.retain(is_wanted);
        let mut changes = 0;
        let fits = waiting.queue.iter().map_while(|pending| {
            changes += pending.change.writes.len() + pending.change.deletes.len();
            (changes <= CHANGES_MAX).then_some(())
        });
        let count = fits.count();
        if waiting.queue.is_empty() {
            waiting.is_served = false;
            return None;
        }
        let count = count.max(1);
        Some(waiting.queue.drain(..count).collect())
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The service of a queue. One that ends while changes wait, because it panicked, lets those who
/// wait know, and the next one begin.
struct Service<'a>(&'a Writer);

impl Drop for Service<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            *self.0.waiting() = Waiting::default();
        }
    }
}

/// Changes under judgement: the store as it would be after those that were not refused.
struct Judged {
    base: HashMap<TupleKey, Option<Tuple>>,
    version: i64,
    /// The last change before these: its version, and when it was made.
    last: Option<(i64, Time)>,
    rows: Vec<ChangeRow>,
}

impl Judged {
    async fn begin(tx: &mut Tx, store: i64, version: i64, changes: &[Change]) -> Result<Self> {
        let keys = changes.iter().flat_map(|change| {
            let written = change.writes.iter().map(|tuple| &tuple.key);
            written.chain(&change.deletes)
        });
        let mut base: HashMap<TupleKey, Option<Tuple>> =
            keys.map(|key| (key.clone(), None)).collect();
        let keys: Vec<_> = base.keys().cloned().collect();
        let (found, last) = tuples::find_all_to_change(tx, store, &keys).await?;
        for found in found {
            base.insert(found.tuple.key.clone(), Some(found.tuple));
        }
        Ok(Self {
            base,
            version,
            last,
            rows: Vec::new(),
        })
    }

    /// Judges one change; the version of the store with it.
    fn judge(&mut self, change: &Change) -> Result<i64, Refusal> {
        let mut rows = Vec::new();
        for key in &change.deletes {
            let found = if change.deletes_ended {
                self.ended(key, change.at)
            } else {
                self.now(key, change.at)
            };
            match (found, change.on_missing) {
                (Some(tuple), _) => rows.push((Operation::Delete, tuple.clone())),
                (None, OnMissing::Ignore) => {}
                (None, OnMissing::Error) => {
                    return Err(Refusal::DoesNotExist(key.to_string()));
                }
            }
        }
        for tuple in &change.writes {
            match (self.now(&tuple.key, change.at), change.on_duplicate) {
                (Some(_), OnDuplicate::Error) => {
                    return Err(Refusal::AlreadyExists(tuple.key.to_string()));
                }
                (Some(known), OnDuplicate::Ignore | OnDuplicate::Replace) if known == tuple => {}
                (Some(_), OnDuplicate::Ignore) => {
                    return Err(Refusal::ExistsOtherwise(tuple.key.to_string()));
                }
                (None, _) | (Some(_), OnDuplicate::Replace) => {
                    rows.push((Operation::Write, tuple.clone()));
                }
            }
        }
        if rows.is_empty() {
            return Ok(self.version);
        }
        self.version += 1;
        // Clocks differ, and some calls wait long: the log never goes back in time.
        let at = self.last.map_or(change.at, |(_, last)| change.at.max(last));
        self.last = Some((self.version, at));
        for (item, (operation, tuple)) in (0..).zip(rows) {
            let is_there = operation == Operation::Write;
            let left = is_there.then(|| tuple.clone());
            self.base.insert(tuple.key.clone(), left);
            self.rows.push(ChangeRow {
                version: self.version,
                item,
                operation,
                tuple,
                at,
                actor: change.author.actor.clone(),
                reason: change.author.reason.clone(),
            });
        }
        Ok(self.version)
    }

    /// The tuple of a key, unless it has ended.
    fn now(&self, key: &TupleKey, now: Time) -> Option<&Tuple> {
        let found = self.base.get(key)?.as_ref();
        found.filter(|tuple| !has_ended(tuple, now))
    }

    /// The tuple of a key, if it has ended.
    fn ended(&self, key: &TupleKey, now: Time) -> Option<&Tuple> {
        let found = self.base.get(key)?.as_ref();
        found.filter(|tuple| has_ended(tuple, now))
    }
}

fn has_ended(tuple: &Tuple, now: Time) -> bool {
    tuple.expires_at.is_some_and(|at| at <= now)
}
