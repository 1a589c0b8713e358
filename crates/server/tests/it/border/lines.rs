//! What is told about a request: one line with its id, one sample, and nothing that is secret.

use super::{Log, open, router, start};
use crate::app::{Engine, TestApp};
use crate::engines::{PASSWORD, absent, sign_up};
use axum::Router;
use axum::body::Body;
use axum::http::Request as Asked;
use axum::response::Response;
use futures_util::FutureExt;
use serde_json::{Value as Json, json};
use server::http::call::Peer;
use server::inbox;
use testkit::http::Reply;
use tower::ServiceExt;

/// The lines about the request that was answered so.
fn lines_of(log: &Log, reply: &Reply) -> Vec<Json> {
    let id = reply.header("x-request-id");
    assert!(!id.is_empty(), "{:?}", reply.headers);
    let mut lines = log.lines();
    lines.retain(|line| line["request.id"] == id);
    lines
}

/// How many samples the histogram of an operation has.
fn samples(metrics: &str, operation: &str) -> Option<String> {
    let name = format!("claviger_request_duration_seconds_count{{operation=\"{operation}\"}} ");
    let line = metrics.lines().find_map(|line| line.strip_prefix(&name));
    line.map(str::to_owned)
}

#[tokio::test]
async fn a_request_is_one_line_and_one_sample_without_anything_secret() {
    let mut app = open().await;
    let running = start(&mut app, &[]).await;
    let (log, _guard) = Log::start("info");
    let email = "ada.lovelace@example.com";
    let reply = sign_up(email).send(running.address).await.expect("one");
    assert_eq!(reply.status, 200, "{}", reply.text());
    let lines = lines_of(&log, &reply);
    let [line] = lines.as_slice() else {
        panic!("{lines:?}");
    };
    assert_eq!(line["message"], "request");
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["operation"], "signup");
    assert_eq!(line["status"], 200);
    assert!(
        line["duration_us"].is_u64() && line["statements"].is_u64(),
        "{line}"
    );
    let token = reply.json()["access_token"].as_str().map(str::to_owned);
    for secret in [email, "lovelace", PASSWORD, &token.expect("a token")] {
        assert!(!log.text().contains(secret), "{}", log.text());
    }
    let metrics = running.built.app.metrics.encode();
    assert_eq!(
        samples(&metrics, "signup").as_deref(),
        Some("1"),
        "{metrics}"
    );
    let counted = "claviger_requests_total{operation=\"signup\",status=\"200\"} 1\n";
    assert!(metrics.contains(counted), "{metrics}");
}

/// A mail's template that cannot be rendered is told of while the request is under way.
const BROKEN: &[(&str, &str)] = &[
    ("CLAVIGER_EMAIL_AUTOCONFIRM", "false"),
    (
        "CLAVIGER_EMAIL_TEMPLATES_CONFIRMATION_SUBJECT",
        "{{ index .SiteURL 9999 }}",
    ),
];

#[tokio::test]
async fn every_line_of_a_request_has_its_id() {
    let mut app = open().await;
    let address = start(&mut app, BROKEN).await.address;
    let (log, _guard) = Log::start("info");
    let reply = sign_up("ada@example.com").send(address).await.expect("one");
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(log.lines().len(), 2, "{}", log.text());
    assert_eq!(lines_of(&log, &reply).len(), 2, "{}", log.text());
}

#[tokio::test]
async fn a_debugger_sees_the_operation_behind_every_line() {
    let mut app = open().await;
    let address = start(&mut app, BROKEN).await.address;
    let (log, _guard) = Log::start("debug");
    let reply = sign_up("ada@example.com").send(address).await.expect("one");
    let lines = lines_of(&log, &reply);
    let inside = lines.iter().find(|line| line["message"] != "request");
    let span = &inside.expect("a line of the request")["span"];
    assert_eq!(span["request.id"], reply.header("x-request-id"), "{span}");
    assert_eq!(span["operation"], "signup", "{span}");
}

/// Triggers of an application, which say whom they refuse.
const TELLING: (&str, &str) = (
    "CREATE TRIGGER refuse BEFORE INSERT ON users
    BEGIN SELECT RAISE(ABORT, 'no place for ada.lovelace@example.com'); END",
    "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        RAISE EXCEPTION 'no place for %', NEW.email
        USING DETAIL = 'Key (email)=(' || NEW.email || ') is full.', ERRCODE = TG_ARGV[0];
    END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON auth.users
    FOR EACH ROW EXECUTE FUNCTION refuse('P0001')",
);
/// The same as a fault that is nobody's answer: what the driver says of it goes to the log.
const FAILING: &str = "DROP TRIGGER refuse ON auth.users;
    CREATE TRIGGER refuse BEFORE INSERT ON auth.users
    FOR EACH ROW EXECUTE FUNCTION refuse('45000')";

