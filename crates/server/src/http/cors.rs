//! Cross-origin requests as GoTrue answers them (Fetch standard, section 3.2); which
//! headers may be sent and read beside is a rule of each API.

use crate::app::App;
use crate::http::exchange::AT_LEAST_HEADER;
use crate::http::reply::{self, Reply};
use axum::extract::OriginalUri;
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, StatusCode};

/// Request headers that every browser client may send, in lower case.
const ALLOWED_HEADERS: &[&str] = &[
    "accept",
    "authorization",
    "content-type",
    "x-client-ip",
    "x-client-info",
    "x-jwt-aud",
    "x-use-cookie",
    "x-supabase-api-version",
];
/// The header of Supabase's keys.
const API_KEY: &str = "apikey";
const ALLOWED_METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE"];

/// Which headers beside the common ones the pages of other origins may send and read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cors {
    /// Of requests, in lower case.
    allowed: &'static [&'static str],
    /// Of answers, as the header lists them.
    exposed: &'static str,
}

impl Cors {
    /// As GoTrue has it.
    pub const GOTRUE: Self = Self {
        allowed: &[],
        exposed: "X-Total-Count, Link, X-Supabase-Api-Version",
    };
    /// All that the APIs of authorization have.
    pub const AUTHORIZATION: Self = Self {
        allowed: &[
            AT_LEAST_HEADER,
            "claviger-expires-at",
            "claviger-on-duplicate",
            "claviger-reason",
            "claviger-resume-token",
            "openfga-authorization-model-id",
            "x-request-id",
        ],
        exposed: "X-Request-Id, Openfga-Authorization-Model-Id, Openfga-Store-Id, Claviger-Version, \
                  Claviger-Complete, Claviger-Resume-Token, Retry-After",
    };
}
const PREFLIGHT_VARY: &str =
    "Origin, Access-Control-Request-Method, Access-Control-Request-Headers";

/// A browser asks whether it may ask.
pub(super) fn is_preflight(parts: &Parts) -> bool {
    parts.method == Method::OPTIONS && parts.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// The answer to a preflight. Any origin may ask: what protects is the bearer token, which no
/// browser sends by itself. A refused preflight is an answer without permissions.
pub(super) fn preflight(app: &App, cors: Cors, parts: &Parts) -> Reply {
    let mut reply = reply::empty(StatusCode::NO_CONTENT);
    reply
        .headers_mut()
        .insert(VARY, HeaderValue::from_static(PREFLIGHT_VARY));
    let header = |name| {
        parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
    };
    let method = header(ACCESS_CONTROL_REQUEST_METHOD).unwrap_or_default();
    let wanted = header(ACCESS_CONTROL_REQUEST_HEADERS).unwrap_or_default();
    let permitted = parts.headers.contains_key(ORIGIN)
        && ALLOWED_METHODS.contains(&method)
        && headers_permitted(app, cors, parts, wanted);
    if !permitted {
        return reply;
    }
    allow_origin(&mut reply);
    reply::set(&mut reply, ACCESS_CONTROL_ALLOW_METHODS, method);
    if !wanted.is_empty() {
        reply::set(&mut reply, ACCESS_CONTROL_ALLOW_HEADERS, wanted);
    }
    reply
}

/// Browsers send the list sorted, in lower case and without blanks; nothing else is understood.
fn headers_permitted(app: &App, cors: Cors, parts: &Parts, wanted: &str) -> bool {
    if wanted.is_empty() {
        return true;
    }
    let names: Vec<&str> = wanted.split(',').collect();
    names.is_sorted()
        && names.iter().all(|name| {
            ALLOWED_HEADERS.contains(name)
                || cors.allowed.contains(name)
                || (*name == API_KEY && is_below_prefix(parts))
                || app
                    .border
                    .cors_allowed_headers
                    .iter()
                    .any(|allowed| allowed == name)
        })
}

/// Below the prefix this server is its own gateway, to which clients present their key.
fn is_below_prefix(parts: &Parts) -> bool {
    let original = parts.extensions.get::<OriginalUri>();
    original.is_some_and(|uri| uri.path().starts_with("/auth/v1/"))
}

/// Adds what every reply to a cross-origin request carries.
pub(super) fn decorate(cors: Cors, parts: &Parts, reply: &mut Reply) {
    if !reply.headers().contains_key(VARY) {
        reply
            .headers_mut()
            .insert(VARY, HeaderValue::from_static("Origin"));
    }
    if parts.headers.contains_key(ORIGIN) {
        allow_origin(reply);
        let exposed = HeaderValue::from_static(cors.exposed);
        reply
            .headers_mut()
            .insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
}

fn allow_origin(reply: &mut Reply) {
    let headers = reply.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        ACCESS_CONTROL_ALLOW_CREDENTIALS,
        HeaderValue::from_static("true"),
    );
}
