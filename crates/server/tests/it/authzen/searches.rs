//! Searches: the six of the certification, what finds nothing, and pages.

use super::{AuthZen, entity};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::{Value as Json, json};

on_both_engines! {
    the_six_searches_find_what_is_certified,
    the_id_of_what_is_looked_for_does_not_matter,
    what_is_unknown_finds_nothing,
    pages_follow_each_other,
}

/// What a search finds, by id or by name.
async fn found(authzen: &AuthZen, kind: &str, body: &Json) -> Vec<String> {
    let answer = authzen.ask(&format!("search/{kind}"), body).await;
    assert_eq!(answer["page"]["next_token"], "", "{answer}");
    names(&answer)
}

fn names(answer: &Json) -> Vec<String> {
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
            vec!["record-2"],
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

async fn pages_follow_each_other(engine: Engine) {
    let Some(authzen) = AuthZen::open(engine).await else {
        return;
    };
    let (alice, first) = (entity("user", "alice"), entity("record", "record-1"));
    let read = json!({ "name": "read" });
    for (kind, mut body, expected) in [
        (
            "subject",
            json!({ "subject": { "type": "user" }, "action": read, "resource": first }),
            ["alice", "bob"],
        ),
        (
            "action",
            json!({ "subject": alice, "resource": first }),
            ["read", "write"],
        ),
    ] {
        body["page"] = json!({ "limit": 1 });
        let endpoint = format!("search/{kind}");
        let answer = authzen.ask(&endpoint, &body).await;
        assert_eq!(names(&answer), [expected[0]]);
        assert_eq!(answer["page"]["count"], 1);
        let token = answer["page"]["next_token"].as_str().expect("a token");
        body["page"] = json!({ "token": token });
        assert_eq!(found(&authzen, kind, &body).await, [expected[1]]);
        // Good for the same search only, and as it was given.
        let path = format!("/access/v1/{endpoint}");
        let mut other = body.clone();
        other["context"] = json!({ "hour": 3 });
        let mut forged = body.clone();
        forged["page"]["token"] = json!(format!("{token}A"));
        let mut none = body.clone();
        none["page"] = json!({ "limit": 0 });
        for refused in [other, forged, none] {
            assert_eq!(authzen.post(&path, &refused).await.status, 400, "{refused}");
        }
    }
}
