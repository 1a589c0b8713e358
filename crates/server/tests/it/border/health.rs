//! How healthy the server says it is, and how much work whoever asks can make it.

use super::{Log, open, start};
use crate::app::TestApp;
use crate::engines::sign_up;
use std::net::SocketAddr;
use std::time::Duration;
use testkit::http::Request;
use tokio::task::JoinSet;

async fn script(app: &TestApp, sql: &str) {
    let ran = app.store().script(sql.to_owned(), &app.call()).await;
    ran.expect("the script");
}

/// The database takes no writes, and the server has met that.
async fn break_down(app: &TestApp, address: SocketAddr) {
    script(app, "PRAGMA query_only = TRUE").await;
    let refused = sign_up("late@example.com").send(address).await;
    assert_eq!(refused.expect("an answer").status, 503);
}

async fn ask(address: SocketAddr, path: &str) -> u16 {
    let reply = Request::get(path).send(address).await;
    reply.expect("an answer").status
}

#[tokio::test]
async fn a_verdict_stands_for_a_second_for_everybody() {
    let mut app = open().await;
    let address = start(&mut app, &[]).await.address;
    break_down(&app, address).await;
    assert_eq!(ask(address, "/readyz").await, 503);
    script(&app, "PRAGMA query_only = FALSE").await;
    let mut asking = JoinSet::new();
    for path in ["/readyz", "/healthz"].repeat(20) {
        asking.spawn(ask(address, path));
    }
    assert_eq!(asking.join_all().await, [503; 40]);
    app.clock().advance(Duration::from_millis(999));
    assert_eq!(ask(address, "/readyz").await, 503);
    app.clock().advance(Duration::from_millis(1));
    assert_eq!(ask(address, "/readyz").await, 200);
}

#[tokio::test]
async fn only_a_change_of_the_verdict_is_told() {
    let mut app = open().await;
    let address = start(&mut app, &[]).await.address;
    let (log, _guard) = Log::start("info");
    for is_broken in [false, true, false] {
        if is_broken {
            break_down(&app, address).await;
        } else {
            script(&app, "PRAGMA query_only = FALSE").await;
        }
        for _ in 0..3 {
            app.clock().advance(Duration::from_secs(1));
            let status = if is_broken { 503 } else { 200 };
            assert_eq!(ask(address, "/readyz").await, status);
        }
    }
    let mut lines = log.lines();
    lines.retain(|line| line["message"] != "request");
    let levels: Vec<_> = lines.iter().map(|line| &line["level"]).collect();
    assert_eq!(levels, ["WARN", "INFO"], "{}", log.text());
}

/// As OpenFGA has it, and those who probe OpenFGA expect it.
#[tokio::test]
async fn healthz_says_whether_the_server_serves() {
    let mut app = open().await;
    let address = start(&mut app, &[]).await.address;
    let asked = async || {
        let reply = Request::get("/healthz").send(address).await;
        let reply = reply.expect("an answer");
        (reply.status, reply.text())
    };
    let serving = (200, r#"{"status":"SERVING"}"#.to_owned());
    assert_eq!(asked().await, serving);
    app.clock().advance(Duration::from_secs(1));
    break_down(&app, address).await;
    let not_serving = (503, r#"{"status":"NOT_SERVING"}"#.to_owned());
    assert_eq!(asked().await, not_serving);
}
