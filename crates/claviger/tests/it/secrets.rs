//! What nobody may read anywhere: keys, and the password of the database.
//!
//! `OpenFGA` CVE-2026-40293; `SpiceDB` CVE-2023-29193, CVE-2023-46255, CVE-2026-40091: keys, URLs
//! of databases and flags in logs, errors, metrics and pages.

use crate::process::{Engine, Place, on_both_engines};
use serde_json::json;
use testkit::http::Request;

on_both_engines!(cve_2026_40293_2023_29193_2023_46255_and_2026_40091_no_secret_is_told,);

const PRESHARED: &str = "preshared-secret-of-this-test-4711";
const JWT_SECRET: &str = "jwt-secret-of-this-test-0815-0815-0815";
/// `PostgreSQL` trusts whoever comes from this machine, whatever the password.
const PASSWORD: &str = "database-password-of-this-test";

async fn cve_2026_40293_2023_29193_2023_46255_and_2026_40091_no_secret_is_told(engine: Engine) {
    let Some(place) = Place::open(engine).await else {
        return;
    };
    let place = place
        .with("CLAVIGER_OPENFGA_PRESHARED_KEYS", PRESHARED)
        .with("CLAVIGER_KEYS_JWT_SECRET", JWT_SECRET)
        .with("RUST_LOG", "debug");
    let place = match engine {
        Engine::Sqlite => place,
        Engine::Postgres => place.with_role(&format!("postgres:{PASSWORD}")),
    };
    let server = place.serve().await;
    let mut told = Vec::new();
    for request in [
        Request::get("/stores").bearer(PRESHARED),
        Request::get(format!("/stores?name={PRESHARED}x")).bearer("wrong"),
        Request::post("/stores").bearer(PRESHARED).json(&json!({})),
        Request::get("/access/v1/evaluation").bearer(PRESHARED),
        Request::get("/auth/v1/settings"),
        Request::get("/"),
    ] {
        told.push(server.ask(request).await.text());
    }
    for path in [
        "/metrics",
        "/readyz",
        "/livez",
        "/debug/pprof",
        "/playground",
    ] {
        let reply = Request::get(path).send(server.management).await;
        told.push(reply.expect("an answer").text());
    }
    let log = server.log();
    assert!(log.contains("fga_list_stores"), "it was logged: {log}");
    told.push(log);
    server.stop().await;
    for words in [&["config", "show"][..], &["config", "check"], &["doctor"]] {
        let output = place.run(words).await;
        for said in [output.stdout, output.stderr] {
            told.push(String::from_utf8_lossy(&said).into_owned());
        }
    }
    for secret in [PRESHARED, JWT_SECRET, PASSWORD] {
        // What a caller has sent as a part of its own words may come back to it.
        let telling = told
            .iter()
            .find(|text| text.replace(&format!("{secret}x"), "").contains(secret));
        assert_eq!(telling, None, "{secret}");
    }
}
