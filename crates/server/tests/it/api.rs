//! A client of the GoTrue API: one server, its keys, and users who are signed in without the cost
//! of a password.

use crate::app::{Engine, TestApp};
use crate::engines;
use crate::golden::http_client;
use crate::golden::request::HttpRequest;
use crate::golden::subject::Reply;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use store::db::{Query, Stmt};
use store::{Read, Store};

/// What the servers of these tests are configured with.
const ENVIRONMENT: &[(&str, &str)] = &[
    ("API_EXTERNAL_URL", "http://auth.example.test"),
    ("GOTRUE_SITE_URL", "http://app.example.test"),
    ("GOTRUE_URI_ALLOW_LIST", "http://app.example.test/**"),
    (
        "GOTRUE_JWT_SECRET",
        "a secret that is long enough for HMAC with SHA-256",
    ),
    ("GOTRUE_JWT_AUD", "authenticated"),
    ("GOTRUE_JWT_DEFAULT_GROUP_NAME", "authenticated"),
    ("GOTRUE_JWT_ADMIN_ROLES", "service_role"),
    ("GOTRUE_EXTERNAL_PHONE_ENABLED", "true"),
    ("GOTRUE_EXTERNAL_ANONYMOUS_USERS_ENABLED", "true"),
    ("GOTRUE_EXTERNAL_GITHUB_ENABLED", "true"),
    ("GOTRUE_EXTERNAL_GITHUB_CLIENT_ID", "client"),
    ("GOTRUE_EXTERNAL_GITHUB_SECRET", "secret"),
    (
        "GOTRUE_EXTERNAL_GITHUB_REDIRECT_URI",
        "http://auth.example.test/callback",
    ),
    ("GOTRUE_MAILER_AUTOCONFIRM", "true"),
    ("GOTRUE_SMS_AUTOCONFIRM", "true"),
    ("GOTRUE_SMS_TEST_OTP", "15555550100:123456"),
    ("GOTRUE_SMS_MAX_FREQUENCY", "1ms"),
    ("GOTRUE_SMTP_MAX_FREQUENCY", "1ms"),
    ("GOTRUE_SMTP_ADMIN_EMAIL", "auth@example.test"),
    ("GOTRUE_RATE_LIMIT_SMS_SENT", "100000"),
    ("GOTRUE_SECURITY_MANUAL_LINKING_ENABLED", "true"),
];

/// One server and what its clients know.
pub(crate) struct Api {
    pub(crate) app: TestApp,
    address: SocketAddr,
    pub(crate) anon_key: String,
    pub(crate) service_key: String,
}

/// Someone who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct SignedIn {
    pub(crate) id: String,
    pub(crate) email: String,
    pub(crate) access_token: String,
    pub(crate) refresh_token: String,
}

/// A request to be sent.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) token: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Answer(pub(crate) Reply);

impl Api {
    /// A server over an empty database; `None` when the engine is not there.
    pub(crate) async fn open(engine: Engine) -> Option<Self> {
        Self::open_with(engine, &[]).await
    }

    /// The same with further settings, which win.
    pub(crate) async fn open_with(engine: Engine, more: &[(&str, &str)]) -> Option<Self> {
        let Some(app) = TestApp::open(engine).await else {
            engines::absent(engine);
            return None;
        };
        let own = ENVIRONMENT
            .iter()
            .filter(|(name, _)| more.iter().all(|(other, _)| other != name));
        let environment: Vec<(String, String)> = own
            .chain(more)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        Some(Self::over(app, &environment).await)
    }

    /// A server over this database.
    pub(crate) async fn over(mut app: TestApp, environment: &[(String, String)]) -> Self {
        let running = app.server("gotrue", environment).await;
        let (address, keys) = (running.address, running.built.api_keys.clone());
        Self {
            app,
            address,
            anon_key: keys.anon,
            service_key: keys.service_role,
        }
    }

    /// Sends a request.
    pub(crate) async fn send(&self, asked: &Asked) -> Answer {
        // Messages to one user are a millisecond apart at least.
        self.app.clock().advance(Duration::from_millis(2));
        self.send_now(asked).await
    }

    /// Sends a request without moving the clock before.
    pub(crate) async fn send_now(&self, asked: &Asked) -> Answer {
        let mut headers = asked.headers.clone();
        if let Some(token) = &asked.token {
            headers.push(("Authorization".to_owned(), format!("Bearer {token}")));
        }
        let request = HttpRequest {
            method: asked.method.clone(),
            path: asked.path.clone(),
            headers,
            body: asked.body.clone(),
        };
        let reply = http_client::send(self.address, &request).await;
        Answer(reply.unwrap_or_else(|e| panic!("{} {}: {e}", asked.method, asked.path)))
    }

