//! Which limit refused, and that each counts for itself.

use super::{open, start};
use crate::engines::PASSWORD;
use serde_json::json;
use testkit::http::Request;

#[tokio::test]
async fn questions_to_factors_and_answers_are_counted_apart() {
    let mut app = open().await;
    let settings = [
        ("CLAVIGER_LIMITS_BURST", "2"),
        ("CLAVIGER_LIMITS_BY_PEER_ADDRESS", "true"),
    ];
    let address = start(&mut app, &settings).await.address;
    for (path, name) in [
        ("/auth/v1/factors/x/challenge", "factor_challenge"),
        ("/auth/v1/factors/x/verify", "factor_verify"),
    ] {
        let mut named = Vec::new();
        for _ in 0..3 {
            let reply = Request::post(path).send(address).await.expect("an answer");
            named.push(reply.header("x-ratelimit-name").to_owned());
        }
        assert_eq!(named, ["", "", name]);
    }
}

#[tokio::test]
async fn the_account_api_names_the_limit_of_mails() {
    let mut app = open().await;
    let settings = [
        ("CLAVIGER_EMAIL_AUTOCONFIRM", "false"),
        ("CLAVIGER_LIMITS_MAILS", "0"),
    ];
    let address = start(&mut app, &settings).await.address;
    let body = json!({"email": "ada@example.com", "password": PASSWORD});
    let reply = Request::post("/api/v1/auth/register").json(&body);
    let reply = reply.send(address).await.expect("an answer");
    assert_eq!(reply.status, 429, "{}", reply.text());
    assert_eq!(reply.header("x-ratelimit-name"), "mails");
    assert_eq!(reply.header("retry-after"), "3600");
}

#[tokio::test]
async fn every_limit_that_answers_is_counted() {
    let mut app = open().await;
    let settings = [
        ("CLAVIGER_EMAIL_AUTOCONFIRM", "false"),
        ("CLAVIGER_SIGNUP_ANONYMOUS_ENABLED", "true"),
        ("CLAVIGER_LIMITS_BY_PEER_ADDRESS", "true"),
        ("CLAVIGER_LIMITS_ANONYMOUS", "0/1h"),
        ("CLAVIGER_LIMITS_MAILS", "0"),
        ("CLAVIGER_LIMITS_TOKEN", "1/1h"),
        ("CLAVIGER_LIMITS_BURST", "1"),
    ];
    let running = start(&mut app, &settings).await;
    let token = || Request::post("/auth/v1/token?grant_type=none");
    let first = token().send(running.address).await.expect("an answer");
    assert_eq!(first.status, 400, "{}", first.text());
    let mail = json!({"email": "ada@example.com", "password": PASSWORD});
    for (number, request, limit) in [
        (1, token(), "token"),
        (
            2,
            Request::post("/auth/v1/signup").json(&json!({})),
            "anonymous",
        ),
        (3, Request::post("/auth/v1/signup").json(&mail), "mails"),
        (
            4,
            Request::post("/api/v1/auth/register").json(&mail),
            "mails",
        ),
    ] {
        let reply = request.send(running.address).await.expect("an answer");
        assert_eq!(reply.header("x-ratelimit-name"), limit, "{}", reply.text());
        let metrics = running.built.app.metrics.encode();
        let counted = format!("claviger_rate_limited_total {number}\n");
        assert!(metrics.contains(&counted), "{limit}: {metrics}");
    }
}
