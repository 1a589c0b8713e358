//! Tuples written and deleted, and why some are not.

use super::{Fga, NO_STORE, World, assert_refused, in_hours, tuple};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::{Value as Json, json};
use std::time::Duration;
use types::Clock;

on_both_engines! {
    tuples_are_written_and_deleted,
    what_is_there_or_not_is_told_unless_ignored,
    bad_writes_have_their_codes,
    tuples_that_do_not_fit_are_refused,
    names_beyond_ascii_are_as_long_as_others,
    a_tuple_can_be_replaced_in_one_moment,
    tuples_end_when_the_header_says,
    headers_are_checked,
}

/// How the history names [`super::PRESHARED`]: the first digits of its SHA-256.
const PRESHARED_NAME: &str = "preshared:f02b29cd";

fn writes(tuples: &[Json]) -> Json {
    json!({ "writes": { "tuple_keys": tuples } })
}

fn deletes(tuples: &[Json]) -> Json {
    json!({ "deletes": { "tuple_keys": tuples } })
}

async fn tuples_are_written_and_deleted(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = fga.world().await;
    let (ann, bob) = (
        tuple("user:ann", "viewer", "document:1"),
        tuple("user:bob", "viewer", "document:1"),
    );
    let reply = world
        .post("write", &writes(&[ann.clone(), bob.clone()]))
        .await;
    assert_eq!((reply.status, reply.json()), (200, json!({})));
    assert_eq!(reply.header("openfga-authorization-model-id"), world.model);
    let first: i64 = reply.header("claviger-version").parse().expect("a version");
    assert!(world.check(&ann).await && world.check(&bob).await);
    let cat = tuple("user:cat", "viewer", "document:1");
    let mut both = writes(std::slice::from_ref(&cat));
    both["deletes"] = deletes(std::slice::from_ref(&ann))["deletes"].clone();
    let reply = world.post("write", &both).await;
    let second: i64 = reply.header("claviger-version").parse().expect("a version");
    assert!(second > first);
    assert!(!world.check(&ann).await && world.check(&cat).await);
}

async fn what_is_there_or_not_is_told_unless_ignored(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = fga.world().await;
    let ann = tuple("user:ann", "viewer", "document:1");
    let bob = tuple("user:bob", "viewer", "document:1");
    world.write(std::slice::from_ref(&ann)).await;
    let code = "write_failed_due_to_invalid_input";
    assert_refused(
        &world
            .post("write", &writes(&[bob.clone(), ann.clone()]))
            .await,
        400,
        code,
    );
    assert!(!world.check(&bob).await, "all or nothing");
    assert_refused(
        &world
            .post("write", &deletes(std::slice::from_ref(&bob)))
            .await,
        400,
        code,
    );
    let mut ignoring = writes(&[bob.clone(), ann.clone()]);
    ignoring["writes"]["on_duplicate"] = json!("ignore");
    assert_eq!(world.post("write", &ignoring).await.status, 200);
    assert!(world.check(&bob).await);
    let mut ignoring = deletes(&[tuple("user:nobody", "viewer", "document:1"), bob.clone()]);
    ignoring["deletes"]["on_missing"] = json!("ignore");
    assert_eq!(world.post("write", &ignoring).await.status, 200);
    assert!(!world.check(&bob).await);
    // The same tuple with another condition is not the same.
    let mut other = writes(&[in_hours("user:ann", "document:1", &json!({}))]);
    other["writes"]["on_duplicate"] = json!("ignore");
    assert_refused(&world.post("write", &other).await, 409, "Aborted");
    for (list, option) in [("writes", "on_duplicate"), ("deletes", "on_missing")] {
        let mut body = json!({});
        body[list] = json!({ "tuple_keys": [ann.clone()], option: "perhaps" });
        assert_refused(&world.post("write", &body).await, 400, "validation_error");
    }
}

