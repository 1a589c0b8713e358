//! What GoTrue's routes read from a request beside their own fields.

use crate::gotrue::error::Failure;
use crate::gotrue::json::{self, Object};
use crate::http::exchange::Exchange;
use authn::pkce::Challenge;
use authn::{Asked, Error, Refusal};
use std::collections::BTreeMap;
use types::limits::TEXT_COLUMN_CHARACTERS_MAX;

/// Names the audience that a request is made for.
const AUDIENCE_HEADER: &str = "x-jwt-aud";

/// The request's JSON object. `name` is what GoTrue calls its type in error messages.
pub(super) fn body(exchange: &Exchange, name: &'static str) -> Result<Object, Failure> {
    Ok(json::parse(&exchange.body, name)?)
}

/// Refuses what no column can hold: a NUL in the query, in a form or in a string of the body, and
/// an audience that is too long.
pub(super) fn refuse_unstorable(exchange: &Exchange) -> Result<(), Failure> {
    let form = exchange.form.iter().flat_map(BTreeMap::values);
    let mut fields = exchange.query.values().chain(form);
    if fields.any(|value| value.contains('\0')) || has_nul_escape(&exchange.body) {
        return Err(Refusal::ControlCharacter.into());
    }
    let audience = exchange.header(AUDIENCE_HEADER).unwrap_or_default();
    if audience.chars().count() > TEXT_COLUMN_CHARACTERS_MAX {
        let field = AUDIENCE_HEADER;
        return Err(Refusal::FieldTooLong { field }.into());
    }
    Ok(())
}

/// JSON can only hold a NUL as an escape; the backslash before it may itself be escaped.
fn has_nul_escape(body: &[u8]) -> bool {
    let mut rest = body;
    while let Some(at) = rest.iter().position(|byte| *byte == b'\\') {
        let after = rest.get(at + 1..).unwrap_or_default();
        if after.starts_with(b"u0000") {
            return true;
        }
        rest = after.get(1..).unwrap_or_default();
    }
    false
}

/// The audience that the request is made for: the header, else what is configured.
pub(super) fn audience(exchange: &Exchange) -> String {
    let configured = &exchange.app.authn.settings().jwt.audience;
    named_audience(exchange).unwrap_or(configured).to_owned()
}

/// The audience that the header names.
pub(super) fn named_audience(exchange: &Exchange) -> Option<&str> {
    let header = exchange.header(AUDIENCE_HEADER);
    header.filter(|audience| !audience.is_empty())
}

/// What the request asks for beside its body.
pub(super) fn asked(exchange: &Exchange) -> Asked {
    let header = exchange
        .header("redirect_to")
        .filter(|target| !target.is_empty());
    let query = Some(exchange.query("redirect_to")).filter(|target| !target.is_empty());
    Asked {
        audience: audience(exchange),
        redirect_to: header.or(query).map(str::to_owned),
        referer: exchange.header("referer").map(str::to_owned),
    }
}

/// The challenge that the request brings, if it wants the flow to end in a code.
pub(super) fn challenge(object: &Object) -> Result<Option<Challenge>, Failure> {
    let method = object.text("code_challenge_method")?;
    let challenge = object.text("code_challenge")?;
    Ok(Challenge::parse(&method, &challenge).map_err(Error::from)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nul_is_seen_however_it_is_hidden() {
        for (body, found) in [
            (r#"{"a":"\u0000"}"#, true),
            (r#"{"a":"\\\u0000"}"#, true),
            (r#"{"a":"\\u0000"}"#, false),
            (r#"{"a":"\u0001u0000"}"#, false),
            (r#"{"a":"\"#, false),
            ("", false),
        ] {
            assert_eq!(has_nul_escape(body.as_bytes()), found, "{body}");
        }
    }
}
