//! Who asks an API of authorization: the bearer of a service key or of a preshared key.

use super::exchange::Exchange;
use subtle::{Choice, ConstantTimeEq};
use types::Secret;

/// How the history of changes names a service key.
const SERVICE_KEY: &str = "service_key";
/// How the history of changes names a preshared key.
const PRESHARED_KEY: &str = "preshared_key";

/// What a request bears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bearer {
    /// Nothing.
    Nothing,
    /// Something that opens nothing here.
    Unknown,
    /// A good key; what it is called in the history of changes.
    Known(&'static str),
}

/// Looks at what a request bears.
pub(crate) fn look(exchange: &Exchange) -> Bearer {
    let Some(key) = exchange.bearer() else {
        return Bearer::Nothing;
    };
    let app = &exchange.app;
    // All of them are compared, each in constant time: the time tells nothing about any.
    let same = |known: &Secret<String>| known.expose().as_bytes().ct_eq(key.as_bytes());
    let preshared = app.openfga.preshared_keys.iter();
    let is_preshared = preshared.fold(Choice::from(0), |any, known| any | same(known));
    if is_preshared.into() {
        return Bearer::Known(PRESHARED_KEY);
    }
    let (keys, now) = (app.authn.keys(), exchange.call.now);
    if app.api_keys.is_service(keys, now, key) {
        return Bearer::Known(SERVICE_KEY);
    }
    Bearer::Unknown
}
