//! Lists of objects and users, whole and cut.

use super::{Fga, SETTINGS, assert_refused, filled, tuple};
use crate::app::{Engine, TestApp};
use crate::engines::on_both_engines;
use serde_json::{Value as Json, json};

on_both_engines! {
    lists_have_objects_and_users,
    a_list_that_was_cut_goes_on,
    an_operator_decides_how_long_lists_are,
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
    // A stream is in the order in which its objects are found.
    let streamed = streamed.text();
    let mut lines: Vec<&str> = streamed.split_inclusive('\n').collect();
    lines.sort_unstable();
    assert_eq!(
        lines.concat(),
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
    // Until the store is in memory, the head leaves before that is known.
    assert_ne!(streamed.header("claviger-complete"), "false");
    assert!(!streamed.text().contains("error"), "{}", streamed.text());
}

async fn an_operator_decides_how_long_lists_are(engine: Engine) {
    let Some(app) = TestApp::open(engine).await else {
        crate::engines::absent(engine);
        return;
    };
    let database = app.database().to_owned();
    let short = [
        ("CLAVIGER_OPENFGA_LIST_RESULTS_MAX", "2"),
        ("CLAVIGER_OPENFGA_RESIDENT_MIB_MAX", "0"),
    ];
    let fga = Fga::over(app, &database, &[SETTINGS, &short].concat()).await;
    let world = fga.world().await;
    let tuples = ["document:1", "document:2", "document:3"];
    let tuples = tuples.map(|object| tuple("user:ann", "viewer", object));
    world.write(&tuples).await;
    let question = json!({ "type": "document", "relation": "viewer", "user": "user:ann" });
    let first = world.post("list-objects", &question).await;
    let objects = json!({ "objects": ["document:1", "document:2"] });
    assert_eq!(first.json(), objects);
    let token = first.header("claviger-resume-token");
    let header = [("claviger-resume-token", token)];
    let second = world.with("list-objects", &question, &header).await;
    assert_eq!(second.json(), json!({ "objects": ["document:3"] }));
    assert_eq!(second.header("claviger-complete"), "true");
}
