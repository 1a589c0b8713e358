//! Questions: checks, one or many, and expansions.

use super::{Fga, assert_refused, filled, in_hours, text, tuple};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::{Value as Json, json};

on_both_engines! {
    checks_follow_the_model_and_what_comes_along,
    batches_answer_each_check,
    one_level_is_expanded,
    every_kind_of_node_is_expanded,
    the_largest_batch_is_answered,
}

async fn checks_follow_the_model_and_what_comes_along(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = filled(&fga).await;
    for (user, relation, object, allowed) in [
        ("user:ann", "viewer", "document:1", true),
        ("user:bob", "viewer", "document:1", true),
        ("user:dan", "viewer", "document:1", false),
        ("user:dan", "reader", "document:2", true),
        ("user:bob", "reader", "document:2", false),
        ("group:staff#member", "viewer", "document:1", true),
    ] {
        let key = tuple(user, relation, object);
        assert_eq!(world.check(&key).await, allowed, "{key}");
    }
    let cat = tuple("user:cat", "viewer", "document:3");
    for (hour, allowed) in [(9, true), (20, false)] {
        let body = json!({ "tuple_key": cat, "context": { "hour": hour }, "trace": true,
            "authorization_model_id": world.model, "consistency": "HIGHER_CONSISTENCY" });
        let reply = world.post("check", &body).await;
        assert_eq!(
            reply.json(),
            json!({ "allowed": allowed, "resolution": "" })
        );
        assert_eq!(reply.header("openfga-authorization-model-id"), world.model);
    }
    // A parameter that is missing is no answer.
    let without = world.post("check", &json!({ "tuple_key": cat })).await;
    assert_refused(&without, 400, "validation_error");
    let owner = json!({ "tuple_keys": [tuple("user:eve", "owner", "document:9")] });
    let body = json!({ "tupleKey": tuple("user:eve", "viewer", "document:9"),
        "contextualTuples": owner });
    assert_eq!(world.answer("check", &body).await["allowed"], true);
}

async fn batches_answer_each_check(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = filled(&fga).await;
    let check = |id: &str, key: Json| json!({ "correlation_id": id, "tuple_key": key });
    let body = json!({ "checks": [
        check("yes", tuple("user:ann", "viewer", "document:1")),
        check("no", tuple("user:dan", "viewer", "document:1")),
        check("bad", tuple("user:dan", "nope", "document:1")),
    ]});
    let answer = world.answer("batch-check", &body).await;
    let result = &answer["result"];
    assert_eq!(result["yes"], json!({ "allowed": true }));
    assert_eq!(result["no"], json!({ "allowed": false }));
    assert_eq!(
        result["bad"]["error"]["input_error"], "validation_error",
        "{result}"
    );
    assert!(!text(&result["bad"]["error"]["message"]).is_empty());
    let many: Vec<Json> = (0..51)
        .map(|n| check(&n.to_string(), tuple("user:ann", "viewer", "document:1")))
        .collect();
    let one = check("one", tuple("user:ann", "viewer", "document:1"));
    for checks in [json!([]), json!(many), json!([one, one])] {
        let refused = world
            .post("batch-check", &json!({ "checks": checks }))
            .await;
        assert_refused(&refused, 400, "validation_error");
    }
}

async fn one_level_is_expanded(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = filled(&fga).await;
    let key = json!({ "relation": "viewer", "object": "document:1" });
    let answer = world.answer("expand", &json!({ "tuple_key": key })).await;
    let name = "document:1#viewer";
    let leaf = |leaf: Json| json!({ "name": name, "leaf": leaf });
    let reached = json!({ "tupleset": "document:1#parent",
        "computed": [{ "userset": "folder:f#viewer" }] });
    let nodes = [
        leaf(json!({ "users": { "users": ["group:staff#member"] } })),
        leaf(json!({ "computed": { "userset": "document:1#owner" } })),
        leaf(json!({ "tupleToUserset": reached })),
    ];
    let root = json!({ "name": name, "union": { "nodes": nodes } });
    assert_eq!(answer, json!({ "tree": { "root": root } }));
    let empty = world.post("expand", &json!({ "tuple_key": {} })).await;
    assert_refused(&empty, 400, "invalid_expand_input");
    let none = world.post("expand", &json!({})).await;
    assert_refused(&none, 400, "tuple_key_value_not_specified");
}

