//! The database away: 503, never "wrong password", and nobody loses a session.

use super::{Person, Site, assert_refused, count, credentials, get, post, put, refresh};
use crate::app::{Engine, TestApp};
use crate::engines::absent;
use crate::outage::through_proxy;
use serde_json::json;
use testkit::http::Request;

/// One of each operation that needs the database to write, with its name.
fn writes(person: &Person) -> Vec<(&'static str, Request)> {
    vec![
        ("login", post("/login", &credentials(&person.email))),
        (
            "register",
            post("/register", &credentials("late@example.com")),
        ),
        ("refresh", refresh(&person.refresh_token)),
        ("logout", post("/logout", &json!({})).bearer(&person.token)),
        (
            "profile",
            put("/profile", &json!({"full_name": "Ada"})).bearer(&person.token),
        ),
        (
            "reset",
            post("/password-reset", &json!({"email": person.email})),
        ),
        (
            "reset of nobody",
            post("/password-reset", &json!({"email": "nobody@example.com"})),
        ),
    ]
}

/// And those that only read.
fn reads(person: &Person) -> Vec<(&'static str, Request)> {
    vec![
        ("me", get("/me").bearer(&person.token)),
        ("whoami", get("/whoami").bearer(&person.token)),
        (
            "login of nobody",
            post("/login", &credentials("nobody@example.com")),
        ),
        ("health", get("/health")),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_database_is_answered_with_503_and_ends_no_session() {
    let Some(app) = TestApp::open(Engine::Postgres).await else {
        return absent(Engine::Postgres);
    };
    let (proxy, database) = through_proxy(app.database()).await;
    let site = Site::over(app, &database, &[("CLAVIGER_HTTP_REQUEST_DEADLINE", "2s")]).await;
    let person = site.register("ada@example.com").await;
    proxy.cut().await;
    for (what, request) in writes(&person).into_iter().chain(reads(&person)) {
        let reply = site.send(request).await;
        let answer = assert_refused(&reply, 503, what);
        assert!(
            !answer.to_string().to_lowercase().contains("database"),
            "{answer}"
        );
    }
    proxy.mend().await;
    assert_eq!(site.send(get("/health")).await.status, 200);
    assert_eq!(site.me(&person.token).await.status, 200, "the access token");
    assert_eq!(
        site.send(refresh(&person.refresh_token)).await.status,
        200,
        "the refresh token"
    );
    assert!(site.stored("late@example.com").await.is_none());
    assert_eq!(site.mails_to(&person.email).await.len(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_takes_no_writes_is_answered_with_503_and_still_read() {
    let site = Site::open(Engine::Sqlite, &[])
        .await
        .expect("SQLite is built in");
    let person = site.register("ada@example.com").await;
    site.script("PRAGMA query_only = TRUE", "").await;
    for (what, request) in writes(&person) {
        assert_refused(&site.send(request).await, 503, what);
    }
    assert_eq!(site.me(&person.token).await.status, 200);
    site.script("PRAGMA query_only = FALSE", "").await;
    assert!(site.stored("late@example.com").await.is_none());
    let replies = site
        .at_once(writes(&person).into_iter().map(|(_, request)| request))
        .await;
    assert_eq!(count(&replies, 503), 0);
}
