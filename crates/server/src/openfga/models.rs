//! The models of a store: write, find and list.

mod shape;

use super::asked::Asked;
use super::error::Failure;
use super::message::Message;
use super::{code::Code, wire};
use crate::http::page_token::Purpose;
use crate::http::reply::Reply;
use authz::Page;
use axum::http::StatusCode;
use rebac::{JsonError, JsonFault};
use serde_json::{Value, json};
use types::ModelId;

/// `POST /stores/{store_id}/authorization-models`.
pub(super) async fn write(asked: Asked<'_>) -> Result<Reply, Failure> {
    const MESSAGE: &str = "WriteAuthorizationModelRequest";
    let store = asked.store(MESSAGE)?;
    let body = asked.body()?;
    let message = Message::of(MESSAGE, &body)?;
    shape::check(&message)?;
    let model = rebac::from_json(&body).map_err(|error| misread(&error))?;
    shape::check_kept(&model)?;
    let exchange = asked.exchange;
    let written = exchange
        .app
        .authz
        .write_model(&exchange.call, store, model)
        .await;
    let id = written.map_err(|error| asked.missed((store, None), error))?;
    let body = json!({ "authorization_model_id": id.to_string() });
    let mut reply = wire::json(StatusCode::CREATED, &body);
    wire::name_model(&mut reply, id);
    Ok(reply)
}

/// `GET /stores/{store_id}/authorization-models/{id}`.
pub(super) async fn find(asked: Asked<'_>) -> Result<Reply, Failure> {
    const MESSAGE: &str = "ReadAuthorizationModelRequest";
    let store = asked.store(MESSAGE)?;
    let id = asked.model(MESSAGE, "id")?;
    let exchange = asked.exchange;
    let found = exchange
        .app
        .authz
        .find_model(&exchange.call, store, id)
        .await;
    let found = found.map_err(|error| asked.missed((store, Some(id)), error))?;
    let mut reply = wire::ok(&wire::one("authorization_model", found.body));
    wire::name_model(&mut reply, id);
    Ok(reply)
}

/// `GET /stores/{store_id}/authorization-models`: the newest first.
pub(super) async fn list(asked: Asked<'_>) -> Result<Reply, Failure> {
    const MESSAGE: &str = "ReadAuthorizationModelsRequest";
    let store = asked.store(MESSAGE)?;
    let size = asked.page_size(MESSAGE)?;
    let id = store.to_string();
    let purpose = Purpose {
        endpoint: "authorization-models",
        of: &[&id],
    };
    let after: Option<String> = asked.position(MESSAGE, purpose)?;
    let after = after.and_then(|id| id.parse::<ModelId>().ok());
    let exchange = asked.exchange;
    let (authz, call) = (&exchange.app.authz, &exchange.call);
    let found = authz.list_models(call, store, Page { size, after }).await?;
    let next = found.next.map(|id| id.to_string());
    let token = next.map(|id| exchange.app.openfga.tokens.write(purpose, &id));
    let models: Vec<Value> = found.items.into_iter().map(|model| model.body).collect();
    let token = token.unwrap_or_default();
    let body = json!({ "authorization_models": models, "continuation_token": token });
    Ok(wire::ok(&body))
}

/// A body that is no model at all, or a model with a mistake in it.
fn misread(error: &JsonError) -> Failure {
    match &error.fault {
        fault if fault.is_malformed() => Failure::invalid(error.to_string()),
        JsonFault::Schema(_) => {
            Failure::Refused(Code::InvalidModel, "invalid schema version".to_owned())
        }
        fault => Failure::Refused(Code::InvalidModel, fault.to_string()),
    }
}