#[tokio::test]
async fn what_a_trigger_says_is_told_without_the_address() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(mut app) = TestApp::open(engine).await else {
            absent(engine);
            continue;
        };
        let address = start(&mut app, &[]).await.address;
        let scripts = match engine {
            Engine::Sqlite => vec![TELLING.0],
            Engine::Postgres => vec![TELLING.1, FAILING],
        };
        for script in scripts {
            let ran = app.store().script(script.to_owned(), &app.call()).await;
            ran.expect("the script");
            let (log, _guard) = Log::start("info");
            let reply = sign_up("ada.lovelace@example.com").send(address).await;
            let reply = reply.expect("an answer");
            assert_eq!(reply.status, 500, "{}", reply.text());
            let lines = lines_of(&log, &reply);
            let fault = lines[0]["fault"].as_str().expect("a fault");
            assert!(fault.contains("no place for a***@example.com"), "{fault}");
            assert!(!log.text().contains("lovelace"), "{}", log.text());
            let detail = "DETAIL: Key (email)=(a***@example.com) is full.";
            assert_eq!(fault.contains(detail), script == FAILING, "{fault}");
        }
    }
}

/// Polled until it waits for the database, and then left alone: so a connection ends that its
/// client has closed.
#[tokio::test]
async fn a_client_that_hangs_up_is_told_of_as_well() {
    let mut app = open().await;
    let running = start(&mut app, &[]).await;
    let (log, _guard) = Log::start("info");
    let body = json!({"email": "ada@example.com", "password": PASSWORD}).to_string();
    let request = Asked::post("/auth/v1/token?grant_type=password").body(Body::from(body));
    let asked = router(running).oneshot(request.expect("a request"));
    assert!(asked.now_or_never().is_none(), "nobody answers at once");
    let lines = log.lines();
    let [line] = lines.as_slice() else {
        panic!("{lines:?}");
    };
    assert_eq!(line["message"], "request");
    assert_eq!(line["level"], "INFO");
    assert_eq!(line["operation"], "token");
    assert_eq!(line["status"], 499);
    let metrics = running.built.app.metrics.encode();
    assert_eq!(
        samples(&metrics, "token").as_deref(),
        Some("1"),
        "{metrics}"
    );
    let counted = "claviger_requests_total{operation=\"token\",status=\"499\"} 1\n";
    assert!(metrics.contains(counted), "{metrics}");
}

async fn get(router: &Router, request: axum::http::request::Builder) -> Response {
    let peer = Peer("127.0.0.1:40000".parse().expect("an address"));
    let request = request.header("host", "localhost").extension(peer);
    let request = request.body(Body::empty()).expect("a request");
    let reply = router.clone().oneshot(request).await;
    reply.expect("routers do not fail")
}

#[tokio::test]
async fn what_no_api_answers_is_told_of_as_well() {
    let mut app = open().await;
    let running = start(&mut app, &[]).await;
    let (log, _guard) = Log::start("info");
    let api = router(running);
    let inbox = inbox::router(&running.built.app, &running.built.store);
    let origin = "http://app.example.test";
    let preflight = Asked::options("/auth/v1/user").header("origin", origin);
    let preflight = preflight.header("access-control-request-method", "GET");
    let shown = Asked::get("/inbox").header("origin", origin);
    for (router, asked, status, operation) in [
        (&api, Asked::get("/nowhere"), 404, "unknown"),
        (&api, preflight, 204, "preflight"),
        (&inbox, shown, 200, "inbox"),
    ] {
        let reply = get(router, asked).await;
        assert_eq!(reply.status(), status, "{operation}");
        let id = reply.headers()["x-request-id"].to_str().expect("text");
        let mut lines = log.lines();
        lines.retain(|line| line["request.id"] == id);
        let [line] = lines.as_slice() else {
            panic!("{operation}: {lines:?}");
        };
        assert_eq!(line["operation"], operation);
        assert_eq!(line["status"], status);
        let metrics = running.built.app.metrics.encode();
        assert_eq!(
            samples(&metrics, operation).as_deref(),
            Some("1"),
            "{metrics}"
        );
        // Pages of other origins may read what an API answers, and nobody's mails.
        let is_open = reply.headers().contains_key("access-control-allow-origin");
        assert_eq!(is_open, operation == "preflight", "{operation}");
    }
    let post = get(&inbox, Asked::post("/inbox")).await;
    assert_eq!(post.status(), 405);
}
