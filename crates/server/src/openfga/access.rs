//! Who may ask: whoever bears a service key or a preshared key.

use super::code::Code;
use super::error::Failure;
use crate::http::bearer::{self, Bearer};
use crate::http::exchange::Exchange;

/// Admits the bearer of a good key; what it is called in the history of changes.
pub(super) fn admit(exchange: &Exchange) -> Result<&str, Failure> {
    let (code, what) = match bearer::look(exchange) {
        Bearer::Known(actor) => return Ok(actor),
        Bearer::Nothing => (Code::BearerTokenMissing, "missing bearer token"),
        Bearer::Unknown => (Code::Unauthenticated, "unauthenticated"),
    };
    Err(Failure::Refused(code, what.to_owned()))
}
