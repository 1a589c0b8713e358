//! Who may ask, and what is said of requests that no handler sees.

use super::{Fga, NO_STORE, PRESHARED, assert_refused, tuple};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::{Value as Json, json};
use testkit::http::Request;

on_both_engines! {
    every_good_key_may_ask,
    others_are_told_what_is_missing,
    strays_and_bad_bodies_have_their_codes,
    the_content_type_of_a_body_does_not_count,
    request_ids_are_made_by_the_server,
    pages_of_other_origins_may_send_and_read_the_headers,
    in_production_only_a_store_that_is_meant_is_told,
}

async fn every_good_key_may_ask(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    for key in [PRESHARED, &fga.service_key, &fga.secret_key] {
        let plain = fga.send(Request::get("/stores").bearer(key)).await;
        assert_eq!(plain.status, 200, "{}", plain.text());
        // What Supabase's clients send beside means nothing here.
        let request = Request::get("/stores").bearer(key).header("apikey", "x");
        assert_eq!(fga.send(request).await.status, 200);
    }
}

async fn others_are_told_what_is_missing(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = fga.world().await;
    for path in ["/stores".to_owned(), world.path("changes")] {
        let none = fga.send(Request::get(&path)).await;
        assert_refused(&none, 401, "bearer_token_missing");
        let apikey = Request::get(&path).header("apikey", &fga.secret_key);
        assert_refused(&fga.send(apikey).await, 401, "bearer_token_missing");
        let basic = Request::get(&path).header("authorization", "Basic YTpi");
        assert_refused(&fga.send(basic).await, 401, "bearer_token_missing");
        let longer = format!("{PRESHARED}x");
        let wrong = ["x", "sb_secret_x", &fga.anon_key, &longer, &PRESHARED[1..]];
        for key in wrong {
            let reply = fga.send(Request::get(&path).bearer(key)).await;
            assert_refused(&reply, 401, "unauthenticated");
            assert_eq!(reply.header("www-authenticate"), "Bearer");
        }
    }
    let body = json!({ "tuple_key": tuple("user:a", "viewer", "document:1") });
    let check = Request::post(world.path("check")).json(&body);
    assert_refused(&fga.send(check).await, 401, "bearer_token_missing");
}

async fn strays_and_bad_bodies_have_their_codes(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = fga.world().await;
    let slash = "/stores/".to_owned();
    for path in [world.path("nope"), world.path("a/b/c"), slash] {
        assert_refused(&fga.get(&path).await, 404, "undefined_endpoint");
    }
    let patch = Request::new("PATCH", format!("/stores/{NO_STORE}")).bearer(PRESHARED);
    assert_refused(&fga.send(patch).await, 404, "unimplemented");
    assert_refused(&world.get("check").await, 404, "unimplemented");
    for body in [
        "{",
        "[]",
        "5",
        "{\"tuple_key\":[]}",
        "{\"tuple_key\":{\"user\":5}}",
    ] {
        let request = Request::post(world.path("check"))
            .bearer(PRESHARED)
            .body(body);
        assert_refused(&fga.send(request).await, 400, "validation_error");
    }
    let large = "x".repeat(2 << 20);
    let request = Request::post(world.path("check"))
        .bearer(PRESHARED)
        .body(large);
    assert_refused(&fga.send(request).await, 400, "exceeded_entity_limit");
    // A request without a body has every field unset.
    let empty = Request::post(world.path("check")).bearer(PRESHARED);
    assert_refused(&fga.send(empty).await, 400, "tuple_key_value_not_specified");
    let bad = fga.get("/stores/nope").await;
    let why = assert_refused(&bad, 400, "validation_error");
    assert!(
        why.starts_with("invalid GetStoreRequest.StoreId: value does not match"),
        "{why}"
    );
}

