//! Where the endpoints are, and which store they ask.

use super::{AuthZen, question};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::json;
use testkit::http::Request;

on_both_engines! {
    the_endpoints_are_below_the_external_url,
    the_default_store_is_found_again,
}

async fn the_endpoints_are_below_the_external_url(engine: Engine) {
    let url = ("CLAVIGER_SITE_EXTERNAL_URL", "https://pdp.example.com/");
    let Some(authzen) = AuthZen::open_with(engine, &[url]).await else {
        return;
    };
    let of_store = format!("/stores/{}", authzen.store);
    for (path, prefix) in [
        (String::new(), String::new()),
        (format!("/{}", authzen.store), of_store.clone()),
        (of_store.clone(), of_store),
    ] {
        let path = format!("/.well-known/authzen-configuration{path}");
        let reply = authzen.send(Request::get(path)).await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.header("content-type"), "application/json");
        let url = format!("https://pdp.example.com{prefix}");
        assert_eq!(
            reply.json(),
            json!({
                "policy_decision_point": url,
                "access_evaluation_endpoint": format!("{url}/access/v1/evaluation"),
                "access_evaluations_endpoint": format!("{url}/access/v1/evaluations"),
                "search_subject_endpoint": format!("{url}/access/v1/search/subject"),
                "search_resource_endpoint": format!("{url}/access/v1/search/resource"),
                "search_action_endpoint": format!("{url}/access/v1/search/action"),
            })
        );
    }
    let nope = authzen
        .send(Request::get("/.well-known/authzen-configuration/nope"))
        .await;
    assert_eq!(nope.status, 404);
}

async fn the_default_store_is_found_again(engine: Engine) {
    let Some(mut authzen) = AuthZen::open(engine).await else {
        return;
    };
    let body = question("alice", "read", "record-1");
    assert_eq!(authzen.ask("evaluation", &body).await["decision"], true);
    // A server that is told another store asks that one.
    let made = authzen
        .post("/stores", &json!({ "name": "other" }))
        .await
        .json();
    let other = made["id"].as_str().expect("an id").to_owned();
    let told = [
        super::SETTINGS,
        &[("CLAVIGER_AUTHZEN_STORE", other.as_str())],
    ]
    .concat();
    let told = crate::engines::settings(&told);
    let default = authzen.address;
    authzen.address = authzen.app.server("told", &told).await.address;
    assert_eq!(authzen.ask("evaluation", &body).await["decision"], false);
    authzen.address = default;
    // Without the default one, the only one is asked; with several, none.
    let gone = Request::new("DELETE", format!("/stores/{}", authzen.store)).bearer(super::KEY);
    assert_eq!(authzen.send(gone).await.status, 204);
    authzen
        .app
        .clock()
        .advance(std::time::Duration::from_secs(3));
    assert_eq!(authzen.ask("evaluation", &body).await["decision"], false);
    authzen.post("/stores", &json!({ "name": "third" })).await;
    authzen
        .app
        .clock()
        .advance(std::time::Duration::from_secs(3));
    let none = authzen.post("/access/v1/evaluation", &body).await;
    assert_eq!(
        (none.status, none.text().contains("authzen.store")),
        (404, true)
    );
}
