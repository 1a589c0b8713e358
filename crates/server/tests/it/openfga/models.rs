//! Models: written, found, listed, and refused.

use super::{Fga, NO_STORE, assert_refused, model, text};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::{Value as Json, json};
use std::time::Duration;

on_both_engines! {
    a_model_reads_back_as_it_was_written,
    models_are_listed_from_the_newest_on,
    bad_models_have_their_codes,
    models_that_are_not_there_are_told_apart,
}

async fn a_model_reads_back_as_it_was_written(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = fga.world().await;
    let found = world
        .get(&format!("authorization-models/{}", world.model))
        .await;
    assert_eq!(found.status, 200, "{}", found.text());
    assert_eq!(found.header("openfga-authorization-model-id"), world.model);
    let mut expected = model();
    expected["id"] = json!(world.model);
    assert_eq!(found.json(), json!({ "authorization_model": expected }));
}

async fn models_are_listed_from_the_newest_on(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = fga.world().await;
    let mut ids = vec![world.model.clone()];
    for _ in 0..2 {
        fga.app.clock().advance(Duration::from_millis(2));
        let written = world.post("authorization-models", &model()).await;
        ids.push(text(&written.json()["authorization_model_id"]));
    }
    ids.reverse();
    let mut found = Vec::new();
    let mut token = String::new();
    loop {
        let query = format!("authorization-models?page_size=2&continuation_token={token}");
        let page = world.get(&query).await.json();
        let models = page["authorization_models"].as_array().expect("models");
        found.extend(models.iter().map(|model| text(&model["id"])));
        token = text(&page["continuation_token"]);
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(found, ids);
}

async fn bad_models_have_their_codes(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = fga.world().await;
    let with = |types: Json| json!({ "schema_version": "1.1", "type_definitions": types });
    let many: Vec<Json> = (0..101)
        .map(|n| json!({ "type": format!("t{n}") }))
        .collect();
    let relations = json!({ "viewer": { "computedUserset": { "relation": "nope" } } });
    let undefined = json!([{ "type": "user" }, { "type": "doc", "relations": relations }]);
    let long = json!({ "viewer": { "computedUserset": { "relation": "r".repeat(51) } } });
    let open = json!({ "r": { "difference": { "base": { "this": {} } } } });
    for (body, code) in [
        (with(json!([])), "type_definitions_too_few_items"),
        (with(json!([{ "type": "a b" }])), "type_invalid_pattern"),
        (
            with(json!([{ "type": "doc", "relations": { "a b": { "this": {} } } }])),
            "relations_invalid_pattern",
        ),
        (
            with(json!([{ "type": "doc", "relations": long }])),
            "relation_too_long",
        ),
        (
            with(json!([{ "type": "doc", "relations": open }])),
            "subtract_base_missing_value",
        ),
        (with(json!(many)), "exceeded_entity_limit"),
        (with(undefined), "invalid_authorization_model"),
        (
            with(json!([{ "type": "user" }, { "type": "user" }])),
            "invalid_authorization_model",
        ),
        (
            json!({ "schema_version": "1.0", "type_definitions": [{ "type": "user" }] }),
            "invalid_authorization_model",
        ),
        (
            json!({ "schema_version": "9", "type_definitions": [{ "type": "user" }] }),
            "validation_error",
        ),
        (json!({ "type_definitions": 5 }), "validation_error"),
    ] {
        let refused = world.post("authorization-models", &body).await;
        assert_refused(&refused, 400, code);
    }
    // Many relations with long names of types: more than 256 KiB, and nothing else is wrong.
    let users: Vec<Json> = (0..30)
        .map(|n| json!({ "type": format!("u{n}{}", "x".repeat(200)) }))
        .collect();
    let relations: serde_json::Map<String, Json> = (0..60)
        .map(|n| (format!("r{n}"), json!({ "this": {} })))
        .collect();
    let all = json!({ "directly_related_user_types": users });
    let metadata: serde_json::Map<String, Json> =
        (0..60).map(|n| (format!("r{n}"), all.clone())).collect();
    let mut types = users.clone();
    types.push(json!({ "type": "doc", "relations": relations,
        "metadata": { "relations": metadata } }));
    let refused = world
        .post("authorization-models", &with(json!(types)))
        .await;
    let why = assert_refused(&refused, 400, "exceeded_entity_limit");
    assert!(why.starts_with("model exceeds size limit: "), "{why}");
}

async fn models_that_are_not_there_are_told_apart(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = fga.world().await;
    let other = world.get(&format!("authorization-models/{NO_STORE}")).await;
    assert_refused(&other, 400, "authorization_model_not_found");
    let path = format!("/stores/{NO_STORE}/authorization-models/{}", world.model);
    assert_refused(&fga.get(&path).await, 400, "authorization_model_not_found");
    assert_refused(
        &world.get("authorization-models/x").await,
        400,
        "validation_error",
    );
    // Nothing is known of a store that is not looked up: it has no models.
    let none = fga
        .get(&format!("/stores/{NO_STORE}/authorization-models"))
        .await;
    assert_eq!(none.json()["authorization_models"], json!([]));
}
