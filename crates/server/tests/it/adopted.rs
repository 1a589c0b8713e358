//! The database that Supabase Auth left: every row of its manifest does what the manifest says.

mod links;
mod people;
mod refreshes;
mod rows;

use crate::api::{Answer, Api};
use crate::app::{Engine, TestApp};
use crate::engines::{absent, settings};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use types::Time;

const MANIFEST: &str = include_str!("../../../../conformance/recorded/supabase-auth-db.json");

/// What is known of the database.
fn manifest() -> Value {
    serde_json::from_str(MANIFEST).expect("the manifest is JSON")
}

/// The rows of a list in the manifest.
fn rows(manifest: &Value, list: &str) -> Vec<Value> {
    let rows = manifest[list].as_array().expect("a list").clone();
    assert!(!rows.is_empty(), "{list}");
    rows
}

/// A member that is a text.
fn text<'a>(row: &'a Value, name: &str) -> &'a str {
    row[name]
        .as_str()
        .unwrap_or_else(|| panic!("no {name}: {row}"))
}

/// What the manifest expects of a row.
fn expectations(row: &Value) -> Vec<String> {
    let list = row["expect"].as_array().expect("a list").iter();
    list.map(|item| item.as_str().expect("a text").to_owned())
        .collect()
}

/// A server on a fresh copy, configured as the one that left it.
async fn adopted(manifest: &Value) -> Option<Api> {
    let left = Time::parse(text(manifest, "created_at")).expect("a time");
    let Some(app) = TestApp::adopt(left).await else {
        absent(Engine::Postgres);
        return None;
    };
    let recorded = manifest["settings"].as_object().expect("an object").iter();
    let recorded = recorded.filter(|(name, _)| name.starts_with("GOTRUE_"));
    let plain = |value: &Value| value.as_str().map_or(value.to_string(), str::to_owned);
    let mut environment: Vec<_> = recorded
        .map(|(name, value)| (name.clone(), plain(value)))
        .collect();
    environment.extend(settings(&[
        ("API_EXTERNAL_URL", "http://auth.example.test"),
        ("GOTRUE_JWT_DEFAULT_GROUP_NAME", "authenticated"),
        ("GOTRUE_EXTERNAL_PHONE_ENABLED", "true"),
        ("GOTRUE_SMTP_ADMIN_EMAIL", "auth@example.test"),
    ]));
    Some(Api::over(app, &environment).await)
}

/// Signs in with a password; `contact` names the member and its value.
async fn sign_in(api: &Api, contact: (&str, &str), password: &str) -> Answer {
    let body = json!({ contact.0: contact.1, "password": password });
    api.ask("POST", "/token?grant_type=password", "", body)
        .await
}

async fn refresh(api: &Api, token: &str) -> Answer {
    let body = json!({ "refresh_token": token });
    api.ask("POST", "/token?grant_type=refresh_token", "", body)
        .await
}

/// Asserts success, and that it concerns this user; the session.
fn session_of(answer: &Answer, user: &str, what: &str) -> Value {
    assert_eq!(answer.status(), 200, "{what}: {}", answer.text());
    let session = answer.json();
    assert_eq!(session["user"]["id"], user, "{what}");
    session
}

/// The claims of a session's access token.
fn claims(session: &Value) -> Value {
    let claims = text(session, "access_token").split('.').nth(1);
    let claims = BASE64URL_NOPAD.decode(claims.expect("a JWT").as_bytes());
    serde_json::from_slice(&claims.expect("base64url")).expect("claims are JSON")
}
