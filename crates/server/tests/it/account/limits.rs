//! How often one address may ask: exactly as often as is told, whatever it pretends to be.

use super::{PLAIN, Site, assert_refused, count, credentials, get, on_both_engines, post, refresh};
use serde_json::{Value as Json, json};
use std::time::Duration;
use testkit::http::Request;

on_both_engines! {
    each_limit_lets_exactly_its_number_through(COUNTED);
    a_limit_refills_evenly(COUNTED);
    a_forged_address_is_not_believed(COUNTED);
    clients_behind_a_trusted_proxy_are_counted_apart(PROXIED);
    one_limit_does_not_spend_another(COUNTED);
    limits_that_nobody_is_counted_for_are_not_told(PLAIN);
}

const COUNTED: &[(&str, &str)] = &[("CLAVIGER_LIMITS_BY_PEER_ADDRESS", "true")];
const PROXIED: &[(&str, &str)] = &[
    ("CLAVIGER_LIMITS_BY_PEER_ADDRESS", "true"),
    ("CLAVIGER_HTTP_TRUSTED_PROXIES", "127.0.0.1"),
];
/// More than any limit.
const REQUESTS: usize = 30;

/// Each limited route, a request that costs no hash, and how many of them a minute allows.
fn limited() -> [(&'static str, Request, usize); 5] {
    [
        ("account_login", post("/login", &json!({})), 5),
        ("account_register", post("/register", &json!({})), 3),
        ("account_refresh", refresh("nonsense"), 10),
        (
            "account_password_reset",
            post("/password-reset", &json!({})),
            2,
        ),
        (
            "account_password_reset_confirm",
            post("/password-reset-confirm", &json!({})),
            5,
        ),
    ]
}

async fn each_limit_lets_exactly_its_number_through(site: Site) {
    let told = site.send(get("/security-info")).await.json()["rate_limits"].clone();
    assert_eq!(told["enforced"], true);
    for (name, request, allowed) in limited() {
        let replies = site.at_once((0..REQUESTS).map(|_| request.clone())).await;
        assert_eq!(count(&replies, 429), REQUESTS - allowed, "{name}");
        for reply in replies.iter().filter(|reply| reply.status == 429) {
            assert_refused(reply, 429, name);
            assert_eq!(reply.header("x-ratelimit-name"), name);
        }
        let short = name.trim_start_matches("account_");
        let rate = json!({"requests": allowed, "seconds": 60});
        assert_eq!(told["per_address"][short], rate, "{name}");
    }
    let number = told["per_address"].as_object().map(serde_json::Map::len);
    assert_eq!(number, Some(limited().len()));
}

async fn a_limit_refills_evenly(site: Site) {
    let login = || post("/login", &credentials("ada@example.com"));
    let replies = site.at_once((0..6).map(|_| login())).await;
    let refused = replies
        .iter()
        .find(|reply| reply.status == 429)
        .expect("one too many");
    assert_eq!(refused.header("retry-after"), "12");
    site.advance(Duration::from_secs(11));
    assert_refused(&site.send(login()).await, 429, "too early");
    site.advance(Duration::from_secs(1));
    assert_refused(&site.send(login()).await, 401, "in time");
    assert_refused(&site.send(login()).await, 429, "one more");
}

async fn a_forged_address_is_not_believed(site: Site) {
    let forged = (0..REQUESTS).map(|number| {
        let address = format!("203.0.113.{number}");
        let mut request = post("/login", &json!({}));
        for name in [
            "x-forwarded-for",
            "x-real-ip",
            "x-client-id",
            "sb-forwarded-for",
            "forwarded",
        ] {
            request = request.header(name, &address);
        }
        request
    });
    let replies = site.at_once(forged).await;
    assert_eq!(count(&replies, 429), REQUESTS - 5);
}

async fn clients_behind_a_trusted_proxy_are_counted_apart(site: Site) {
    let from = |address: &str| post("/login", &json!({})).header("x-forwarded-for", address);
    for address in ["203.0.113.1", "203.0.113.2", "10.9.8.7, 203.0.113.3"] {
        let replies = site.at_once((0..REQUESTS).map(|_| from(address))).await;
        assert_eq!(count(&replies, 429), REQUESTS - 5, "{address}");
    }
    // What stands before the proxy's own entry is hearsay: this is the third client again.
    assert_refused(
        &site.send(from("192.0.2.1, 203.0.113.3")).await,
        429,
        "hearsay",
    );
}

async fn one_limit_does_not_spend_another(site: Site) {
    let replies = site
        .at_once((0..REQUESTS).map(|_| post("/login", &json!({}))))
        .await;
    assert_eq!(count(&replies, 429), REQUESTS - 5);
    let person = site.register("ada@example.com").await;
    assert_eq!(site.me(&person.token).await.status, 200);
    assert_eq!(site.send(refresh(&person.refresh_token)).await.status, 200);
    let grant = Request::post("/auth/v1/token?grant_type=password");
    let grant = grant.json(&credentials("ada@example.com"));
    assert_eq!(site.send(grant).await.status, 200, "the other API");
}

async fn limits_that_nobody_is_counted_for_are_not_told(site: Site) {
    let told: Json = site.send(get("/security-info")).await.json();
    assert_eq!(
        told["rate_limits"],
        json!({"enforced": false, "per_address": {}})
    );
    let replies = site
        .at_once((0..REQUESTS).map(|_| post("/login", &json!({}))))
        .await;
    assert_eq!(count(&replies, 422), REQUESTS);
}
