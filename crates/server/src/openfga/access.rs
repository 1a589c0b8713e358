//! Who may ask: whoever bears a service key or a preshared key.

use super::code::Code;
use super::error::Failure;
use crate::http::exchange::Exchange;
use subtle::{Choice, ConstantTimeEq};

/// How the history of changes names a service key.
const SERVICE_KEY: &str = "service_key";
/// How the history of changes names a preshared key.
const PRESHARED_KEY: &str = "preshared_key";

/// Admits the bearer of a good key; what it is called in the history of changes.
pub(super) fn admit(exchange: &Exchange) -> Result<&'static str, Failure> {
    let Some(key) = exchange.bearer() else {
        let what = "missing bearer token".to_owned();
        return Err(Failure::Refused(Code::BearerTokenMissing, what));
    };
    let app = &exchange.app;
    // All of them are compared, each in constant time: the time tells nothing about any.
    let same = |known: &types::Secret<String>| known.expose().as_bytes().ct_eq(key.as_bytes());
    let preshared = app.openfga.preshared_keys.iter();
    let is_preshared = preshared.fold(Choice::from(0), |any, known| any | same(known));
    if is_preshared.into() {
        return Ok(PRESHARED_KEY);
    }
    let (keys, now) = (app.authn.keys(), exchange.call.now);
    if app.api_keys.is_service(keys, now, key) {
        return Ok(SERVICE_KEY);
    }
    let what = "unauthenticated".to_owned();
    Err(Failure::Refused(Code::Unauthenticated, what))
}
