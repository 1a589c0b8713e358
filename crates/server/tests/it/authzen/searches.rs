//! Searches: the six of the certification, what finds nothing, and what nobody can say.

use super::{AuthZen, entity, question, tuple};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::{Value as Json, json};

on_both_engines! {
    the_six_searches_find_what_is_certified,
    the_id_of_what_is_looked_for_does_not_matter,
    what_is_unknown_finds_nothing,
    a_store_without_a_model_finds_nothing,
    values_for_conditions_reach_the_search,
    what_could_not_be_decided_is_told,
}

/// What a search finds, by id or by name.
pub(super) async fn found(authzen: &AuthZen, kind: &str, body: &Json) -> Vec<String> {
    let answer = authzen.ask(&format!("search/{kind}"), body).await;
    assert_eq!(answer["page"]["next_token"], "", "{answer}");
    names(&answer)
}

pub(super) fn names(answer: &Json) -> Vec<String> {
    let results = answer["results"].as_array().expect("an array");
    let name = |one: &Json| match one.get("name") {
        Some(name) => name.clone(),
        None => one["id"].clone(),
    };
    let text = |one: &Json| name(one).as_str().expect("a text").to_owned();
    results.iter().map(text).collect()
}

async fn the_six_searches_find_what_is_certified(engine: Engine) {
    let Some(authzen) = AuthZen::open(engine).await else {
        return;
    };
    let action = |name: &str| json!({ "name": name });
    let with = |mut entity: Json, properties: Json| {
        entity["properties"] = properties;
        entity
    };
    let archived = || {
        with(
            entity("record", "record-2"),
            json!({ "status": "archived" }),
        )
    };
    let admin = || with(entity("user", "bob"), json!({ "role": "admin" }));
    let (first, alice) = (entity("record", "record-1"), entity("user", "alice"));
    for (kind, body, expected) in [
        (
            "subject",
            json!({ "subject": { "type": "user" }, "action": action("read"),
            "resource": first }),
            vec!["alice", "bob"],
        ),
        (
            "resource",
            json!({ "subject": alice, "action": action("read"),
            "resource": { "type": "record" } }),
            vec!["record-1"],
        ),
        (
            "action",
            json!({ "subject": alice, "resource": first }),
            vec!["read", "write"],
        ),
        (
            "subject",
            json!({ "subject": { "type": "user" }, "action": action("write"),
            "resource": archived() }),
            vec!["bob"],
        ),
        (
            "resource",
            json!({ "subject": admin(), "action": action("write"),
            "resource": { "type": "record" } }),
            vec!["record-2", "record-3"],
        ),
        (
            "action",
            json!({ "subject": admin(), "resource": archived() }),
            vec!["write"],
        ),
    ] {
        assert_eq!(found(&authzen, kind, &body).await, expected, "{body}");
    }
    let body = json!({ "subject": alice, "action": action("read"),
        "resource": { "type": "record" } });
    let answer = authzen.ask("search/resource", &body).await;
    assert_eq!(answer["results"], json!([entity("record", "record-1")]));
}

async fn the_id_of_what_is_looked_for_does_not_matter(engine: Engine) {
    let Some(authzen) = AuthZen::open(engine).await else {
        return;
    };
    let action = |name: &str| json!({ "name": name });
    let (first, alice) = (entity("record", "record-1"), entity("user", "alice"));
    for (kind, body, expected) in [
        (
            "subject",
            json!({ "subject": entity("user", "bob"), "action": action("write"),
            "resource": first }),
            vec!["alice"],
        ),
        (
            "resource",
            json!({ "subject": alice, "action": action("read"),
            "resource": { "type": "record", "id": 7 } }),
            vec!["record-1"],
        ),
    ] {
        assert_eq!(found(&authzen, kind, &body).await, expected, "{body}");
    }
}

async fn what_is_unknown_finds_nothing(engine: Engine) {
    let Some(authzen) = AuthZen::open(engine).await else {
        return;
    };
    let read = json!({ "name": "read" });
    let (alice, first) = (entity("user", "alice"), entity("record", "record-1"));
    for (kind, body) in [
        (
            "action",
            json!({ "subject": entity("user", "nobody"), "resource": first }),
        ),
        (
            "action",
            json!({ "subject": entity("spaceship", "a"), "resource": first }),
        ),
        (
            "action",
            json!({ "subject": alice, "resource": entity("spaceship", "a") }),
        ),
        (
            "subject",
            json!({ "subject": { "type": "spaceship" }, "action": read,
            "resource": first }),
        ),
        (
            "subject",
            json!({ "subject": { "type": "user" }, "action": { "name": "fly" },
            "resource": first }),
        ),
        (
            "subject",
            json!({ "subject": { "type": "user" }, "action": read,
            "resource": entity("record", "no where") }),
        ),
        (
            "resource",
            json!({ "subject": alice, "action": read,
            "resource": { "type": "spaceship" } }),
        ),
        (
            "resource",
            json!({ "subject": entity("user:a", "b"), "action": read,
            "resource": { "type": "record" } }),
        ),
    ] {
        assert_eq!(
            found(&authzen, kind, &body).await,
            Vec::<String>::new(),
            "{body}"
        );
    }
}

