//! Tuples and their changes as they are stored.

use crate::error::{Refusal, Result};
use crate::request::{Page, Paged};
use crate::service::Authz;
use store::changes::{self, ChangeRow};
use store::tuples::{self, StoredTuple, TupleFilter};
use types::{Call, StoreId, Subject, Time, TupleKey};

/// Which tuples to read, in the words of whoever asks. All parts that are given must fit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReadFilter {
    /// Who.
    pub user: Option<String>,
    /// Which relation.
    pub relation: Option<String>,
    /// To what: `type:id`, or `type:` for all objects of a type.
    pub object: Option<String>,
}

/// Where a change stands in the history of its store: the version, and the place in it.
pub type ChangeAt = (i64, i64);

impl Authz {
    /// Reads tuples as they are stored, whether or not a model takes them.
    pub async fn read(
        &self,
        call: &Call,
        store: StoreId,
        filter: &ReadFilter,
        page: Page<TupleKey>,
    ) -> Result<Paged<StoredTuple, TupleKey>> {
        let filter = filter.parse()?;
        let parts = self.parts();
        let Some(known) = parts.known.find_current(parts, call, store).await? else {
            return Ok(page.cut(Vec::new(), key));
        };
        let mut db = parts.store.db(call);
        let (after, limit) = (page.after.as_ref(), page.limit());
        let found = tuples::read(&mut db, known.number, &filter, after, call.now, limit).await?;
        Ok(page.cut(found, key))
    }

    /// Reads the changes of tuples in the order of their commits, from a place or a time on. The
    /// next page begins behind the last change that was read, whether there is more now or not.
    pub async fn changes(
        &self,
        call: &Call,
        store: StoreId,
        type_name: Option<&str>,
        from: Option<Time>,
        page: Page<ChangeAt>,
    ) -> Result<Paged<ChangeRow, ChangeAt>> {
        let parts = self.parts();
        let mut after = page.after;
        let mut items = Vec::new();
        if let Some(known) = parts.known.find_current(parts, call, store).await? {
            let mut db = parts.store.db(call);
            if let Some(from) = from {
                after = changes::place_before(&mut db, known.number, from).await?;
                if after.is_none() {
                    let next = page.after;
                    return Ok(Paged { items, next });
                }
            }
            let (at, limit) = (after.unwrap_or_default(), page.limit());
            items = changes::read(&mut db, known.number, type_name, at, limit).await?;
            items.truncate(page.size);
        }
        let last = items.last().map(|change| (change.version, change.item));
        Ok(Paged {
            items,
            next: last.or(after),
        })
    }
}

fn key(stored: &StoredTuple) -> TupleKey {
    stored.tuple.key.clone()
}

impl ReadFilter {
    fn parse(&self) -> Result<TupleFilter, Refusal> {
        let mut filter = TupleFilter {
            relation: self.relation.clone(),
            ..TupleFilter::default()
        };
        if let Some(object) = &self.object {
            let parts = object.split_once(':').filter(|(name, _)| !name.is_empty());
            let (type_name, id) = parts.ok_or_else(|| {
                let reason =
                    format!("the 'object' field must be 'type:id' or 'type:', it is '{object}'");
                Refusal::Invalid(reason)
            })?;
            filter.object_type = Some(type_name.to_owned());
            filter.object_id = Some(id.to_owned()).filter(|id| !id.is_empty());
        }
        if let Some(user) = &self.user {
            let subject = Subject::parse(user);
            let invalid = |e| Refusal::Invalid(format!("invalid 'user' field '{user}': {e}"));
            filter.subject = Some(subject.map_err(invalid)?);
        }
        Ok(filter)
    }
}
