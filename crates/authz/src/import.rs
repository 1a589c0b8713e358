//! Many tuples at once, from whoever may write all of them: what comes out of a file.

use crate::error::{Refusal, Result};
use crate::request::{Consistency, OnDuplicate, OnMissing, Scope, WrittenTuple};
use crate::service::Authz;
use crate::stores::refuse_kept;
use crate::writer::Change;
use store::tuples::Author;
use types::{Call, StoreId};

/// Tuples that are stored with one commit, and are one version of the store.
pub const IMPORTED_AT_ONCE: usize = 1_000;

impl Authz {
    /// Stores tuples that fit the newest model, [`IMPORTED_AT_ONCE`] at a time, so that a large
    /// file holds up nobody. One that is there already takes its new condition: an import that was
    /// broken off can be run again. `stored` hears how many are stored so far.
    ///
    /// # Errors
    ///
    /// [`Refusal::Invalid`] for a tuple that does not fit; those before its portion stay stored.
    pub async fn import(
        &self,
        call: &Call,
        store: StoreId,
        tuples: &[WrittenTuple],
        author: &Author,
        mut stored: impl FnMut(usize),
    ) -> Result<()> {
        refuse_kept(store)?;
        let scope = Scope {
            store,
            model: None,
            consistency: Consistency::MinimizeLatency,
        };
        let known = self.known_of(call, scope).await?;
        self.know_models(call, &known, scope).await?;
        let (_, ready, names) = known.model(self.parts(), call, None).await?;
        let mut done = 0;
        for portion in tuples.chunks(IMPORTED_AT_ONCE) {
            let fitting = portion.iter().map(|one| one.fitting(&ready, &names, None));
            let fitting = fitting.collect::<Result<Vec<_>, _>>();
            let mut writes = fitting.map_err(Refusal::Invalid)?;
            // Of a tuple that stands there twice the last counts, as it would in two portions.
            writes.reverse();
            let mut seen = std::collections::HashSet::new();
            writes.retain(|tuple| seen.insert(tuple.key.clone()));
            let change = Change {
                writes,
                deletes: Vec::new(),
                deletes_ended: false,
                on_duplicate: OnDuplicate::Replace,
                on_missing: OnMissing::Error,
                author: author.clone(),
                at: call.now,
            };
            self.store_change(call, &known, change).await?;
            done += portion.len();
            stored(done);
        }
        Ok(())
    }
}
