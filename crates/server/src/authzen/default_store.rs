//! The store that is asked where a request names none.

use authz::{Authz, Error, Page};
use std::sync::Mutex;
use std::time::Duration;
use types::{Call, StoreId, Time};

/// What the store is called that is asked where several are there.
const DEFAULT_NAME: &str = "default";
/// How long a store that was found is asked before it is looked for again: stores come and go.
const FOUND_SPAN: Duration = Duration::from_secs(2);

/// The store that is asked where a request names none.
#[derive(Debug, Default)]
pub struct DefaultStore {
    configured: Option<StoreId>,
    found: Mutex<Option<(Time, StoreId)>>,
}

impl DefaultStore {
    /// The configured store; without one, whichever is found when it is asked for.
    pub const fn new(configured: Option<StoreId>) -> Self {
        Self {
            configured,
            found: Mutex::new(None),
        }
    }

    /// The store; `None` where none is configured, and none is called `default` or the only one.
    pub(super) async fn id(&self, authz: &Authz, call: &Call) -> Result<Option<StoreId>, Error> {
        if self.configured.is_some() {
            return Ok(self.configured);
        }
        let known = self.found.lock().ok().and_then(|found| *found);
        if let Some((at, id)) = known
            && call.now.since(at) < FOUND_SPAN
        {
            return Ok(Some(id));
        }
        let id = look(authz, call).await?;
        if let Ok(mut found) = self.found.lock() {
            *found = id.map(|id| (call.now, id));
        }
        Ok(id)
    }
}

/// The store called `default`, or else the only one.
pub(crate) async fn look(authz: &Authz, call: &Call) -> Result<Option<StoreId>, Error> {
    let page = |size| Page { size, after: None };
    let named = authz.list_stores(call, Some(DEFAULT_NAME), page(1));
    if let Some(store) = named.await?.items.first() {
        return Ok(Some(store.id));
    }
    let all = authz.list_stores(call, None, page(2)).await?;
    Ok(match all.items.as_slice() {
        [only] => Some(only.id),
        _ => None,
    })
}
