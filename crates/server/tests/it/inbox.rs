//! The inbox of development: whom it answers, and how it shows what strangers have written.

use crate::app::{Engine, TestApp};
use crate::engines::{PASSWORD, settings};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use serde_json::{Value as Json, json};
use server::http::call::Peer;
use server::inbox;
use server::jobs::outbox::Sender;
use server::mail::Mailer;
use std::net::SocketAddr;
use testkit::http::Request as HttpRequest;
use tokio::sync::watch;
use tower::ServiceExt;

const LOCAL: &str = "127.0.0.1:40000";
const BYTES_MAX: usize = 1 << 20;

/// A server without a mail server, and its inbox.
struct Inbox {
    app: TestApp,
    router: Router,
    address: SocketAddr,
}

impl Inbox {
    async fn open(more: &[(&str, &str)]) -> Self {
        let mut app = TestApp::open(Engine::Sqlite).await.expect("built in");
        let common = [
            ("API_EXTERNAL_URL", "http://auth.example.test"),
            ("GOTRUE_SITE_URL", "http://app.example.test"),
            (
                "GOTRUE_JWT_SECRET",
                "a-secret-of-this-test-a-secret-of-this-test",
            ),
            ("GOTRUE_JWT_AUD", "authenticated"),
        ];
        let settings = settings(&[&common, more].concat());
        let running = app.server("inbox", &settings).await;
        let (address, built) = (running.address, &running.built);
        let router = inbox::router(&built.app, &built.store);
        Self {
            app,
            router,
            address,
        }
    }

    async fn sign_up(&self, name: &str) {
        let body = json!({
            "email": "ada@example.com", "password": PASSWORD, "data": { "name": name },
        });
        let reply = HttpRequest::post("/signup")
            .json(&body)
            .send(self.address)
            .await;
        let reply = reply.expect("an answer");
        assert_eq!(reply.status, 200, "{}", reply.text());
    }

