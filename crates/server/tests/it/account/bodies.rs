//! Bodies that cannot be used: what is wrong with each field is told, all of it at once.

use super::{
    OTHER_PASSWORD, PLAIN, Site, assert_refused, credentials, get, on_both_engines, path, post,
};
use serde_json::json;
use std::collections::BTreeSet;
use testkit::http::Request;
use types::limits::BODY_BYTES_MAX;

on_both_engines! {
    what_makes_no_sense_is_told_field_by_field(PLAIN);
    every_fault_of_a_body_is_told_at_once(PLAIN);
    bodies_that_are_no_object_of_known_fields_are_refused(PLAIN);
    the_operators_rules_for_passwords_count(STRICT);
    a_body_of_many_fields_is_refused_in_few_words(PLAIN);
    what_is_inside_of_a_field_is_no_matter(PLAIN);
    queries_and_forms_of_too_many_fields_are_refused(PLAIN);
}

const STRICT: &[(&str, &str)] = &[
    ("CLAVIGER_PASSWORD_MIN_LENGTH", "12"),
    ("CLAVIGER_PASSWORD_REQUIRED_CHARACTERS", "#!"),
];

fn raw(route: &str, body: impl Into<Vec<u8>>) -> Request {
    Request::post(path(route)).body(body)
}

async fn what_makes_no_sense_is_told_field_by_field(site: Site) {
    let long_address = format!("{}@{}.example.com", "a".repeat(64), "b.".repeat(90));
    let long_url = format!("https://img.example.com/{}", "a".repeat(3_000));
    let cases = [
        ("email", json!(null)),
        ("email", json!("")),
        ("email", json!("nope")),
        ("email", json!("a@b@c")),
        ("email", json!("a\r\nb@example.com")),
        ("email", json!("a\u{0}@example.com")),
        ("email", json!(long_address)),
        ("email", json!(5)),
        ("email", json!(["ada@example.com"])),
        ("password", json!(null)),
        ("password", json!("")),
        ("password", json!("short1")),
        ("password", json!("onlyletters")),
        ("password", json!("12345678")),
        ("password", json!("a1".repeat(37))),
        ("password", json!("a1".repeat(65))),
        ("password", json!(true)),
        ("confirm_password", json!(OTHER_PASSWORD)),
        ("full_name", json!("x".repeat(101))),
        ("full_name", json!("a\nb")),
        ("full_name", json!({})),
        ("avatar_url", json!("http://img.example.com/")),
        ("avatar_url", json!(long_url)),
        ("nope", json!(1)),
    ];
    for (field, value) in cases {
        let mut body = credentials("ada@example.com");
        body[field] = value;
        let reply = site.send(post("/register", &body)).await;
        let answer = assert_refused(&reply, 422, field);
        let fields = answer["errors"].as_array().expect("a list").iter();
        let fields: BTreeSet<&str> = fields
            .map(|error| error["field"].as_str().unwrap())
            .collect();
        assert_eq!(fields, BTreeSet::from([field]), "{body}");
    }
    assert!(site.stored("ada@example.com").await.is_none());
    let mut body = credentials("ada@example.com");
    body["remember_me"] = json!("yes");
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

async fn a_body_of_many_fields_is_refused_in_few_words(site: Site) {
    let unknown = |count: u32| (0..count).map(|number| format!("\"{number:x}\":0"));
    let repeated = std::iter::repeat_n("\"0\":1".to_owned(), 50_000);
    let object = |members: Vec<String>| format!("{{{}}}", members.join(","));
    let huge = object(unknown(70_000).chain(repeated).collect());
    assert!(huge.len() <= BODY_BYTES_MAX, "{}", huge.len());
    for body in [huge, object(unknown(65).collect())] {
        let reply = site.send(raw("/register", body)).await;
        assert!(reply.body.len() < 500, "{} bytes", reply.body.len());
        let answer = assert_refused(&reply, 422, "many fields");
        let detail = "The body has too many fields: at most 64.";
        assert_eq!(answer["detail"], detail);
    }
    let reply = site
        .send(raw("/register", object(unknown(64).collect())))
        .await;
    let answer = assert_refused(&reply, 422, "many faults");
    assert_eq!(answer["errors"].as_array().map(Vec::len), Some(32));
}

/// A field that is a list or an object is refused as such, and nothing in it is kept.
async fn what_is_inside_of_a_field_is_no_matter(site: Site) {
    for (value, what) in [
        (format!("[{}0]", "0,".repeat(400_000)), "a list"),
        (
            format!("{{{}\"\":0}}", "\"\":0,".repeat(150_000)),
            "an object",
        ),
    ] {
        let body = format!("{{\"email\":{value},\"password\":\"correct-horse-1\"}}");
        let answer = assert_refused(&site.send(raw("/login", body)).await, 422, what);
        let errors = json!([{"field": "email", "message": "must be a string"}]);
        assert_eq!(answer["errors"], errors, "{what}");
    }
}

async fn queries_and_forms_of_too_many_fields_are_refused(site: Site) {
    let pairs = "a=1&".repeat(1_001);
    let form = raw("/login", pairs.clone());
    let form = form.header("content-type", "application/x-www-form-urlencoded");
    for request in [raw(&format!("/login?{pairs}"), "{}"), form] {
        let answer = assert_refused(&site.send(request).await, 400, "many fields");
        let detail = "The query or the form has too many fields: at most 1000.";
        assert_eq!(answer["detail"], detail);
    }
    let most = raw(&format!("/login?{}", "a=1&".repeat(1_000)), "{}");
    assert_refused(&site.send(most).await, 422, "as many as may be");
}
