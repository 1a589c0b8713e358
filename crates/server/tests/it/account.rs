//! The account API over real sockets, on both engines.

mod bodies;
mod limits;
mod outage;
mod profile;
mod refusals;
mod register;
mod reset;
mod sessions;
mod tokens;

use crate::app::{Engine, TestApp};
use serde_json::{Value as Json, json};
use std::net::SocketAddr;
use std::time::Duration;
use store::db::{Query, Stmt};
use store::outbox::{self, Message};
use store::profiles::{self, Profile};
use store::{Account, Db, Read, accounts};
use testkit::http::{Reply, Request};
use tokio::task::JoinSet;
use types::{Email, UserId};

const PASSWORD: &str = "correct-horse-1";
const OTHER_PASSWORD: &str = "other-horse-2";
const NEW_PASSWORD: &str = "N3w-password";

/// What an operator has set everywhere; each test adds its own.
const SETTINGS: &[(&str, &str)] = &[
    ("CLAVIGER_SITE_EXTERNAL_URL", "http://auth.example.test"),
    ("CLAVIGER_SITE_SITE_URL", "http://app.example.test"),
    ("CLAVIGER_EMAIL_AUTOCONFIRM", "true"),
    ("CLAVIGER_LIMITS_BY_PEER_ADDRESS", "false"),
    ("CLAVIGER_HTTP_REQUEST_DEADLINE", "30s"),
];

/// Nothing beside.
const PLAIN: &[(&str, &str)] = &[];