async fn a_store_without_a_model_finds_nothing(engine: Engine) {
    let Some(authzen) = AuthZen::open(engine).await else {
        return;
    };
    let empty = authzen.empty_store("empty").await;
    let body = question("alice", "read", "record-1");
    for kind in ["subject", "resource", "action"] {
        let path = format!("/stores/{empty}/access/v1/search/{kind}");
        let reply = authzen.post(&path, &body).await;
        assert_eq!(reply.status, 200, "{kind}: {}", reply.text());
        let nothing = json!({ "results": [], "page": { "next_token": "", "count": 0 } });
        assert_eq!(reply.json(), nothing, "{kind}");
    }
}

async fn values_for_conditions_reach_the_search(engine: Engine) {
    let Some(authzen) = AuthZen::open(engine).await else {
        return;
    };
    let delete = |soft: bool| {
        let mut body = question("alice", "delete", "record-1");
        body["action"]["properties"] = json!({ "soft": soft });
        body
    };
    let mut context = question("alice", "delete", "record-1");
    context["context"] = json!({ "action_soft": true });
    for (kind, permitted) in [
        ("subject", vec!["alice"]),
        ("resource", vec!["record-1"]),
        ("action", vec!["delete", "read", "write"]),
    ] {
        assert_eq!(found(&authzen, kind, &delete(true)).await, permitted);
        assert_eq!(found(&authzen, kind, &context).await, permitted);
        let mut denied = permitted;
        denied.remove(0);
        assert_eq!(found(&authzen, kind, &delete(false)).await, denied);
    }
}

/// Folders in folders, deeper than a check goes.
const FOLDERS: &str = "
type folder
  relations
    define parent: [folder]
    define owner: [user]
    define edit: [user]
    define view: owner or view from parent
";

async fn what_could_not_be_decided_is_told(engine: Engine) {
    let Some(authzen) = AuthZen::open(engine).await else {
        return;
    };
    // One was found; of another it cannot be said without the status.
    let write = question("alice", "write", "record-2");
    let answer = authzen.ask("search/subject", &write).await;
    assert_eq!(names(&answer), ["bob"]);
    assert_eq!(answer["context"], json!({ "complete": false }));
    // None was found, and there is a reason.
    let delete = question("alice", "delete", "record-1");
    for kind in ["subject", "resource"] {
        let answer = authzen.ask(&format!("search/{kind}"), &delete).await;
        assert_eq!(answer["results"], json!([]), "{kind}");
        let error = &answer["context"]["error"];
        assert_eq!(error["status"], 400, "{answer}");
        let message = error["message"].as_str().expect("words");
        assert!(message.contains("action_soft"), "{message}");
    }
    // All others were decided.
    let answer = authzen.ask("search/action", &delete).await;
    assert_eq!(answer.get("context"), None, "{answer}");

    let model = super::MODEL.replace("\ntype record", &format!("{FOLDERS}type record"));
    authzen.model(&model).await;
    let folder = |number: u32| format!("folder:{number}");
    let inside = |number| tuple(&folder(number + 1), "parent", &folder(number));
    let mut tuples: Vec<Json> = (0..30).map(inside).collect();
    tuples.push(tuple("user:carol", "edit", "folder:0"));
    tuples.push(tuple("user:carol", "owner", "folder:30"));
    authzen.write(&tuples).await;
    let mut body = json!({ "subject": entity("user", "carol"),
        "resource": entity("folder", "0"), "action": { "name": "view" } });
    let answer = authzen.ask("search/action", &body).await;
    assert_eq!(names(&answer), ["edit"]);
    assert_eq!(answer["context"], json!({ "complete": false }));
    let answer = authzen.ask("search/subject", &body).await;
    assert_eq!(names(&answer), [""; 0]);
    assert_eq!(answer["context"]["error"]["status"], 400, "{answer}");
    // Within reach there is nothing to tell.
    body["resource"] = entity("folder", "20");
    let answer = authzen.ask("search/action", &body).await;
    assert_eq!(names(&answer), ["view"]);
    assert_eq!(answer.get("context"), None, "{answer}");
}
