//! What cannot be answered as asked: one shape, the right status, nothing from inside.

use super::{
    OTHER_PASSWORD, PASSWORD, PLAIN, Person, Site, assert_refused, credentials, get,
    on_both_engines, path, post,
};
use axum::http::Method;
use serde_json::{Value as Json, json};
use server::account::{self, SURFACE};
use server::http::border::{self, Handled, Route};
use server::http::exchange::Exchange;
use server::http::serve::{ServeSettings, serve};
use std::collections::BTreeSet;
use std::time::Duration;
use testkit::http::{Reply, Request};
use tokio::net::TcpListener;
use tokio::sync::watch;

on_both_engines! {
    what_makes_no_sense_is_told_field_by_field(PLAIN);
    every_fault_of_a_body_is_told_at_once(PLAIN);
    bodies_that_are_no_object_of_known_fields_are_refused(PLAIN);
    unknown_paths_and_wrong_methods_are_told_as_json(PLAIN);
    every_route_answers_nobody_as_documented(PLAIN);
    browsers_of_other_origins_are_answered(PLAIN);
    the_operators_rules_for_passwords_count(STRICT);
    a_panic_is_one_json_error_with_its_request_id(PLAIN);
    nothing_secret_is_in_any_answer(PLAIN);
}

const STRICT: &[(&str, &str)] = &[
    ("CLAVIGER_PASSWORD_MIN_LENGTH", "12"),
    ("CLAVIGER_PASSWORD_REQUIRED_CHARACTERS", "#!"),
];

fn raw(route: &str, body: impl Into<Vec<u8>>) -> Request {
    Request::post(path(route)).body(body)
}

async fn what_makes_no_sense_is_told_field_by_field(site: Site) {
    let email = "ada@example.com";
    let long_name = "x".repeat(101);
    let long_address = format!("{}@{}.example.com", "a".repeat(64), "b.".repeat(90));
    let long_url = format!("https://img.example.com/{}", "a".repeat(3_000));
    let cases = [
        (json!({"password": PASSWORD}), "email"),
        (json!({"email": null, "password": PASSWORD}), "email"),
        (json!({"email": "", "password": PASSWORD}), "email"),
        (json!({"email": "nope", "password": PASSWORD}), "email"),
        (json!({"email": "a@b@c", "password": PASSWORD}), "email"),
        (
            json!({"email": "a\r\nb@example.com", "password": PASSWORD}),
            "email",
        ),
        (
            json!({"email": "a\u{0}@example.com", "password": PASSWORD}),
            "email",
        ),
        (
            json!({"email": long_address, "password": PASSWORD}),
            "email",
        ),
        (json!({"email": 5, "password": PASSWORD}), "email"),
        (json!({"email": [email], "password": PASSWORD}), "email"),
        (json!({"email": email}), "password"),
        (json!({"email": email, "password": ""}), "password"),
        (json!({"email": email, "password": "short1"}), "password"),
        (
            json!({"email": email, "password": "onlyletters"}),
            "password",
        ),
        (json!({"email": email, "password": "12345678"}), "password"),
        (
            json!({"email": email, "password": "a1".repeat(37)}),
            "password",
        ),
        (
            json!({"email": email, "password": "a1".repeat(65)}),
            "password",
        ),
        (json!({"email": email, "password": true}), "password"),
        (
            json!({"email": email, "password": PASSWORD, "confirm_password": OTHER_PASSWORD}),
            "confirm_password",
        ),
        (
            json!({"email": email, "password": PASSWORD, "full_name": long_name}),
            "full_name",
        ),
        (
            json!({"email": email, "password": PASSWORD, "full_name": "a\nb"}),
            "full_name",
        ),
        (
            json!({"email": email, "password": PASSWORD, "full_name": {}}),
            "full_name",
        ),
        (
            json!({"email": email, "password": PASSWORD, "avatar_url": "http://x.example.com/"}),
            "avatar_url",
        ),
        (
            json!({"email": email, "password": PASSWORD, "avatar_url": long_url}),
            "avatar_url",
        ),
        (
            json!({"email": email, "password": PASSWORD, "nope": 1}),
            "nope",
        ),
    ];
    for (body, field) in cases {
        let reply = site.send(post("/register", &body)).await;
        let answer = assert_refused(&reply, 422, field);
        let fields = answer["errors"].as_array().expect("a list").iter();
        let fields: BTreeSet<&str> = fields
            .map(|error| error["field"].as_str().unwrap())
            .collect();
        assert_eq!(fields, BTreeSet::from([field]), "{body}");
    }
    assert!(site.stored(email).await.is_none());
    let body = json!({"email": email, "password": PASSWORD, "remember_me": "yes"});
    let answer = assert_refused(&site.send(post("/login", &body)).await, 422, "remember_me");
    assert_eq!(answer["errors"][0]["field"], "remember_me");
    for body in [
        json!({}),
        json!({"refresh_token": ""}),
        json!({"refresh_token": 1}),
    ] {
        assert_refused(
            &site.send(post("/refresh", &body)).await,
            422,
            "refresh_token",
        );
    }
}

