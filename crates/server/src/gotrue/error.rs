//! Every reason and fault in GoTrue's words: status, code and text in both shapes.

use crate::gotrue::json::JsonError;
use crate::gotrue::{json, session};
use crate::http::border::{self, Fault};
use crate::http::exchange::Exchange;
use crate::http::limits::Limited;
use crate::http::reply::{self, Notes, Reply};
use crate::log::chain;
use authn::password::WeakPassword;
use authn::{Error, Refusal, Trace};
use axum::http::StatusCode;
use axum::http::header::HeaderName;
use axum::http::request::Parts;
use serde::Serialize;
use std::borrow::Cow;
use std::time::Duration;
use types::Call;
use types::limits::FORM_PAIRS_MAX;

mod raised;
mod refusal;
pub(super) mod told;

/// The version from which clients understand the newer shape.
const API_VERSION: &str = "2024-01-01";
/// How long a client should wait where a dependency cannot answer.
const OUTAGE_RETRY: Duration = Duration::from_secs(1);

/// What is said where a dependency cannot answer.
const OUTAGE_TEXT: &str = "The service is temporarily unavailable, please try again";
/// What is said about a fault of ours.
const UNEXPECTED_TEXT: &str = "Unexpected failure, please check server logs for more information";

/// Why a handler did not answer as asked.
#[derive(Debug)]
pub(super) enum Failure {
    /// The use case refused or failed.
    Authn(Error),
    /// The body is not the JSON that the route expects.
    Json(JsonError),
    /// A limit was hit.
    Limited(Limited),
    /// A feature that is known and not built, in GoTrue's words: status, code, text.
    Disabled(u16, &'static str, &'static str),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Authn(error)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Authn(refusal.into())
    }
}

impl From<JsonError> for Failure {
    fn from(error: JsonError) -> Self {
        Self::Json(error)
    }
}

impl From<Limited> for Failure {
    fn from(limited: Limited) -> Self {
        Self::Limited(limited)
    }
}

/// One answer: what both shapes are made from.
#[derive(Debug)]
struct Answer {
    status: u16,
    code: &'static str,
    text: Cow<'static, str>,
}

/// The shape that clients have always understood.
#[derive(Serialize)]
struct OldShape<'a> {
    code: u16,
    error_code: &'a str,
    msg: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    weak_password: Option<WeakReasons<'a>>,
}

/// The shape of API version 2024-01-01.
#[derive(Serialize)]
struct NewShape<'a> {
    code: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    weak_password: Option<WeakReasons<'a>>,
}

#[derive(Serialize, Clone, Copy)]
struct WeakReasons<'a> {
    reasons: &'a [&'static str],
}

/// A handler's outcome as a reply.
pub(super) fn worded(exchange: &Exchange, outcome: Result<Reply, Failure>) -> Reply {
    let (parts, call) = (&exchange.parts, &exchange.call);
    match outcome {
        Ok(reply) => reply,
        Err(Failure::Json(error)) => {
            let text = format!("Could not parse request body as JSON: {error}");
            render(parts, call, &answer(400, "bad_json", text), None)
        }
        Err(Failure::Limited(limited)) => {
            let mut reply = fault(parts, call, &Fault::Limited(limited));
            border::name_limit(&mut reply, limited);
            reply
        }
        Err(Failure::Disabled(status, code, text)) => {
            render(parts, call, &answer(status, code, text), None)
        }
        Err(Failure::Authn(error)) => authn(parts, call, error),
    }
}

fn authn(parts: &Parts, call: &Call, error: Error) -> Reply {
    match error {
        Error::Refused(refusal) => refused(parts, call, &refusal),
        Error::RefusedSession { refusal, trace } => {
            let mut reply = refused(parts, call, &refusal);
            session::trace(
                &mut reply,
                &Trace {
                    refresh_token_counter: None,
                    ..*trace
                },
            );
            reply
        }
        Error::Weak(weak) => {
            let text = weak.message.clone();
            render(
                parts,
                call,
                &answer(422, "weak_password", text),
                Some(&weak),
            )
        }
        Error::Raised(raised) => raised::reply(parts, call, &raised),
        Error::Unavailable { what, source } => {
            let outage = answer(503, "unexpected_failure", OUTAGE_TEXT);
            let mut reply = render(parts, call, &outage, None);
            border::set_retry_after(&mut reply, OUTAGE_RETRY);
            border::note_fault(&mut reply, format!("{what}: {}", chain(source.as_ref())));
            reply
        }
        Error::Internal(source) => {
            let fault = answer(500, "unexpected_failure", UNEXPECTED_TEXT);
            let mut reply = render(parts, call, &fault, None);
            border::note_fault(&mut reply, chain(source.as_ref()));
            reply
        }
    }
}

