//! Tokens of lists: good where they were given, refused everywhere else.

use super::{Fga, World, assert_refused, text, tuple};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::{Value as Json, json};

on_both_engines! {
    forged_tokens_are_refused,
    tokens_are_good_for_their_list_only,
    tokens_survive_a_move_to_another_server,
}

const FORGED: &str = "invalid_continuation_token";

async fn two_tuples(fga: &Fga) -> World<'_> {
    let world = fga.world().await;
    world
        .write(&[
            tuple("user:ann", "viewer", "document:1"),
            tuple("user:ann", "viewer", "document:2"),
        ])
        .await;
    world
}

async fn token_of_read(world: &World<'_>) -> String {
    text(&world.answer("read", &json!({ "page_size": 1 })).await["continuation_token"])
}

async fn token_of(world: &World<'_>, list: &str) -> String {
    text(&world.get(list).await.json()["continuation_token"])
}

fn going_on(token: &str) -> Json {
    json!({ "page_size": 1, "continuation_token": token })
}

async fn forged_tokens_are_refused(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = two_tuples(&fga).await;
    let good = token_of_read(&world).await;
    assert_eq!(world.post("read", &going_on(&good)).await.status, 200);
    let mut changed = good.clone().into_bytes();
    let last = changed.len() - 3;
    changed[last] = if changed[last] == b'A' { b'B' } else { b'A' };
    let changed = String::from_utf8(changed).expect("ASCII");
    let cut = good[..good.len() - 4].to_owned();
    for forged in [changed, cut, "x".to_owned(), "eyJwayI6IngifQ".to_owned()] {
        assert_refused(&world.post("read", &going_on(&forged)).await, 400, FORGED);
        for list in ["changes", "authorization-models"] {
            let path = format!("{list}?continuation_token={forged}");
            assert_refused(&world.get(&path).await, 400, FORGED);
        }
        let path = format!("/stores?continuation_token={forged}");
        assert_refused(&fga.get(&path).await, 400, FORGED);
        let question = json!({ "type": "document", "relation": "viewer", "user": "user:ann" });
        let header = [("claviger-resume-token", &*forged)];
        assert_refused(
            &world.with("list-objects", &question, &header).await,
            400,
            FORGED,
        );
    }
    let long = going_on(&"A".repeat(5_121));
    let why = assert_refused(&world.post("read", &long).await, 400, "validation_error");
    assert!(
        why.ends_with("ContinuationToken: value length must be at most 5120 bytes"),
        "{why}"
    );
}

async fn tokens_are_good_for_their_list_only(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let (world, other) = (two_tuples(&fga).await, two_tuples(&fga).await);
    let of_read = token_of_read(&world).await;
    assert_refused(&other.post("read", &going_on(&of_read)).await, 400, FORGED);
    let as_changes = world
        .get(&format!("changes?continuation_token={of_read}"))
        .await;
    assert_refused(&as_changes, 400, FORGED);
    let of_changes = token_of(&world, "changes?page_size=1").await;
    assert_refused(
        &world.post("read", &going_on(&of_changes)).await,
        400,
        FORGED,
    );
    let mismatch = "query_string_type_continuation_token_mismatch";
    let typed = format!("changes?type=document&continuation_token={of_changes}");
    assert_refused(&world.get(&typed).await, 400, mismatch);
    let of_type = token_of(&world, "changes?type=document&page_size=1").await;
    let untyped = world
        .get(&format!("changes?continuation_token={of_type}"))
        .await;
    assert_refused(&untyped, 400, mismatch);
    let same = world
        .get(&format!(
            "changes?type=document&continuation_token={of_type}"
        ))
        .await;
    assert_eq!(
        same.json()["changes"].as_array().map(Vec::len),
        Some(1),
        "{}",
        same.text()
    );
}

async fn tokens_survive_a_move_to_another_server(engine: Engine) {
    let Some(mut fga) = Fga::open(engine).await else {
        return;
    };
    let world = two_tuples(&fga).await;
    let (token, path) = (token_of_read(&world).await, world.path("read"));
    let settings = crate::engines::settings(super::SETTINGS);
    fga.address = fga.app.server("second", &settings).await.address;
    let reply = fga.post(&path, &going_on(&token)).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.json()["tuples"][0]["key"]["object"], "document:2");
}
