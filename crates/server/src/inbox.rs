//! The inbox of development: every mail the server would have sent, as a page and as JSON.

use crate::app::App;
use crate::http::call::Peer;
use crate::http::reply::{self, Reply};
use crate::management::check_call;
use askama::Template;
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use axum::routing::get;
use serde_json::json;
use std::net::IpAddr;
use store::Store;
use store::outbox::{self, Message};

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

/// `GET /inbox`.
pub fn router(app: &App, store: &Store) -> Router {
    let (app, store) = (app.clone(), store.clone());
    Router::new().route(
        "/inbox",
        get(move |request: Request| async move { answer(&app, &store, request).await }),
    )
}

async fn answer(app: &App, store: &Store, request: Request) -> Response {
    if !is_local(&request) {
        let text = "The inbox answers this machine only.\n";
        return reply::text(StatusCode::FORBIDDEN, text).map(Body::from);
    }
    let wants_json = request
        .uri()
        .query()
        .is_some_and(|query| query.contains("format=json"));
    drop(request);
    let mut db = store.db(&check_call(app));
    let mails = match outbox::list(&mut db, MAILS_SHOWN_MAX).await {
        Ok(mails) => mails,
        Err(e) => {
            let error: &dyn std::error::Error = &e;
            tracing::error!(error, "the inbox cannot be read");
            let text = "The inbox cannot be read; see the server's log.\n";
            return reply::text(StatusCode::SERVICE_UNAVAILABLE, text).map(Body::from);
        }
    };
    let reply = if wants_json {
        as_json(&mails)
    } else {
        as_page(&mails)
    };
    reply.map(Body::from)
}

/// From this machine, asked for by a name of this machine, through nobody: a page on the web that
/// rebinds its own name to the loopback address has another `Host`.
fn is_local(request: &Request) -> bool {
    let peer = request.extensions().get::<Peer>();
    let headers = request.headers();
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
