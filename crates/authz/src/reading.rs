//! Tuples and their changes as they are stored.

use crate::error::{Refusal, Result};
use crate::known::KnownStore;
use crate::request::{Page, Paged};
use crate::service::{Authz, Parts};
use store::changes::{self, ChangeRow};
use store::stores;
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
    /// The version that the answer must know; none: it knows that of the moment.
    pub at_least: Option<i64>,
}

/// Which changes to read. All parts that are given must fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ChangeFilter<'a> {
    /// Of tuples about objects of this type.
    pub type_name: Option<&'a str>,
    /// From this time on.
    pub from: Option<Time>,
    /// The version that the answer must know; none: it knows that of the moment.
    pub at_least: Option<i64>,
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
        let at_least = filter.at_least;
        let filter = filter.parse()?;
        let parts = self.parts();
        let Some(known) = parts.known.find_current(parts, call, store).await? else {
            return Ok(page.cut(Vec::new(), key));
        };
        require(parts, call, (store, &known), at_least).await?;
        let mut db = parts.store.db(call);
        let (after, limit) = (page.after.as_ref(), page.limit());
        let found = tuples::read(&mut db, known.number, &filter, after, call.now, limit).await?;
        Ok(page.cut(found, key))
    }

    /// Reads the changes of tuples in the order of their commits, from a place on. The next page
    /// begins behind the last change that was read, whether there is more now or not.
    pub async fn changes(
        &self,
        call: &Call,
        store: StoreId,
        filter: ChangeFilter<'_>,
        page: Page<ChangeAt>,
    ) -> Result<Paged<ChangeRow, ChangeAt>> {
        let parts = self.parts();
        let mut after = page.after;
        let mut items = Vec::new();
        if let Some(known) = parts.known.find_current(parts, call, store).await? {
            require(parts, call, (store, &known), filter.at_least).await?;
            let ChangeFilter {
                type_name, from, ..
            } = filter;
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

/// Refuses to read what knows less than a version: the database is read, and so it is the database
/// that must have reached it.
async fn require(
    parts: &Parts,
    call: &Call,
    (store, known): (StoreId, &KnownStore),
    at_least: Option<i64>,
) -> Result<()> {
    let Some(asked) = at_least.filter(|version| known.version() < *version) else {
        return Ok(());
    };
    let row = stores::find(&mut parts.store.db(call), store).await?;
    let reached = row.map_or(0, |row| row.version);
    if reached < asked {
        return Err(Refusal::VersionAhead { asked, reached }.into());
    }
    Ok(())
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