async fn bad_writes_have_their_codes(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = fga.world().await;
    let ann = tuple("user:ann", "viewer", "document:1");
    let one = std::slice::from_ref(&ann);
    let mut crossed = writes(one);
    crossed["deletes"] = deletes(one)["deletes"].clone();
    let object = |n: u32| tuple("user:ann", "viewer", &format!("document:{n}"));
    let many: Vec<Json> = (0..101).map(object).collect();
    let mut unknown_model = writes(one);
    unknown_model["authorization_model_id"] = json!(NO_STORE);
    let duplicate = "cannot_allow_duplicate_tuples_in_one_request";
    for (body, code) in [
        (json!({}), "invalid_write_input"),
        (writes(&[]), "validation_error"),
        (crossed, duplicate),
        (writes(&[ann.clone(), ann.clone()]), duplicate),
        (writes(&many), "exceeded_entity_limit"),
        (unknown_model, "authorization_model_not_found"),
    ] {
        assert_refused(&world.post("write", &body).await, 400, code);
    }
    let twice = writes(&[ann.clone(), ann.clone()]);
    let why = assert_refused(&world.post("write", &twice).await, 400, duplicate);
    let named = "user: 'user:ann', relation: 'viewer', object: 'document:1'";
    assert_eq!(why, format!("duplicate tuple in write: {named}"));
    let path = format!("/stores/{NO_STORE}/write");
    let refused = fga.post(&path, &writes(one)).await;
    let why = assert_refused(&refused, 400, "latest_authorization_model_not_found");
    assert!(why.contains(NO_STORE), "{why}");
}

async fn tuples_that_do_not_fit_are_refused(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = fga.world().await;
    let long = "u".repeat(513);
    for bad in [
        tuple("user:ann", "nope", "document:1"),
        tuple("user:ann", "viewer", "nope:1"),
        tuple("folder:1", "viewer", "document:1"),
        tuple("folder:1#viewer", "parent", "document:1"),
        tuple("ann", "viewer", "document:1"),
        tuple("", "viewer", "document:1"),
        tuple("user:a\u{1}", "viewer", "document:1"),
        tuple(&long, "viewer", "document:1"),
        tuple("user:ann", "a b", "document:1"),
        tuple("user:ann", "viewer", "document:a b"),
        in_hours("user:ann", "document:1", &json!({ "nope": 1 })),
        in_hours("user:ann", "document:1", &json!({ "hour": "late" })),
    ] {
        let refused = world.post("write", &writes(&[bad])).await;
        assert_refused(&refused, 400, "validation_error");
    }
    // A tuple that no model takes any more can be deleted, if it is there.
    let old = json!({ "deletes": { "tuple_keys": [tuple("nope:1", "nope", "nope:2")] } });
    let code = "write_failed_due_to_invalid_input";
    assert_refused(&world.post("write", &old).await, 400, code);
}

async fn a_tuple_can_be_replaced_in_one_moment(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = fga.world().await;
    world
        .write(&[tuple("user:ann", "viewer", "document:1")])
        .await;
    let body = writes(&[in_hours("user:ann", "document:1", &json!({ "hour": 20 }))]);
    let headers = [
        ("claviger-on-duplicate", "replace"),
        ("claviger-reason", "späte Schicht"),
    ];
    let reply = world.with("write", &body, &headers).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert!(
        !world
            .check(&tuple("user:ann", "viewer", "document:1"))
            .await
    );
    assert_eq!(
        reasons(&fga, &world).await,
        [None, Some("späte Schicht".to_owned())]
    );
    let read = world.answer("read", &json!({})).await;
    let condition = json!({ "name": "in_hours", "context": { "hour": 20 } });
    assert_eq!(read["tuples"][0]["key"]["condition"], condition);
    assert_eq!(read["tuples"].as_array().map(Vec::len), Some(1));
}

async fn tuples_end_when_the_header_says(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = fga.world().await;
    let ann = tuple("user:ann", "viewer", "document:1");
    let end = fga.app.clock().now() + Duration::from_secs(60);
    let headers = [("claviger-expires-at", &*end.to_string())];
    let reply = world
        .with("write", &writes(std::slice::from_ref(&ann)), &headers)
        .await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert!(world.check(&ann).await);
    fga.app.clock().advance(Duration::from_secs(61));
    assert!(!world.check(&ann).await);
}

