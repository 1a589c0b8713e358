//! `/emergency`: asked for, approved, ended, listed.

use super::body::{body, id, named, uuid_if_any};
use super::error::Failure;
use super::who::who;
use super::wire::{self, EmergencyBody, ListBody};
use crate::http::exchange::Exchange;
use crate::http::reply::Reply;
use authz::access::EmergencyRequest;
use axum::http::StatusCode;
use serde::Deserialize;
use types::{EmergencyId, UserId};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestBody {
    user_id: Option<String>,
    #[serde(rename = "type")]
    kind: String,
    id: String,
    reason: String,
    minutes: i64,
}

/// Asks for an emergency access.
pub(super) async fn request(exchange: &Exchange) -> Result<Reply, Failure> {
    let asker = who(exchange).await?;
    let body = body::<RequestBody>(exchange)?;
    let request = EmergencyRequest {
        user: uuid_if_any("user_id", body.user_id.as_deref())?.map(UserId),
        resource: named(&body.kind, &body.id)?,
        reason: body.reason,
        minutes: body.minutes,
    };
    let (access, call) = (&exchange.app.access, &exchange.call);
    let asked = access.request_emergency(call, asker, request).await?;
    Ok(wire::json(StatusCode::CREATED, &EmergencyBody::from(asked)))
}

/// Approves one.
pub(super) async fn approve(exchange: &Exchange) -> Result<Reply, Failure> {
    let asker = who(exchange).await?;
    let id = EmergencyId(id(exchange, "id")?);
    let (access, call) = (&exchange.app.access, &exchange.call);
    let (approved, version) = access.approve_emergency(call, asker, id).await?;
    let reply = wire::json(StatusCode::OK, &EmergencyBody::from(approved));
    Ok(wire::versioned(reply, version))
}

/// Ends one.
pub(super) async fn end(exchange: &Exchange) -> Result<Reply, Failure> {
    let asker = who(exchange).await?;
    let id = EmergencyId(id(exchange, "id")?);
    let (access, call) = (&exchange.app.access, &exchange.call);
    let (ended, version) = access.end_emergency(call, asker, id).await?;
    let reply = wire::json(StatusCode::OK, &EmergencyBody::from(ended));
    Ok(wire::versioned(reply, version))
}

/// The newest ones.
pub(super) async fn list(exchange: &Exchange) -> Result<Reply, Failure> {
    let asker = who(exchange).await?;
    let (access, call) = (&exchange.app.access, &exchange.call);
    let found = access.emergencies(call, asker).await?;
    let items = found.into_iter().map(EmergencyBody::from).collect();
    let list: ListBody<EmergencyBody> = ListBody { items };
    Ok(wire::json(StatusCode::OK, &list))
}
