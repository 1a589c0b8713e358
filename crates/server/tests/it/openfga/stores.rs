//! Stores: made, found, listed, deleted.

use super::{Fga, NO_STORE, PRESHARED, assert_refused, text};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::json;
use testkit::http::Request;

on_both_engines! {
    a_store_lives_until_it_is_deleted,
    stores_are_listed_in_pages,
    names_and_pages_have_limits,
}

async fn a_store_lives_until_it_is_deleted(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    let made = fga
        .post("/stores", &json!({"name": "My store", "more": 1}))
        .await;
    assert_eq!(made.status, 201);
    let made = made.json();
    let id = text(&made["id"]);
    assert_eq!(made["name"], "My store");
    assert_eq!(made["created_at"], made["updated_at"]);
    assert_eq!(made.as_object().map(serde_json::Map::len), Some(4));
    let path = format!("/stores/{id}");
    let found = fga.get(&path).await;
    let mut whole = made;
    whole["deleted_at"] = json!(null);
    assert_eq!((found.status, found.json()), (200, whole));
    assert_eq!(found.header("openfga-store-id"), id);
    for _ in 0..2 {
        let deleted = fga
            .send(Request::new("DELETE", &path).bearer(PRESHARED))
            .await;
        assert_eq!((deleted.status, deleted.text()), (204, String::new()));
    }
    assert_refused(&fga.get(&path).await, 404, "store_id_not_found");
    // As OpenFGA has it, an id need not be one that could have been made.
    let never = "Z".repeat(26);
    assert_refused(
        &fga.get(&format!("/stores/{never}")).await,
        404,
        "store_id_not_found",
    );
    assert_refused(
        &fga.get(&format!("/stores/{NO_STORE}")).await,
        404,
        "store_id_not_found",
    );
}

async fn stores_are_listed_in_pages(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    for number in 0..5 {
        fga.app.clock().advance(std::time::Duration::from_millis(2));
        fga.new_store(&format!("store {}", number % 2)).await;
    }
    let mut names = Vec::new();
    let mut token = String::new();
    loop {
        let page = fga
            .get(&format!("/stores?page_size=2&continuation_token={token}"))
            .await;
        assert_eq!(page.status, 200, "{}", page.text());
        let page = page.json();
        let stores = page["stores"].as_array().expect("stores");
        assert!(stores.len() <= 2);
        names.extend(stores.iter().map(|store| text(&store["name"])));
        token = text(&page["continuation_token"]);
        if token.is_empty() {
            break;
        }
    }
    let made = ["store 0", "store 1", "store 0", "store 1", "store 0"];
    assert_eq!(names, made);
    let named = fga.get("/stores?name=store%201").await.json();
    assert_eq!(named["stores"].as_array().map(Vec::len), Some(2));
    assert_eq!(named["continuation_token"], "");
}

async fn names_and_pages_have_limits(engine: Engine) {
    let Some(fga) = Fga::open(engine).await else {
        return;
    };
    for name in ["", "ab", "a*b", &"x".repeat(65)] {
        let refused = fga.post("/stores", &json!({ "name": name })).await;
        let why = assert_refused(&refused, 400, "validation_error");
        assert!(
            why.starts_with("invalid CreateStoreRequest.Name: "),
            "{why}"
        );
    }
    for size in ["0", "101", "-1"] {
        let refused = fga.get(&format!("/stores?page_size={size}")).await;
        let why = assert_refused(&refused, 400, "page_size_invalid");
        assert!(
            why.ends_with("PageSize: value must be inside range [1, 100]"),
            "{why}"
        );
    }
    assert_refused(
        &fga.get("/stores?page_size=x").await,
        400,
        "validation_error",
    );
}
