//! Questions: checks, lists, expansions and assertions.

use super::{Fga, NO_STORE, PRESHARED, World, assert_refused, in_hours, text, tuple};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::{Value as Json, json};
use testkit::http::Request;

on_both_engines! {
    checks_follow_the_model_and_what_comes_along,
    batches_answer_each_check,
    lists_have_objects_and_users,
    a_list_that_was_cut_goes_on,
    one_level_is_expanded,
    bad_questions_have_their_codes,
    assertions_are_kept_beside_their_model,
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

async fn lists_have_objects_and_users(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = filled(&fga).await;
    let question = json!({ "type": "document", "relation": "viewer", "user": "user:ann",
        "context": { "hour": 9 } });
    let listed = world.post("list-objects", &question).await;
    assert_eq!(
        listed.json(),
        json!({ "objects": ["document:1", "document:2"] })
    );
    assert_eq!(listed.header("claviger-complete"), "true");
    assert_eq!(listed.header("claviger-resume-token"), "");
    let streamed = world.post("streamed-list-objects", &question).await;
    assert_eq!(
        streamed.text(),
        "{\"result\":{\"object\":\"document:1\"}}\n{\"result\":{\"object\":\"document:2\"}}\n"
    );
    let users = |object: &str, filter: Json| {
        json!({ "object": { "type": "document", "id": object }, "relation": "viewer",
            "user_filters": [filter] })
    };
    let found = world
        .answer("list-users", &users("1", json!({ "type": "user" })))
        .await;
    let user = |id: &str| json!({ "object": { "type": "user", "id": id } });
    assert_eq!(found, json!({ "users": [user("ann"), user("bob")] }));
    let filter = json!({ "type": "group", "relation": "member" });
    let found = world.answer("list-users", &users("1", filter)).await;
    let staff = json!({ "type": "group", "id": "staff", "relation": "member" });
    assert_eq!(found, json!({ "users": [{ "userset": staff }] }));
    let found = world
        .answer("list-users", &users("2", json!({ "type": "user" })))
        .await;
    assert_eq!(
        found,
        json!({ "users": [{ "wildcard": { "type": "user" } }] })
    );
}

async fn a_list_that_was_cut_goes_on(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = fga.world().await;
    for hundred in 0..11 {
        let object = |n: u32| format!("document:{:04}", hundred * 100 + n);
        let tuples: Vec<Json> = (0..100)
            .map(|n| tuple("user:ann", "viewer", &object(n)))
            .collect();
        world.write(&tuples).await;
    }
    let question = json!({ "type": "document", "relation": "viewer", "user": "user:ann" });
    let first = world.post("list-objects", &question).await;
    let objects = first.json()["objects"].as_array().expect("objects").clone();
    assert_eq!(
        (objects.len(), first.header("claviger-complete")),
        (1_000, "false")
    );
    let header = [(
        "claviger-resume-token",
        first.header("claviger-resume-token"),
    )];
    let second = world.with("list-objects", &question, &header).await;
    assert_eq!(second.header("claviger-complete"), "true");
    let rest = second.json()["objects"]
        .as_array()
        .expect("objects")
        .clone();
    assert_eq!((rest.len(), &rest[0]), (100, &json!("document:1000")));
    let other = json!({ "type": "document", "relation": "owner", "user": "user:ann" });
    let refused = world.with("list-objects", &other, &header).await;
    assert_refused(&refused, 400, "invalid_continuation_token");
    let streamed = world.post("streamed-list-objects", &question).await;
    assert_eq!(streamed.text().lines().count(), 1_100);
    assert_eq!(streamed.header("claviger-complete"), "true");
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

async fn bad_questions_have_their_codes(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = filled(&fga).await;
    let key = tuple("user:ann", "viewer", "document:1");
    let contextual = |key: Json| json!({ "tuple_keys": [key] });
    let many: Vec<Json> = (0..101).map(|_| key.clone()).collect();
    let objects = |type_name: &str, relation: &str, user: &str| json!({ "type": type_name, "relation": relation, "user": user });
    let one = json!([{ "type": "user" }]);
    let users = |filters: &Json| {
        json!({ "object": { "type": "document", "id": "1" }, "relation": "viewer",
            "user_filters": filters })
    };
    let two = json!([{ "type": "user" }, { "type": "group" }]);
    for (endpoint, body, code) in [
        ("check", json!({}), "tuple_key_value_not_specified"),
        (
            "check",
            json!({ "tuple_key": tuple("user:ann", "", "document:1") }),
            "validation_error",
        ),
        (
            "check",
            json!({ "tuple_key": tuple("user:ann", "viewer", "") }),
            "object_invalid_pattern",
        ),
        (
            "check",
            json!({ "tuple_key": tuple("user:ann", "nope", "document:1") }),
            "validation_error",
        ),
        (
            "check",
            json!({ "tuple_key": tuple("nope:ann", "viewer", "document:1") }),
            "validation_error",
        ),
        (
            "check",
            json!({ "tuple_key": key, "authorization_model_id": NO_STORE }),
            "authorization_model_not_found",
        ),
        (
            "check",
            json!({ "tuple_key": key, "authorization_model_id": "x" }),
            "validation_error",
        ),
        (
            "check",
            json!({ "tuple_key": key, "contextual_tuples": { "tuple_keys": many } }),
            "validation_error",
        ),
        (
            "check",
            json!({ "tuple_key": key,
                "contextual_tuples": contextual(tuple("folder:1", "viewer", "document:1")) }),
            "invalid_tuple",
        ),
        (
            "check",
            json!({ "tuple_key": key, "context": { "a": "\u{0}" } }),
            "validation_error",
        ),
        (
            "list-objects",
            objects("nope", "viewer", "user:ann"),
            "type_not_found",
        ),
        (
            "list-objects",
            objects("document", "nope", "user:ann"),
            "relation_not_found",
        ),
        (
            "list-objects",
            objects("document", "viewer", ""),
            "validation_error",
        ),
        (
            "list-objects",
            objects("a b", "viewer", "user:ann"),
            "type_invalid_pattern",
        ),
        (
            "streamed-list-objects",
            objects("nope", "viewer", "user:ann"),
            "type_not_found",
        ),
        ("list-users", users(&json!([])), "validation_error"),
        ("list-users", users(&two), "validation_error"),
        (
            "list-users",
            users(&json!([{ "type": "nope" }])),
            "type_not_found",
        ),
        (
            "list-users",
            json!({ "relation": "viewer", "user_filters": one }),
            "validation_error",
        ),
    ] {
        let refused = world.post(endpoint, &body).await;
        let why = assert_refused(&refused, 400, code);
        assert!(!why.is_empty(), "{endpoint}: {body}");
    }
    // A store without a model, and one that is not there, are told alike.
    let bare = fga.new_store("bare").await;
    for store in [bare.as_str(), NO_STORE] {
        let body = json!({ "tuple_key": key });
        let refused = fga.post(&format!("/stores/{store}/check"), &body).await;
        let why = assert_refused(&refused, 400, "latest_authorization_model_not_found");
        assert_eq!(
            why,
            format!("No authorization models found for store '{store}'")
        );
    }
}

async fn assertions_are_kept_beside_their_model(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = fga.world().await;
    let endpoint = format!("assertions/{}", world.model);
    let put = async |body: &Json| {
        let request = Request::new("PUT", world.path(&endpoint))
            .bearer(PRESHARED)
            .json(body);
        fga.send(request).await
    };
    let none = world.get(&endpoint).await.json();
    assert_eq!(
        none,
        json!({ "authorization_model_id": world.model, "assertions": [] })
    );
    let key = tuple("user:ann", "viewer", "document:1");
    let assertion = json!({ "tuple_key": key, "expectation": true, "context": null,
        "contextual_tuples": [in_hours("user:ann", "document:1", &json!({ "hour": 1 }))] });
    let written = put(&json!({ "assertions": [assertion] })).await;
    assert_eq!((written.status, written.text()), (204, String::new()));
    assert_eq!(
        world.get(&endpoint).await.json()["assertions"],
        json!([assertion])
    );
    let many: Vec<Json> = (0..101).map(|_| json!({ "tuple_key": key })).collect();
    assert_refused(
        &put(&json!({ "assertions": many })).await,
        400,
        "assertions_too_many_items",
    );
    let unknown = json!([{ "tuple_key": tuple("user:ann", "nope", "document:1") }]);
    let refused = put(&json!({ "assertions": unknown })).await;
    assert_eq!(refused.status, 400, "{}", refused.text());
    let keyless = json!({ "assertions": [{ "expectation": true }] });
    assert_refused(&put(&keyless).await, 400, "tuple_key_value_not_specified");
    let other = Request::new("PUT", world.path(&format!("assertions/{NO_STORE}")));
    let other = other.bearer(PRESHARED).json(&json!({ "assertions": [] }));
    assert_refused(&fga.send(other).await, 400, "authorization_model_not_found");
}
