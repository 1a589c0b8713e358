//! Requests that were let in, or ended badly, elsewhere: without a key, with foreign tokens, too
//! large, at the edges of numbers, and letters of another case.

use super::{Case, ask, both, key, store};
use crate::app::{Engine, TestApp};
use crate::engines::{absent, on_both_engines};
use crate::openfga::{Fga, PRESHARED, SETTINGS, assert_refused, text};
use serde_json::{Value as Json, json};
use testkit::http::Request;
use tokio::task::JoinSet;

on_both_engines! {
    cve_2022_39340_no_route_answers_without_a_key,
    cve_2026_55689_tokens_of_users_are_no_keys,
    cve_2026_55170_ids_differ_by_case,
    cve_2023_35933_and_43645_models_with_loops_are_refused,
    cve_2023_45810_and_2024_23820_many_lists_at_once_leave_room_for_checks,
    ghsa_vhvq_fv9f_wh4q_forged_tokens_are_refused,
    cve_2024_27101_numbers_at_their_edges_are_refused_or_right,
    cve_2025_64529_a_write_that_is_too_large_stores_nothing,
}

const MODEL: &str = "
model
  schema 1.1
type user
type group
  relations
    define member: [user, group#member]
type doc
  relations
    define viewer: [user, group#member]
";

/// CVE-2022-39340: streams as well.
async fn cve_2022_39340_no_route_answers_without_a_key(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = fga.world().await;
    let fill = |path: &str| {
        path.replace("{store_id}", &world.store)
            .replace("{authorization_model_id}", &world.model)
            .replace("{id}", &world.model)
    };
    let stores = server::openfga::routes()
        .into_iter()
        .map(|route| ("/stores", route));
    let access = server::authzen::routes()
        .into_iter()
        .map(|route| ("/access/v1", route));
    let mut asked = 0;
    for (prefix, route) in stores.chain(access) {
        let path = fill(&format!("{prefix}{}", route.path));
        for bearer in [None, Some("wrong"), Some(fga.anon_key.as_str())] {
            let mut request = Request::new(route.method.as_str(), path.trim_end_matches('/'));
            if let Some(bearer) = bearer {
                request = request.bearer(bearer);
            }
            let reply = fga.send(request.json(&json!({}))).await;
            assert_eq!(
                reply.status,
                401,
                "{} {path}: {}",
                route.method,
                reply.text()
            );
            asked += 1;
        }
    }
    assert!(asked >= 3 * 20, "{asked}");
}

/// CVE-2026-55689: whoever the token was made for, it is not for this API.
async fn cve_2026_55689_tokens_of_users_are_no_keys(engine: Engine) {
    let Some(app) = TestApp::open(engine).await else {
        return absent(engine);
    };
    let database = app.database().to_owned();
    let confirmed = [SETTINGS, &[("CLAVIGER_EMAIL_AUTOCONFIRM", "true")]].concat();
    let fga = Fga::over(app, &database, &confirmed).await;
    let body = json!({ "email": "ann@example.com", "password": "correct-horse-1" });
    let reply = fga.send(Request::post("/auth/v1/signup").json(&body)).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let token = text(&reply.json()["access_token"]);
    let me = fga.send(Request::get("/auth/v1/user").bearer(&token)).await;
    assert_eq!(me.status, 200, "it is a good token: {}", me.text());
    let stores = fga.send(Request::get("/stores").bearer(&token)).await;
    assert_refused(&stores, 401, "unauthenticated");
    let access = Request::post("/access/v1/evaluation").bearer(&token);
    assert_eq!(fga.send(access.json(&json!({}))).await.status, 401);
}

/// CVE-2026-55170, and the collations of `SpiceDB` 1.54 on `MySQL`.
async fn cve_2026_55170_ids_differ_by_case(engine: Engine) {
    let Some(servers) = both(engine).await else {
        return;
    };
    for fga in &servers {
        let case = Case::new("CVE-2026-55170", MODEL)
            .tuples(&[
                "doc:Foo#viewer@user:Ann",
                "doc:foo#viewer@group:Staff#member",
                "group:Staff#member@user:bob",
                "group:staff#member@user:cid",
                "doc:stra\u{df}e#viewer@user:dan",
            ])
            .allows(&["doc:Foo#viewer@user:Ann", "doc:foo#viewer@user:bob"])
            .denies(&[
                "doc:foo#viewer@user:Ann",
                "doc:Foo#viewer@user:ann",
                "doc:foo#viewer@user:cid",
                "doc:strasse#viewer@user:dan",
            ]);
        ask(fga, &case).await;
        // One of them can be written beside the other, read and deleted alone.
        let world = store(fga, MODEL).await.expect("a model");
        let [upper, lower] = ["doc:A#viewer@user:X", "doc:a#viewer@user:x"].map(key);
        world.write(std::slice::from_ref(&upper)).await;
        world.write(std::slice::from_ref(&lower)).await;
        let delete = json!({ "deletes": { "tuple_keys": [upper] } });
        assert_eq!(world.post("write", &delete).await.status, 200);
        let one = json!({ "tuple_key": { "object": "doc:a", "user": "user:x" } });
        let read = world.answer("read", &one).await;
        assert_eq!(read["tuples"].as_array().map(Vec::len), Some(1));
        assert!(!world.check(&upper).await && world.check(&lower).await);
        for bad in ["Doc:a#viewer@user:x", "doc:a#Viewer@user:x"] {
            let body = json!({ "tuple_key": key(bad) });
            assert_refused(&world.post("check", &body).await, 400, "validation_error");
        }
    }
}

/// CVE-2023-35933, CVE-2023-43645.
async fn cve_2023_35933_and_43645_models_with_loops_are_refused(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    for loops in [
        "define a: a",
        "define a: b\n    define b: a",
        "define a: b\n    define b: c\n    define c: a or b",
        "define a: [doc#a] and b\n    define b: a",
        "define a: a from parent\n    define parent: [doc]",
    ] {
        let model = format!("model\n  schema 1.1\ntype user\ntype doc\n  relations\n    {loops}\n");
        let refused = store(&fga, &model).await.err();
        assert_eq!(
            refused.as_deref(),
            Some("invalid_authorization_model"),
            "{loops}"
        );
    }
}

/// CVE-2023-45810, CVE-2024-23820: nobody takes all there is.
async fn cve_2023_45810_and_2024_23820_many_lists_at_once_leave_room_for_checks(engine: Engine) {
    const LISTS: usize = 40;
    let Some(servers) = both(engine).await else {
        return;
    };
    for fga in &servers {
        let world = store(fga, MODEL).await.expect("a model");
        for first in 0..10 {
            let group = |n: i32| format!("group:{n}#member@group:{}#member", n + 1);
            let groups = (first * 50..first * 50 + 50).map(|n| key(&group(n)));
            let docs = (0..50).map(|n| key(&format!("doc:{first}-{n}#viewer@group:{n}#member")));
            world.write(&groups.chain(docs).collect::<Vec<_>>()).await;
        }
        world.write(&[key("group:20#member@user:ann")]).await;
        let body = json!({ "type": "doc", "relation": "viewer", "user": "user:ann" });
        let mut lists = JoinSet::new();
        for _ in 0..LISTS {
            let request = Request::post(world.path("list-objects")).bearer(PRESHARED);
            let (request, address) = (request.json(&body), fga.address);
            lists.spawn(async move { request.send(address).await.expect("an answer") });
        }
        assert!(world.check(&key("group:20#member@user:ann")).await);
        for reply in lists.join_all().await {
            assert_eq!(reply.status, 200, "{}", reply.text());
            assert!(
                !reply.json()["objects"]
                    .as_array()
                    .expect("objects")
                    .is_empty()
            );
        }
    }
}

/// GHSA-vhvq-fv9f-wh4q: of another list, another store, torn, or made up.
async fn ghsa_vhvq_fv9f_wh4q_forged_tokens_are_refused(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = store(&fga, MODEL).await.expect("a model");
    let other = store(&fga, MODEL).await.expect("a model");
    let tuples: Vec<_> = (0..3)
        .map(|n| key(&format!("doc:{n}#viewer@user:a")))
        .collect();
    world.write(&tuples).await;
    other.write(&tuples).await;
    let page = world.answer("read", &json!({ "page_size": 1 })).await;
    let token = text(&page["continuation_token"]);
    assert!(!token.is_empty());
    let read = |token: &str| json!({ "page_size": 1, "continuation_token": token });
    let torn = &token[..token.len() / 2];
    let flipped: String = token.chars().rev().collect();
    for bad in [torn, &flipped, "e30", "\u{1f511}", "null"] {
        let reply = world.post("read", &read(bad)).await;
        assert_eq!(reply.status, 400, "{bad}: {}", reply.text());
    }
    assert_eq!(
        other.post("read", &read(&token)).await.status,
        400,
        "of another store"
    );
    let changes = world
        .get(&format!("changes?continuation_token={token}"))
        .await;
    assert_eq!(changes.status, 400, "of another list: {}", changes.text());
    assert_eq!(world.post("read", &read(&token)).await.status, 200);
}

/// CVE-2024-27101: 2^16 and 2^31, as sizes, versions and numbers of tuples.
async fn cve_2024_27101_numbers_at_their_edges_are_refused_or_right(engine: Engine) {
    const MANY: usize = 65_537;
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = store(&fga, MODEL).await.expect("a model");
    for size in [
        65_536_i64,
        65_537,
        1 << 31,
        (1 << 31) - 1,
        1 << 32,
        -1,
        i64::MIN,
    ] {
        let reply = world.post("read", &json!({ "page_size": size })).await;
        assert_refused(&reply, 400, "page_size_invalid");
        let reply = world.get(&format!("changes?page_size={size}")).await;
        assert_refused(&reply, 400, "page_size_invalid");
    }
    let last = world.write(&[key("doc:1#viewer@user:ann")]).await;
    let body = json!({ "tuple_key": key("doc:1#viewer@user:ann") });
    for version in [1 << 16, 1 << 31, i64::MAX] {
        let header = version.to_string();
        let headers = [("claviger-at-least-version", header.as_str())];
        let reply = world.with("check", &body, &headers).await;
        assert_refused(&reply, 400, "validation_error");
    }
    assert_eq!(last, 1);
    // As many viewers of one object, behind one group, as take more than two bytes to count.
    let authz = fga.app.app("fga").authz.clone();
    let tuples: Vec<_> = (0..MANY)
        .map(|n| authz::WrittenTuple {
            user: format!("user:{n}"),
            relation: "member".to_owned(),
            object: "group:all".to_owned(),
            condition: None,
        })
        .collect();
    let author = ::store::tuples::Author {
        actor: "test".to_owned(),
        reason: None,
    };
    let id = world.store.parse().expect("an id");
    let call = fga.app.call();
    let stored = authz.import(&call, id, &tuples, &author, |_| {});
    stored.await.expect("an import");
    world.write(&[key("doc:2#viewer@group:all#member")]).await;
    for (user, allowed) in [
        ("0", true),
        ("65535", true),
        ("65536", true),
        ("65537", false),
    ] {
        let question = key(&format!("doc:2#viewer@user:{user}"));
        assert_eq!(world.check(&question).await, allowed, "{user}");
    }
}

/// CVE-2025-64529.
async fn cve_2025_64529_a_write_that_is_too_large_stores_nothing(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = store(&fga, MODEL).await.expect("a model");
    let many: Vec<Json> = (0..101)
        .map(|n| key(&format!("doc:{n}#viewer@user:a")))
        .collect();
    let body = json!({ "writes": { "tuple_keys": many } });
    assert_refused(
        &world.post("write", &body).await,
        400,
        "exceeded_entity_limit",
    );
    let huge = json!({ "writes": { "tuple_keys": [key("doc:1#viewer@user:a")] },
        "padding": "x".repeat(2 << 20) });
    assert_refused(
        &world.post("write", &huge).await,
        400,
        "exceeded_entity_limit",
    );
    let read = world.answer("read", &json!({})).await;
    assert_eq!(read["tuples"], json!([]));
    let changes = world.get("changes").await.json();
    assert_eq!(changes["changes"], json!([]));
}