    async fn get(&self, peer: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let peer = Peer(peer.parse().expect("an address"));
        let request = request.extension(peer).body(Body::empty());
        let reply = self
            .router
            .clone()
            .oneshot(request.expect("a request"))
            .await;
        let reply = reply.expect("routers do not fail");
        let (status, headers) = (reply.status(), reply.headers().clone());
        let bytes = to_bytes(reply.into_body(), BYTES_MAX)
            .await
            .expect("a body");
        Answer {
            status,
            headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

#[tokio::test]
async fn the_inbox_answers_this_machine_by_its_own_name_and_nobody_in_between() {
    let inbox = Inbox::open(&[]).await;
    inbox.sign_up("Ada").await;
    let local = [("host", "localhost:9999")];
    for (peer, host) in [
        (LOCAL, "localhost:9999"),
        (LOCAL, "LOCALHOST"),
        (LOCAL, "127.0.0.1:9999"),
        ("[::1]:40000", "[::1]:9999"),
        ("[::ffff:127.0.0.1]:40000", "localhost"),
    ] {
        let answer = inbox.get(peer, "/inbox", &[("host", host)]).await;
        assert_eq!(answer.status, StatusCode::OK, "{peer} {host}");
        assert!(answer.text.contains("ada@example.com"));
    }
    for (peer, host) in [
        ("192.0.2.7:40000", "localhost:9999"),
        ("[2001:db8::7]:40000", "localhost:9999"),
        (LOCAL, "rebound.example.com:9999"),
        (LOCAL, "127.0.0.1.example.com"),
        (LOCAL, "localhost.example.com"),
        (LOCAL, "192.0.2.7"),
        (LOCAL, ""),
    ] {
        let answer = inbox.get(peer, "/inbox", &[("host", host)]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{peer} {host}");
        assert!(!answer.text.contains("ada@example.com"));
    }
    assert_eq!(
        inbox.get(LOCAL, "/inbox", &[]).await.status,
        StatusCode::FORBIDDEN
    );
    for name in [
        "Forwarded",
        "X-Forwarded-For",
        "X-Forwarded-Host",
        "X-Forwarded-Proto",
        "X-Forwarded",
        "X-Real-IP",
        "Via",
    ] {
        let headers = [local[0], (name, "127.0.0.1")];
        let answer = inbox.get(LOCAL, "/inbox?format=json", &headers).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{name}");
    }
}

#[tokio::test]
async fn a_mails_html_is_shown_inside_a_sandbox_only() {
    let template = [
        ("GOTRUE_MAILER_SUBJECTS_CONFIRMATION", "<b>{{ .Data.name }}"),
        (
            "GOTRUE_MAILER_TEMPLATES_CONFIRMATION",
            "<p class=\"x\">body of the mail</p><script>alert(1)</script>\"><img src=x>",
        ),
    ];
    let inbox = Inbox::open(&template).await;
    inbox.sign_up("</summary><script>alert(2)</script>").await;
    let answer = inbox.get(LOCAL, "/inbox", &[("host", "localhost")]).await;
    assert_eq!(answer.status, StatusCode::OK);
    let (_, frame) = answer.text.split_once("<iframe ").expect("a frame");
    let (frame, _) = frame.split_once("</iframe>").expect("a whole frame");
    assert!(frame.contains("body of the mail"), "{frame}");
    // All of the mail is the value of one attribute: no quotation mark and no tag of it is bare.
    let (_, value) = frame.split_once("srcdoc=\"").expect("the mail");
    let (value, rest) = value.split_once('"').expect("the end of the mail");
    assert!(
        value.contains("alert(1)") && !value.contains('<'),
        "{value}"
    );
    assert_eq!(rest, ">");
    let (_, sandbox) = frame.split_once("sandbox=\"").expect("a sandbox");
    let allowed: Vec<&str> = sandbox
        .split('"')
        .next()
        .unwrap_or_default()
        .split(' ')
        .collect();
    assert_eq!(allowed, ["allow-popups", "allow-popups-to-escape-sandbox"]);
    // Outside of the frame nothing that somebody else wrote is markup.
    let outside = answer.text.replace(frame, "");
    assert!(
        !outside.contains("<script") && !outside.contains("<b>"),
        "{outside}"
    );
    let policy = answer.headers["content-security-policy"]
        .to_str()
        .expect("text");
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    assert!(!policy.contains("script"), "{policy}");
    assert_eq!(answer.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn the_inbox_keeps_what_mails_say_and_lists_them_as_json() {
    let mut inbox = Inbox::open(&[]).await;
    inbox.sign_up("Ada").await;
    let world = inbox.app.world();
    let running = inbox.app.server("inbox", &[]).await;
    let (app, store) = (running.built.app.clone(), running.built.store.clone());
    let (_stop, stopped) = watch::channel(false);
    let mut sender = Sender::new(app, store, world, Mailer::Inbox, stopped);
    assert_eq!(sender.round().await.expect("the outbox"), 1);
    assert_eq!(sender.round().await.expect("the outbox"), 0);
    let answer = inbox
        .get(LOCAL, "/inbox?format=json", &[("host", "localhost")])
        .await;
    let json: Json = serde_json::from_str(&answer.text).expect("JSON");
    let mail = &json["messages"][0];
    assert_eq!(mail["to"], "ada@example.com");
    assert_eq!(mail["kind"], "confirmation");
    assert!(
        mail["text"]
            .as_str()
            .is_some_and(|text| text.contains("http://auth.example.test/"))
    );
    assert!(
        mail["html"]
            .as_str()
            .is_some_and(|html| html.contains("http://auth.example.test/"))
    );
}

#[tokio::test]
async fn there_is_no_inbox_in_production() {
    let inbox = Inbox::open(&[]).await;
    let request = HttpRequest::get("/inbox").header("host", "localhost");
    let reply = request.send(inbox.address).await.expect("an answer");
    assert_eq!(reply.status, 404);
}
