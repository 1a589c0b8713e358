//! Tuples and their changes, read as they are stored.

use super::{Fga, PRESHARED, World, assert_refused, in_hours, text, tuple};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::{Value as Json, json};
use std::time::Duration;
use testkit::http::Request;
use types::Clock;

on_both_engines! {
    tuples_are_read_by_what_they_are_about,
    tuples_are_read_in_pages,
    changes_are_read_in_order,
    changes_begin_at_a_time,
    reads_know_the_version_that_is_asked_for,
}

/// Three tuples, one of which has a condition.
async fn filled(fga: &Fga) -> World<'_> {
    let world = fga.world().await;
    let context = json!({ "hour": 9 });
    world
        .write(&[
            tuple("user:ann", "viewer", "document:1"),
            in_hours("user:bob", "document:1", &context),
            tuple("user:ann", "viewer", "folder:2"),
        ])
        .await;
    world
}

async fn read(world: &World<'_>, key: Json) -> Vec<String> {
    let answer = world.answer("read", &json!({ "tuple_key": key })).await;
    let tuples = answer["tuples"].as_array().expect("tuples");
    let name = |stored: &Json| {
        let key = &stored["key"];
        format!("{}@{}", text(&key["object"]), text(&key["user"]))
    };
    tuples.iter().map(name).collect()
}

async fn tuples_are_read_by_what_they_are_about(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = filled(&fga).await;
    let all = world.answer("read", &json!({})).await;
    assert_eq!(all["continuation_token"], "");
    let first = &all["tuples"][0];
    assert_eq!(first["key"]["user"], "user:ann");
    assert_eq!(first["key"]["condition"], json!(null));
    assert!(types::Time::parse(&text(&first["timestamp"])).is_some());
    let conditional = &all["tuples"][1]["key"]["condition"];
    assert_eq!(
        *conditional,
        json!({ "name": "in_hours", "context": { "hour": 9 } })
    );
    let one = json!({ "object": "document:1" });
    assert_eq!(
        read(&world, one).await,
        ["document:1@user:ann", "document:1@user:bob"]
    );
    let of_user = json!({ "object": "document:", "user": "user:bob" });
    assert_eq!(read(&world, of_user).await, ["document:1@user:bob"]);
    let exact = tuple("user:ann", "viewer", "folder:2");
    assert_eq!(read(&world, exact).await, ["folder:2@user:ann"]);
    for key in [
        json!({}),
        json!({ "user": "", "relation": "", "object": "" }),
        json!({ "object": "document:" }),
        json!({ "object": "document" }),
        json!({ "user": "user:ann" }),
        json!({ "relation": "viewer" }),
    ] {
        let refused = world.post("read", &json!({ "tuple_key": key })).await;
        assert_refused(&refused, 400, "validation_error");
    }
}

async fn tuples_are_read_in_pages(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = filled(&fga).await;
    let mut seen = Vec::new();
    let mut token = String::new();
    for _ in 0..3 {
        let body = json!({ "page_size": 1, "continuation_token": token });
        let page = world.answer("read", &body).await;
        seen.push(text(&page["tuples"][0]["key"]["object"]));
        token = text(&page["continuation_token"]);
    }
    assert_eq!(seen, ["document:1", "document:1", "folder:2"]);
    assert_eq!(token, "");
    for size in [0, 101] {
        let refused = world.post("read", &json!({ "page_size": size })).await;
        assert_refused(&refused, 400, "page_size_invalid");
    }
    for consistency in ["HIGHER_CONSISTENCY", "MINIMIZE_LATENCY", "UNSPECIFIED"] {
        world
            .answer("read", &json!({ "consistency": consistency }))
            .await;
    }
    let refused = world
        .post("read", &json!({ "consistency": "HIGHEST" }))
        .await;
    assert_refused(&refused, 400, "validation_error");
}

