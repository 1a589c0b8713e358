//! AuthZEN's API over real sockets, on both engines, with the fixture of its certification.

mod batches;
mod decisions;
mod discovery;
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
const MODEL: &str = "
model
  schema 1.1
type user
type record
  relations
    define read: [user]
    define write: [user]
    define delete: [user with soft]
condition soft(action_soft: bool) {
  action_soft
}
";

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

    async fn fill(&self) {
        let (model, _) = rebac::dsl::parse(MODEL).expect("a model");
        let model = rebac::to_json(&model);
        let path = format!("/stores/{}", self.store);
        let models = format!("{path}/authorization-models");
        assert_eq!(self.post(&models, &model).await.status, 201);
        let tuple = |user: &str, relation: &str, object: &str| -> Json {
            json!({ "user": user, "relation": relation, "object": object })
        };
        let soft = json!({ "user": "user:alice", "relation": "delete", "object": "record:record-1",
            "condition": { "name": "soft" } });
        let tuples = json!({ "writes": { "tuple_keys": [
            tuple("user:alice", "read", "record:record-1"),
            tuple("user:alice", "write", "record:record-1"),
            tuple("user:bob", "read", "record:record-1"),
            tuple("user:bob", "write", "record:record-2"),
            soft,
        ]}});
        let written = self.post(&format!("{path}/write"), &tuples).await;
        assert_eq!(written.status, 200, "{}", written.text());
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

/// An entity.
fn entity(type_name: &str, id: &str) -> Json {
    json!({ "type": type_name, "id": id })
}

/// An evaluation without properties.
fn question(user: &str, action: &str, record: &str) -> Json {
    json!({ "subject": entity("user", user), "action": { "name": action },
        "resource": entity("record", record) })
}
