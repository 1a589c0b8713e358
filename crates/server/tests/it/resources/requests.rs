//! Requests to these routes, and short words for what is in them.

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
