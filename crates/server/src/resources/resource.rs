//! `/resources/{type}/{id}`: one resource shown, changed, deleted; where it came from.

use super::body::{body, given, id, resource, uuid, uuid_if_any, word};
use super::error::Failure;
use super::who::who;
use super::wire::{self, ShownBody};
use crate::http::exchange::Exchange;
use crate::http::reply::Reply;
use authz::access::{Changes, Removed, Set, Visibility};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use types::{TeamId, UserId};
use uuid::Uuid;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeBody {
    owner_id: Option<String>,
    #[serde(default, deserialize_with = "given")]
    project_id: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    team_id: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    parent_id: Option<Option<String>>,
    completed: Option<bool>,
    visibility: Option<String>,
}

#[derive(Debug, Serialize)]
struct RemovedBody {
    effect: &'static str,
}

#[derive(Debug, Serialize)]
struct AncestorBody {
    depth: usize,
    id: Option<String>,
    emergency: bool,
}

#[derive(Debug, Serialize)]
struct ProvenanceBody {
    items: Vec<AncestorBody>,
    emergency: bool,
}

/// A resource, for whoever may know of it.
pub(super) async fn show(exchange: &Exchange) -> Result<Reply, Failure> {
    let asker = who(exchange).await?;
    let (access, call) = (&exchange.app.access, &exchange.call);
    let shown = access.show(call, asker, resource(exchange)?).await?;
    Ok(wire::json(StatusCode::OK, &ShownBody::from(shown)))
}

/// Changes a resource, by its owner.
pub(super) async fn change(exchange: &Exchange) -> Result<Reply, Failure> {
    let asker = who(exchange).await?;
    let resource = resource(exchange)?;
    let changes = read(body::<ChangeBody>(exchange)?)?;
    let (access, call) = (&exchange.app.access, &exchange.call);
    let version = access.change(call, asker, resource, &changes).await?;
    Ok(wire::done(version))
}

/// Deletes a resource, or takes it out of the project of whoever asks.
pub(super) async fn delete(exchange: &Exchange) -> Result<Reply, Failure> {
    let asker = who(exchange).await?;
    let (access, call) = (&exchange.app.access, &exchange.call);
    let (removed, version) = access.remove(call, asker, resource(exchange)?).await?;
    let effect = match removed {
        Removed::Deleted => "deleted",
        Removed::FromProject => "removed_from_project",
    };
    let reply = wire::json(StatusCode::OK, &RemovedBody { effect });
    Ok(wire::versioned(reply, version))
}

/// The generations above one.
pub(super) async fn provenance(exchange: &Exchange) -> Result<Reply, Failure> {
    let asker = who(exchange).await?;
    let (access, call) = (&exchange.app.access, &exchange.call);
    let provenance = access.provenance(call, asker, id(exchange, "id")?).await?;
    let items = provenance.ancestors.into_iter();
    let items = items.map(|ancestor| AncestorBody {
        depth: ancestor.depth,
        id: ancestor.id.map(|id| id.to_string()),
        emergency: ancestor.is_emergency,
    });
    let body = ProvenanceBody {
        items: items.collect(),
        emergency: provenance.is_emergency,
    };
    Ok(wire::json(StatusCode::OK, &body))
}

fn read(body: ChangeBody) -> Result<Changes, Failure> {
    if matches!(body.parent_id, Some(Some(_))) {
        return Err(Failure::invalid(
            "parent_id",
            "stays what it was registered with, or is taken away with null",
        ));
    }
    let visibility = body.visibility.as_deref();
    let visibility =
        visibility.map(|text| word("visibility", text, Visibility::parse, Visibility::choices));
    let team = set("team_id", body.team_id)?;
    Ok(Changes {
        owner: uuid_if_any("owner_id", body.owner_id.as_deref())?.map(UserId),
        project: set("project_id", body.project_id)?,
        team_context: match team {
            Set::Keep => Set::Keep,
            Set::Clear => Set::Clear,
            Set::To(id) => Set::To(TeamId(id)),
        },
        forgets_parent: body.parent_id.is_some(),
        completed: body.completed,
        visibility: visibility.transpose()?,
    })
}

fn set(field: &str, given: Option<Option<String>>) -> Result<Set<Uuid>, Failure> {
    Ok(match given {
        None => Set::Keep,
        Some(None) => Set::Clear,
        Some(Some(text)) => Set::To(uuid(field, &text)?),
    })
}