async fn changes_are_read_in_order(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = fga.world().await;
    let empty = world.get("changes").await.json();
    assert_eq!(empty, json!({ "changes": [], "continuation_token": "" }));
    let ann = tuple("user:ann", "viewer", "document:1");
    world
        .write(&[in_hours("user:bob", "document:1", &json!({}))])
        .await;
    world.write(std::slice::from_ref(&ann)).await;
    let delete = json!({ "deletes": { "tuple_keys": [ann] } });
    assert_eq!(world.post("write", &delete).await.status, 200);
    world
        .write(&[tuple("user:ann", "viewer", "folder:1")])
        .await;
    let mut found = Vec::new();
    let mut token = String::new();
    loop {
        let query = format!("changes?page_size=3&continuation_token={token}");
        let page = world.get(&query).await.json();
        let changes = page["changes"].as_array().expect("changes").clone();
        let next = text(&page["continuation_token"]);
        if changes.is_empty() {
            assert_eq!(next, token, "no news: the same token");
            break;
        }
        found.extend(changes);
        token = next;
    }
    let names: Vec<String> = found
        .iter()
        .map(|change| text(&change["operation"]))
        .collect();
    let (write, delete) = ("TUPLE_OPERATION_WRITE", "TUPLE_OPERATION_DELETE");
    assert_eq!(names, [write, write, delete, write]);
    let condition = &found[0]["tuple_key"]["condition"];
    assert_eq!(*condition, json!({ "name": "in_hours", "context": {} }));
    assert_eq!(found[2]["tuple_key"]["condition"], json!(null));
    let folders = world.get("changes?type=folder").await.json();
    assert_eq!(folders["changes"].as_array().map(Vec::len), Some(1));
    assert_refused(
        &world.get("changes?type=a%23b").await,
        400,
        "type_invalid_pattern",
    );
}

async fn changes_begin_at_a_time(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = fga.world().await;
    world
        .write(&[tuple("user:ann", "viewer", "document:1")])
        .await;
    fga.app.clock().advance(Duration::from_secs(60));
    let later = fga.app.clock().now();
    world
        .write(&[tuple("user:ann", "viewer", "document:2")])
        .await;
    let page = world
        .get(&format!("changes?start_time={later}"))
        .await
        .json();
    assert_eq!(page["changes"].as_array().map(Vec::len), Some(1));
    assert_eq!(page["changes"][0]["tuple_key"]["object"], "document:2");
    let refused = world.get("changes?start_time=yesterday").await;
    assert_refused(&refused, 400, "validation_error");
    // A time that could stand in no ULID.
    let refused = world.get("changes?start_time=1969-12-31T23:59:59Z").await;
    assert_refused(&refused, 400, "invalid_start_time");
    let page = world.get("changes?start_time=1970-01-01T00:00:00Z").await;
    assert_eq!(page.json()["changes"].as_array().map(Vec::len), Some(2));
}

async fn reads_know_the_version_that_is_asked_for(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = fga.world().await;
    let ann = tuple("user:ann", "viewer", "document:1");
    let version = world.write(&[ann]).await;
    let at_least = async |endpoint: &str, version: &str| {
        let request = match endpoint {
            "read" => Request::post(world.path(endpoint)).json(&json!({})),
            _ => Request::get(world.path(endpoint)),
        };
        let request = request.bearer(PRESHARED);
        fga.send(request.header("claviger-at-least-version", version))
            .await
    };
    for endpoint in ["read", "changes"] {
        for reached in [0, version] {
            let reply = at_least(endpoint, &reached.to_string()).await;
            assert_eq!(reply.status, 200, "{endpoint}: {}", reply.text());
        }
        let ahead = at_least(endpoint, &(version + 1).to_string()).await;
        let why = assert_refused(&ahead, 400, "validation_error");
        assert!(why.contains("has not been reached"), "{endpoint}: {why}");
        for bad in ["-1", "x"] {
            let refused = at_least(endpoint, bad).await;
            assert_refused(&refused, 400, "validation_error");
        }
    }
}
