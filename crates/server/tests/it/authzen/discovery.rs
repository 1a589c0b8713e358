//! Where the endpoints are, and which store they ask.

use super::{AuthZen, question};
use crate::app::Engine;
use crate::engines::on_both_engines;
use serde_json::json;
use std::time::Duration;
use testkit::http::Request;

on_both_engines! {
    the_endpoints_are_below_the_external_url,
    a_path_of_the_external_url_comes_first,
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
        (of_store.clone(), of_store.clone()),
    ] {
        let path = format!("/.well-known/authzen-configuration{path}");
        let request = Request::get(path).header("X-Request-ID", "any text: 7");
        let reply = authzen.send(request).await;
        assert_eq!(reply.status, 200);
        assert_eq!(reply.header("content-type"), "application/json");
        assert_eq!(reply.header("cache-control"), "public, max-age=600");
        assert_eq!(reply.header("x-request-id"), "any text: 7");
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
    for path in [
        "/nope",
        "/stores",
        "/stores/nope",
        &format!("/other{of_store}"),
    ] {
        let path = format!("/.well-known/authzen-configuration{path}");
        let request = Request::get(path).header("X-Request-ID", "any text: 7");
        let nope = authzen.send(request).await;
        assert_eq!(nope.status, 404);
        assert_eq!(nope.header("x-request-id"), "any text: 7");
    }
}

/// The well-known text stands between host and path.
async fn a_path_of_the_external_url_comes_first(engine: Engine) {
    let url = ("CLAVIGER_SITE_EXTERNAL_URL", "https://id.example/idp");
    let Some(authzen) = AuthZen::open_with(engine, &[url]).await else {
        return;
    };
    let id = &authzen.store;
    for (path, below) in [
        (String::new(), String::new()),
        ("/idp".to_owned(), String::new()),
        ("/idp/".to_owned(), String::new()),
        (format!("/idp/stores/{id}"), format!("/stores/{id}")),
        (format!("/idp/{id}"), format!("/stores/{id}")),
        (format!("/stores/{id}"), format!("/stores/{id}")),
        (format!("/{id}"), format!("/stores/{id}")),
    ] {
        let path = format!("/.well-known/authzen-configuration{path}");
        let reply = authzen.send(Request::get(path.as_str())).await;
        assert_eq!(reply.status, 200, "{path}");
        let url = format!("https://id.example/idp{below}");
        assert_eq!(reply.json()["policy_decision_point"], url, "{path}");
    }
    for path in ["/idpx", "/other", &format!("/other/{id}")] {
        let path = format!("/.well-known/authzen-configuration{path}");
        let reply = authzen.send(Request::get(path.as_str())).await;
        assert_eq!(reply.status, 404, "{path}");
    }
}

async fn the_default_store_is_found_again(engine: Engine) {
    let Some(mut authzen) = AuthZen::open(engine).await else {
        return;
    };
    let body = question("alice", "read", "record-1");
    assert_eq!(authzen.ask("evaluation", &body).await["decision"], true);
    // A server that is told another store asks that one.
    let other = authzen.empty_store("other").await;
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
    let wait = |span| authzen.app.clock().advance(span);
    wait(Duration::from_secs(3));
    assert_eq!(authzen.ask("evaluation", &body).await["decision"], false);
    authzen.empty_store("third").await;
    // What was found is asked for a while.
    wait(Duration::from_millis(1_900));
    assert_eq!(authzen.ask("evaluation", &body).await["decision"], false);
    wait(Duration::from_millis(100));
    let none = authzen.post("/access/v1/evaluation", &body).await;
    assert_eq!(
        (none.status, none.text().contains("authzen.store")),
        (404, true)
    );
}
