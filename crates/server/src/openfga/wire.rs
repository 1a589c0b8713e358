//! What the OpenFGA API answers: bodies, and the headers beside them.

use crate::http::reply::{self, Reply};
use axum::body::Bytes;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, HeaderName};
use serde_json::{Map, Value, json};
use types::{ModelId, TupleCondition, TupleKey};

/// The model that was asked.
const MODEL_HEADER: HeaderName = HeaderName::from_static("openfga-authorization-model-id");
/// The store that was asked.
pub(super) const STORE_HEADER: HeaderName = HeaderName::from_static("openfga-store-id");
/// Ours: the version of the store after a write.
const VERSION_HEADER: HeaderName = HeaderName::from_static("claviger-version");
/// Ours: whether a list is whole.
const COMPLETE_HEADER: HeaderName = HeaderName::from_static("claviger-complete");
/// Ours: how to go on with a list that is not; also what goes on with it.
pub(super) const RESUME_HEADER: HeaderName = HeaderName::from_static("claviger-resume-token");

/// A body of JSON. Nothing that this API answers may be kept by a cache.
pub(super) fn json(status: StatusCode, body: &Value) -> Reply {
    let mut reply = reply::json(status, body.to_string());
    reply::set(&mut reply, CACHE_CONTROL, "no-store");
    reply
}

/// A body of JSON about what went well.
pub(super) fn ok(body: &Value) -> Reply {
    json(StatusCode::OK, body)
}

/// Values one by one, each on a line of its own.
pub(super) fn lines(values: impl Iterator<Item = Value>) -> Bytes {
    let mut lines = String::new();
    for value in values {
        lines += &value.to_string();
        lines.push('\n');
    }
    Bytes::from(lines)
}

/// A body of lines.
pub(super) fn of_lines(lines: Bytes) -> Reply {
    let mut reply = json(StatusCode::OK, &Value::Null);
    *reply.body_mut() = lines;
    reply
}

/// Nothing more to say.
pub(super) fn nothing() -> Reply {
    let mut reply = reply::empty(StatusCode::NO_CONTENT);
    reply::set(&mut reply, CACHE_CONTROL, "no-store");
    reply
}

/// Names the model that was asked.
pub(super) fn name_model(reply: &mut Reply, model: ModelId) {
    reply::set(reply, MODEL_HEADER, &model.to_string());
}

/// Names the version of the store that a write has made.
pub(super) fn name_version(reply: &mut Reply, version: i64) {
    reply::set(reply, VERSION_HEADER, &version.to_string());
}

/// Says whether a list is whole, and how to go on with one that is not.
pub(super) fn name_end(reply: &mut Reply, is_complete: bool, resume: Option<&str>) {
    let complete = if is_complete { "true" } else { "false" };
    reply::set(reply, COMPLETE_HEADER, complete);
    if let Some(token) = resume {
        reply::set(reply, RESUME_HEADER, token);
    }
}

/// A tuple's key with its condition.
pub(super) fn tuple(key: &TupleKey, condition: Option<&TupleCondition>) -> Value {
    json!({
        "user": key.subject.to_string(),
        "relation": key.relation,
        "object": key.object.to_string(),
        "condition": condition.map(self::condition),
    })
}

/// A tuple's condition.
pub(super) fn condition(condition: &TupleCondition) -> Value {
    json!({ "name": condition.name, "context": Value::Object(condition.context.clone()) })
}

/// An object of one field.
pub(super) fn one(name: &str, value: Value) -> Value {
    Value::Object(Map::from_iter([(name.to_owned(), value)]))
}
