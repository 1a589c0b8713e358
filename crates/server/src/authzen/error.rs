//! Every failure as `AuthZEN` has it: a status and a sentence; and the client's own request id,
//! which every answer repeats.

use crate::http::bearer::{self, Bearer};
use crate::http::border::{self, Fault, Handled};
use crate::http::exchange::Exchange;
use crate::http::reply::{self, Notes, Reply};
use crate::log::chain;
use authz::{Error, Refusal};
use axum::http::StatusCode;
use axum::http::header::{HeaderName, WWW_AUTHENTICATE};
use axum::http::request::Parts;
use std::time::Duration;
use types::Call;

/// How long a client should wait where a dependency cannot answer.
const OUTAGE_RETRY: Duration = Duration::from_secs(1);
/// The client's own id of a request.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Why a handler did not answer as asked.
#[derive(Debug)]
pub(super) enum Failure {
    /// The request is none of this API.
    Invalid(String),
    /// Nothing was presented that opens this API.
    NoKey(&'static str),
    /// There is no such store.
    NoStore,
    /// No store is configured, and none stands out.
    NoDefault,
    /// The use case refused or failed.
    Authz(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(Refusal::StoreNotFound) => Self::NoStore,
            error => Self::Authz(error),
        }
    }
}

/// Admits the bearer of a good key.
pub(super) fn admit(exchange: &Exchange) -> Result<(), Failure> {
    match bearer::look(exchange) {
        Bearer::Known(_) => Ok(()),
        Bearer::Nothing => Err(Failure::NoKey("a bearer token is needed: a service key")),
        Bearer::Unknown => Err(Failure::NoKey("the bearer token is no key of this server")),
    }
}

/// A handler's outcome as a reply.
pub(super) fn worded(exchange: &Exchange, outcome: Result<Reply, Failure>) -> Reply {
    let mut reply = outcome.unwrap_or_else(failed);
    echo(&exchange.parts, &mut reply);
    reply
}

fn failed(failure: Failure) -> Reply {
    let (status, code, what) = match failure {
        Failure::Invalid(what) => (StatusCode::BAD_REQUEST, "invalid_request", what),
        Failure::NoKey(what) => return keyless(what),
        Failure::NoStore => (
            StatusCode::NOT_FOUND,
            "store_not_found",
            "there is no such store".to_owned(),
        ),
        Failure::NoDefault => (
            StatusCode::NOT_FOUND,
            "no_default_store",
            "no store is configured: set authzen.store, or call one `default`".to_owned(),
        ),
        Failure::Authz(Error::Refused(refusal)) => {
            (StatusCode::BAD_REQUEST, "refused", refusal.to_string())
        }
        Failure::Authz(Error::Unavailable { what, source }) => {
            let mut reply = outage();
            border::note_fault(&mut reply, format!("{what}: {}", chain(source.as_ref())));
            return reply;
        }
        Failure::Authz(Error::Late) => return outage(),
        Failure::Authz(Error::Internal(source)) => {
            let mut reply = internal();
            border::note_fault(&mut reply, chain(source.as_ref()));
            return reply;
        }
    };
    render(status, code, &what)
}

/// A request that no route is for is told so, whoever asks.
pub(super) fn stray(exchange: &Exchange, kind: Fault) -> Handled<'_> {
    Box::pin(async move { fault(&exchange.parts, &exchange.call, &kind) })
}

/// The border's faults in this API's words.
pub(super) fn fault(parts: &Parts, _: &Call, fault: &Fault) -> Reply {
    let (status, code, what) = match fault {
        Fault::NotFound => (StatusCode::NOT_FOUND, "not_found", "no such path"),
        Fault::MethodNotAllowed => (
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            "the path has other methods",
        ),
        Fault::BodyTooLarge => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            "the body is too large",
        ),
        Fault::TooManyPairs | Fault::BodyBroken => (
            StatusCode::BAD_REQUEST,
            "invalid_request",
            "the request could not be read",
        ),
        Fault::InvalidApiKey => (
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
            "no key of this server",
        ),
        Fault::Limited(_) => (
            StatusCode::TOO_MANY_REQUESTS,
            "rate_limit_exceeded",
            "too many requests",
        ),
        Fault::Busy | Fault::Late => (StatusCode::SERVICE_UNAVAILABLE, "unavailable", OUTAGE),
        Fault::Panicked => (
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal_error",
            INTERNAL,
        ),
    };
    let mut reply = render(status, code, what);
    echo(parts, &mut reply);
    reply
}

const OUTAGE: &str = "the service is temporarily unavailable";
const INTERNAL: &str = "internal error";

fn outage() -> Reply {
    let mut reply = render(StatusCode::SERVICE_UNAVAILABLE, "unavailable", OUTAGE);
    border::set_retry_after(&mut reply, OUTAGE_RETRY);
    reply
}

fn internal() -> Reply {
    render(
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal_error",
        INTERNAL,
    )
}

fn keyless(what: &str) -> Reply {
    let mut reply = render(StatusCode::UNAUTHORIZED, "unauthenticated", what);
    reply::set(&mut reply, WWW_AUTHENTICATE, "Bearer");
    reply
}

/// `AuthZEN` has the sentence alone as the body of an error.
fn render(status: StatusCode, code: &str, what: &str) -> Reply {
    let mut reply = reply::text(status, what.to_owned());
    reply.extensions_mut().insert(Notes {
        error_code: Some(code.to_owned()),
        fault: None,
    });
    reply
}

/// Repeats the client's own request id, an arbitrary text, as `AuthZEN` demands.
fn echo(parts: &Parts, reply: &mut Reply) {
    if let Some(id) = parts.headers.get(REQUEST_ID) {
        reply.headers_mut().insert(REQUEST_ID, id.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outages_and_faults_tell_nothing_of_what_is_inside() {
        let source = || Box::new(std::io::Error::other("password=secret"));
        let unavailable = Error::Unavailable {
            what: "database",
            source: source(),
        };
        for (error, status) in [
            (unavailable, 503),
            (Error::Late, 503),
            (Error::Internal(source()), 500),
            (Error::Refused(Refusal::StoreNotFound), 404),
        ] {
            let reply = failed(error.into());
            assert_eq!(reply.status().as_u16(), status);
            let text = String::from_utf8_lossy(reply.body());
            assert!(!text.contains("secret") && !text.is_empty(), "{text}");
        }
    }
}
