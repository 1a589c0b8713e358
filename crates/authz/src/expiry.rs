//! Tuples that have ended: they count no more from that moment on, and are removed later.

use crate::error::{Error, Refusal, Result};
use crate::request::{OnDuplicate, OnMissing};
use crate::service::Authz;
use crate::writer::Change;
use std::collections::BTreeMap;
use store::tuples::{self, Author};
use types::{Call, StoreId, TupleKey};

impl Authz {
    /// Removes up to `limit` tuples that have ended, those that ended first in front, and says so
    /// in the history of their stores; how many there were. One that was written anew stays. A
    /// store whose tuples cannot be removed keeps those of no other.
    pub async fn remove_ended(&self, call: &Call, limit: i64) -> Result<u64> {
        let mut db = self.parts().store.db(call);
        let mut by_store: BTreeMap<StoreId, Vec<TupleKey>> = BTreeMap::new();
        let mut removed = 0;
        for (store, key) in tuples::expired(&mut db, call.now, limit).await? {
            by_store.entry(store).or_default().push(key);
            removed += 1;
        }
        let mut failed = None;
        for (id, keys) in by_store {
            let store = match self.known(call, id).await {
                Ok(store) => store,
                // It was deleted meanwhile, with all that was in it.
                Err(Error::Refused(Refusal::StoreNotFound)) => continue,
                Err(error) => {
                    failed = failed.or(Some(error));
                    continue;
                }
            };
            let change = Change {
                writes: Vec::new(),
                deletes: keys,
                deletes_ended: true,
                on_duplicate: OnDuplicate::Error,
                on_missing: OnMissing::Ignore,
                author: Author {
                    actor: "claviger".to_owned(),
                    reason: Some("it had ended".to_owned()),
                },
                at: call.now,
            };
            if let Err(error) = self.store_change(call, &store, change).await {
                failed = failed.or(Some(error));
            }
        }
        failed.map_or(Ok(removed), Err)
    }
}
