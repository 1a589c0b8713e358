//! Failures in this API's words: one shape for all of them.

use crate::http::border::{self, Fault, Handled};
use crate::http::exchange::Exchange;
use crate::http::reply::{self, Notes, Reply};
use authn::Refusal as SignIn;
use authz::access::{Error, Refusal};
use axum::http::StatusCode;
use axum::http::header::WWW_AUTHENTICATE;
use axum::http::request::Parts;
use serde::Serialize;
use std::error::Error as StdError;
use std::time::Duration;
use types::Call;
use types::limits::FORM_PAIRS_MAX;

/// When a client should come back after an outage.
const OUTAGE_RETRY: Duration = Duration::from_secs(1);

/// Why a request was not done.
#[derive(Debug)]
pub(super) enum Failure {
    /// The body is no JSON; what is wrong with it.
    NoJson(String),
    /// The body, the path or the query has a value that it may not have.
    Invalid { field: String, fault: String },
    /// A link to a file that was signed by nobody, or is over.
    BadMediaToken,
    /// The sign-in flows do not know who asks.
    Authn(authn::Error),
    /// The use case refused or failed.
    Access(Error),
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    code: &'a str,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a str>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    emergency: bool,
    request_id: String,
    status_code: u16,
}

impl Failure {
    pub(super) fn invalid(field: impl Into<String>, fault: impl Into<String>) -> Self {
        Self::Invalid {
            field: field.into(),
            fault: fault.into(),
        }
    }
}

impl From<authn::Error> for Failure {
    fn from(error: authn::Error) -> Self {
        Self::Authn(error)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Access(error)
    }
}

/// A handler's outcome as a reply.
pub(super) fn worded(exchange: &Exchange, outcome: Result<Reply, Failure>) -> Reply {
    let call = &exchange.call;
    match outcome {
        Ok(reply) => reply,
        Err(Failure::NoJson(fault)) => {
            let detail = format!("The body is not valid JSON: {fault}.");
            render(call, 400, "invalid_json", &detail, None)
        }
        Err(Failure::Invalid { field, fault }) => {
            let detail = format!("{field} {fault}.");
            render(call, 422, "invalid_request", &detail, Some(&field))
        }
        Err(Failure::BadMediaToken) => {
            let detail = "The token is not valid, or no longer.";
            challenged(render(call, 401, "invalid_token", detail, None))
        }
        Err(Failure::Authn(error)) => authn(call, error),
        Err(Failure::Access(error)) => access(call, error),
    }
}

/// A request that no route is for is told so, whoever asks.
pub(super) fn stray(exchange: &Exchange, kind: Fault) -> Handled<'_> {
    Box::pin(async move { fault(&exchange.parts, &exchange.call, &kind) })
}

/// The border's faults in this API's words.
pub(super) fn fault(_: &Parts, call: &Call, fault: &Fault) -> Reply {
    let told = |status, code, detail: &str| render(call, status, code, detail, None);
    match fault {
        Fault::NotFound => told(404, "no_such_path", "There is no such path."),
        Fault::MethodNotAllowed => told(405, "method_not_allowed", "This path has other methods."),
        Fault::BodyTooLarge => told(413, "body_too_large", "The body is larger than 1 MiB."),
        Fault::TooManyPairs => {
            let detail = format!("The query has more than {FORM_PAIRS_MAX} fields.");
            told(400, "invalid_request", &detail)
        }
        Fault::BodyBroken => told(
            400,
            "invalid_json",
            "The body could not be read to its end.",
        ),
        Fault::InvalidApiKey => {
            challenged(told(401, "unauthenticated", "The API key is not valid."))
        }
        Fault::Limited(_) => told(429, "too_many_requests", "Too many requests, slow down."),
        Fault::Late | Fault::Busy => outage(call),
        Fault::Panicked => told(500, "internal_error", UNEXPECTED),
    }
}

const UNEXPECTED: &str = "Something went wrong here; the request id tells us what.";

