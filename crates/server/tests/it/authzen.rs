//! AuthZEN's API over real sockets, on both engines, with the fixture of its certification.

mod batches;
mod decisions;
mod discovery;
mod pages;
mod scenarios;
mod searches;
mod shapes;

use crate::app::{Engine, TestApp};
use serde_json::{Value as Json, json};
use std::net::SocketAddr;
use testkit::http::{Reply, Request};

/// The key of these tests.
const KEY: &str = "preshared-key-of-the-tests";
/// What an operator has set everywhere. Deadlines are for users, not for busy build machines.
const SETTINGS: &[(&str, &str)] = &[
    ("CLAVIGER_OPENFGA_PRESHARED_KEYS", KEY),
    ("CLAVIGER_OPENFGA_CHECK_DEADLINE", "30s"),
    ("CLAVIGER_OPENFGA_LIST_DEADLINE", "30s"),
    ("CLAVIGER_HTTP_REQUEST_DEADLINE", "30s"),
];
/// The fixture of the certification as a model.
const MODEL: &str = r#"
model
  schema 1.1
type user
  relations
    define knows: [user]
type group
  relations
    define member: [user]
type record
  relations
    define read: [user, group#member]
    define write: [user, user with active, user with admin]
    define delete: [user with soft]
condition soft(action_soft: bool) {
  action_soft
}
condition active(resource_status: string) {
  resource_status == "active"
}
condition admin(subject_role: string) {
  subject_role == "admin"
}
"#;

/// One server, whose default store has the fixture.
struct AuthZen {
    app: TestApp,
    address: SocketAddr,
    store: String,
}

impl AuthZen {
    /// `None` when the engine is not there.
    async fn open(engine: Engine) -> Option<Self> {
        Self::open_with(engine, &[]).await
    }

    /// The same with further settings.
    async fn open_with(engine: Engine, more: &[(&str, &str)]) -> Option<Self> {
        let Some(mut app) = TestApp::open(engine).await else {
            crate::engines::absent(engine);
            return None;
        };
        let all = [SETTINGS, more].concat();
        let running = app.server("authzen", &crate::engines::settings(&all)).await;
        let (authz, address) = (running.built.app.authz.clone(), running.address);
        let store = authz.create_store(&app.call(), "default").await;
        let authzen = Self {
            address,
            store: store.expect("a store").id.to_string(),
            app,
        };
        authzen.fill().await;
        Some(authzen)
    }

    /// Writes a model, which is the newest from now on; its id.
    async fn model(&self, text: &str) -> String {
        let (model, _) = rebac::dsl::parse(text).expect("a model");
        let model = rebac::to_json(&model);
        let models = format!("/stores/{}/authorization-models", self.store);
        let written = self.post(&models, &model).await;
        assert_eq!(written.status, 201, "{}", written.text());
        let id = written.json()["authorization_model_id"].clone();
        id.as_str().expect("an id").to_owned()
    }

    async fn fill(&self) {
        self.model(MODEL).await;
        let conditional = |user: &str, relation: &str, object: &str, condition: &str| {
            let mut key = tuple(user, relation, object);
            key["condition"] = json!({ "name": condition });
            key
        };
        self.write(&[
            tuple("user:alice", "read", "record:record-1"),
            tuple("user:alice", "write", "record:record-1"),
            tuple("user:bob", "read", "record:record-1"),
            tuple("user:bob", "write", "record:record-2"),
            conditional("user:alice", "delete", "record:record-1", "soft"),
            conditional("user:alice", "write", "record:record-2", "active"),
            conditional("user:bob", "write", "record:record-3", "admin"),
        ])
        .await;
    }

    async fn write(&self, tuples: &[Json]) {
        let path = format!("/stores/{}/write", self.store);
        let writes = json!({ "writes": { "tuple_keys": tuples } });
        let written = self.post(&path, &writes).await;
        assert_eq!(written.status, 200, "{}", written.text());
    }

    /// Another store, without a model.
    async fn empty_store(&self, name: &str) -> String {
        let made = self.post("/stores", &json!({ "name": name })).await;
        made.json()["id"].as_str().expect("an id").to_owned()
    }

    async fn send(&self, request: Request) -> Reply {
        request.send(self.address).await.expect("an answer")
    }

    async fn post(&self, path: &str, body: &Json) -> Reply {
        self.send(Request::post(path).bearer(KEY).json(body)).await
    }

    /// What a question that must be answered is answered with.
    async fn ask(&self, endpoint: &str, body: &Json) -> Json {
        let reply = self.post(&format!("/access/v1/{endpoint}"), body).await;
        assert_eq!(reply.status, 200, "{body}: {}", reply.text());
        assert_eq!(reply.header("content-type"), "application/json");
        assert_eq!(reply.header("cache-control"), "no-store");
        reply.json()
    }
}

/// A tuple to write.
fn tuple(user: &str, relation: &str, object: &str) -> Json {
    json!({ "user": user, "relation": relation, "object": object })
}

/// An entity.
fn entity(type_name: &str, id: &str) -> Json {
    json!({ "type": type_name, "id": id })
}

/// An evaluation without properties.
fn question(user: &str, action: &str, record: &str) -> Json {
    json!({ "subject": entity("user", user), "action": { "name": action },
        "resource": entity("record", record) })
}