/// Differences, intersections, usersets, everybody, conditions, what comes along, and nothing.
async fn every_kind_of_node_is_expanded(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = filled(&fga).await;
    let expand = async |relation: &str, object: &str, given: Json| {
        let key = json!({ "relation": relation, "object": object });
        let body = json!({ "tuple_key": key, "contextual_tuples": { "tuple_keys": given } });
        let answer = world.answer("expand", &body).await;
        answer["tree"]["root"].clone()
    };
    let leaf = |name: &str, leaf: Json| json!({ "name": name, "leaf": leaf });
    let computed = |of: &str| json!({ "computed": { "userset": of } });
    let users = |users: &[&str]| json!({ "users": { "users": users } });

    let name = "document:2#reader";
    let base = leaf(name, computed("document:2#viewer"));
    let subtract = leaf(name, computed("document:2#blocked"));
    let difference = json!({ "base": base, "subtract": subtract });
    let expected = json!({ "name": name, "difference": difference });
    assert_eq!(expand("reader", "document:2", json!([])).await, expected);

    let name = "document:2#viewer";
    let given = json!([
        tuple("user:zoe", "viewer", "document:2"),
        tuple("user:ann", "viewer", "document:2"),
        tuple("group:staff#member", "viewer", "document:2"),
        in_hours("user:cat", "document:2", &json!({})),
        tuple("folder:z", "parent", "document:2"),
        tuple("folder:a", "parent", "document:2"),
    ]);
    let reached = ["folder:a#viewer", "folder:z#viewer"].map(|of| json!({ "userset": of }));
    let named = [
        "group:staff#member",
        "user:*",
        "user:ann",
        "user:cat",
        "user:zoe",
    ];
    let parents = json!({ "tupleset": "document:2#parent", "computed": reached });
    let nodes = [
        leaf(name, users(&named)),
        leaf(name, computed("document:2#owner")),
        leaf(name, json!({ "tupleToUserset": parents })),
    ];
    let expected = json!({ "name": name, "union": { "nodes": nodes } });
    assert_eq!(expand("viewer", "document:2", given).await, expected);

    let nobody = leaf("document:9#owner", users(&[]));
    assert_eq!(expand("owner", "document:9", json!([])).await, nobody);
    for (relation, object) in [("nope", "document:1"), ("viewer", "planet:1")] {
        let key = json!({ "relation": relation, "object": object });
        let refused = world.post("expand", &json!({ "tuple_key": key })).await;
        assert_refused(&refused, 400, "validation_error");
    }
}

/// As many checks as are allowed, each with as many tuples with conditions as are allowed.
async fn the_largest_batch_is_answered(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = fga.world().await;
    let hour = json!({ "hour": 9 });
    let given = |n: u32| in_hours(&format!("user:{n},a,b"), "document:1", &hour);
    let given: Vec<Json> = (0..100).map(given).collect();
    let check = |n: u32| {
        json!({ "tuple_key": tuple("user:7,a,b", "viewer", "document:1"),
            "contextual_tuples": { "tuple_keys": given }, "correlation_id": n.to_string() })
    };
    let checks: Vec<Json> = (0..50).map(check).collect();
    let body = json!({ "checks": checks });
    assert!(body.to_string().len() < types::limits::BODY_BYTES_MAX);
    let answer = world.answer("batch-check", &body).await;
    let result = answer["result"].as_object().expect("results");
    assert_eq!(result.len(), 50);
    assert!(
        result.values().all(|one| one["allowed"] == true),
        "{answer}"
    );
}
