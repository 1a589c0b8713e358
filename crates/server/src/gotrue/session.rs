//! Replies that hand out a session.

use crate::gotrue::wire::{SessionBody, Strength, text};
use crate::http::reply::{self, Reply};
use authn::{Issued, Trace};
use axum::http::StatusCode;
use axum::http::header::HeaderName;

/// A session as the body, with the diagnostic headers.
pub(super) fn reply(issued: &Issued, strength: Strength) -> Reply {
    let mut reply = reply::json(StatusCode::OK, text(&SessionBody::of(issued, strength)));
    trace(&mut reply, &issued.trace);
    reply
}

/// Adds the `sb-auth-*` headers.
pub(super) fn trace(reply: &mut Reply, trace: &Trace) {
    let mut set = |name: &'static str, value: Option<String>| {
        if let Some(value) = value {
            reply::set(reply, HeaderName::from_static(name), &value);
        }
    };
    set("sb-auth-user-id", trace.user_id.map(|id| id.to_string()));
    set(
        "sb-auth-session-id",
        trace.session_id.map(|id| id.to_string()),
    );
    set(
        "sb-auth-refresh-token-prefix",
        trace.refresh_token_prefix.clone(),
    );
    set(
        "sb-auth-refresh-token-counter",
        trace.refresh_token_counter.map(|n| n.to_string()),
    );
    set(
        "sb-auth-refresh-token-reuse",
        trace.reuse.map(|reuse| reuse.to_string()),
    );
    set(
        "sb-auth-refresh-token-reuse-cause",
        trace.reuse_cause.clone(),
    );
    set(
        "sb-auth-refresh-token-rotated",
        trace.rotated.map(|rotated| rotated.to_string()),
    );
}