/// Runs a test on each engine that is there.
macro_rules! on_both_engines {
    ($($(#[$doc:meta])* $test:ident($settings:ident);)*) => {$(
        mod $test {
            use crate::account::Site;
            use crate::app::Engine;

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_sqlite() {
                let site = Site::open(Engine::Sqlite, super::$settings).await;
                super::$test(site.expect("SQLite is built in")).await;
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
use on_both_engines;

/// One server, and what is behind it.
struct Site {
    app: TestApp,
    address: SocketAddr,
    /// The key of the role `service_role`.
    service_key: String,
}

/// Somebody who has registered.
#[derive(Debug, Clone)]
struct Person {
    id: String,
    email: String,
    token: String,
    refresh_token: String,
}

impl Site {
    /// `None` when the engine is not there.
    async fn open(engine: Engine, more: &[(&str, &str)]) -> Option<Self> {
        let app = TestApp::open(engine).await?;
        let database = app.database().to_owned();
        Some(Self::over(app, &database, more).await)
    }

    /// The same, with another way to the database.
    async fn over(mut app: TestApp, database: &str, more: &[(&str, &str)]) -> Self {
        let settings = crate::engines::settings(&[SETTINGS, more].concat());
        let running = app.server_on(database, "account", &settings).await;
        let (address, service_key) = (running.address, running.built.api_keys.service_role.clone());
        Self {
            app,
            address,
            service_key,
        }
    }

    async fn send(&self, request: Request) -> Reply {
        request.send(self.address).await.expect("an answer")
    }

    /// Sends requests at the same time.
    async fn at_once(&self, requests: impl IntoIterator<Item = Request>) -> Vec<Reply> {
        let mut sent = JoinSet::new();
        let address = self.address;
        for request in requests {
            sent.spawn(async move { request.send(address).await });
        }
        let replies = sent.join_all().await.into_iter();
        replies.map(|reply| reply.expect("an answer")).collect()
    }

    async fn register(&self, email: &str) -> Person {
        let reply = self.send(post("/register", &credentials(email))).await;
        assert_eq!(reply.status, 201, "{}", reply.text());
        Person::of(&reply)
    }

    async fn log_in(&self, email: &str) -> Person {
        let reply = self.send(post("/login", &credentials(email))).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        Person::of(&reply)
    }

    async fn me(&self, token: &str) -> Reply {
        self.send(get("/me").bearer(token)).await
    }

    /// The account that a good token stands for.
    async fn account_of(&self, token: &str) -> Json {
        let reply = self.me(token).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.json()
    }

    fn advance(&self, span: Duration) {
        self.app.clock().advance(span);
    }

    fn db(&self) -> Db {
        self.app.store().db(&self.app.call())
    }

    async fn script(&self, sqlite: &str, postgres: &str) {
        let sql = match self.app.engine() {
            Engine::Sqlite => sqlite,
            Engine::Postgres => postgres,
        };
        let call = self.app.call();
        let ran = self.app.store().script(sql.to_owned(), &call).await;
        ran.expect("the script");
    }

    async fn stored(&self, email: &str) -> Option<Account> {
        let email = Email::parse(email).expect("an address");
        let found = accounts::find_by_email(&mut self.db(), &email, "authenticated").await;
        found.expect("the account")
    }

    async fn profile(&self, user: UserId) -> Option<Profile> {
        profiles::find(&mut self.db(), user)
            .await
            .expect("the profile")
    }

    /// What was booked for a user, and the balance after it.
    async fn ledger(&self, user: UserId) -> Vec<(i64, i64)> {
        let sql = "SELECT amount, balance_after FROM credit_entries WHERE user_id = $1";
        let entries = Query(Stmt {
            name: "test",
            sqlite: sql,
            postgres: sql,
            scan: Some("a test"),
        });
        let rows = self.db().rows(entries, vec![user.into()]).await;
        let mut rows = rows.expect("the ledger");
        let numbers = rows.iter_mut().map(|row| (row.take(), row.take()));
        numbers
            .map(|(amount, balance)| (amount.expect("an amount"), balance.expect("a balance")))
            .collect()
    }

    /// The mails to an address, oldest first.
    async fn mails_to(&self, email: &str) -> Vec<Message> {
        let mails = outbox::list(&mut self.db(), 1_000).await;
        let mut mails = mails.expect("the outbox");
        mails.retain(|mail| mail.recipient == email);
        mails.reverse();
        mails
    }
}

impl Person {
    fn of(reply: &Reply) -> Self {
        let body = reply.json();
        let text = |value: &Json| value.as_str().expect("a text").to_owned();
        Self {
            id: text(&body["user"]["id"]),
            email: text(&body["user"]["email"]),
            token: text(&body["access_token"]),
            refresh_token: text(&body["refresh_token"]),
        }
    }

    fn user_id(&self) -> UserId {
        self.id.parse().expect("an id")
    }
}

fn path(route: &str) -> String {
    format!("/api/v1/auth{route}")
}

fn get(route: &str) -> Request {
    Request::get(path(route))
}

fn post(route: &str, body: &Json) -> Request {
    Request::post(path(route)).json(body)
}

fn put(route: &str, body: &Json) -> Request {
    Request::new("PUT", path(route)).json(body)
}

fn refresh(token: &str) -> Request {
    post("/refresh", &json!({ "refresh_token": token }))
}

fn credentials(email: &str) -> Json {
    json!({ "email": email, "password": PASSWORD })
}

fn count(replies: &[Reply], status: u16) -> usize {
    replies
        .iter()
        .filter(|reply| reply.status == status)
        .count()
}

/// A refusal in the API's one shape.
#[track_caller]
fn assert_refused(reply: &Reply, status: u16, what: &str) -> Json {
    let body = reply.json();
    assert_eq!(reply.status, status, "{what}: {}", reply.text());
    assert_eq!(body["status_code"], status, "{what}: {body}");
    assert_eq!(
        body["request_id"],
        reply.header("x-request-id"),
        "{what}: {body}"
    );
    assert!(
        body["detail"]
            .as_str()
            .is_some_and(|detail| !detail.is_empty()),
        "{what}: {body}"
    );
    assert_eq!(reply.header("content-type"), "application/json", "{what}");
    assert_eq!(reply.header("cache-control"), "no-store", "{what}");
    match status {
        401 => assert!(
            reply.header("www-authenticate").starts_with("Bearer"),
            "{what}"
        ),
        429 | 503 => assert!(
            reply.header("retry-after").parse::<u64>().unwrap() > 0,
            "{what}"
        ),
        _ => {}
    }
    body
}
