//! The stores: make, find, list and delete.

use super::asked::Asked;
use super::error::Failure;
use super::message::Message;
use super::{pattern, wire};
use crate::http::page_token::Purpose;
use crate::http::reply::Reply;
use authz::Page;
use authz::stores::StoreInfo;
use axum::http::StatusCode;
use serde_json::{Value, json};
use types::StoreId;

const LIST: Purpose<'_> = Purpose {
    endpoint: "stores",
    of: &[],
};

/// `POST /stores`.
pub(super) async fn create(asked: Asked<'_>) -> Result<Reply, Failure> {
    let body = asked.body()?;
    let message = Message::of("CreateStoreRequest", &body)?;
    let name = message.matching("name", pattern::STORE_NAME)?;
    let exchange = asked.exchange;
    let store = exchange
        .app
        .authz
        .create_store(&exchange.call, name)
        .await?;
    let body = json!({
        "id": store.id.to_string(),
        "name": store.name,
        "created_at": store.created_at.to_string(),
        "updated_at": store.updated_at.to_string(),
    });
    Ok(wire::json(StatusCode::CREATED, &body))
}

/// `GET /stores/{store_id}`.
pub(super) async fn find(asked: Asked<'_>) -> Result<Reply, Failure> {
    let id = asked.store("GetStoreRequest")?;
    let exchange = asked.exchange;
    let store = exchange.app.authz.find_store(&exchange.call, id).await?;
    Ok(wire::ok(&whole(&store)))
}

/// `GET /stores`.
pub(super) async fn list(asked: Asked<'_>) -> Result<Reply, Failure> {
    const MESSAGE: &str = "ListStoresRequest";
    let size = asked.page_size(MESSAGE)?;
    let after: Option<String> = asked.position(MESSAGE, LIST)?;
    let after = after.and_then(|id| id.parse::<StoreId>().ok());
    let name = Some(asked.query("name")?).filter(|name| !name.is_empty());
    let exchange = asked.exchange;
    let page = Page { size, after };
    let authz = &exchange.app.authz;
    let found = authz.list_stores(&exchange.call, name, page).await?;
    let next = found.next.map(|id| id.to_string());
    let token = next.map(|id| exchange.app.openfga.tokens.write(LIST, &id));
    let stores: Vec<Value> = found.items.iter().map(whole).collect();
    let body = json!({ "stores": stores, "continuation_token": token.unwrap_or_default() });
    Ok(wire::ok(&body))
}

/// `DELETE /stores/{store_id}`: done, whether there was one or not.
pub(super) async fn delete(asked: Asked<'_>) -> Result<Reply, Failure> {
    let id = asked.store("DeleteStoreRequest")?;
    let exchange = asked.exchange;
    exchange.app.authz.delete_store(&exchange.call, id).await?;
    Ok(wire::nothing())
}

fn whole(store: &StoreInfo) -> Value {
    json!({
        "id": store.id.to_string(),
        "name": store.name,
        "created_at": store.created_at.to_string(),
        "updated_at": store.updated_at.to_string(),
        "deleted_at": null,
    })
}
