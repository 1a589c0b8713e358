//! The authorization API over real sockets, on both engines.

mod access;
mod assertions;
mod lists;
mod models;
mod outage;
mod questions;
mod reads;
mod refusals;
mod stores;
mod streams;
mod tokens;
mod vulnerabilities;
mod writes;

use crate::app::{Engine, TestApp};
use serde_json::{Value as Json, json};
use std::net::SocketAddr;
use testkit::http::{Reply, Request};

/// The key of these tests beside the service keys.
const PRESHARED: &str = "preshared-key-of-the-tests";

/// What an operator has set everywhere. Deadlines are for users, not for busy build machines.
const SETTINGS: &[(&str, &str)] = &[
    ("CLAVIGER_OPENFGA_PRESHARED_KEYS", PRESHARED),
    ("CLAVIGER_OPENFGA_CHECK_DEADLINE", "30s"),
    ("CLAVIGER_OPENFGA_LIST_DEADLINE", "30s"),
    ("CLAVIGER_HTTP_REQUEST_DEADLINE", "30s"),
];

/// A model with one of everything.
const MODEL: &str = "
model
  schema 1.1
type user
type group
  relations
    define member: [user, group#member]
type folder
  relations
    define viewer: [user]
type document
  relations
    define parent: [folder]
    define owner: [user]
    define blocked: [user]
    define viewer: [user, user:*, group#member, user with in_hours] or owner or viewer from parent
    define reader: viewer but not blocked
condition in_hours(hour: int) {
  hour < 18
}
";

/// The id of a store that there is not.
const NO_STORE: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

/// One server.
struct Fga {
    app: TestApp,
    address: SocketAddr,
    /// The legacy service key.
    service_key: String,
    /// The opaque service key.
    secret_key: String,
    anon_key: String,
}

/// A store with the model, and who asks it.
struct World<'f> {
    fga: &'f Fga,
    store: String,
    model: String,
}

impl Fga {
    /// `None` when the engine is not there.
    async fn open(engine: Engine) -> Option<Self> {
        let Some(app) = TestApp::open(engine).await else {
            crate::engines::absent(engine);
            return None;
        };
        let database = app.database().to_owned();
        Some(Self::over(app, &database, SETTINGS).await)
    }

    /// The same, with another way to the database.
    async fn over(mut app: TestApp, database: &str, settings: &[(&str, &str)]) -> Self {
        let settings = crate::engines::settings(settings);
        let running = app.server_on(database, "fga", &settings).await;
        let keys = running.built.api_keys.clone();
        Self {
            address: running.address,
            app,
            service_key: keys.service_role,
            secret_key: keys.secret,
            anon_key: keys.anon,
        }
    }

    async fn send(&self, request: Request) -> Reply {
        request.send(self.address).await.expect("an answer")
    }

    async fn get(&self, path: &str) -> Reply {
        self.send(Request::get(path).bearer(PRESHARED)).await
    }

    async fn post(&self, path: &str, body: &Json) -> Reply {
        self.send(Request::post(path).bearer(PRESHARED).json(body))
            .await
    }

    /// A new store; its id.
    async fn new_store(&self, name: &str) -> String {
        let made = self.post("/stores", &json!({ "name": name })).await;
        assert_eq!(made.status, 201, "{}", made.text());
        text(&made.json()["id"])
    }

    /// A new store with the model.
    async fn world(&self) -> World<'_> {
        let store = self.new_store("world").await;
        let path = format!("/stores/{store}/authorization-models");
        let written = self.post(&path, &model()).await;
        assert_eq!(written.status, 201, "{}", written.text());
        World {
            fga: self,
            store,
            model: text(&written.json()["authorization_model_id"]),
        }
    }
}

impl World<'_> {
    fn path(&self, endpoint: &str) -> String {
        format!("/stores/{}/{endpoint}", self.store)
    }

    async fn post(&self, endpoint: &str, body: &Json) -> Reply {
        self.fga.post(&self.path(endpoint), body).await
    }

    async fn get(&self, endpoint: &str) -> Reply {
        self.fga.get(&self.path(endpoint)).await
    }

    /// What a question that must be answered is answered with.
    async fn answer(&self, endpoint: &str, body: &Json) -> Json {
        let reply = self.post(endpoint, body).await;
        assert_eq!(reply.status, 200, "{endpoint}: {}", reply.text());
        assert_eq!(reply.header("openfga-store-id"), self.store, "{endpoint}");
        reply.json()
    }

    /// A request with further headers.
    async fn with(&self, endpoint: &str, body: &Json, headers: &[(&str, &str)]) -> Reply {
        let request = Request::post(self.path(endpoint))
            .bearer(PRESHARED)
            .json(body);
        let add = |request: Request, (name, value): &(&str, &str)| request.header(name, value);
        self.fga.send(headers.iter().fold(request, add)).await
    }

    /// Writes tuples; the version of the store with them.
    async fn write(&self, tuples: &[Json]) -> i64 {
        let body = json!({ "writes": { "tuple_keys": tuples } });
        let reply = self.post("write", &body).await;
        assert_eq!(
            (reply.status, reply.json()),
            (200, json!({})),
            "{}",
            reply.text()
        );
        reply.header("claviger-version").parse().expect("a version")
    }

    async fn check(&self, key: &Json) -> bool {
        let body = json!({ "tuple_key": key });
        let answer = self.answer("check", &body).await;
        assert_eq!(answer["resolution"], "");
        answer["allowed"].as_bool().expect("a verdict")
    }
}

/// The model as JSON.
fn model() -> Json {
    let (model, _) = rebac::dsl::parse(MODEL).expect("a model");
    rebac::to_json(&model)
}

fn tuple(user: &str, relation: &str, object: &str) -> Json {
    json!({ "user": user, "relation": relation, "object": object })
}

/// A tuple that counts before six in the evening.
fn in_hours(user: &str, object: &str, context: &Json) -> Json {
    let condition = json!({ "name": "in_hours", "context": context });
    json!({ "user": user, "relation": "viewer", "object": object, "condition": condition })
}

fn text(value: &Json) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("a text: {value}"))
        .to_owned()
}

/// A refusal in the API's one shape.
#[track_caller]
fn assert_refused(reply: &Reply, status: u16, code: &str) -> String {
    let body = reply.json();
    assert_eq!(
        (reply.status, &body["code"]),
        (status, &json!(code)),
        "{}",
        reply.text()
    );
    assert_eq!(
        body.as_object().map(serde_json::Map::len),
        Some(2),
        "{body}"
    );
    assert_eq!(reply.header("content-type"), "application/json");
    assert!(!reply.header("x-request-id").is_empty());
    text(&body["message"])
}

/// Somebody of every kind may view the document.
async fn filled(fga: &Fga) -> World<'_> {
    let world = fga.world().await;
    world
        .write(&[
            tuple("user:ann", "member", "group:staff"),
            tuple("group:staff#member", "viewer", "document:1"),
            tuple("user:bob", "viewer", "folder:f"),
            tuple("folder:f", "parent", "document:1"),
            tuple("user:*", "viewer", "document:2"),
            tuple("user:bob", "blocked", "document:2"),
            in_hours("user:cat", "document:3", &json!({})),
        ])
        .await;
    world
}
