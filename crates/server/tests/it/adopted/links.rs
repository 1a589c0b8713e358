//! Codes and links that were pending when the other server stopped; each on a fresh copy.

use super::{adopted, manifest, rows, session_of, text};
use crate::api::{Answer, Api};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_pending_code_works_typed_and_as_a_link() {
    let manifest = manifest();
    let codes = rows(&manifest, "one_time_tokens");
    for code in &codes {
        for way in [Way::Typed, Way::Hash, Way::Link] {
            let Some(api) = adopted(&manifest).await else {
                return;
            };
            check(&api, way, code).await;
            if text(code, "type") == "email_change" {
                let is_other = |other: &&Value| {
                    other["user_id"] == code["user_id"] && other["email"] != code["email"]
                };
                let other = codes.iter().find(is_other).expect("the other half");
                let moved = present(&api, Way::Typed, other).await;
                session_of(&moved, text(code, "user_id"), "the second half");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pending_code_expires() {
    let manifest = manifest();
    let Some(api) = adopted(&manifest).await else {
        return;
    };
    api.app.clock().advance(std::time::Duration::from_hours(1));
    for code in rows(&manifest, "one_time_tokens") {
        let answer = present(&api, Way::Typed, &code).await;
        assert_eq!(answer.verdict(), "403 otp_expired", "{code}");
    }
}

/// How a code comes back.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// Address and digits.
    Typed,
    /// The hash, in a body.
    Hash,
    /// The hash, in a link that is followed.
    Link,
}

async fn present(api: &Api, way: Way, code: &Value) -> Answer {
    let (kind, hash) = (text(code, "type"), text(code, "token_hash"));
    match way {
        Way::Typed => {
            let body = json!({ "type": kind, "email": code["email"], "token": code["code"] });
            api.ask("POST", "/verify", "", body).await
        }
        Way::Hash => {
            let body = json!({ "type": kind, "token_hash": hash });
            api.ask("POST", "/verify", "", body).await
        }
        Way::Link => {
            let path = format!("/verify?token={hash}&type={kind}");
            api.ask("GET", &path, "", Value::Null).await
        }
    }
}

async fn check(api: &Api, way: Way, code: &Value) {
    let what = format!("{} {way:?}", text(code, "kind"));
    let answer = present(api, way, code).await;
    let is_first_half = text(code, "type") == "email_change";
    match way {
        Way::Link => {
            assert_eq!(answer.status(), 303, "{what}: {}", answer.text());
            let target = answer.header("location");
            let expected = if is_first_half {
                "#message="
            } else {
                "#access_token="
            };
            assert!(target.contains(expected), "{what}: {target}");
        }
        Way::Typed | Way::Hash if is_first_half => {
            assert_eq!(answer.json()["code"], "200", "{what}");
        }
        Way::Typed | Way::Hash => {
            session_of(&answer, text(code, "user_id"), &what);
        }
    }
}
