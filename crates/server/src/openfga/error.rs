//! Every failure in OpenFGA's words: `{code, message}`, and the status of the code's range.

use super::code::Code;
use crate::http::border::{self, Fault, Handled};
use crate::http::exchange::Exchange;
use crate::http::page_token::Forged;
use crate::http::reply::{self, Notes, Reply};
use crate::log::chain;
use authz::{Error, Refusal};
use axum::http::StatusCode;
use axum::http::header::WWW_AUTHENTICATE;
use axum::http::request::Parts;
use serde_json::{Value, json};
use std::time::Duration;
use types::Call;
use types::limits::{BODY_BYTES_MAX, FORM_PAIRS_MAX};

/// How long a client should wait where a dependency cannot answer.
const OUTAGE_RETRY: Duration = Duration::from_secs(1);
/// The code of a write that met another one; it has no number.
const ABORTED: &str = "Aborted";
/// The code where a dependency cannot answer. In OpenFGA it is 500; so that load balancers see an
/// outage as what it is, it is 503 here.
const UNAVAILABLE: &str = "unavailable";
const INTERNAL_TEXT: &str = "Internal Server Error";
const LATE_TEXT: &str = "Request Deadline Exceeded";
const OUTAGE_TEXT: &str = "The service is temporarily unavailable";
/// The numbers of gRPC for what has none of OpenFGA's.
const GRPC_ABORTED: u16 = 10;
const GRPC_UNAVAILABLE: u16 = 14;

/// Why a handler did not answer as asked.
#[derive(Debug)]
pub(super) enum Failure {
    /// The request breaks a rule of the API.
    Refused(Code, String),
    /// The use case refused or failed.
    Authz(Error),
}

impl Failure {
    /// A request that makes no sense, where no other code is for it.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::Refused(Code::ValidationError, message.into())
    }

    /// A field of a message that breaks a rule.
    pub(super) fn violation(message: &str, field: &str, reason: &str) -> Self {
        let code = Code::of_violation(field, reason);
        Self::Refused(code, format!("invalid {message}.{field}: {reason}"))
    }

    /// What a client is told of a request that breaks a rule.
    #[cfg(test)]
    pub(super) fn told(&self) -> (Code, &str) {
        match self {
            Self::Refused(code, message) => (*code, message),
            Self::Authz(error) => panic!("{error}"),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Authz(error)
    }
}

impl From<Forged> for Failure {
    fn from(_: Forged) -> Self {
        let what = "Invalid continuation token".to_owned();
        Self::Refused(Code::InvalidContinuationToken, what)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Authz(refusal.into())
    }
}

/// A failure as a reply.
pub(super) fn reply(failure: Failure) -> Reply {
    match failure {
        Failure::Refused(code, message) => refused(code, &message),
        Failure::Authz(Error::Refused(refusal)) => match code_of(&refusal) {
            Some(code) => refused(code, &words(&refusal)),
            None => render(StatusCode::CONFLICT, ABORTED, &refusal.to_string()),
        },
        Failure::Authz(Error::Unavailable { what, source }) => {
            let mut reply = outage();
            border::note_fault(&mut reply, format!("{what}: {}", chain(source.as_ref())));
            reply
        }
        Failure::Authz(Error::Late) => late(),
        Failure::Authz(Error::Internal(source)) => {
            let mut reply = refused(Code::InternalError, INTERNAL_TEXT);
            border::note_fault(&mut reply, chain(source.as_ref()));
            reply
        }
    }
}

