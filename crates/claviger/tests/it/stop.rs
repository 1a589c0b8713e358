//! Stopping: readiness first, then connections, then the database; or at once.

use crate::process::{Engine, Place, Server, on_both_engines, sign_in};
use testkit::http::{Begun, Request};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;

/// Requests that are under way when the signal comes; more than hash at the same time.
const UNDER_WAY: usize = 8;

on_both_engines!(
    a_signal_lets_requests_under_way_finish_and_turns_everybody_else_away,
    a_second_signal_ends_it_at_once,
);

/// Deadlines play no part here.
async fn open(engine: Engine) -> Option<(Place, Server)> {
    let place = Place::open(engine).await?;
    let place = place.with("CLAVIGER_HTTP_REQUEST_DEADLINE", "300s");
    let server = place.serve().await;
    server.sign_up("ada@example.com").await;
    Some((place, server))
}

/// Sign-ins whose heads the server has read and whose bodies it waits for.
async fn begin(server: &Server, count: usize) -> Vec<Begun> {
    let mut begun = Vec::new();
    for _ in 0..count {
        let request = sign_in("ada@example.com").begin(server.address).await;
        begun.push(request.expect("a request under way"));
    }
    begun
}

/// Waits until nobody is let in any more; until then, requests are answered.
async fn turned_away(server: &Server) {
    while TcpStream::connect(server.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
}

async fn a_signal_lets_requests_under_way_finish_and_turns_everybody_else_away(engine: Engine) {
    let Some((place, mut server)) = open(engine).await else {
        return;
    };
    let begun = begin(&server, UNDER_WAY).await;
    assert_eq!(server.readiness().await, 200);
    server.signal("TERM").await;
    turned_away(&server).await;
    assert_eq!(server.readiness().await, 503);
    let live = Request::get("/livez").send(server.management).await;
    assert_eq!(live.expect("an answer").status, 200);
    let mut finishing = tokio::task::JoinSet::new();
    for request in begun {
        finishing.spawn(request.finish());
    }
    for reply in finishing.join_all().await {
        let reply = reply.expect("a whole answer");
        assert_eq!(reply.status, 200, "{}", reply.text());
    }
    let status = server.ended().await;
    assert!(status.success(), "{status}: {}", server.log());
    assert!(TcpStream::connect(server.management).await.is_err());
    // What was answered has been stored.
    let next = place.serve().await;
    assert!(next.can_sign_in("ada@example.com").await);
    next.stop().await;
}

async fn a_second_signal_ends_it_at_once(engine: Engine) {
    let Some((place, mut server)) = open(engine).await else {
        return;
    };
    let begun = begin(&server, 1).await;
    server.signal("TERM").await;
    turned_away(&server).await;
    server.signal("TERM").await;
    // The request is still under way: only the second signal can be the reason.
    assert_eq!(
        server.ended().await.code(),
        Some(128 + 15),
        "{}",
        server.log()
    );
    for request in begun {
        assert!(request.finish().await.is_err());
    }
    let next = place.serve().await;
    assert!(next.can_sign_in("ada@example.com").await);
    next.stop().await;
}

/// A signal that comes while the server is still starting is not lost.
#[tokio::test]
async fn a_signal_right_behind_the_first_line_is_heeded() {
    let place = Place::bare();
    let mut server = place.serve().await;
    server.signal("INT").await;
    assert!(server.ended().await.success(), "{}", server.log());
}

/// What a balancer asks, on either port.
fn ready() -> Request {
    Request::get("/readyz")
}

#[tokio::test]
async fn readiness_is_red_before_anybody_is_turned_away() {
    let place = Place::bare().with("CLAVIGER_HTTP_DRAIN_NOTICE", "1h");
    let mut server = place.serve().await;
    server.sign_up("ada@example.com").await;
    server.signal("TERM").await;
    while server.readiness().await != 503 {
        tokio::task::yield_now().await;
    }
    let seen = server.ask(ready()).await;
    assert_eq!((seen.status, seen.header("connection")), (503, "close"));
    assert!(server.can_sign_in("ada@example.com").await);
    server.signal("TERM").await;
    assert_eq!(
        server.ended().await.code(),
        Some(128 + 15),
        "{}",
        server.log()
    );
}

#[tokio::test]
async fn a_server_for_others_gives_notice_unless_told_otherwise() {
    let place = Place::bare();
    let shown = place.run(&["config", "show"]).await;
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(shown.contains("drain_notice = \"0s\""), "{shown}");
    let place = place.with("CLAVIGER_MODE", "production");
    let shown = place.run(&["config", "show"]).await;
    let shown = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert!(shown.contains("drain_notice = \"2s\""), "{shown}");
}

/// A database that lets the server in and then says nothing: opening it would take minutes.
#[tokio::test]
async fn a_signal_ends_a_start_that_waits_for_the_database() {
    for (signal, code) in [("TERM", 128 + 15), ("INT", 128 + 2)] {
        let mute = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = mute.local_addr().expect("an address").port();
        let database = format!("postgres://postgres@127.0.0.1:{port}/app?sslmode=disable");
        let place = Place::bare()
            .with("CLAVIGER_SITE_EXTERNAL_URL", "http://auth.example.test")
            .with("CLAVIGER_SITE_SITE_URL", "http://app.example.test");
        let words = ["serve", "--listen", "127.0.0.1:0", "--database", &database];
        let mut starting = place.command(&words).spawn().expect("the binary");
        let _connection = mute.accept().await.expect("the server comes");
        let pid = starting.id().expect("it has not ended").to_string();
        send(signal, &pid).await;
        let ended = starting.wait().await.expect("its end");
        assert_eq!(ended.code(), Some(code), "{signal}");
    }
}

async fn send(signal: &str, pid: &str) {
    let sent = Command::new("kill").args(["-s", signal, pid]).status();
    assert!(sent.await.expect("kill").success());
}
