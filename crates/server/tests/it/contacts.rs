//! Links, codes and mails over real sockets, on both engines.

mod page;
mod races;
mod rules;
mod silence;
mod strangers;
mod takeover;

use crate::app::{Engine, TestApp};
use crate::golden::http_client;
use crate::golden::request::HttpRequest;
use crate::golden::subject::Reply;
use authn::Authn;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use store::outbox::{self, Message};
use store::{Account, Db, accounts, sessions};
use tokio::task::JoinSet;
use types::{Call, Email};

const PASSWORD: &str = "correct-horse-1";
const APP: &str = "http://app.example.test";
/// As many racers as the tests of races send.
const RACERS: usize = 100;

/// What an operator has set everywhere; each test adds its own.
const SETTINGS: &[(&str, &str)] = &[
    ("API_EXTERNAL_URL", "http://auth.example.test"),
    ("GOTRUE_SITE_URL", APP),
    ("GOTRUE_URI_ALLOW_LIST", "http://app.example.test/**"),
    (
        "GOTRUE_JWT_SECRET",
        "contacts-secret-contacts-secret-contacts",
    ),
    ("GOTRUE_JWT_AUD", "authenticated"),
    ("GOTRUE_EXTERNAL_PHONE_ENABLED", "true"),
    ("GOTRUE_EXTERNAL_ANONYMOUS_USERS_ENABLED", "true"),
    ("GOTRUE_SMS_TEST_OTP", "15555550100:123456"),
    ("GOTRUE_RATE_LIMIT_EMAIL_SENT", "100000"),
];

