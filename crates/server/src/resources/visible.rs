//! `GET /visible`.

use super::body::{consistency, flag, kind, permission, query, uuid_if_any};
use super::error::Failure;
use super::who::who;
use super::wire::{self, ResourceBody};
use crate::http::exchange::Exchange;
use crate::http::page_token::Purpose;
use crate::http::reply::Reply;
use authz::access::{Asker, Permission, Resource, VisibleQuestion};
use axum::http::StatusCode;
use serde::Serialize;
use types::UserId;

/// Resources on a page where nothing is said.
const LIMIT_DEFAULT: usize = 100;

#[derive(Debug, Serialize)]
struct SeenBody {
    #[serde(flatten)]
    resource: ResourceBody,
    emergency: bool,
}

#[derive(Debug, Serialize)]
struct VisibleBody {
    items: Vec<SeenBody>,
    next_cursor: Option<String>,
    complete: bool,
}

/// What a user may see, a page at a time.
pub(super) async fn list(exchange: &Exchange) -> Result<Reply, Failure> {
    let asker = who(exchange).await?;
    let user = uuid_if_any("user_id", query(exchange, "user_id"))?.map(UserId);
    let kind = kind(exchange.query("type"))?;
    let permission = query(exchange, "permission").map(permission).transpose()?;
    let permission = permission.unwrap_or(Permission::View);
    let includes_public = flag(exchange, "include_public")?;
    let limit = query(exchange, "limit").map(|text| {
        let limit = text.parse();
        limit.map_err(|_| Failure::invalid("limit", "is not a number of resources"))
    });
    let whose = match (asker, user) {
        (Asker::User(id), _) | (Asker::Service, Some(id)) => id.to_string(),
        (Asker::Service, None) => String::new(),
    };
    // A page goes on with the question that it was begun with.
    let purpose = Purpose {
        endpoint: "visible",
        of: &[
            &whose,
            kind.name(),
            permission.name(),
            if includes_public { "public" } else { "" },
        ],
    };
    let tokens = &exchange.app.openfga.tokens;
    let after: Option<String> = tokens
        .read(purpose, exchange.query("cursor"))
        .map_err(|_| Failure::invalid("cursor", "was not given by this list"))?;
    let question = VisibleQuestion {
        asker,
        user,
        kind,
        permission,
        includes_public,
        consistency: consistency(exchange)?,
        limit: limit.transpose()?.unwrap_or(LIMIT_DEFAULT),
        after: after.as_deref().and_then(Resource::parse),
    };
    let (access, call) = (&exchange.app.access, &exchange.call);
    let page = access.visible(call, question).await?;
    let next = page
        .next
        .map(|next| tokens.write(purpose, &next.to_string()));
    let seen = |resource: Resource| SeenBody {
        emergency: page.emergencies.contains(&resource),
        resource: resource.into(),
    };
    let body = VisibleBody {
        items: page.resources.into_iter().map(seen).collect(),
        next_cursor: next,
        complete: page.is_complete,
    };
    Ok(wire::versioned(
        wire::json(StatusCode::OK, &body),
        page.version,
    ))
}
