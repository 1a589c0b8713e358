//! What is answered while the database is away, slow, full or read-only, and after it is back.

mod panic;
mod pool;
mod postgres;
mod sqlite;

pub(crate) use panic::{answered, broken};
pub(crate) use postgres::through_proxy;

use crate::app::TestApp;
use crate::engines::{sign_in, sign_up};
use serde_json::Value as Json;
use std::net::SocketAddr;
use std::time::Duration;
use testkit::http::{Reply, Request};

/// What an operator has set: sign-ups need no mail, and nothing is limited but the database.
const SETTINGS: &[(&str, &str)] = &[
    ("CLAVIGER_SITE_EXTERNAL_URL", "http://auth.example.test"),
    ("CLAVIGER_SITE_SITE_URL", "http://app.example.test"),
    ("CLAVIGER_EMAIL_AUTOCONFIRM", "true"),
    ("CLAVIGER_LIMITS_BY_PEER_ADDRESS", "false"),
];

/// Somebody who is signed in.
struct Person {
    email: String,
    access_token: String,
    refresh_token: String,
}

impl Person {
    async fn registered(address: SocketAddr, email: &str) -> Self {
        let reply = sign_up(email).send(address).await.expect("an answer");
        assert_eq!(reply.status, 200, "{}", reply.text());
        let token = |name: &str| text(&reply.json(), name);
        Self {
            email: email.to_owned(),
            access_token: token("access_token"),
            refresh_token: token("refresh_token"),
        }
    }
}

fn text(json: &Json, name: &str) -> String {
    json[name].as_str().unwrap_or_default().to_owned()
}

/// The database is to blame, in GoTrue's words, and the client may come again.
fn assert_unavailable(reply: &Reply, what: &str) {
    assert_eq!(reply.status, 503, "{what}: {}", reply.text());
    assert_eq!(reply.header("retry-after"), "1", "{what}");
    assert_eq!(
        reply.header("x-sb-error-code"),
        "unexpected_failure",
        "{what}"
    );
    let body = reply.json();
    assert_eq!(body["code"], 503, "{what}: {body}");
    assert_eq!(body["error_code"], "unexpected_failure", "{what}: {body}");
    let said = text(&body, "msg");
    assert!(said.contains("temporarily unavailable"), "{what}: {said}");
    for inside in ["sqlite", "postgres", "sql", "database", "connect", "disk"] {
        assert!(!said.to_lowercase().contains(inside), "{what}: {said}");
    }
}

async fn status(address: SocketAddr, path: &str) -> u16 {
    let reply = Request::get(path).send(address).await;
    reply.expect("an answer").status
}

/// Readiness now: what the server was told less than a second ago does not count.
async fn readiness(app: &TestApp, address: SocketAddr) -> u16 {
    app.clock().advance(Duration::from_secs(1));
    status(address, "/readyz").await
}

async fn can_sign_in(address: SocketAddr, person: &Person) -> bool {
    let reply = sign_in(&person.email).send(address).await;
    reply.expect("an answer").status == 200
}

/// The address of a server that was started with [`SETTINGS`] and these.
async fn start(app: &mut TestApp, database: &str, more: &[(&str, &str)]) -> SocketAddr {
    let settings = crate::engines::settings(&[SETTINGS, more].concat());
    app.server_on(database, "outage", &settings).await.address
}
