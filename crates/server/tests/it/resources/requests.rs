//! Requests to these routes, and short words for what is in them.

use super::Person;
use serde_json::{Value as Json, json};
use testkit::http::Request;
use types::{Entropy, SystemEntropy};
use uuid::Uuid;

/// An id that nothing has yet.
pub(super) fn fresh() -> Uuid {
    SystemEntropy.uuid()
}

pub(super) fn text(value: &Json) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no text: {value}"))
        .to_owned()
}

/// A question about `kind:id`.
pub(super) fn question(permission: &str, resource: &str) -> Json {
    let (kind, id) = resource.split_once(':').expect("kind:id");
    json!({ "type": kind, "id": id, "permission": permission })
}

/// What an administrator asks for, so that somebody may read `kind:id` in an emergency.
pub(super) fn emergency_of(who: &Person, resource: &str, minutes: i64) -> Json {
    let (kind, id) = resource.split_once(':').expect("kind:id");
    json!({
        "user_id": who.id, "type": kind, "id": id, "minutes": minutes,
        "reason": "A customer sees the wrong picture.",
    })
}

/// A step of an emergency access: `approve` or `end`.
pub(super) fn act(id: &str, action: &str, who: &str) -> Request {
    post(&format!("/authz/emergency/{id}/{action}"), who, &json!({}))
}

pub(super) fn get(path: &str, token: &str) -> Request {
    Request::get(format!("/api/v1{path}")).bearer(token)
}

pub(super) fn post(path: &str, token: &str, body: &Json) -> Request {
    send("POST", path, token, body)
}

pub(super) fn send(method: &str, path: &str, token: &str, body: &Json) -> Request {
    Request::new(method, format!("/api/v1{path}"))
        .bearer(token)
        .json(body)
}

pub(super) fn delete(path: &str, token: &str) -> Request {
    Request::new("DELETE", format!("/api/v1{path}")).bearer(token)
}
