//! Assertions: what the answers of a model should be.

use super::asked::Asked;
use super::error::Failure;
use super::message::Message;
use super::tuples;
use super::wire;
use crate::http::reply::Reply;
use authz::assertions::{ASSERTED_MAX, ASSERTIONS_MAX, Assertion};
use authz::{CheckQuestion, WrittenTuple};
use serde_json::{Value, json};

/// `PUT /stores/{store_id}/assertions/{authorization_model_id}`.
pub(super) async fn write(asked: Asked<'_>) -> Result<Reply, Failure> {
    const MESSAGE: &str = "WriteAssertionsRequest";
    let store = asked.store(MESSAGE)?;
    let model = asked.model(MESSAGE, "authorization_model_id")?;
    let body = asked.body()?;
    let message = Message::of(MESSAGE, &body)?;
    let assertions = message.at_most("assertions", "Assertion", ASSERTIONS_MAX)?;
    let assertions = assertions.iter().map(read_one);
    let assertions = assertions.collect::<Result<Vec<_>, _>>()?;
    let exchange = asked.exchange;
    let authz = &exchange.app.authz;
    let written = authz
        .write_assertions(&exchange.call, store, model, assertions)
        .await;
    written.map_err(|error| asked.missed((store, Some(model)), error))?;
    let mut reply = wire::nothing();
    wire::name_model(&mut reply, model);
    Ok(reply)
}

/// `GET /stores/{store_id}/assertions/{authorization_model_id}`.
pub(super) async fn read(asked: Asked<'_>) -> Result<Reply, Failure> {
    const MESSAGE: &str = "ReadAssertionsRequest";
    let store = asked.store(MESSAGE)?;
    let model = asked.model(MESSAGE, "authorization_model_id")?;
    let exchange = asked.exchange;
    let authz = &exchange.app.authz;
    let found = authz.read_assertions(&exchange.call, store, model).await;
    let found = found.map_err(|error| asked.missed((store, Some(model)), error))?;
    let assertions: Vec<Value> = found.iter().map(written_one).collect();
    let id = exchange.path("authorization_model_id");
    let body = json!({ "authorization_model_id": id, "assertions": assertions });
    let mut reply = wire::ok(&body);
    wire::name_model(&mut reply, model);
    Ok(reply)
}

fn read_one(message: &Message<'_>) -> Result<Assertion, Failure> {
    let given = tuples::given_flat(message, ASSERTED_MAX)?;
    let question = tuples::question(message, "AssertionTupleKey", given)?;
    let CheckQuestion {
        user,
        relation,
        object,
        given,
    } = question;
    Ok(Assertion {
        user,
        relation,
        object,
        expectation: message.flag("expectation")?,
        given,
    })
}

fn written_one(assertion: &Assertion) -> Value {
    let contextual: Vec<Value> = assertion.given.contextual.iter().map(tuple).collect();
    json!({
        "tuple_key": {
            "object": assertion.object,
            "relation": assertion.relation,
            "user": assertion.user,
        },
        "expectation": assertion.expectation,
        "contextual_tuples": contextual,
        "context": assertion.given.context,
    })
}

fn tuple(tuple: &WrittenTuple) -> Value {
    json!({
        "user": tuple.user,
        "relation": tuple.relation,
        "object": tuple.object,
        "condition": tuple.condition.as_ref().map(wire::condition),
    })
}
