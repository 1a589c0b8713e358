//! Paths, methods and faults: one shape, the right status, nothing from inside.

use super::{
    OTHER_PASSWORD, PASSWORD, PLAIN, Person, Site, assert_refused, credentials, get,
    on_both_engines, path, post,
};
use crate::outage::broken;
use axum::http::Method;
use serde_json::{Value as Json, json};
use server::account::{self, SURFACE};
use server::http::border::Route;
use testkit::http::{Reply, Request};

on_both_engines! {
    unknown_paths_and_wrong_methods_are_told_as_json(PLAIN);
    every_route_answers_nobody_as_documented(PLAIN);
    browsers_of_other_origins_are_answered(PLAIN);
    a_panic_is_one_json_error_with_its_request_id(PLAIN);
    nothing_secret_is_in_any_answer(PLAIN);
}

async fn unknown_paths_and_wrong_methods_are_told_as_json(site: Site) {
    for route in [
        "/nope",
        "/me/",
        "",
        "/register/x",
        "/../me",
        "/ping",
        "/diag",
        "/debug-auth",
        "/perf-test",
    ] {
        assert_refused(&site.send(get(route)).await, 404, route);
    }
    for (method, route, allow) in [
        ("DELETE", "/register", "POST"),
        ("GET", "/login", "POST"),
        ("POST", "/me", "GET"),
        ("PATCH", "/profile", "PUT"),
        ("OPTIONS", "/health", "GET"),
    ] {
        let reply = site.send(Request::new(method, path(route))).await;
        assert_refused(&reply, 405, route);
        assert_eq!(reply.header("allow"), allow, "{route}");
    }
    // Who has an account is nobody's business: the reason is told instead of an answer.
    let reply = site
        .send(post("/check-email?email=ada@example.com", &json!({})))
        .await;
    let answer = assert_refused(&reply, 410, "check-email");
    assert!(
        answer["detail"]
            .as_str()
            .unwrap()
            .contains("who has an account"),
        "{answer}"
    );
}

/// A route that is added fails here until it is listed.
async fn every_route_answers_nobody_as_documented(site: Site) {
    let documented = [
        ("GET", "/health", 200),
        ("GET", "/me", 401),
        ("GET", "/security-info", 200),
        ("GET", "/whoami", 401),
        ("POST", "/check-email", 410),
        ("POST", "/login", 422),
        ("POST", "/logout", 401),
        ("POST", "/password-reset", 422),
        ("POST", "/password-reset-confirm", 422),
        ("POST", "/refresh", 422),
        ("POST", "/register", 422),
        ("PUT", "/profile", 401),
    ];
    let mut answered = Vec::new();
    for Route {
        method,
        path: route,
        ..
    } in account::routes()
    {
        let name = match method {
            Method::GET => "GET",
            Method::PUT => "PUT",
            _ => "POST",
        };
        let reply = site.send(Request::new(name, path(route))).await;
        if reply.status != 200 {
            assert_refused(&reply, reply.status, route);
        }
        answered.push((name, route, reply.status));
    }
    answered.sort_unstable();
    assert_eq!(answered, documented);
    let health = site.send(get("/health")).await.json();
    assert_eq!(health["status"], "ok");
}

async fn browsers_of_other_origins_are_answered(site: Site) {
    let from_browser = |request: Request| request.header("origin", "https://app.example.com");
    for request in [
        get("/health"),
        get("/me"),
        get("/nope"),
        post("/login", &json!("broken")),
    ] {
        let reply = site.send(from_browser(request)).await;
        assert_eq!(reply.header("access-control-allow-origin"), "*");
    }
    let ask = Request::new("OPTIONS", path("/profile"))
        .header("access-control-request-method", "PUT")
        .header(
            "access-control-request-headers",
            "authorization,content-type",
        );
    let reply = site.send(from_browser(ask)).await;
    assert_eq!(reply.status, 204);
    assert_eq!(reply.header("access-control-allow-methods"), "PUT");
}

async fn a_panic_is_one_json_error_with_its_request_id(mut site: Site) {
    let built = &site.app.server("account", &[]).await.built;
    for reply in broken(&built.app, SURFACE).await {
        assert_refused(&reply, 500, "a panic");
    }
    assert_eq!(site.send(get("/health")).await.status, 200);
}

async fn nothing_secret_is_in_any_answer(site: Site) {
    let email = "ada@example.com";
    let wrong = json!({"email": email, "password": OTHER_PASSWORD});
    let registered = site.send(post("/register", &credentials(email))).await;
    let person = Person::of(&registered);
    let stored = site.stored(email).await.expect("a user");
    let replies: Vec<Reply> = vec![
        registered,
        site.send(post("/register", &credentials(email))).await,
        site.send(post("/login", &credentials(email))).await,
        site.send(post("/login", &wrong)).await,
        site.me(&person.token).await,
        site.send(get("/whoami").bearer(&person.token)).await,
        site.send(super::refresh(&person.refresh_token)).await,
        site.send(post("/password-reset", &json!({ "email": email })))
            .await,
        site.send(get("/security-info")).await,
        site.send(get("/health")).await,
        site.me("a.b.c").await,
    ];
    let hash = stored.user.encrypted_password.expect("a hash");
    let secrets = [
        PASSWORD,
        OTHER_PASSWORD,
        &hash,
        &site.service_key,
        "argon2",
        "127.0.0.1",
        "sqlite",
        "postgres",
    ];
    for reply in replies {
        let text = format!("{:?} {}", reply.headers, reply.text());
        for secret in secrets {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
    }
    let told: Json = site.send(get("/security-info")).await.json();
    assert_eq!(
        told["password_reset"],
        json!({"link_seconds": 3_600, "ends_sessions": true})
    );
}
