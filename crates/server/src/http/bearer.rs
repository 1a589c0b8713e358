//! Who asks an API of authorization: the bearer of a service key or of a preshared key.

use super::exchange::Exchange;
use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;
use subtle::ConstantTimeEq;
use types::Secret;

/// How the history of changes names a service key.
const SERVICE_KEY: &str = "service_key";
/// How many bytes of a preshared key's digest stand in its name: enough to tell the keys of one
/// server apart, and too few to guess one of 132 bits by.
const NAME_BYTES: usize = 4;

/// A preshared key, and how the history of changes names it.
#[derive(Debug, Clone)]
pub struct PresharedKey {
    key: Secret<String>,
    name: String,
}

impl PresharedKey {
    /// The key with its name, `preshared:` and the first digits of its SHA-256: it stays the same
    /// wherever the key stands in the configuration.
    pub fn new(key: Secret<String>) -> Self {
        let digest = digest(&SHA256, key.expose().as_bytes());
        let bytes = digest.as_ref().get(..NAME_BYTES).unwrap_or_default();
        Self {
            key,
            name: format!("preshared:{}", HEXLOWER.encode(bytes)),
        }
    }
}

/// What a request bears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bearer<'e> {
    /// Nothing.
    Nothing,
    /// Something that opens nothing here.
    Unknown,
    /// A good key; what it is called in the history of changes.
    Known(&'e str),
}

/// Looks at what a request bears.
pub(crate) fn look(exchange: &Exchange) -> Bearer<'_> {
    let Some(key) = exchange.bearer() else {
        return Bearer::Nothing;
    };
    let app = &exchange.app;
    // All of them are compared, each in constant time: the time tells nothing about any.
    let same = |known: &PresharedKey| {
        let is_same = known.key.expose().as_bytes().ct_eq(key.as_bytes());
        bool::from(is_same)
    };
    let preshared = app.openfga.preshared_keys.iter();
    let known = preshared.fold(None, |found, known| same(known).then_some(known).or(found));
    if let Some(known) = known {
        return Bearer::Known(&known.name);
    }
    let (keys, now) = (app.authn.keys(), exchange.call.now);
    if app.api_keys.is_service(keys, now, key) {
        return Bearer::Known(SERVICE_KEY);
    }
    Bearer::Unknown
}