async fn headers_are_checked(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = fga.world().await;
    let ann = tuple("user:ann", "viewer", "document:1");
    let body = writes(std::slice::from_ref(&ann));
    let long = "x".repeat(1_001);
    for header in [
        ("claviger-on-duplicate", "perhaps"),
        ("claviger-expires-at", "tomorrow"),
        ("claviger-expires-at", "2020-01-01T00:00:00Z"),
        ("claviger-reason", &*long),
    ] {
        assert_refused(
            &world.with("write", &body, &[header]).await,
            400,
            "validation_error",
        );
    }
    assert!(!allowed(&world, &ann).await);
    let end = ("claviger-expires-at", "2999-01-01T00:00:00Z");
    let twice = world.with("write", &body, &[end, end]).await;
    let why = assert_refused(&twice, 400, "validation_error");
    assert_eq!(why, "claviger-expires-at must stand once, as text");
    assert!(!allowed(&world, &ann).await);
    // A version that was never reached cannot be waited for; one that was, can.
    let version = world.write(std::slice::from_ref(&ann)).await;
    let question = json!({ "tuple_key": ann });
    let of = |version: i64| version.to_string();
    let ahead = [("claviger-at-least-version", &*of(version + 1))];
    assert_refused(
        &world.with("check", &question, &ahead).await,
        400,
        "validation_error",
    );
    let reached = [("claviger-at-least-version", &*of(version))];
    let reply = world.with("check", &question, &reached).await;
    assert_eq!(reply.json()["allowed"], true, "{}", reply.text());
    for bad in ["-1", "x", "99999999999999999999"] {
        let header = [("claviger-at-least-version", bad)];
        assert_refused(
            &world.with("check", &question, &header).await,
            400,
            "validation_error",
        );
    }
}

async fn allowed(world: &World<'_>, key: &Json) -> bool {
    world.check(key).await
}

/// Why the tuples of a store were written, in the order of the changes, by whoever bears the
/// preshared key.
async fn reasons(fga: &Fga, world: &World<'_>) -> Vec<Option<String>> {
    let authz = fga.app.app("fga").authz.clone();
    let (store, page) = (
        world.store.parse().expect("an id"),
        authz::Page {
            size: 9,
            after: None,
        },
    );
    let changes = authz
        .changes(
            &fga.app.call(),
            store,
            authz::reading::ChangeFilter::default(),
            page,
        )
        .await;
    let changes = changes.expect("the changes").items;
    assert!(changes.iter().all(|change| change.actor == PRESHARED_NAME));
    changes.into_iter().map(|change| change.reason).collect()
}

/// Limits count characters; those of users count bytes.
async fn names_beyond_ascii_are_as_long_as_others(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = fga.world().await;
    let (long, relation) = ("\u{10400}".repeat(254), "\u{10400}".repeat(50));
    let metadata = json!({ "relations": { &relation: {
        "directly_related_user_types": [{ "type": "user" }] } } });
    let types = ["doc", &long].map(|name| {
        json!({ "type": name, "relations": { &relation: { "this": {} } }, "metadata": metadata })
    });
    let mut types = types.to_vec();
    types.push(json!({ "type": "user" }));
    let model = json!({ "schema_version": "1.1", "type_definitions": types });
    let written = world.post("authorization-models", &model).await;
    assert_eq!(written.status, 201, "{}", written.text());
    let user = format!("user:{}aaa", "\u{10400}".repeat(126));
    assert_eq!(user.len(), 512);
    let keys = [
        tuple(&user, &relation, &format!("{long}:1")),
        tuple(
            &user,
            &relation,
            &format!("doc:{}", &"\u{10400}".repeat(252)),
        ),
    ];
    world.write(&keys).await;
    for key in &keys {
        assert!(world.check(key).await);
        let read = world.answer("read", &json!({ "tuple_key": key })).await;
        assert_eq!(read["tuples"].as_array().map(Vec::len), Some(1), "{read}");
    }
    let page = world.answer("read", &json!({ "page_size": 1 })).await;
    let token = &page["continuation_token"];
    let next = json!({ "page_size": 1, "continuation_token": token });
    let next = world.answer("read", &next).await;
    assert_eq!(next["tuples"].as_array().map(Vec::len), Some(1));
    let longer = tuple(&format!("{user}a"), &relation, "doc:1");
    let refused = world.post("write", &writes(&[longer])).await;
    assert_refused(&refused, 400, "validation_error");
}
