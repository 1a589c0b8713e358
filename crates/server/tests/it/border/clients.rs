//! Whom the limits count where gateways name their clients.

use super::{open, router, start};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use server::http::call::Peer;
use tower::ServiceExt;

const GATEWAY: &str = "10.0.0.1";
const STRANGER: &str = "192.0.2.1";
/// Two requests in a row, and then one in two seconds.
const BURST: (&str, &str) = ("CLAVIGER_LIMITS_BURST", "2");
const PROXIES: (&str, &str) = ("CLAVIGER_HTTP_TRUSTED_PROXIES", "10.0.0.0/8");

/// The statuses of requests that a peer sends one after the other, each with its own headers.
async fn ask(router: &Router, peer: &str, asked: &[&[(&str, &str)]]) -> Vec<u16> {
    let mut statuses = Vec::new();
    for headers in asked {
        let peer = Peer(format!("[::ffff:{peer}]:4000").parse().expect("an address"));
        let mut request = Request::post("/auth/v1/token?grant_type=none").extension(peer);
        for (name, value) in *headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).expect("a request");
        let reply = router.clone().oneshot(request).await;
        statuses.push(reply.expect("routers do not fail").status().as_u16());
    }
    statuses
}

#[tokio::test]
async fn a_name_is_believed_from_a_trusted_proxy_only() {
    let header = ("CLAVIGER_HTTP_RATE_LIMIT_HEADER", "X-Customer");
    let mut app = open().await;
    let router = router(start(&mut app, &[BURST, PROXIES, header]).await);
    let (a, b, c) = (
        [("x-customer", "a")],
        [("x-customer", "b")],
        [("x-customer", "c")],
    );
    let counted = ask(&router, GATEWAY, &[&a, &a, &a, &b]).await;
    assert_eq!(counted, [400, 400, 429, 400]);
    let forged = ask(&router, STRANGER, &[&a, &b, &c]).await;
    assert_eq!(forged, [400, 400, 429]);
    let unnamed = ask(&router, GATEWAY, &[&[], &[], &[]]).await;
    assert_eq!(unnamed, [400, 400, 400]);
}

#[tokio::test]
async fn behind_trusted_proxies_the_first_item_of_forwarded_for_is_hearsay() {
    let header = ("CLAVIGER_HTTP_RATE_LIMIT_HEADER", "X-Forwarded-For");
    let mut app = open().await;
    let router = router(start(&mut app, &[BURST, PROXIES, header]).await);
    let counted = ask(
        &router,
        GATEWAY,
        &[
            &[("x-forwarded-for", "1.1.1.1, 192.0.2.9")],
            &[("x-forwarded-for", "2.2.2.2, 192.0.2.9")],
            &[("x-forwarded-for", "3.3.3.3, 192.0.2.9:4000")],
            &[("x-forwarded-for", "3.3.3.3, 192.0.2.8")],
        ],
    );
    assert_eq!(counted.await, [400, 400, 429, 400]);
}

#[tokio::test]
async fn where_the_first_header_is_missing_the_second_names_the_client() {
    let headers = [
        ("CLAVIGER_HTTP_RATE_LIMIT_HEADER", "X-Customer"),
        ("CLAVIGER_HTTP_SB_FORWARDED_FOR_ENABLED", "true"),
    ];
    let mut app = open().await;
    let router = router(start(&mut app, &[&[BURST], &headers[..]].concat()).await);
    let one = [("sb-forwarded-for", "2001:db8::1")];
    let same_network = [("sb-forwarded-for", "2001:db8::2, 10.0.0.1")];
    let both = [("x-customer", "a"), ("sb-forwarded-for", "2001:db8::1")];
    let counted = ask(&router, GATEWAY, &[&one, &same_network, &one, &both]).await;
    assert_eq!(counted, [400, 400, 429, 400]);
}
