//! One evaluation: the decisions that the certification checks, and what nobody can say.

use super::{AuthZen, KEY, MODEL, entity, question, tuple};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::{Value as Json, json};
use testkit::http::Request;

on_both_engines! {
    the_eight_decisions_are_as_certified,
    what_is_unknown_is_denied,
    an_id_with_a_hash_is_no_userset,
    a_store_and_a_model_can_be_named,
    only_services_may_ask,
}

async fn the_eight_decisions_are_as_certified(engine: Engine) {
    let Some(authzen) = AuthZen::open(engine).await else {
        return;
    };
    let with = |mut body: Json, entity: &str, properties: Json| {
        body[entity]["properties"] = properties;
        body
    };
    let of_status = |user: &str, status: &str| {
        let body = question(user, "write", "record-2");
        with(body, "resource", json!({ "status": status }))
    };
    let archived = |user: &str| of_status(user, "archived");
    let of_role = |role: &str| {
        let body = question("bob", "write", "record-3");
        with(body, "subject", json!({ "role": role }))
    };
    let delete = |soft: bool| {
        let body = question("alice", "delete", "record-1");
        with(body, "action", json!({ "soft": soft }))
    };
    for (body, decision) in [
        (question("alice", "read", "record-1"), true),
        (question("alice", "write", "record-1"), true),
        (question("bob", "read", "record-1"), true),
        (question("bob", "write", "record-1"), false),
        (archived("alice"), false),
        (
            with(archived("bob"), "subject", json!({ "role": "admin" })),
            true,
        ),
        (delete(true), true),
        (delete(false), false),
        // Nothing but the property is another one.
        (of_status("alice", "active"), true),
        (of_role("admin"), true),
        (of_role("clerk"), false),
    ] {
        let answer = authzen.ask("evaluation", &body).await;
        assert_eq!(answer, json!({ "decision": decision }), "{body}");
    }
    // The explicit context wins over a property.
    let mut wins = delete(true);
    wins["context"] = json!({ "action_soft": false });
    let answer = authzen.ask("evaluation", &wins).await;
    assert_eq!(answer["decision"], false);
}

async fn what_is_unknown_is_denied(engine: Engine) {
    let Some(authzen) = AuthZen::open(engine).await else {
        return;
    };
    let nobody = question("nobody", "read", "record-1");
    let answer = authzen.ask("evaluation", &nobody).await;
    assert_eq!(answer, json!({ "decision": false }));
    let mut spaceship = question("alice", "read", "record-1");
    spaceship["subject"] = entity("spaceship", "alice");
    for body in [
        spaceship,
        question("alice", "fly", "record-1"),
        question("alice smith", "read", "record-1"),
        question("alice", "read", "record#1"),
        // A condition without its value.
        question("alice", "delete", "record-1"),
    ] {
        let answer = authzen.ask("evaluation", &body).await;
        assert_eq!(answer["decision"], false, "{body}");
        let error = &answer["context"]["error"];
        let message = error["message"].as_str();
        assert!(message.is_some_and(|text| !text.is_empty()), "{answer}");
        assert_eq!(error["status"], 400, "{answer}");
    }
}

/// To OpenFGA the text would be everybody in the group.
async fn an_id_with_a_hash_is_no_userset(engine: Engine) {
    let Some(authzen) = AuthZen::open(engine).await else {
        return;
    };
    authzen
        .write(&[tuple("group:eng#member", "read", "record:record-1")])
        .await;
    let mut body = question("alice", "read", "record-1");
    body["subject"] = entity("group", "eng#member");
    let error = json!({ "status": 400, "message": "id `eng#member` may not contain `#`" });
    let denied = json!({ "decision": false, "context": { "error": error } });
    assert_eq!(authzen.ask("evaluation", &body).await, denied);
    let batch = json!({ "evaluations": [body, question("alice", "read", "record-1")] });
    let answer = authzen.ask("evaluations", &batch).await;
    let permitted = json!({ "decision": true });
    assert_eq!(answer, json!({ "evaluations": [denied, permitted] }));
    for endpoint in ["search/resource", "search/action"] {
        let answer = authzen.ask(endpoint, &body).await;
        assert_eq!(answer["results"], json!([]), "{endpoint}");
    }
}

async fn a_store_and_a_model_can_be_named(engine: Engine) {
    let Some(authzen) = AuthZen::open(engine).await else {
        return;
    };
    let body = question("alice", "read", "record-1");
    let path = |store: &str| format!("/stores/{store}/access/v1/evaluation");
    let answer = authzen.post(&path(&authzen.store), &body).await;
    assert_eq!(answer.json(), json!({ "decision": true }));
    assert_eq!(authzen.post(&path("nope"), &body).await.status, 404);
    // As in OpenFGA's API, a store that does not exist is told apart from an empty one nowhere.
    let unknown = path("01ARZ3NDEKTSV4RRFFQ69G5FAV");
    let answer = authzen.post(&unknown, &body).await;
    assert_eq!(
        (answer.status, &answer.json()["decision"]),
        (200, &json!(false))
    );
    let pinned = |model: &str| {
        let request = Request::post("/access/v1/evaluation").bearer(KEY);
        let request = request.json(&body);
        request.header("Openfga-Authorization-Model-Id", model)
    };
    let unknown = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
    for model in [unknown, "nope", "", "01ARZ3NDEKTSV4RRFFQ69G5FA\u{e9}"] {
        assert_eq!(authzen.send(pinned(model)).await.status, 400, "{model}");
    }
    let known = authzen.model(MODEL).await;
    assert_eq!(authzen.send(pinned(&known)).await.status, 200);
    let twice = pinned(&known).header("Openfga-Authorization-Model-Id", &known);
    assert_eq!(authzen.send(twice).await.status, 400);
    // A store without a model has no types: nothing is permitted there.
    let empty = authzen.empty_store("empty").await;
    let answer = authzen.post(&path(&empty), &body).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["decision"], false);
}

async fn only_services_may_ask(engine: Engine) {
    let Some(authzen) = AuthZen::open(engine).await else {
        return;
    };
    let request = || Request::post("/access/v1/evaluation").json(&question("a", "read", "b"));
    for request in [request(), request().bearer("some-other-key-of-the-tests")] {
        let reply = authzen.send(request).await;
        assert_eq!(reply.status, 401);
        assert_eq!(reply.header("www-authenticate"), "Bearer");
    }
}
