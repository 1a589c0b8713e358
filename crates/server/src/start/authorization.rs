//! The authorization API's parts, and the store that applications find when they begin.

use super::{StartError, World, own_call};
use crate::authzen::look;
use crate::config::{Config, Mode};
use crate::http::bearer::PresharedKey;
use crate::http::page_token::Tokens;
use crate::openfga::OpenFga;
use authn::shared_keys::SharedKeys;
use authz::access::{self, Access, MediaKey};
use authz::{Authz, Page, Settings};
use std::sync::Arc;
use std::time::Duration;
use store::Store;
use types::{Call, StoreId};

/// What the store is called that is made in development.
const DEFAULT_STORE: &str = "default";
/// Longest time that the look for the store may take.
const STORE_SPAN: Duration = Duration::from_secs(5);

/// The use cases.
pub(super) fn use_cases(config: &Config, world: &World, store: &Store) -> Authz {
    let (clock, entropy) = (Arc::clone(&world.clock), Arc::clone(&world.entropy));
    let settings = Settings {
        resident_bytes_max: u64::from(config.openfga.resident_mib_max) << 20,
        list_results_max: usize::try_from(config.openfga.list_results_max).unwrap_or(usize::MAX),
    };
    Authz::new(store.clone(), clock, entropy, settings)
}

/// Those about resources, teams and media. Their store is made here, where there is none.
pub(super) async fn access(
    config: &Config,
    authz: &Authz,
    call: &Call,
    keys: &SharedKeys,
) -> Result<Access, StartError> {
    let settings = access::Settings {
        media_key: MediaKey::new(keys.media.clone()),
        site_url: config.authn.site.site_url.clone(),
        authorized_addresses: config.authn.email.authorized_addresses.clone(),
    };
    Ok(Access::open(authz.clone(), call, settings).await?)
}

/// What the API needs beside them.
pub(super) fn adapter(config: &Config, keys: &SharedKeys) -> OpenFga {
    OpenFga {
        preshared_keys: (config.openfga.preshared_keys.iter().cloned())
            .map(PresharedKey::new)
            .collect(),
        tokens: Tokens::new(keys.page_tokens.clone()),
    }
}

/// The store that is told at the start: the one called `default`, or the only one. In development,
/// where there is none at all, it is made; in production nothing is.
pub(super) async fn told_store(
    config: &Config,
    world: &World,
    authz: &Authz,
) -> Result<Option<StoreId>, StartError> {
    let call = own_call(world, STORE_SPAN);
    if let Some(id) = look(authz, &call).await? {
        return Ok(Some(id));
    }
    let page = Page {
        size: 1,
        after: None,
    };
    let is_empty = authz.list_stores(&call, None, page).await?.items.is_empty();
    if !is_empty || config.mode == Mode::Production {
        return Ok(None);
    }
    let made = authz.create_store(&call, DEFAULT_STORE).await?;
    Ok(Some(made.id))
}
