//! What the border adds to replies: when to come again, which limit it was, and what only the log
//! is told.

use crate::http::limits::{self, LIMIT_HEADER, Limited};
use crate::http::reply::{self, Notes, Reply};
use authn::Refusal;
use axum::http::header::{HeaderName, RETRY_AFTER};
use std::time::Duration;

/// Says when to come back and which limit it was: clients cannot guess either.
pub fn name_limit(reply: &mut Reply, limited: Limited) {
    name(reply, limited.limiter.name(), limited.retry_after);
}

/// The same where a use case has refused because of one of its own limits.
pub fn name_limit_behind(reply: &mut Reply, refusal: &Refusal) {
    if let Some((limit, retry_after)) = limits::behind(refusal) {
        name(reply, limit, retry_after);
    }
}

fn name(reply: &mut Reply, limit: &str, retry_after: Duration) {
    set_retry_after(reply, retry_after);
    reply::set(reply, HeaderName::from_static(LIMIT_HEADER), limit);
}

/// `Retry-After` in whole seconds, at least one (RFC 9110 section 10.2.3).
pub fn set_retry_after(reply: &mut Reply, after: Duration) {
    let seconds = after.as_secs() + u64::from(after.subsec_nanos() > 0);
    reply::set(reply, RETRY_AFTER, &seconds.max(1).to_string());
}

/// Keeps what went wrong inside for the log line.
pub fn note_fault(reply: &mut Reply, fault: String) {
    let notes = reply
        .extensions()
        .get::<Notes>()
        .cloned()
        .unwrap_or_default();
    reply.extensions_mut().insert(Notes {
        fault: Some(fault),
        ..notes
    });
}
