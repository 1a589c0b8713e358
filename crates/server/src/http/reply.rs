//! Replies: a status, headers and a body that is already whole, or the beginning of one.

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_TYPE, HeaderName, LOCATION};
use axum::http::{HeaderValue, Response, StatusCode};
use futures_util::stream::{self, BoxStream, StreamExt};
use std::convert::Infallible;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// A reply. Its body is whole, unless it carries a [`Rest`].
pub type Reply = Response<Bytes>;

/// What follows the body of a reply, as an extension of it: it is sent as it comes, and dropped
/// when the client goes away. What goes wrong in it must be said in it.
#[derive(Clone)]
pub struct Rest(Arc<Mutex<Option<BoxStream<'static, Bytes>>>>);

impl Rest {
    /// These pieces.
    pub fn new(pieces: BoxStream<'static, Bytes>) -> Self {
        Self(Arc::new(Mutex::new(Some(pieces))))
    }

    fn take(self) -> Option<BoxStream<'static, Bytes>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl fmt::Debug for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rest")
    }
}

/// The reply with the body as it is sent.
pub(super) fn sent(mut reply: Reply) -> Response<Body> {
    let rest = reply.extensions_mut().remove::<Rest>();
    let Some(rest) = rest.and_then(Rest::take) else {
        return reply.map(Body::from);
    };
    reply.map(|first| {
        let pieces = stream::iter([first]).chain(rest);
        Body::from_stream(pieces.map(Ok::<_, Infallible>))
    })
}

/// What the border logs about a reply beside its status.
#[derive(Debug, Clone, Default)]
pub struct Notes {
    /// The error code that the client received.
    pub error_code: Option<String>,
    /// What went wrong inside, for the log only.
    pub fault: Option<String>,
}

/// A JSON reply.
pub fn json(status: StatusCode, body: String) -> Reply {
    let mut reply = Response::new(Bytes::from(body));
    *reply.status_mut() = status;
    reply
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    reply
}

/// A reply without a body.
pub fn empty(status: StatusCode) -> Reply {
    let mut reply = Response::new(Bytes::new());
    *reply.status_mut() = status;
    reply
}

/// A plain text reply.
pub fn text(status: StatusCode, body: impl Into<Bytes>) -> Reply {
    let mut reply = Response::new(body.into());
    *reply.status_mut() = status;
    let text = HeaderValue::from_static("text/plain; charset=utf-8");
    reply.headers_mut().insert(CONTENT_TYPE, text);
    reply
}

/// An HTML page.
pub fn html(status: StatusCode, body: String) -> Reply {
    let mut reply = Response::new(Bytes::from(body));
    *reply.status_mut() = status;
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    reply.headers_mut().insert(CONTENT_TYPE, html);
    reply
}

/// A redirect with the short page that Go writes, for clients that do not follow it.
pub fn redirect(status: StatusCode, location: &str, is_get: bool) -> Reply {
    let name = status.canonical_reason().unwrap_or("Found");
    let escaped = escape(location);
    let page = if is_get {
        format!("<a href=\"{escaped}\">{name}</a>.\n\n")
    } else {
        String::new()
    };
    let mut reply = if is_get {
        html(status, page)
    } else {
        empty(status)
    };
    set(&mut reply, LOCATION, location);
    reply
}

/// Sets a header; a value that cannot be one is left out, since it would end the header block.
pub fn set(reply: &mut Reply, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        reply.headers_mut().insert(name, value);
    }
}

/// Escapes text for HTML, the five characters that matter.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&#34;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}
