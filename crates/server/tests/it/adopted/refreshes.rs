//! Refresh tokens of both generations, current, spent and revoked; each on a fresh copy.

use super::{adopted, claims, manifest, refresh, rows, session_of, text};
use crate::golden::token::CounterToken;
use serde_json::Value;
use std::time::Duration;

/// As the manifest configures it.
const REUSE_INTERVAL: Duration = Duration::from_secs(3);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_refresh_token_is_as_the_manifest_says() {
    let manifest = manifest();
    let tokens = rows(&manifest, "refresh_tokens");
    for row in &tokens {
        check(&manifest, &tokens, row).await;
    }
}

async fn check(manifest: &Value, all: &[Value], row: &Value) {
    let Some(api) = adopted(manifest).await else {
        return;
    };
    let (token, expected) = (text(row, "token"), text(row, "expect"));
    let (state, session) = (text(row, "state"), &row["session_id"]);
    let current = all.iter().find(|other| {
        let state = text(other, "state");
        other["session_id"] == *session
            && (state.starts_with("active") || state.starts_with("current"))
    });
    let current = current.map(|row| text(row, "token"));
    let answer = refresh(&api, token).await;
    let Some(expected) = expected.strip_prefix("200") else {
        let (verdict, then) = expected.split_once(" and ").unwrap_or((expected, ""));
        let verdict = verdict.split(" (").next().expect("a first part");
        assert_eq!(answer.verdict(), verdict, "{state}");
        if !then.is_empty() {
            // What was ended stays good for the reuse interval, as on the recorded server.
            api.app.clock().advance(REUSE_INTERVAL * 2);
            let current = refresh(&api, current.expect("a current one")).await;
            assert_eq!(current.status(), 400, "{state}: {then}");
        }
        return;
    };
    let renewed = session_of(&answer, text(row, "user_id"), state);
    let (claims, next) = (claims(&renewed), text(&renewed, "refresh_token"));
    assert_eq!(claims["session_id"], *session, "{state}");
    match expected {
        "" | ", new token" | ", new 12-character token, same session_id" => {
            assert_eq!(next.len(), 12, "{state}");
            assert!(all.iter().all(|other| text(other, "token") != next));
        }
        ", is_anonymous true in the new access token" => assert_eq!(claims["is_anonymous"], true),
        ", aal2 in the new access token" => assert_eq!(claims["aal"], "aal2"),
        ", amr oauth" => assert_eq!(claims["amr"][0]["method"], "oauth"),
        " and returns the active token" | " and returns the current token (counter 2)" => {
            assert_eq!(Some(next), current, "{state}");
        }
        counter => {
            let counter = counter.strip_prefix(", counter ").expect("a counter");
            let decoded = CounterToken::decode(next).expect("a v2 token");
            assert_eq!(decoded.counter.to_string(), counter, "{state}");
        }
    }
}
