//! The database away, a handler that is late, and one that panics: never a verdict.

use super::{Fga, PRESHARED, assert_refused, tuple};
use crate::app::{Engine, TestApp};
use crate::engines::absent;
use crate::outage::{answered, broken, through_proxy};
use serde_json::json;
use server::http::border::{Handled, Patience};
use server::http::exchange::Exchange;
use server::openfga::SURFACE;
use std::time::Duration;
use types::{Clock, SystemClock};

/// Quick to give up, since nothing comes.
const IMPATIENT: &[(&str, &str)] = &[
    ("CLAVIGER_OPENFGA_PRESHARED_KEYS", PRESHARED),
    ("CLAVIGER_OPENFGA_CHECK_DEADLINE", "100ms"),
    ("CLAVIGER_OPENFGA_LIST_DEADLINE", "200ms"),
    ("CLAVIGER_HTTP_REQUEST_DEADLINE", "1s"),
    ("CLAVIGER_HTTP_DELETION_DEADLINE", "1500ms"),
];

fn never_ready(_: &Exchange) -> Handled<'_> {
    Box::pin(std::future::pending())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stopped_database_is_no_verdict() {
    let Some(app) = TestApp::open(Engine::Postgres).await else {
        return absent(Engine::Postgres);
    };
    let (proxy, database) = through_proxy(app.database()).await;
    let settings = [
        &super::SETTINGS[..1],
        &[("CLAVIGER_HTTP_REQUEST_DEADLINE", "2s")],
    ]
    .concat();
    let fga = Fga::over(app, &database, &settings).await;
    let world = fga.world().await;
    let ann = tuple("user:ann", "viewer", "document:1");
    world.write(std::slice::from_ref(&ann)).await;
    proxy.cut().await;
    let write = json!({ "writes": { "tuple_keys": [tuple("user:bob", "viewer", "document:1")] } });
    for reply in [
        fga.post("/stores", &json!({ "name": "late" })).await,
        fga.get("/stores").await,
        world.post("write", &write).await,
        world.post("read", &json!({})).await,
        world.get("changes").await,
    ] {
        assert_refused(&reply, 503, "unavailable");
        assert!(reply.header("retry-after").parse::<u64>().expect("seconds") > 0);
    }
    let exact = json!({ "tuple_key": ann, "consistency": "HIGHER_CONSISTENCY" });
    let reply = world.post("check", &exact).await;
    assert!(reply.status >= 500, "{}", reply.text());
    proxy.mend().await;
    assert!(world.check(&ann).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_kind_of_question_has_its_deadline() {
    let app = TestApp::open(Engine::Sqlite).await.expect("built in");
    let database = app.database().to_owned();
    let mut fga = Fga::over(app, &database, IMPATIENT).await;
    let services = fga.app.server("fga", &[]).await.built.app.clone();
    let mut took = Vec::new();
    for patience in [
        Patience::Check,
        Patience::List,
        Patience::Request,
        Patience::Deletion,
    ] {
        let started = SystemClock.instant();
        for reply in answered(&services, SURFACE, patience, never_ready).await {
            assert_refused(&reply, 500, "deadline_exceeded");
            assert_eq!(reply.header("retry-after"), "1");
        }
        took.push(started.elapsed() / 2);
    }
    let least = [100, 200, 1_000, 1_500].map(Duration::from_millis);
    assert!(
        took.iter().zip(least).all(|(took, least)| *took >= least),
        "{took:?}"
    );
    assert!(took[0] < least[2] && took[1] < least[2], "{took:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_panic_is_an_internal_error() {
    let mut fga = Fga::open(Engine::Sqlite).await.expect("built in");
    let services = fga.app.server("fga", &[]).await.built.app.clone();
    for reply in broken(&services, SURFACE).await {
        assert_refused(&reply, 500, "internal_error");
    }
    assert_eq!(fga.get("/stores").await.status, 200);
}
