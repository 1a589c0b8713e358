//! What an application's own trigger or constraint said when it refused a change.

use super::{answer, render, understands_newer};
use crate::gotrue::json;
use crate::http::border;
use crate::http::reply::{self, Reply};
use axum::http::StatusCode;
use axum::http::header::HeaderName;
use axum::http::request::Parts;
use serde::Serialize;
use store::Raised;
use types::Call;

/// What a client is told that does not get the words of the trigger.
const TEXT: &str = "Database error saving new user";

/// The words of a trigger, as PostgREST tells them.
#[derive(Serialize)]
struct RaisedShape<'a> {
    code: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    hint: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    detail: &'a str,
}

/// Clients of the older shape get what the application raised for them, with the status that it
/// chose. What a constraint says is not meant for clients: it shows the row.
pub(super) fn reply(parts: &Parts, call: &Call, raised: &Raised) -> Reply {
    let chosen = raised.sqlstate.strip_prefix("PT");
    let mut reply = if understands_newer(parts) || (chosen.is_none() && raised.sqlstate != "P0001")
    {
        render(parts, call, &answer(500, "unexpected_failure", TEXT), None)
    } else {
        let status = chosen
            .and_then(|digits| digits.parse::<u16>().ok())
            .filter(|status| (400..600).contains(status))
            .and_then(|status| StatusCode::from_u16(status).ok());
        let shape = RaisedShape {
            code: &raised.sqlstate,
            message: &raised.message,
            hint: &raised.hint,
            detail: &raised.detail,
        };
        let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut reply = reply::json(status, json::to_string(&shape));
        let code = HeaderName::from_static("x-sb-error-code");
        reply::set(&mut reply, code, "unexpected_failure");
        reply
    };
    border::note_fault(
        &mut reply,
        format!("{}: {}", raised.sqlstate, raised.message),
    );
    reply
}
