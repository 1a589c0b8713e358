//! Questions that cannot be answered, each with its code.

use super::{Fga, NO_STORE, World, assert_refused, filled, tuple};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::{Value as Json, json};

on_both_engines! {
    bad_checks_have_their_codes,
    bad_lists_have_their_codes,
    a_store_without_a_model_is_told_so,
    what_lies_too_deep_is_told_so,
    control_characters_are_refused,
    control_characters_in_models_are_refused,
    contexts_may_have_lines_but_not_in_names,
}

async fn assert_all(world: &World<'_>, questions: Vec<(&str, Json, &str)>) {
    for (endpoint, body, code) in questions {
        let refused = world.post(endpoint, &body).await;
        let why = assert_refused(&refused, 400, code);
        assert!(!why.is_empty(), "{endpoint}: {body}");
    }
}

fn key() -> Json {
    tuple("user:ann", "viewer", "document:1")
}

async fn bad_checks_have_their_codes(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = filled(&fga).await;
    let many: Vec<Json> = (0..101).map(|_| key()).collect();
    let check = |tuple: Json, code| ("check", json!({ "tuple_key": tuple }), code);
    let with = |field: &str, value: Json, code| {
        let mut body = json!({ "tuple_key": key() });
        body[field] = value;
        ("check", body, code)
    };
    let questions = vec![
        ("check", json!({}), "tuple_key_value_not_specified"),
        check(tuple("user:ann", "", "document:1"), "validation_error"),
        check(tuple("user:ann", "viewer", ""), "validation_error"),
        check(
            tuple("user:ann", "viewer", "document:1\u{1}"),
            "validation_error",
        ),
        check(tuple("user:ann", "nope", "document:1"), "validation_error"),
        check(
            tuple("nope:ann", "viewer", "document:1"),
            "validation_error",
        ),
        with(
            "authorization_model_id",
            json!(NO_STORE),
            "authorization_model_not_found",
        ),
        with("authorization_model_id", json!("x"), "validation_error"),
        with(
            "contextual_tuples",
            json!({ "tuple_keys": many }),
            "validation_error",
        ),
        with(
            "contextual_tuples",
            json!({ "tuple_keys": [tuple("folder:1", "viewer", "document:1")] }),
            "invalid_tuple",
        ),
        with("context", json!({ "a": "\u{0}" }), "validation_error"),
        with("consistency", json!(7), "validation_error"),
    ];
    assert_all(&world, questions).await;
    for (bad, named) in [
        (
            tuple("folder:1", "viewer", "document:1"),
            "document:1#viewer@folder:1",
        ),
        (
            tuple("nobody", "viewer", "document:1"),
            "document:1#viewer@nobody",
        ),
    ] {
        let body = json!({ "tuple_key": key(), "contextual_tuples": { "tuple_keys": [bad] } });
        let why = assert_refused(&world.post("check", &body).await, 400, "invalid_tuple");
        let start = format!("Invalid tuple '{named}'. Reason: ");
        assert!(why.starts_with(&start), "{why}");
    }
}

async fn bad_lists_have_their_codes(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = filled(&fga).await;
    let objects = |type_name: &str, relation: &str, user: &str| -> Json {
        json!({ "type": type_name, "relation": relation, "user": user })
    };
    let users = |filters: Json| {
        json!({ "object": { "type": "document", "id": "1" }, "relation": "viewer",
            "user_filters": filters })
    };
    let two = json!([{ "type": "user" }, { "type": "group" }]);
    let nobody = json!({ "relation": "viewer", "user_filters": [{ "type": "user" }] });
    let questions = vec![
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
        ("list-users", users(json!([])), "validation_error"),
        ("list-users", users(two), "validation_error"),
        (
            "list-users",
            users(json!([{ "type": "nope" }])),
            "type_not_found",
        ),
        ("list-users", nobody, "validation_error"),
    ];
    assert_all(&world, questions).await;
}

async fn a_store_without_a_model_is_told_so(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    // A store without a model, and one that is not there, are told alike.
    let bare = fga.new_store("bare").await;
    for store in [bare.as_str(), NO_STORE] {
        let body = json!({ "tuple_key": key() });
        let refused = fga.post(&format!("/stores/{store}/check"), &body).await;
        let why = assert_refused(&refused, 400, "latest_authorization_model_not_found");
        assert_eq!(
            why,
            format!("No authorization models found for store '{store}'")
        );
    }
}

