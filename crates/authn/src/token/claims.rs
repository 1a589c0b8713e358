//! The claims that the server reads, out of the claims that a token has.

use super::{AmrEntry, TokenError, Verified};
use serde_json::{Map, Number, Value};

/// The claims, and `nbf` in seconds since the Unix epoch. A claim of the wrong type makes the
/// whole token malformed; `null` is the same as missing.
pub(super) fn read(claims: Map<String, Value>) -> Result<(Verified, Option<i64>), TokenError> {
    let not_before = date(&claims, "nbf")?;
    for name in ["app_metadata", "user_metadata"] {
        match claims.get(name) {
            None | Some(Value::Null | Value::Object(_)) => {}
            Some(_) => return Err(wrong(name, "an object")),
        }
    }
    let verified = Verified {
        sub: text(&claims, "sub")?,
        session_id: text(&claims, "session_id")?,
        role: text(&claims, "role")?.unwrap_or_default(),
        aud: audience(&claims)?,
        iss: text(&claims, "iss")?.unwrap_or_default(),
        exp: date(&claims, "exp")?,
        iat: date(&claims, "iat")?,
        aal: text(&claims, "aal")?.unwrap_or_default(),
        amr: methods(&claims)?,
        email: text(&claims, "email")?.unwrap_or_default(),
        phone: text(&claims, "phone")?.unwrap_or_default(),
        is_anonymous: flag(&claims, "is_anonymous")?,
        client_id: text(&claims, "client_id")?,
        scope: text(&claims, "scope")?,
        claims,
    };
    Ok((verified, not_before))
}

/// A text that is not empty.
fn text(claims: &Map<String, Value>, name: &str) -> Result<Option<String>, TokenError> {
    match claims.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone()).filter(|text| !text.is_empty())),
        Some(_) => Err(wrong(name, "a string")),
    }
}

fn flag(claims: &Map<String, Value>, name: &str) -> Result<bool, TokenError> {
    match claims.get(name) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(flag)) => Ok(*flag),
        Some(_) => Err(wrong(name, "a boolean")),
    }
}

/// A `NumericDate` (RFC 7519 section 2), fractions cut off.
fn date(claims: &Map<String, Value>, name: &str) -> Result<Option<i64>, TokenError> {
    match claims.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Number(number)) => Ok(Some(seconds(number))),
        Some(_) => Err(wrong(name, "a number")),
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "conversion to an integer saturates, which is what a time out of range should do"
)]
fn seconds(number: &Number) -> i64 {
    let whole = number.as_i64();
    whole.unwrap_or_else(|| number.as_f64().map_or(0, |seconds| seconds.floor() as i64))
}

fn audience(claims: &Map<String, Value>) -> Result<Vec<String>, TokenError> {
    match claims.get("aud") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(audience)) => Ok(vec![audience.clone()]),
        Some(Value::Array(audiences)) => {
            let strings = audiences.iter().map(|audience| audience.as_str());
            let strings: Option<Vec<_>> = strings.map(|text| text.map(str::to_owned)).collect();
            strings.ok_or_else(|| wrong("aud", "a string or an array of strings"))
        }
        Some(_) => Err(wrong("aud", "a string or an array of strings")),
    }
}

fn methods(claims: &Map<String, Value>) -> Result<Vec<AmrEntry>, TokenError> {
    match claims.get("amr") {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(entries) => {
            serde_json::from_value(entries.clone()).map_err(|_| wrong("amr", "an array of methods"))
        }
    }
}

fn wrong(name: &str, expected: &str) -> TokenError {
    TokenError::malformed(format!(
        "could not JSON decode claim: `{name}` is not {expected}"
    ))
}
