//! Stores: made, found, listed, deleted.

use crate::access;
use crate::error::{Refusal, Result};
use crate::request::{Page, Paged};
use crate::service::Authz;
use store::stores::{self, StoreRow};
use types::{Call, StoreId, Time};

/// A store as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreInfo {
    /// Its id.
    pub id: StoreId,
    /// What it is called; several may be called the same.
    pub name: String,
    /// When it was made.
    pub created_at: Time,
    /// When its name was last changed: as yet, when it was made.
    pub updated_at: Time,
}

impl Authz {
    /// Makes a store without models and tuples.
    pub async fn create_store(&self, call: &Call, name: &str) -> Result<StoreInfo> {
        let parts = self.parts();
        let id = StoreId::fresh(call.now, &*parts.entropy);
        let mut tx = parts.store.db(call).begin().await?;
        let number = stores::create(&mut tx, id, name, call.now).await?;
        tx.commit().await?;
        parts.known.add(id, number, 0);
        Ok(StoreInfo {
            id,
            name: name.to_owned(),
            created_at: call.now,
            updated_at: call.now,
        })
    }

    /// A store by its id.
    pub async fn find_store(&self, call: &Call, id: StoreId) -> Result<StoreInfo> {
        let row = stores::find(&mut self.parts().store.db(call), id).await?;
        Ok(row.map(info).ok_or(Refusal::StoreNotFound)?)
    }

    /// Stores in the order in which they were made; all of them, or those of a name. The one that
    /// the server keeps itself is not among them.
    pub async fn list_stores(
        &self,
        call: &Call,
        name: Option<&str>,
        page: Page<StoreId>,
    ) -> Result<Paged<StoreInfo, StoreId>> {
        let mut db = self.parts().store.db(call);
        // The ids of all others are behind it.
        let after = page.after.unwrap_or(access::STORE).max(access::STORE);
        let rows = stores::list(&mut db, Some(after), name, page.limit()).await?;
        let items = rows.into_iter().map(info).collect();
        Ok(page.cut(items, |store: &StoreInfo| store.id))
    }

    /// Deletes a store with all that is in it; false where there was none.
    pub async fn delete_store(&self, call: &Call, id: StoreId) -> Result<bool> {
        refuse_kept(id)?;
        let parts = self.parts();
        let mut tx = parts.store.db(call).begin().await?;
        let was_there = stores::delete(&mut tx, id, call.now).await?;
        tx.commit().await?;
        parts.known.forget(id);
        Ok(was_there)
    }
}

/// Refuses changes to the store that the server keeps itself: they would be without audit, and
/// beside the rules.
pub(crate) fn refuse_kept(id: StoreId) -> Result<(), Refusal> {
    if id == access::STORE {
        return Err(Refusal::StoreKept);
    }
    Ok(())
}

fn info(row: StoreRow) -> StoreInfo {
    StoreInfo {
        id: row.id,
        name: row.name,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}