async fn what_lies_too_deep_is_told_so(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = fga.world().await;
    let nested = |n: u32| {
        let inner = format!("group:{}#member", n + 1);
        tuple(&inner, "member", &format!("group:{n}"))
    };
    let mut tuples: Vec<Json> = (0..60).map(nested).collect();
    tuples.push(tuple("user:ann", "member", "group:60"));
    world.write(&tuples).await;
    let key = |group: &str| json!({ "tuple_key": tuple("user:ann", "member", group) });
    let deep = world.post("check", &key("group:0")).await;
    assert_refused(&deep, 400, "authorization_model_resolution_too_complex");
    assert_eq!(
        world.answer("check", &key("group:50")).await["allowed"],
        true
    );
}

async fn control_characters_are_refused(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = filled(&fga).await;
    let key = |key: Json| json!({ "tuple_key": key });
    let mut questions = Vec::new();
    for bad in ["\0", "\u{1}", "\u{7f}", "\u{85}"] {
        let object = format!("document:{bad}");
        let user = format!("user:a{bad}");
        let relation = format!("a{bad}");
        questions.extend([
            ("read", key(json!({ "object": object }))),
            ("read", key(json!({ "object": "document:", "user": user }))),
            (
                "read",
                key(json!({ "object": "document:1", "relation": relation })),
            ),
            ("check", key(tuple(&user, "viewer", "document:1"))),
            (
                "expand",
                key(json!({ "relation": "viewer", "object": object })),
            ),
            (
                "write",
                json!({ "deletes": { "tuple_keys": [tuple("user:a", &relation, "document:1")] } }),
            ),
        ]);
    }
    let questions = questions.into_iter();
    let questions = questions.map(|(endpoint, body)| (endpoint, body, "validation_error"));
    assert_all(&world, questions.collect()).await;
    for bad in ["%00", "a%01", "%7F"] {
        for path in [
            world.path(&format!("changes?type={bad}")),
            format!("/stores?name={bad}"),
        ] {
            let why = assert_refused(&fga.get(&path).await, 400, "validation_error");
            assert!(why.contains("control character"), "{path}: {why}");
        }
    }
    // As OpenFGA's pattern has it, white space of any kind may stand in the name of a store.
    let named = fga.post("/stores", &json!({ "name": "my\tstore" })).await;
    assert_eq!(named.status, 201, "{}", named.text());
}

async fn control_characters_in_models_are_refused(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = fga.world().await;
    let good = json!({ "schema_version": "1.2", "type_definitions": [{ "type": "user" },
        { "type": "doc", "relations": { "r": { "this": {} } }, "metadata": { "module": "core",
            "source_info": { "file": "core.fga" }, "relations": { "r": {
                "directly_related_user_types": [{ "type": "user", "condition": "c" }] } } } }],
        "conditions": { "c": { "name": "c", "expression": "x ==\n\t1",
            "parameters": { "x": { "type_name": "TYPE_NAME_INT" } } } } });
    let written = world.post("authorization-models", &good).await;
    assert_eq!(written.status, 201, "{}", written.text());
    for (path, bad) in [
        ("/type_definitions/1/metadata/module", "a\0"),
        ("/type_definitions/1/metadata/module", "a\n"),
        ("/type_definitions/1/metadata/source_info/file", "a\0.fga"),
        ("/type_definitions/0/type", "user\u{1}"),
        ("/conditions/c/expression", "x == 1 \0"),
    ] {
        let mut body = good.clone();
        *body.pointer_mut(path).expect("a field") = json!(bad);
        let refused = world.post("authorization-models", &body).await;
        let why = assert_refused(&refused, 400, "validation_error");
        assert!(why.contains("control character"), "{path}: {why}");
    }
}

async fn contexts_may_have_lines_but_not_in_names(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = filled(&fga).await;
    let with = |context: Json| json!({ "tuple_key": key(), "context": context });
    for context in [
        json!({ "a": "one\ntwo\tthree\r" }),
        json!({ "a": [{ "b": "one\ntwo" }] }),
    ] {
        world.answer("check", &with(context)).await;
    }
    for context in [
        json!({ "a\n": 1 }),
        json!({ "a": { "b\n": 1 } }),
        json!({ "a": [{ "b\t": 1 }] }),
        json!({ "a": { "b\u{1}": 1 } }),
        json!({ "a": ["\u{1}"] }),
    ] {
        let refused = world.post("check", &with(context)).await;
        assert_refused(&refused, 400, "validation_error");
    }
}