/// `curl -d` says that all it sends is a form.
async fn the_content_type_of_a_body_does_not_count(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = fga.world().await;
    let (ann, bob) = (
        tuple("user:ann", "viewer", "document:1"),
        tuple("user:bob", "viewer", "document:2"),
    );
    let send = async |endpoint: &str, kind: &str, body: &Json| {
        let request = Request::post(world.path(endpoint)).bearer(PRESHARED);
        let request = request.header("content-type", kind);
        let reply = fga.send(request.body(body.to_string())).await;
        assert_eq!(reply.status, 200, "{endpoint} {kind}: {}", reply.text());
        reply.json()
    };
    for (kind, key) in [
        ("application/x-www-form-urlencoded", &ann),
        ("text/plain", &bob),
    ] {
        let written = json!({ "writes": { "tuple_keys": [key] } });
        assert_eq!(send("write", kind, &written).await, json!({}));
    }
    for kind in ["application/x-www-form-urlencoded", "", "application/json"] {
        let found = send("read", kind, &json!({ "tuple_key": ann })).await;
        assert_eq!(found["tuples"].as_array().map(Vec::len), Some(1), "{kind}");
        assert_eq!(found["tuples"][0]["key"]["user"], "user:ann");
        let checked = send("check", kind, &json!({ "tuple_key": bob })).await;
        assert_eq!(checked["allowed"], true, "{kind}");
    }
    // More commas and signs than a form may have fields are nothing special.
    let long = json!({ "tuple_key": ann, "unknown": "&=".repeat(1_001) });
    send("check", "application/x-www-form-urlencoded", &long).await;
}

async fn request_ids_are_made_by_the_server(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let own = "5f9fca9c-4b0d-4c21-a6f1-3f1c5e2b7d10";
    let request = Request::get("/stores")
        .bearer(PRESHARED)
        .header("x-request-id", own);
    let reply = fga.send(request).await;
    assert_eq!(reply.status, 200);
    assert!(!["", own].contains(&reply.header("x-request-id")));
    assert_eq!(reply.header("cache-control"), "no-store");
}

async fn pages_of_other_origins_may_send_and_read_the_headers(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let world = fga.world().await;
    let headers = "authorization,claviger-at-least-version,claviger-expires-at,\
                   claviger-on-duplicate,claviger-reason,claviger-resume-token,content-type,\
                   openfga-authorization-model-id,x-request-id";
    let preflight = async |path: &str, headers: &str| {
        let request = Request::new("OPTIONS", path).header("origin", "https://app.example");
        let request = request.header("access-control-request-method", "POST");
        let reply = fga
            .send(request.header("access-control-request-headers", headers))
            .await;
        reply.header("access-control-allow-headers").to_owned()
    };
    for path in [
        world.path("write"),
        world.path("access/v1/evaluation"),
        "/access/v1/evaluation".to_owned(),
    ] {
        assert_eq!(preflight(&path, headers).await, headers, "{path}");
        assert_eq!(preflight(&path, "x-other").await, "", "{path}");
    }
    assert_eq!(preflight("/auth/v1/user", "claviger-reason").await, "");
    let body = json!({ "writes": { "tuple_keys": [tuple("user:a", "viewer", "document:1")] } });
    let list = json!({ "type": "document", "relation": "viewer", "user": "user:a" });
    let origin = ("origin", "https://app.example");
    let written = world.with("write", &body, &[origin]).await;
    let listed = world.with("list-objects", &list, &[origin]).await;
    let mut found = 0;
    for reply in [&written, &listed] {
        assert_eq!(reply.status, 200, "{}", reply.text());
        let exposed = reply.header("access-control-expose-headers").to_lowercase();
        let exposed: Vec<&str> = exposed.split(", ").collect();
        for (name, _) in &reply.headers {
            let is_ours =
                ["claviger-", "openfga-", "x-request-id"].map(|own| name.starts_with(own));
            if is_ours.contains(&true) {
                assert!(exposed.contains(&&**name), "{name}: {exposed:?}");
                found += 1;
            }
        }
        assert!(exposed.contains(&"claviger-resume-token"), "{exposed:?}");
    }
    assert_eq!(found, 8, "{written:?} {listed:?}");
}

async fn in_production_only_a_store_that_is_meant_is_told(engine: Engine) {
    let Some(mut fga) = Fga::open(engine).await else {
        return;
    };
    let settings = crate::engines::settings(super::SETTINGS);
    let listed = fga.get("/stores").await.json();
    assert_eq!(listed["stores"], json!([]), "none is made");
    let only = fga.new_store("only").await;
    let told = fga.app.server("second", &settings).await.built.fga_store;
    assert_eq!(told.map(|store| store.to_string()), Some(only));
    fga.new_store("another").await;
    let told = fga.app.server("third", &settings).await.built.fga_store;
    assert_eq!(told, None);
}