/// A failure after the first line of a stream, as its last line: the status is said already. Also,
/// what only the log is told.
///
/// OpenFGA's own errors have their numbers there; others have those of gRPC.
pub(super) fn line(error: Error) -> (Value, Option<String>) {
    let (code, message, fault) = match error {
        Error::Refused(refusal) => {
            let code = code_of(&refusal).map_or(GRPC_ABORTED, Code::number);
            (code, words(&refusal), None)
        }
        Error::Late => (Code::DeadlineExceeded.number(), LATE_TEXT.to_owned(), None),
        Error::Unavailable { what, source } => {
            let fault = format!("{what}: {}", chain(source.as_ref()));
            (GRPC_UNAVAILABLE, OUTAGE_TEXT.to_owned(), Some(fault))
        }
        Error::Internal(source) => {
            let fault = chain(source.as_ref());
            let code = Code::InternalError.number();
            (code, INTERNAL_TEXT.to_owned(), Some(fault))
        }
    };
    let error = json!({ "code": code, "message": message, "details": [] });
    (json!({ "error": error }), fault)
}

/// The code of a reason; none for a conflict with what is there.
pub(super) const fn code_of(refusal: &Refusal) -> Option<Code> {
    Some(match refusal {
        Refusal::StoreNotFound => Code::StoreIdNotFound,
        Refusal::ModelNotFound(_) => Code::ModelNotFound,
        Refusal::NoModel => Code::LatestModelNotFound,
        Refusal::InvalidModel(_) => Code::InvalidModel,
        Refusal::Invalid(_)
        | Refusal::Condition(_)
        | Refusal::StoreKept
        | Refusal::VersionAhead { .. } => Code::ValidationError,
        Refusal::InvalidTuple(_) => Code::InvalidTuple,
        Refusal::TypeNotFound(_) => Code::TypeNotFound,
        Refusal::RelationNotFound { .. } => Code::RelationNotFound,
        Refusal::NothingToWrite => Code::InvalidWriteInput,
        Refusal::DuplicateInRequest(_) => Code::DuplicateTuples,
        Refusal::TooMany { .. } => Code::ExceededEntityLimit,
        Refusal::AlreadyExists(_) | Refusal::DoesNotExist(_) => Code::WriteFailed,
        Refusal::TooComplex(_) => Code::TooComplex,
        Refusal::OutOfTime => Code::DeadlineExceeded,
        Refusal::ExistsOtherwise(_) => return None,
    })
}

/// What a client is told: OpenFGA's sentence where clients may look for it, else the reason's own.
pub(super) fn words(refusal: &Refusal) -> String {
    match refusal {
        Refusal::StoreNotFound => "Store ID not found".to_owned(),
        Refusal::ModelNotFound(id) => format!("Authorization Model '{id}' not found"),
        Refusal::NothingToWrite => "Invalid input. Make sure you provide at least one write, or \
                                    at least one delete"
            .to_owned(),
        Refusal::TooMany { what, most } => {
            format!("The number of {what} exceeds the allowed limit of {most}")
        }
        other => other.to_string(),
    }
}

/// A request that no route is for is told so, whoever asks.
pub(super) fn stray(exchange: &Exchange, kind: Fault) -> Handled<'_> {
    Box::pin(async move { fault(&exchange.parts, &exchange.call, &kind) })
}

/// The border's faults in this API's words.
pub(super) fn fault(_: &Parts, _: &Call, fault: &Fault) -> Reply {
    match fault {
        Fault::NotFound => refused(Code::UndefinedEndpoint, "Not Found"),
        Fault::MethodNotAllowed => refused(Code::Unimplemented, "Method Not Allowed"),
        Fault::BodyTooLarge => {
            let what = format!("The body is too large: at most {BODY_BYTES_MAX} bytes");
            refused(Code::ExceededEntityLimit, &what)
        }
        Fault::TooManyPairs => {
            let what = format!("The query has too many fields: at most {FORM_PAIRS_MAX}");
            refused(Code::ValidationError, &what)
        }
        Fault::BodyBroken => refused(Code::ValidationError, "malformed JSON: unexpected EOF"),
        Fault::InvalidApiKey => refused(Code::Unauthenticated, "unauthenticated"),
        Fault::Limited(_) => render(
            StatusCode::TOO_MANY_REQUESTS,
            "rate_limit_exceeded",
            "Too many requests",
        ),
        Fault::Busy => outage(),
        Fault::Late => late(),
        Fault::Panicked => refused(Code::InternalError, INTERNAL_TEXT),
    }
}

