//! Every reason and fault in the account API's words: one shape, `{detail, request_id,
//! status_code}`, with the faults of single fields beside it.

mod refusal;

use crate::http::border::{self, Fault, Handled};
use crate::http::exchange::Exchange;
use crate::http::reply::{self, Reply};
use crate::log::chain;
use authn::Error;
use axum::http::StatusCode;
use axum::http::header::WWW_AUTHENTICATE;
use axum::http::request::Parts;
use refusal::Words;
use serde::Serialize;
use std::borrow::Cow;
use std::fmt;
use std::time::Duration;
use types::Call;
use types::limits::{BODY_FIELDS_MAX, FORM_PAIRS_MAX};

/// How long a client should wait where a dependency cannot answer.
const OUTAGE_RETRY: Duration = Duration::from_secs(1);
const OUTAGE_TEXT: &str = "The service is temporarily unavailable, please try again.";
const UNEXPECTED_TEXT: &str = "Internal server error";

/// Why a handler did not answer as asked.
#[derive(Debug)]
pub(super) enum Failure {
    /// The use case refused or failed.
    Authn(Error),
    /// The body is not JSON.
    NoJson,
    /// The body is no object.
    NoObject,
    /// The body has more fields than are looked at.
    TooManyFields,
    /// Fields of the body cannot be used.
    Fields(Vec<FieldFault>),
    /// A route that is known and not offered, and why.
    Gone(&'static str),
}

/// What is wrong with one field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct FieldFault {
    field: String,
    message: String,
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    detail: &'a str,
    request_id: String,
    status_code: u16,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldFault],
}

/// Longest name of a field that is repeated in an answer, in characters.
const FIELD_CHARACTERS_MAX: usize = 64;

impl FieldFault {
    pub(super) fn new(field: &str, message: impl fmt::Display) -> Self {
        Self {
            field: field.chars().take(FIELD_CHARACTERS_MAX).collect(),
            message: message.to_string(),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Authn(error)
    }
}

/// A handler's outcome as a reply.
pub(super) fn worded(exchange: &Exchange, outcome: Result<Reply, Failure>) -> Reply {
    let call = &exchange.call;
    match outcome {
        Ok(reply) => reply,
        Err(Failure::NoJson) => plain(call, 400, "The body is not valid JSON."),
        Err(Failure::NoObject) => plain(call, 422, "The body must be a JSON object."),
        Err(Failure::TooManyFields) => {
            let detail = format!("The body has too many fields: at most {BODY_FIELDS_MAX}.");
            render(call, 422, detail, &[])
        }
        Err(Failure::Fields(faults)) => fields(call, &faults),
        Err(Failure::Gone(why)) => plain(call, 410, why),
        Err(Failure::Authn(error)) => authn(call, error),
    }
}

/// A request that no route is for is told so, whoever asks.
pub(super) fn stray(exchange: &Exchange, kind: Fault) -> Handled<'_> {
    Box::pin(async move { fault(&exchange.parts, &exchange.call, &kind) })
}

/// The border's faults in this API's words.
pub(super) fn fault(_: &Parts, call: &Call, fault: &Fault) -> Reply {
    match fault {
        Fault::NotFound => plain(call, 404, "No such path."),
        Fault::MethodNotAllowed => plain(call, 405, "This path has other methods."),
        Fault::BodyTooLarge => plain(call, 413, "The body is too large: at most 1 MiB."),
        Fault::TooManyPairs => {
            let what = "The query or the form has too many fields";
            render(call, 400, format!("{what}: at most {FORM_PAIRS_MAX}."), &[])
        }
        Fault::BodyBroken => plain(call, 400, "The body could not be read to its end."),
        Fault::InvalidApiKey => refused(call, &refusal::INVALID_API_KEY),
        Fault::Limited(_) => plain(call, 429, "Too many requests, please slow down."),
        Fault::Late | Fault::Busy => outage(call),
        Fault::Panicked => plain(call, 500, UNEXPECTED_TEXT),
    }
}

fn authn(call: &Call, error: Error) -> Reply {
    match error {
        Error::Refused(refusal) | Error::RefusedSession { refusal, .. } => {
            let words = refusal::words(&refusal);
            let mut reply = refused(call, &words);
            border::name_limit_behind(&mut reply, &refusal);
            if let Some(seconds) = refusal::retry_after(&refusal) {
                border::set_retry_after(&mut reply, Duration::from_secs(seconds));
            }
            if words.status == 500 {
                border::note_fault(&mut reply, format!("refused: {refusal:?}"));
            }
            reply
        }
        Error::Weak(weak) => fields(call, &[FieldFault::new("password", weak.message)]),
        Error::Raised(raised) => {
            let mut reply = plain(call, 500, UNEXPECTED_TEXT);
            border::note_fault(&mut reply, raised.message);
            reply
        }
        Error::Unavailable { what, source } => {
            let mut reply = outage(call);
            border::note_fault(&mut reply, format!("{what}: {}", chain(source.as_ref())));
            reply
        }
        Error::Internal(source) => {
            let mut reply = plain(call, 500, UNEXPECTED_TEXT);
            border::note_fault(&mut reply, chain(source.as_ref()));
            reply
        }
    }
}

/// An outage is never the client's fault: it keeps its tokens and comes back.
fn outage(call: &Call) -> Reply {
    let mut reply = plain(call, 503, OUTAGE_TEXT);
    border::set_retry_after(&mut reply, OUTAGE_RETRY);
    reply
}

fn refused(call: &Call, words: &Words) -> Reply {
    let mut reply = plain(call, words.status, words.detail);
    if let Some(challenge) = words.challenge {
        reply::set(&mut reply, WWW_AUTHENTICATE, challenge);
    }
    reply
}

/// All faults of a body: each by its field, and together in one line for people.
fn fields(call: &Call, faults: &[FieldFault]) -> Reply {
    let line = |fault: &FieldFault| format!("{} {}", fault.field, fault.message);
    let lines: Vec<String> = faults.iter().map(line).collect();
    render(call, 422, lines.join("; "), faults)
}

fn plain(call: &Call, status: u16, detail: &'static str) -> Reply {
    render(call, status, detail, &[])
}

fn render(
    call: &Call,
    status: u16,
    detail: impl Into<Cow<'static, str>>,
    errors: &[FieldFault],
) -> Reply {
    let body = ErrorBody {
        detail: &detail.into(),
        request_id: call.id.to_string(),
        status_code: status,
        errors,
    };
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    super::wire::json(status, &body)
}
