//! Changes of tuples: written and deleted by key, or deleted by whom and what they are about.

use crate::error::{Refusal, Result};
use crate::request::Consistency;
use crate::request::{OnMissing, Scope, Write};
use crate::service::Authz;
use crate::stores::refuse_kept;
use crate::writer::Change;
use std::collections::HashSet;
use store::tuples::{self, Author, TupleFilter};
use types::{Call, ModelId, Object, StoreId, Subject, TupleKey};

/// The most tuples in one write, deletes included (OpenFGA's default).
pub const WRITE_MAX: usize = 100;
/// Tuples that are deleted with one commit where there may be many.
const DELETED_AT_ONCE: usize = 500;

/// A change that was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// The version of the store with it.
    pub version: i64,
    /// The model that the writes fit; none where nothing was to be written.
    pub model: Option<ModelId>,
}

/// Which tuples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Matching {
    /// All that are about an object: whoever has whatever relation to it.
    Object(Object),
    /// All that name a subject, to whatever it has relations.
    Subject(Subject),
    /// All that are about objects of a type.
    Type(String),
}

impl Authz {
    /// Changes tuples: all that is asked for, or nothing.
    pub async fn write(&self, call: &Call, store: StoreId, write: Write) -> Result<Stored> {
        refuse_kept(store)?;
        let scope = Scope {
            store,
            model: write.model,
            consistency: Consistency::MinimizeLatency,
        };
        let known = self.known_of(call, scope).await?;
        let count = write.writes.len() + write.deletes.len();
        if count == 0 {
            return Err(Refusal::NothingToWrite.into());
        }
        if count > WRITE_MAX {
            let what = "write operations";
            return Err(Refusal::TooMany {
                what,
                most: WRITE_MAX,
            }
            .into());
        }
        self.know_models(call, &known, scope).await?;
        let (model, ready, names) = known.model(self.parts(), call, write.model).await?;
        let fitting = (write.writes.iter())
            .map(|tuple| tuple.fitting(&ready, &names, write.expires_at))
            .collect::<Result<Vec<_>, _>>();
        let writes = fitting.map_err(Refusal::Invalid)?;
        let deletes = (write.deletes.iter())
            .map(crate::request::WrittenTuple::key)
            .collect::<Result<Vec<_>, _>>();
        let deletes = deletes.map_err(Refusal::Invalid)?;
        refuse_duplicates(writes.iter().map(|tuple| &tuple.key).chain(&deletes))?;
        let change = Change {
            writes,
            deletes,
            deletes_ended: false,
            on_duplicate: write.on_duplicate,
            on_missing: write.on_missing,
            author: Author {
                actor: write.actor,
                reason: write.reason,
            },
            at: call.now,
        };
        let version = self.store_change(call, &known, change).await?;
        Ok(Stored {
            version,
            model: Some(model),
        })
    }

    /// Deletes all tuples that are about something, a little with each commit; how many there were.
    /// What is written meanwhile may stay.
    pub async fn delete_matching(
        &self,
        call: &Call,
        store: StoreId,
        which: &Matching,
        author: Author,
    ) -> Result<u64> {
        refuse_kept(store)?;
        let known = self.known(call, store).await?;
        let filter = which.filter();
        let (mut deleted, mut after) = (0, None);
        loop {
            let mut db = self.parts().store.db(call);
            let limit = i64::try_from(DELETED_AT_ONCE).unwrap_or(i64::MAX);
            // Behind what was deleted: a database walks past that as if it were there.
            let behind = after.as_ref();
            let found = tuples::read(&mut db, known.number, &filter, behind, call.now, limit);
            let found = found.await?;
            if found.is_empty() {
                return Ok(deleted);
            }
            let keys: Vec<_> = found.into_iter().map(|stored| stored.tuple.key).collect();
            deleted += keys.len() as u64;
            after = keys.last().cloned();
            let change = Change {
                writes: Vec::new(),
                deletes: keys,
                deletes_ended: false,
                on_duplicate: crate::request::OnDuplicate::Error,
                on_missing: OnMissing::Ignore,
                author: author.clone(),
                at: call.now,
            };
            self.store_change(call, &known, change).await?;
        }
    }
}

impl Matching {
    fn filter(&self) -> TupleFilter {
        let nothing = TupleFilter::default();
        match self {
            Self::Object(object) => TupleFilter {
                object_type: Some(object.type_name().to_owned()),
                object_id: Some(object.id().to_owned()),
                ..nothing
            },
            Self::Subject(subject) => TupleFilter {
                subject: Some(subject.clone()),
                ..nothing
            },
            Self::Type(type_name) => TupleFilter {
                object_type: Some(type_name.clone()),
                ..nothing
            },
        }
    }
}

fn refuse_duplicates<'a>(keys: impl Iterator<Item = &'a TupleKey>) -> Result<()> {
    let mut seen = HashSet::new();
    for key in keys {
        if !seen.insert(key) {
            return Err(Refusal::DuplicateInRequest(Box::new(key.clone())).into());
        }
    }
    Ok(())
}
