//! Access tokens: only those of a living session count, and only in the header.

use super::{PLAIN, Person, Site, assert_refused, get, on_both_engines, post, put};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value as Json, json};
use std::time::Duration;
use testkit::http::Request;

on_both_engines! {
    who_bears_no_good_token_is_told_how_to_authenticate(PLAIN);
    a_token_in_the_body_is_no_token(PLAIN);
    a_token_is_refused_from_its_last_second_on(PLAIN);
    a_service_key_is_nobody_here(HS256);
    no_invented_token_is_believed(PLAIN);
    an_api_key_beside_the_token_is_checked(PLAIN);
    interleaved_callers_never_see_each_other(PLAIN);
}

const SECRET: &str = "account-secret-account-secret-account";
const HS256: &[(&str, &str)] = &[("CLAVIGER_KEYS_JWT_SECRET", SECRET)];

fn part(json: &Json) -> String {
    BASE64URL_NOPAD.encode(json.to_string().as_bytes())
}

/// The claims of a token.
fn claims(token: &str) -> Json {
    let claims = token.split('.').nth(1).expect("three parts");
    serde_json::from_slice(&BASE64URL_NOPAD.decode(claims.as_bytes()).unwrap()).unwrap()
}

async fn who_bears_no_good_token_is_told_how_to_authenticate(site: Site) {
    for (method, route) in [
        ("GET", "/me"),
        ("GET", "/whoami"),
        ("POST", "/logout"),
        ("PUT", "/profile"),
    ] {
        let request = || Request::new(method, super::path(route));
        let missing = site.send(request()).await;
        assert_refused(&missing, 401, route);
        assert_eq!(missing.header("www-authenticate"), "Bearer");
        let bad = site.send(request().bearer("a.b.c")).await;
        assert_refused(&bad, 401, route);
        assert_eq!(
            bad.header("www-authenticate"),
            "Bearer error=\"invalid_token\""
        );
        for header in ["Basic YTpi", "Bearer", "Bearer ", "a.b.c", "Bearer a b"] {
            let reply = site.send(request().header("authorization", header)).await;
            assert_refused(&reply, 401, header);
        }
    }
}

async fn a_token_in_the_body_is_no_token(site: Site) {
    let person = site.register("ada@example.com").await;
    let body = json!({"scheme": "Bearer", "credentials": person.token});
    for request in [
        post("/logout", &body),
        put("/profile", &body),
        Request::new("GET", super::path("/me")).json(&body),
        Request::new("GET", super::path("/whoami")).json(&body),
    ] {
        assert_refused(&site.send(request).await, 401, "a token in the body");
    }
    // Nor does it count beside the one in the header.
    let other = site.register("grace@example.com").await;
    let request = Request::new("GET", super::path("/me"))
        .json(&body)
        .bearer(&other.token);
    assert_eq!(site.send(request).await.json()["id"], other.id);
}

async fn a_token_is_refused_from_its_last_second_on(site: Site) {
    let person = site.register("ada@example.com").await;
    assert_eq!(site.me(&person.token).await.status, 200);
    site.advance(Duration::from_secs(3599));
    assert_eq!(
        site.me(&person.token).await.status,
        200,
        "in its last second"
    );
    site.advance(Duration::from_secs(1));
    assert_refused(&site.me(&person.token).await, 401, "expired");
}

async fn a_service_key_is_nobody_here(site: Site) {
    let person = site.register("ada@example.com").await;
    assert_refused(&site.me(&site.service_key).await, 401, "the key itself");
    // Signed with the right secret, for a user, and yet not given to one: no session backs it.
    let header = json!({"alg": "HS256", "typ": "JWT"});
    for role in ["service_role", "authenticated"] {
        let mut forged = claims(&person.token);
        forged["role"] = json!(role);
        forged.as_object_mut().expect("claims").remove("session_id");
        let signed = sign(&format!("{}.{}", part(&header), part(&forged)));
        assert_refused(&site.me(&signed).await, 401, role);
        let logout = post("/logout", &json!({})).bearer(&signed);
        assert_refused(&site.send(logout).await, 401, role);
    }
    assert_eq!(site.me(&person.token).await.status, 200);
}

/// A token over these two parts, signed with [`SECRET`].
fn sign(parts: &str) -> String {
    use aws_lc_rs::hmac;
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let tag = hmac::sign(&key, parts.as_bytes());
    format!("{parts}.{}", BASE64URL_NOPAD.encode(tag.as_ref()))
}

async fn no_invented_token_is_believed(site: Site) {
    let person = site.register("ada@example.com").await;
    let parts: Vec<&str> = person.token.split('.').collect();
    let (header, body, signature) = (parts[0], parts[1], parts[2]);
    let none = part(&json!({"alg": "none", "typ": "JWT"}));
    let hs256 = part(&json!({"alg": "HS256", "typ": "JWT"}));
    let mut other = claims(&person.token);
    other["sub"] = json!("11111111-2222-4333-8444-555555555555");
    let invented = [
        format!("{header}.{body}."),
        format!("{header}.{body}"),
        format!("{header}.{}.{signature}", part(&other)),
        format!("{none}.{body}."),
        format!("{none}.{body}.{signature}"),
        sign(&format!("{hs256}.{body}")),
        format!("mock_token_{}", person.id),
        format!("supabase_token_{}", person.id),
        format!("emergency_token_{}", person.id),
        format!("placeholder_{}", person.id),
        format!("dev_token_{}", person.id),
        person.id.clone(),
        person.refresh_token.clone(),
        "x".repeat(10_000),
    ];
    for token in invented {
        assert_refused(&site.me(&token).await, 401, &token);
    }
    assert_eq!(site.me(&person.token).await.status, 200);
}

async fn an_api_key_beside_the_token_is_checked(site: Site) {
    let person = site.register("ada@example.com").await;
    let with = |key: &str| get("/me").bearer(&person.token).header("apikey", key);
    assert_eq!(
        site.send(with(&site.service_key)).await.json()["id"],
        person.id
    );
    assert_refused(
        &site.send(with("sb_secret_guessed")).await,
        401,
        "a wrong key",
    );
    let alone = get("/me").header("apikey", &site.service_key);
    assert_refused(&site.send(alone).await, 401, "a key and no token");
}

async fn interleaved_callers_never_see_each_other(site: Site) {
    let mut people: Vec<Person> = Vec::new();
    for name in ["ada", "grace", "joan", "mary"] {
        people.push(site.register(&format!("{name}@example.com")).await);
    }
    let address = site.address;
    let mut asking = tokio::task::JoinSet::new();
    for person in people.iter().cycle().take(400).cloned() {
        asking.spawn(async move {
            let reply = get("/me").bearer(&person.token).send(address).await;
            let seen = reply.expect("an answer").json();
            seen["id"] == person.id && seen["email"] == person.email
        });
    }
    assert!(asking.join_all().await.into_iter().all(|own| own));
}
