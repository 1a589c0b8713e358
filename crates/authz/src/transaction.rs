//! Transactions of use cases that change rows of their own together with tuples: all of it is
//! stored, or nothing.

use crate::error::{Error, Refusal, Result};
use crate::known::KnownStore;
use crate::request::{OnDuplicate, OnMissing};
use crate::service::Authz;
use crate::writer::Change;
use std::sync::Arc;
use store::tuples::{self, Author, StoredTuple, TupleFilter};
use store::{Tx, stores};
use types::{Call, Object, StoreId, Time, Tuple, TupleKey};

/// Tuples that are read at once.
const READ_AT_ONCE: i64 = 1_000;

/// A transaction that has locked a store: until it ends nobody else changes a tuple of it, so that
/// what was read or asked within still holds when it commits.
#[derive(Debug)]
pub(crate) struct Transaction {
    /// For rows of one's own.
    pub(crate) tx: Tx,
    pub(crate) store: Arc<KnownStore>,
    /// The version of the store as it was locked.
    base: i64,
    now: Time,
    writes: Vec<Tuple>,
    deletes: Vec<TupleKey>,
}

impl Authz {
    /// Locks a store and begins.
    pub(crate) async fn begin(&self, call: &Call, store: StoreId) -> Result<Transaction> {
        let store = self.known(call, store).await?;
        let tx = self.parts().store.db(call).begin().await?;
        self.join(call, tx, store).await
    }

    /// Locks a store within a transaction that somebody else has begun.
    pub(crate) async fn join(
        &self,
        call: &Call,
        mut tx: Tx,
        store: Arc<KnownStore>,
    ) -> Result<Transaction> {
        let Some(base) = stores::lock(&mut tx, store.number, 0).await? else {
            tx.commit().await?;
            self.parts().known.forget(store.id);
            return Err(Refusal::StoreNotFound.into());
        };
        Ok(Transaction {
            tx,
            store,
            base,
            now: call.now,
            writes: Vec::new(),
            deletes: Vec::new(),
        })
    }

    /// Stores the tuples that were noted, and commits; the version of the store with them. When
    /// this returns, whoever asks this server is answered with them.
    pub(crate) async fn end(
        &self,
        call: &Call,
        transaction: Transaction,
        author: Author,
    ) -> Result<i64> {
        let store = Arc::clone(&transaction.store);
        let change = Change {
            writes: transaction.writes,
            deletes: transaction.deletes,
            deletes_ended: false,
            on_duplicate: OnDuplicate::Replace,
            on_missing: OnMissing::Ignore,
            author,
            at: call.now,
        };
        // Whoever stops waiting leaves behind what may be stored: nobody may be answered without
        // a look at it.
        let doubt = Doubt(&store);
        let begun = (transaction.tx, transaction.base);
        let outcomes = self.commit(call, &store, begun, &[change]).await?;
        std::mem::forget(doubt);
        let outcome = outcomes.into_iter().next();
        let outcome = outcome.ok_or_else(|| Error::internal("a change had no outcome"))?;
        Ok(outcome?)
    }
}

/// Takes away what is known to be current, unless it is forgotten first.
struct Doubt<'a>(&'a KnownStore);

impl Drop for Doubt<'_> {
    fn drop(&mut self) {
        self.0.doubt();
    }
}

impl Transaction {
    /// Notes a tuple to write; one that is there takes this end.
    pub(crate) fn write(&mut self, key: TupleKey, expires_at: Option<Time>) {
        self.deletes.retain(|one| *one != key);
        self.writes.retain(|one| one.key != key);
        self.writes.push(Tuple {
            key,
            condition: None,
            expires_at,
        });
    }

    /// Notes a tuple to delete, if it is there.
    pub(crate) fn delete(&mut self, key: TupleKey) {
        self.writes.retain(|one| one.key != key);
        if !self.deletes.contains(&key) {
            self.deletes.push(key);
        }
    }

    /// Notes many tuples to delete, each of which is named once.
    pub(crate) fn delete_all(&mut self, keys: impl IntoIterator<Item = TupleKey>) {
        self.deletes.extend(keys);
    }

    /// The first tuples that fit and count now, at most so many.
    pub(crate) async fn some(
        &mut self,
        filter: &TupleFilter,
        most: usize,
    ) -> Result<Vec<StoredTuple>> {
        let (tx, number) = (&mut self.tx, self.store.number);
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        Ok(tuples::read(tx, number, filter, None, self.now, most).await?)
    }

    /// All tuples that are about an object and count now.
    pub(crate) async fn about(&mut self, object: &Object) -> Result<Vec<StoredTuple>> {
        let filter = TupleFilter {
            object_type: Some(object.type_name().to_owned()),
            object_id: Some(object.id().to_owned()),
            ..TupleFilter::default()
        };
        let mut all: Vec<StoredTuple> = Vec::new();
        loop {
            let after = all.last().map(|last| last.tuple.key.clone());
            let (tx, number) = (&mut self.tx, self.store.number);
            let after = after.as_ref();
            let page = tuples::read(tx, number, &filter, after, self.now, READ_AT_ONCE).await?;
            let is_last = i64::try_from(page.len()).is_ok_and(|count| count < READ_AT_ONCE);
            all.extend(page);
            if is_last {
                return Ok(all);
            }
        }
    }

    /// The tuples about objects, and those that name them, whether they count now or not.
    pub(crate) async fn touching(
        &mut self,
        objects: &[Object],
    ) -> Result<(Vec<TupleKey>, Vec<TupleKey>)> {
        let number = self.store.number;
        Ok(tuples::touching(&mut self.tx, number, objects).await?)
    }
}