fn authn(call: &Call, error: authn::Error) -> Reply {
    match error {
        authn::Error::Refused(refusal) | authn::Error::RefusedSession { refusal, .. } => {
            if matches!(refusal, SignIn::UserBanned) {
                return access(call, Refusal::Inactive.into());
            }
            let detail = match refusal {
                SignIn::NoBearer => "An access token or a service key is required.",
                _ => "The access token is not valid, or no longer.",
            };
            challenged(render(call, 401, "unauthenticated", detail, None))
        }
        authn::Error::Unavailable { what, source } => {
            let mut reply = outage(call);
            border::note_fault(&mut reply, format!("{what}: {source}"));
            reply
        }
        other => internal(call, &other),
    }
}

fn access(call: &Call, error: Error) -> Reply {
    match error {
        Error::Refused(refusal) => {
            let field = match &refusal {
                Refusal::Invalid { field, .. } => Some(*field),
                _ => None,
            };
            let detail = format!("{}.", capitalised(&refusal.to_string()));
            let status = status(&refusal);
            let mut body = body(call, status, refusal.code(), &detail, field);
            if let Refusal::Forbidden { is_emergency, .. } = refusal {
                body.emergency = is_emergency;
            }
            let mut reply = rendered(status, &body);
            if let Refusal::TooManyInvitations(seconds) = refusal {
                border::set_retry_after(&mut reply, Duration::from_secs(seconds));
            }
            reply
        }
        Error::Unavailable { what, source } => {
            let mut reply = outage(call);
            let source = source.map(|source| format!(": {source}"));
            border::note_fault(&mut reply, format!("{what}{}", source.unwrap_or_default()));
            reply
        }
        Error::Internal(source) => internal(call, source.as_ref()),
    }
}

/// One arm per reason: a new one does not compile until it has a status.
const fn status(refusal: &Refusal) -> u16 {
    match refusal {
        Refusal::Invalid { .. } => 422,
        Refusal::NotFound(_) => 404,
        Refusal::Forbidden { .. }
        | Refusal::NotAllowed(_)
        | Refusal::Inactive
        | Refusal::ServiceOnly
        | Refusal::PersonOnly
        | Refusal::RoleOutOfReach(_) => 403,
        Refusal::AlreadyRegistered(_) | Refusal::Conflict(_) | Refusal::TeamFull(_) => 409,
        Refusal::Ended { .. } => 410,
        Refusal::TooManyInvitations(_) => 429,
    }
}

fn internal(call: &Call, error: &(dyn StdError + 'static)) -> Reply {
    let mut reply = render(call, 500, "internal_error", UNEXPECTED, None);
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    border::note_fault(&mut reply, text);
    reply
}

/// An outage is never the client's fault: it comes back.
fn outage(call: &Call) -> Reply {
    let detail = "There is no answer at the moment; please try again.";
    let mut reply = render(call, 503, "unavailable", detail, None);
    border::set_retry_after(&mut reply, OUTAGE_RETRY);
    reply
}

fn challenged(mut reply: Reply) -> Reply {
    reply::set(&mut reply, WWW_AUTHENTICATE, "Bearer");
    reply
}

fn capitalised(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters
        .next()
        .map(|first| first.to_uppercase().to_string());
    first.unwrap_or_default() + characters.as_str()
}

fn render(call: &Call, status: u16, code: &str, detail: &str, field: Option<&str>) -> Reply {
    rendered(status, &body(call, status, code, detail, field))
}

fn body<'a>(
    call: &Call,
    status: u16,
    code: &'a str,
    detail: &str,
    field: Option<&'a str>,
) -> ErrorBody<'a> {
    ErrorBody {
        code,
        detail: detail.to_owned(),
        field,
        emergency: false,
        request_id: call.id.to_string(),
        status_code: status,
    }
}

fn rendered(status: u16, body: &ErrorBody<'_>) -> Reply {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut reply = super::wire::json(status, body);
    let notes = reply
        .extensions()
        .get::<Notes>()
        .cloned()
        .unwrap_or_default();
    reply.extensions_mut().insert(Notes {
        error_code: Some(body.code.to_owned()),
        ..notes
    });
    reply
}
