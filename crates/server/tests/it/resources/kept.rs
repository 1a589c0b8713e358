//! The store behind resources: seen by no other API's lists, changed by no other API.

use super::Site;
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::json;
use testkit::http::Request;

on_both_engines!(no_other_api_changes_what_is_kept, a_model_is_found_again);

async fn no_other_api_changes_what_is_kept(engine: Engine) {
    let Some(site) = Site::open(engine).await else {
        return;
    };
    let ann = site.sign_up("ann").await;
    let project = site.project(&ann, "private").await;
    let store = format!("/stores/{}", authz::access::STORE);
    let key = site.secret.as_str();
    let post = |path: &str, body| {
        Request::post(format!("{store}{path}"))
            .bearer(key)
            .json(&body)
    };
    let listed = site.told(Request::get("/stores").bearer(key), 200).await;
    assert!(
        !listed["stores"]
            .to_string()
            .contains(&authz::access::STORE.to_string())
    );
    let key_of = json!({ "user": format!("user:{}", ann.id), "relation": "owner", "object": format!("project:{project}") });
    let asked = site
        .told(post("/check", json!({ "tuple_key": key_of })), 200)
        .await;
    assert_eq!(asked["allowed"], true, "it may be asked");
    let writes = json!({ "writes": { "tuple_keys": [{ "user": "user:eve", "relation": "owner", "object": format!("project:{project}") }] } });
    let deletes = json!({ "deletes": { "tuple_keys": [key_of] } });
    for request in [
        post("/write", writes),
        post("/write", deletes),
        post(
            "/authorization-models",
            json!({ "schema_version": "1.1", "type_definitions": [{ "type": "user" }] }),
        ),
        Request::new("DELETE", store.clone()).bearer(key),
    ] {
        let reply = site.send(request).await;
        assert_eq!(reply.status, 400, "{}", reply.text());
        assert!(
            reply.text().contains("kept by the server"),
            "{}",
            reply.text()
        );
    }
    assert_eq!(
        site.method(&ann, "share", &format!("project:{project}"))
            .await,
        "direct_ownership"
    );
}

async fn a_model_is_found_again(engine: Engine) {
    let Some(mut site) = Site::open(engine).await else {
        return;
    };
    let first = site.app.app("one").access.model();
    let settings = crate::engines::settings(super::SETTINGS);
    let again = site
        .app
        .server("again", &settings)
        .await
        .built
        .app
        .access
        .model();
    assert_eq!(first, again, "a start with the same model writes none");
}