/// Runs a test on each engine that is there.
macro_rules! on_both_engines {
    ($($(#[$doc:meta])* $test:ident($settings:ident);)*) => {$(
        mod $test {
            use crate::app::Engine;
            use crate::contacts::Site;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                let site = Site::open(Engine::Sqlite, super::$settings).await.expect("SQLite is built in");
                super::$test(site).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_postgres() {
                match Site::open(Engine::Postgres, super::$settings).await {
                    Some(site) => super::$test(site).await,
                    None => crate::engines::absent(Engine::Postgres),
                }
            }
        }
    )*};
}
pub(crate) use on_both_engines;

/// One server, and what is behind it.
pub(crate) struct Site {
    app: TestApp,
    address: SocketAddr,
    authn: Authn,
    service_key: String,
}

impl Site {
    /// `None` when the engine is not there.
    pub(crate) async fn open(engine: Engine, settings: &[(&str, &str)]) -> Option<Self> {
        let mut app = TestApp::open(engine).await?;
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let environment: Vec<_> = SETTINGS.iter().chain(settings).map(owned).collect();
        let running = app.server("site", &environment).await;
        let (address, authn) = (running.address, running.built.app.authn.clone());
        let service_key = running.built.api_keys.service_role.clone();
        Some(Self {
            app,
            address,
            authn,
            service_key,
        })
    }

    fn advance(&self, span: Duration) {
        self.app.clock().advance(span);
    }

    fn call(&self) -> Call {
        self.app.call()
    }

    fn db(&self) -> Db {
        self.app.store().db(&self.call())
    }

    async fn send(&self, request: &HttpRequest) -> Reply {
        http_client::send(self.address, request)
            .await
            .expect("an answer")
    }

    async fn get(&self, path: &str) -> Reply {
        self.send(&request("GET", path, &[], Vec::new())).await
    }

    async fn post(&self, path: &str, body: &Value) -> Reply {
        self.send(&posted(path, body)).await
    }

    async fn post_as_admin(&self, path: &str, body: &Value) -> Reply {
        self.send_as(&self.service_key, "POST", path, body).await
    }

    async fn put_user(&self, token: &str, body: &Value) -> Reply {
        self.send_as(token, "PUT", "/user", body).await
    }

    async fn put_as_admin(&self, path: &str, body: &Value) -> Reply {
        self.send_as(&self.service_key, "PUT", path, body).await
    }

    async fn post_as(&self, token: &str, path: &str, body: &Value) -> Reply {
        self.send_as(token, "POST", path, body).await
    }

    async fn get_as(&self, token: &str, path: &str) -> Reply {
        self.send_as(token, "GET", path, &Value::Null).await
    }

    async fn send_as(&self, token: &str, method: &str, path: &str, body: &Value) -> Reply {
        let bearer = format!("Bearer {token}");
        let headers = [("authorization", bearer.as_str())];
        let body = match body {
            Value::Null => Vec::new(),
            body => body.to_string().into_bytes(),
        };
        self.send(&request(method, path, &headers, body)).await
    }

    /// Sends requests at the same time.
    async fn at_once(&self, requests: impl IntoIterator<Item = HttpRequest>) -> Vec<Reply> {
        let mut sent = JoinSet::new();
        let address = self.address;
        for request in requests {
            sent.spawn(async move { http_client::send(address, &request).await });
        }
        let replies = sent.join_all().await;
        replies
            .into_iter()
            .map(|reply| reply.expect("an answer"))
            .collect()
    }

    /// All mails, the newest last.
    async fn mails(&self) -> Vec<Message> {
        let mut mails = outbox::list(&mut self.db(), 1_000)
            .await
            .expect("the outbox");
        mails.reverse();
        mails
    }

    /// The newest mail to an address.
    async fn mail_to(&self, email: &str) -> Message {
        let mails = self.mails().await.into_iter();
        let mails = mails.filter(|mail| mail.recipient == email);
        mails.max_by_key(|mail| mail.created_at).expect("a mail")
    }

    async fn account(&self, email: &str) -> Option<Account> {
        let email = Email::parse(email).expect("an address");
        accounts::find_by_email(&mut self.db(), &email, "authenticated")
            .await
            .expect("the account")
    }

    /// How many sessions the user with this address has.
    async fn sessions_of(&self, email: &str) -> usize {
        let user = self.account(email).await.expect("a user").user.id;
        let sessions = sessions::list_of_user(&mut self.db(), user).await;
        sessions.expect("the sessions").len()
    }

    /// Registers an address and confirms it by its mail; the access token. A second passes, so
    /// that the next mail is a later one.
    async fn sign_up(&self, email: &str) -> String {
        let body = json!({"email": email, "password": PASSWORD});
        let reply = self.post("/signup", &body).await;
        assert_eq!(reply.status, 200, "{}", text(&reply));
        let code = code_of(&self.mail_to(email).await);
        let body = json!({"type": "email", "email": email, "token": code});
        let reply = self.post("/verify", &body).await;
        assert_eq!(reply.status, 200, "{}", text(&reply));
        self.advance(Duration::from_secs(1));
        json_of(&reply)["access_token"]
            .as_str()
            .expect("a token")
            .to_owned()
    }
}

fn request(
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Vec<u8>>,
) -> HttpRequest {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    HttpRequest {
        method: method.to_owned(),
        path: path.to_owned(),
        headers: headers.iter().map(owned).collect(),
        body: body.into(),
    }
}

fn posted(path: &str, body: &Value) -> HttpRequest {
    let headers = [("content-type", "application/json")];
    request("POST", path, &headers, body.to_string())
}

fn text(reply: &Reply) -> String {
    String::from_utf8_lossy(&reply.body).into_owned()
}

fn json_of(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.body).expect("JSON")
}

fn header<'a>(reply: &'a Reply, name: &str) -> &'a str {
    let found = reply.headers.iter().find(|(known, _)| known == name);
    found.map_or("", |(_, value)| value)
}

fn count(replies: &[Reply], status: u16) -> usize {
    replies
        .iter()
        .filter(|reply| reply.status == status)
        .count()
}

/// The code in a mail's text.
fn code_of(mail: &Message) -> String {
    let (_, rest) = mail.text.split_once("code: ").expect("a code");
    rest[..6].to_owned()
}

/// Path and query of the link in a mail's text.
fn link_of(mail: &Message) -> String {
    let start = mail.text.find("/verify?").expect("a link");
    let rest = &mail.text[start..];
    let end = rest.find(|c: char| c.is_whitespace() || c == ')' || c == '>');
    rest[..end.unwrap_or(rest.len())].to_owned()
}
