//! The inbox of development: every mail the server would have sent, as a page and as JSON.

use crate::app::App;
use crate::http::border;
use crate::http::call::{self, Peer};
use crate::http::observe::Observed;
use crate::http::reply::{self, Reply};
use crate::log;
use askama::Template;
use axum::Router;
use axum::extract::Request;
use axum::http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY,
};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use axum::routing::any;
use serde_json::json;
use std::net::IpAddr;
use store::Store;
use store::outbox::{self, Message};
use types::Call;

/// Mails shown.
const MAILS_SHOWN_MAX: i64 = 200;
/// Headers by which proxies name the real client: with any of them the request is not local.
const FORWARDING_HEADERS: [&str; 6] = [
    "forwarded",
    "via",
    "x-real-ip",
    "x-client-ip",
    "true-client-ip",
    "cf-connecting-ip",
];
/// What the names of most such headers begin with.
const FORWARDING_PREFIX: &str = "x-forwarded";
/// Mails are shown in frames without scripts, forms or a shared origin.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
     frame-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

#[derive(Template)]
#[template(path = "inbox.html")]
struct Page<'a> {
    mails: &'a [Message],
}

/// `GET /inbox`. Without the headers that let pages of other origins read an answer.
pub fn router(app: &App, store: &Store) -> Router {
    let (app, store) = (app.clone(), store.clone());
    let answer = move |request: Request| async move { answer(&app, &store, request).await };
    Router::new().route("/inbox", any(answer))
}

async fn answer(app: &App, store: &Store, request: Request) -> Response {
    let started = app.clock.instant();
    let (parts, _) = request.into_parts();
    let call = call::make(app, &parts, app.border.request_span);
    let observed = Observed {
        app,
        api: "inbox",
        call: &call,
        method: &parts.method,
        started,
    };
    observed.answer("inbox", show(store, &call, &parts)).await
}

async fn show(store: &Store, call: &Call, parts: &Parts) -> Reply {
    if parts.method != Method::GET && parts.method != Method::HEAD {
        let mut reply = reply::empty(StatusCode::METHOD_NOT_ALLOWED);
        reply::set(&mut reply, ALLOW, "GET, HEAD");
        return reply;
    }
    if !is_local(parts) {
        let text = "The inbox answers this machine only.\n";
        return reply::text(StatusCode::FORBIDDEN, text);
    }
    let query = parts.uri.query();
    let wants_json = query.is_some_and(|query| query.contains("format=json"));
    let mut db = store.db(call);
    match outbox::list(&mut db, MAILS_SHOWN_MAX).await {
        Ok(mails) if wants_json => as_json(&mails),
        Ok(mails) => as_page(&mails),
        Err(e) => {
            let text = "The inbox cannot be read; see the server's log.\n";
            let mut reply = reply::text(StatusCode::SERVICE_UNAVAILABLE, text);
            border::note_fault(&mut reply, log::chain(&e));
            reply
        }
    }
}

/// From this machine, asked for by a name of this machine, through nobody: a page on the web that
/// rebinds its own name to the loopback address has another `Host`.
fn is_local(parts: &Parts) -> bool {
    let peer = parts.extensions.get::<Peer>();
    let headers = &parts.headers;
    let forwards = |name: &HeaderName| {
        FORWARDING_HEADERS.contains(&name.as_str()) || name.as_str().starts_with(FORWARDING_PREFIX)
    };
    peer.is_some_and(|peer| peer.0.ip().to_canonical().is_loopback())
        && has_local_host(headers)
        && !headers.keys().any(forwards)
}

fn has_local_host(headers: &HeaderMap) -> bool {
    let host = headers
        .get("host")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>();
    name.eq_ignore_ascii_case("localhost") || address.is_ok_and(|ip| ip.is_loopback())
}

fn as_json(mails: &[Message]) -> Reply {
    let messages: Vec<_> = mails
        .iter()
        .map(|mail| {
            json!({
                "id": mail.id.to_string(),
                "kind": mail.kind,
                "to": mail.recipient,
                "subject": mail.subject,
                "text": mail.text,
                "html": mail.html,
                "created_at": mail.created_at.to_string(),
            })
        })
        .collect();
    let mut reply = reply::json(StatusCode::OK, json!({ "messages": messages }).to_string());
    reply::set(&mut reply, CACHE_CONTROL, "no-store");
    reply
}

fn as_page(mails: &[Message]) -> Reply {
    let Ok(page) = Page { mails }.render() else {
        return reply::text(
            StatusCode::INTERNAL_SERVER_ERROR,
            "The page cannot be rendered.\n",
        );
    };
    let mut reply = reply::html(StatusCode::OK, page);
    reply::set(&mut reply, CACHE_CONTROL, "no-store");
    reply::set(&mut reply, CONTENT_SECURITY_POLICY, POLICY);
    reply::set(&mut reply, REFERRER_POLICY, "no-referrer");
    reply::set(
        &mut reply,
        HeaderName::from_static("x-content-type-options"),
        "nosniff",
    );
    reply
}