fn late() -> Reply {
    let mut reply = refused(Code::DeadlineExceeded, LATE_TEXT);
    border::set_retry_after(&mut reply, OUTAGE_RETRY);
    reply
}

fn outage() -> Reply {
    let mut reply = render(StatusCode::SERVICE_UNAVAILABLE, UNAVAILABLE, OUTAGE_TEXT);
    border::set_retry_after(&mut reply, OUTAGE_RETRY);
    reply
}

fn refused(code: Code, message: &str) -> Reply {
    let mut reply = render(code.status(), code.name(), message);
    if code.status() == StatusCode::UNAUTHORIZED {
        reply::set(&mut reply, WWW_AUTHENTICATE, "Bearer");
    }
    reply
}

fn render(status: StatusCode, code: &str, message: &str) -> Reply {
    let body = json!({ "code": code, "message": message });
    let mut reply = super::wire::json(status, &body);
    reply.extensions_mut().insert(Notes {
        error_code: Some(code.to_owned()),
        fault: None,
    });
    reply
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::{ModelId, Object, Subject, TupleKey};

    fn said(failure: Failure) -> (u16, String, String) {
        let reply = reply(failure);
        let body: serde_json::Value = serde_json::from_slice(reply.body()).unwrap();
        let text = |name: &str| body[name].as_str().unwrap().to_owned();
        (reply.status().as_u16(), text("code"), text("message"))
    }

    #[test]
    fn every_reason_has_its_code_and_status() {
        let text = || "x".to_owned();
        let model = ModelId::NONE;
        let missing = Refusal::RelationNotFound {
            type_name: text(),
            relation: text(),
        };
        let key = TupleKey {
            subject: Subject::parse("user:a").unwrap(),
            relation: text(),
            object: Object::parse("doc:1").unwrap(),
        };
        let many = Refusal::TooMany { what: "x", most: 1 };
        let ahead = Refusal::VersionAhead {
            asked: 2,
            reached: 1,
        };
        for (refusal, number) in [
            (Refusal::StoreNotFound, 5002),
            (Refusal::ModelNotFound(model), 2001),
            (Refusal::NoModel, 2020),
            (Refusal::InvalidModel(text()), 2056),
            (Refusal::Invalid(text()), 2000),
            (Refusal::InvalidTuple(text()), 2027),
            (Refusal::TypeNotFound(text()), 2021),
            (missing, 2022),
            (Refusal::NothingToWrite, 2003),
            (Refusal::DuplicateInRequest(Box::new(key)), 2004),
            (many, 2053),
            (Refusal::AlreadyExists(text()), 2017),
            (Refusal::DoesNotExist(text()), 2017),
            (Refusal::TooComplex(text()), 2002),
            (Refusal::OutOfTime, 4004),
            (Refusal::Condition(text()), 2000),
            (ahead, 2000),
        ] {
            let code = code_of(&refusal).unwrap();
            assert_eq!(code.number(), number, "{refusal}");
            let (status, name, message) = said(refusal.into());
            assert_eq!(
                (status, name.as_str()),
                (code.status().as_u16(), code.name())
            );
            assert!(!message.is_empty());
        }
        let (status, name, _) = said(Refusal::ExistsOtherwise(text()).into());
        assert_eq!((status, name.as_str()), (409, "Aborted"));
    }

    #[test]
    fn outages_and_faults_tell_nothing_of_what_is_inside() {
        let source = || std::io::Error::other("password=secret");
        let unavailable = Error::Unavailable {
            what: "database",
            source: Box::new(source()),
        };
        for (error, status, code) in [
            (unavailable, 503, "unavailable"),
            (Error::Late, 500, "deadline_exceeded"),
            (Error::Internal(Box::new(source())), 500, "internal_error"),
        ] {
            let (found_status, found_code, message) = said(error.into());
            assert_eq!((found_status, found_code.as_str()), (status, code));
            assert!(!message.contains("secret"), "{message}");
        }
    }
}
