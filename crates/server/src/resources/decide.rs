//! `POST /authorize`, `/authorize/batch`, `/authorize/permissions`.

use super::body::{body, consistency, named, permission, uuid_if_any};
use super::error::Failure;
use super::who::who;
use super::wire::{self, DecisionBody, ListBody};
use crate::http::exchange::Exchange;
use crate::http::reply::Reply;
use authz::access::{Ask, Decision, Item};
use axum::http::StatusCode;
use serde::Deserialize;
use types::UserId;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OneBody {
    #[serde(rename = "type")]
    kind: String,
    id: String,
    permission: String,
    user_id: Option<String>,
    #[serde(default)]
    explain: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ItemBody {
    #[serde(rename = "type")]
    kind: String,
    id: String,
    permission: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BatchBody {
    items: Vec<ItemBody>,
    user_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AllBody {
    #[serde(rename = "type")]
    kind: String,
    id: String,
    user_id: Option<String>,
}

/// One decision; its status says the same as its body: granted, not granted, nothing to know of.
pub(super) async fn authorize(exchange: &Exchange) -> Result<Reply, Failure> {
    let asker = who(exchange).await?;
    let body = body::<OneBody>(exchange)?;
    let item = Item {
        resource: named(&body.kind, &body.id)?,
        permission: permission(&body.permission)?,
    };
    let ask = Ask {
        asker,
        user: uuid_if_any("user_id", body.user_id.as_deref())?.map(UserId),
        items: vec![item],
        explains: body.explain,
        consistency: consistency(exchange)?,
    };
    let (access, call) = (&exchange.app.access, &exchange.call);
    let (decisions, version) = access.decide(call, &ask).await?;
    let Some(decision) = decisions.into_iter().next() else {
        return Err(Failure::invalid("body", "asks for nothing"));
    };
    let status = status(&decision);
    let reply = wire::json(status, &DecisionBody::from(decision));
    Ok(wire::versioned(reply, version))
}

/// Up to a hundred decisions, all of one moment.
pub(super) async fn batch(exchange: &Exchange) -> Result<Reply, Failure> {
    let asker = who(exchange).await?;
    let body = body::<BatchBody>(exchange)?;
    let items = body.items.iter().map(|item| {
        Ok(Item {
            resource: named(&item.kind, &item.id)?,
            permission: permission(&item.permission)?,
        })
    });
    let ask = Ask {
        asker,
        user: uuid_if_any("user_id", body.user_id.as_deref())?.map(UserId),
        items: items.collect::<Result<_, Failure>>()?,
        explains: false,
        consistency: consistency(exchange)?,
    };
    let (access, call) = (&exchange.app.access, &exchange.call);
    let (decisions, version) = access.decide(call, &ask).await?;
    Ok(listed(decisions, version))
}

/// Every permission that a resource has.
pub(super) async fn permissions(exchange: &Exchange) -> Result<Reply, Failure> {
    let asker = who(exchange).await?;
    let body = body::<AllBody>(exchange)?;
    let resource = named(&body.kind, &body.id)?;
    let ask = Ask {
        asker,
        user: uuid_if_any("user_id", body.user_id.as_deref())?.map(UserId),
        items: Vec::new(),
        explains: false,
        consistency: consistency(exchange)?,
    };
    let (access, call) = (&exchange.app.access, &exchange.call);
    let (decisions, version) = access.decide_all(call, ask, resource).await?;
    Ok(listed(decisions, version))
}

fn listed(decisions: Vec<Decision>, version: i64) -> Reply {
    let items = decisions.into_iter().map(DecisionBody::from).collect();
    let list: ListBody<DecisionBody> = ListBody { items };
    wire::versioned(wire::json(StatusCode::OK, &list), version)
}

fn status(decision: &Decision) -> StatusCode {
    if decision.granted() {
        StatusCode::OK
    } else if decision.is_unknown() {
        StatusCode::NOT_FOUND
    } else {
        StatusCode::FORBIDDEN
    }
}