fn refused(parts: &Parts, call: &Call, refusal: &Refusal) -> Reply {
    let (status, code, text) = refusal::words(refusal);
    let mut reply = render(parts, call, &Answer { status, code, text }, None);
    border::name_limit_behind(&mut reply, refusal);
    reply
}

/// The border's faults in GoTrue's words.
pub(super) fn fault(parts: &Parts, call: &Call, fault: &Fault) -> Reply {
    let words = match fault {
        Fault::NotFound => {
            let mut reply = reply::text(StatusCode::NOT_FOUND, "404 page not found\n");
            let nosniff = HeaderName::from_static("x-content-type-options");
            reply::set(&mut reply, nosniff, "nosniff");
            return reply;
        }
        Fault::MethodNotAllowed => return reply::empty(StatusCode::METHOD_NOT_ALLOWED),
        Fault::BodyTooLarge => answer(
            413,
            "request_entity_too_large",
            "Request body too large (max 1048576 bytes)",
        ),
        Fault::TooManyPairs => answer(
            400,
            "validation_failed",
            format!("Too many parameters in the query or the form (max {FORM_PAIRS_MAX})"),
        ),
        Fault::BodyBroken => answer(
            400,
            "bad_json",
            "Could not read the request body to its end",
        ),
        Fault::InvalidApiKey => {
            let (status, code, text) = refusal::words(&Refusal::InvalidApiKey);
            Answer { status, code, text }
        }
        Fault::Limited(_) => {
            let (status, code, text) = refusal::words(&Refusal::OverRequestRate);
            Answer { status, code, text }
        }
        Fault::Late => answer(
            504,
            "request_timeout",
            "Processing this request timed out, please retry after a moment.",
        ),
        Fault::Busy => answer(503, "unexpected_failure", OUTAGE_TEXT),
        Fault::Panicked => answer(500, "unexpected_failure", UNEXPECTED_TEXT),
    };
    render(parts, call, &words, None)
}

fn answer(status: u16, code: &'static str, text: impl Into<Cow<'static, str>>) -> Answer {
    Answer {
        status,
        code,
        text: text.into(),
    }
}

fn render(parts: &Parts, call: &Call, answer: &Answer, weak: Option<&WeakPassword>) -> Reply {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let newer = understands_newer(parts);
    let reasons = weak.map(|weak| WeakReasons {
        reasons: &weak.reasons,
    });
    let body = if newer {
        let shape = NewShape {
            code: answer.code,
            message: &answer.text,
            weak_password: reasons,
        };
        json::to_string(&shape)
    } else {
        let error_id = status.is_server_error().then(|| call.id.to_string());
        json::to_string(&OldShape {
            code: answer.status,
            error_code: answer.code,
            msg: &answer.text,
            error_id,
            weak_password: reasons,
        })
    };
    let mut reply = reply::json(status, body);
    if newer {
        let name = HeaderName::from_static("x-supabase-api-version");
        reply::set(&mut reply, name, API_VERSION);
    }
    // GoTrue leaves this header out of one answer.
    if !(newer && weak.is_some()) {
        reply::set(
            &mut reply,
            HeaderName::from_static("x-sb-error-code"),
            answer.code,
        );
    }
    let error_code = Some(answer.code.to_owned());
    reply.extensions_mut().insert(Notes {
        error_code,
        fault: None,
    });
    reply
}

/// The client asks for a version from which the newer shape is used.
fn understands_newer(parts: &Parts) -> bool {
    let header = parts.headers.get("x-supabase-api-version");
    let version = header
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    is_date(version) && version >= API_VERSION
}

/// `YYYY-MM-DD`: compared as text, dates compare as dates.
fn is_date(text: &str) -> bool {
    text.len() == 10
        && text.bytes().enumerate().all(|(i, byte)| match i {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}