    /// Sends the same request `count` times at once.
    pub(crate) async fn send_at_once(&self, asked: &Asked, count: usize) -> Vec<Answer> {
        let sent = (0..count).map(|_| self.send(asked));
        futures_util::future::join_all(sent).await
    }

    /// Sends JSON with a token; an empty one is no token, `null` no body.
    pub(crate) async fn ask(&self, method: &str, path: &str, token: &str, body: Value) -> Answer {
        self.send(&Asked::json(method, path, token, &body)).await
    }

    /// The same, done by the holder of the service key; must succeed.
    pub(crate) async fn administer(&self, method: &str, path: &str, body: Value) -> Value {
        let answer = self.ask(method, path, &self.service_key, body).await;
        assert_eq!(answer.0.status, 200, "{method} {path}: {}", answer.text());
        answer.json()
    }

    /// A new user with a session.
    pub(crate) async fn sign_in(&self) -> SignedIn {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        self.sign_in_as(&format!("user{number}@example.test")).await
    }

    /// The user with this address, new or not, with a new session.
    pub(crate) async fn sign_in_as(&self, email: &str) -> SignedIn {
        let link = json!({"type": "magiclink", "email": email});
        let link = self.administer("POST", "/admin/generate_link", link).await;
        let verify = json!({
            "type": link["verification_type"],
            "token_hash": link["hashed_token"],
        });
        let answer = self.ask("POST", "/verify", "", verify).await;
        assert_eq!(answer.0.status, 200, "{}", answer.text());
        let session = answer.json();
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        SignedIn {
            id: text(&session["user"]["id"]),
            email: email.to_owned(),
            access_token: text(&session["access_token"]),
            refresh_token: text(&session["refresh_token"]),
        }
    }

    /// Runs statements that both engines understand.
    pub(crate) async fn script(&self, sql: String) {
        let done = self.store().script(sql, &self.app.call()).await;
        done.expect("a change of state");
    }

    /// The number that a query counts.
    pub(crate) async fn count(&self, sql: &str) -> i64 {
        let sql: &'static str = Box::leak(sql.to_owned().into_boxed_str());
        let query = Query(Stmt {
            name: "count",
            sqlite: sql,
            postgres: sql,
            scan: Some("a test"),
        });
        let mut db = self.store().db(&self.app.call());
        let rows = db.rows(query, Vec::new()).await.expect("a count");
        let count = rows.into_iter().next().map(|mut row| row.take());
        count.expect("a row").expect("a number")
    }

    pub(crate) fn store(&self) -> &Store {
        self.app.store()
    }
}

impl Asked {
    pub(crate) fn json(method: &str, path: &str, token: &str, body: &Value) -> Self {
        let body = match body {
            Value::Null => Vec::new(),
            body => body.to_string().into_bytes(),
        };
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            token: (!token.is_empty()).then(|| token.to_owned()),
            headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
            body,
        }
    }
}

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.0.status
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.0.body)
            .unwrap_or_else(|e| panic!("{e}: {} {}", self.0.status, self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        let mut headers = self.0.headers.iter();
        headers
            .find(|(other, _)| other.eq_ignore_ascii_case(name))
            .map_or("", |(_, value)| value)
    }

    /// Status and error code, in one line.
    pub(crate) fn verdict(&self) -> String {
        let code = self.header("x-sb-error-code");
        format!("{} {code}", self.0.status).trim_end().to_owned()
    }

    /// An answer is JSON in the shape of the version that was asked for, or one of the few that
    /// are something else; and it is never a failure of the server.
    pub(crate) fn check_shape(&self, version: &str, what: &str) {
        let status = self.status();
        assert!(status < 500, "{what}: {status} {}", self.text());
        match status {
            200 => drop(self.json()),
            204 | 405 => assert_eq!(self.text(), "", "{what}"),
            302 | 303 => assert!(!self.header("location").is_empty(), "{what}"),
            404 if self.text() == "404 page not found\n" => {}
            _ => self.check_error(version, what),
        }
    }

    fn check_error(&self, version: &str, what: &str) {
        let (status, body) = (self.status(), self.json());
        let code = if body.get("weak_password").is_some() {
            "weak_password"
        } else {
            self.header("x-sb-error-code")
        };
        assert!(!code.is_empty(), "{what}: {body}");
        let (shape, text) = if version.is_empty() {
            (json!({"code": status, "error_code": code}), &body["msg"])
        } else {
            (json!({"code": code}), &body["message"])
        };
        for (name, value) in shape.as_object().expect("an object") {
            assert_eq!(&body[name], value, "{what}: {body}");
        }
        let told = text.as_str().is_some_and(|text| !text.is_empty());
        assert!(told, "{what}: {body}");
        assert_eq!(self.header("x-supabase-api-version"), version, "{what}");
    }
}