async fn every_fault_of_a_body_is_told_at_once(site: Site) {
    let body = json!({"email": "nope", "password": "short", "full_name": "a\nb", "role": "admin"});
    let answer = assert_refused(
        &site.send(post("/register", &body)).await,
        422,
        "many faults",
    );
    let errors = json!([
        {"field": "role", "message": "is not a field of this request"},
        {"field": "email", "message": "must be an e-mail address"},
        {"field": "password", "message": "must have at least 8 characters"},
        {"field": "password", "message": "must contain a digit"},
        {"field": "full_name", "message": "must not contain control characters"},
    ]);
    assert_eq!(answer["errors"], errors);
    let detail = answer["detail"].as_str().expect("a text");
    assert!(
        detail.starts_with("role is not a field of this request; email must be"),
        "{detail}"
    );
    // More than bcrypt reads is refused as everywhere, and that is said.
    let long = json!({"email": "ada@example.com", "password": "a1".repeat(37)});
    let answer = assert_refused(&site.send(post("/register", &long)).await, 422, "too long");
    let message = "must have at most 128 characters and at most 72 bytes";
    assert_eq!(answer["errors"][0]["message"], message);
}

async fn bodies_that_are_no_object_of_known_fields_are_refused(site: Site) {
    let good = credentials("ada@example.com").to_string();
    let deep = format!(
        "{{\"email\":{}1{}}}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let twice = format!("{{\"email\":\"eve@example.com\",{}", &good[1..]);
    for (what, body, status) in [
        ("nothing", String::new(), 422),
        ("blanks", " \n".to_owned(), 422),
        ("no JSON", "email=ada".to_owned(), 400),
        ("half of it", good[..good.len() - 3].to_owned(), 400),
        ("more behind it", format!("{good}{good}"), 400),
        ("a list", format!("[{good}]"), 422),
        ("null", "null".to_owned(), 422),
        ("a text", "\"ada\"".to_owned(), 422),
        ("a number", "1".to_owned(), 422),
        ("depth", deep, 400),
        ("a field twice", twice, 422),
        ("other letters", good.replace("email", "Email"), 422),
        ("a lone surrogate", good.replace("ada", "\\ud800"), 400),
    ] {
        assert_refused(&site.send(raw("/register", body)).await, status, what);
    }
    let bad_utf8 = b"{\"email\":\"\xff@example.com\"}".to_vec();
    assert_refused(
        &site.send(raw("/register", bad_utf8)).await,
        400,
        "bad UTF-8",
    );
    let huge = format!("{{\"email\":\"{}\"}}", "a".repeat(2 << 20));
    assert_refused(&site.send(raw("/login", huge)).await, 413, "two megabytes");
    let form = raw("/login", "email=ada@example.com&password=correct-horse-1");
    let form = form.header("content-type", "application/x-www-form-urlencoded");
    assert_refused(&site.send(form).await, 422, "a form");
    assert!(site.stored("ada@example.com").await.is_none());
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
    for request in [get("/health"), get("/me"), get("/nope"), raw("/login", "{")] {
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

async fn the_operators_rules_for_passwords_count(site: Site) {
    let with = |password: &str| json!({"email": "ada@example.com", "password": password});
    for weak in ["correct-1", "correct-horse-1"] {
        assert_refused(&site.send(post("/register", &with(weak))).await, 422, weak);
    }
    assert_eq!(
        site.send(post("/register", &with("correct-horse-1!")))
            .await
            .status,
        201
    );
    let rules = site.send(get("/security-info")).await.json()["password"].clone();
    assert_eq!(rules["characters_min"], 12);
    assert_eq!(rules["required_characters"], json!(["#!"]));
}

fn break_down(_: &Exchange) -> Handled<'_> {
    Box::pin(async { panic!("the secret reason") })
}

async fn a_panic_is_one_json_error_with_its_request_id(mut site: Site) {
    let built = &site.app.server("account", &[]).await.built;
    let route = Route {
        method: Method::GET,
        path: "/break",
        operation: "break",
        limiter: None,
        handler: break_down,
    };
    let router = border::router(&built.app, SURFACE, vec![route]);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let fragile = listener.local_addr().expect("a bound listener");
    let settings = ServeSettings {
        connections_max: 10,
        drain_span: Duration::from_secs(5),
    };
    let (stop, stopped) = watch::channel(false);
    let serving = tokio::spawn(serve(listener, router, settings, stopped));
    for _ in 0..2 {
        let request = Request::get("/break").header("origin", "https://app.example.com");
        let reply = request.send(fragile).await.expect("an answer");
        let answer = assert_refused(&reply, 500, "a panic");
        assert!(!answer.to_string().contains("secret"), "{answer}");
        assert_eq!(reply.header("access-control-allow-origin"), "*");
    }
    assert_eq!(site.send(get("/health")).await.status, 200);
    stop.send_replace(true);
    serving.await.expect("the server has not panicked itself");
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
