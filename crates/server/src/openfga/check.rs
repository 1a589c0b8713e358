//! May this user do this to this object?

use super::asked::Asked;
use super::error::Failure;
use super::message::Message;
use super::{tuples, wire};
use crate::http::reply::Reply;
use serde_json::json;

/// `POST /stores/{store_id}/check`.
pub(super) async fn check(asked: Asked<'_>) -> Result<Reply, Failure> {
    const MESSAGE: &str = "CheckRequest";
    let store = asked.store(MESSAGE)?;
    let body = asked.body()?;
    let message = Message::of(MESSAGE, &body)?;
    let given = tuples::given(&message)?;
    let question = tuples::question(&message, "CheckRequestTupleKey", given)?;
    let scope = asked.scope(store, &message)?;
    let exchange = asked.exchange;
    let answered = exchange
        .app
        .authz
        .check(&exchange.call, scope, question)
        .await;
    let answered = answered.map_err(|error| asked.missed((store, scope.model), error))?;
    let mut reply = wire::ok(&json!({ "allowed": answered.value, "resolution": "" }));
    wire::name_model(&mut reply, answered.model);
    Ok(reply)
}
