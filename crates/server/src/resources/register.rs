//! `POST /resources` and `POST /resources/batch`.

use super::body::{body, named, uuid_if_any, word};
use super::error::Failure;
use super::who::who;
use super::wire::{self, ListBody, ResourceBody};
use crate::http::exchange::Exchange;
use crate::http::reply::Reply;
use authz::access::{Registration, Visibility};
use axum::http::StatusCode;
use serde::Deserialize;
use types::{TeamId, UserId};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RegistrationBody {
    #[serde(rename = "type")]
    kind: String,
    id: String,
    owner_id: Option<String>,
    project_id: Option<String>,
    parent_id: Option<String>,
    team_id: Option<String>,
    generation_id: Option<String>,
    completed: Option<bool>,
    visibility: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct BatchBody {
    resources: Vec<RegistrationBody>,
}

/// Registers one resource.
pub(super) async fn register(exchange: &Exchange) -> Result<Reply, Failure> {
    let asker = who(exchange).await?;
    let registration = read(&body::<RegistrationBody>(exchange)?)?;
    let (access, call) = (&exchange.app.access, &exchange.call);
    let version = access
        .register(call, asker, std::slice::from_ref(&registration))
        .await?;
    let resource = ResourceBody::from(registration.resource);
    Ok(wire::versioned(
        wire::json(StatusCode::CREATED, &resource),
        version,
    ))
}

/// Registers many: all of them, or none.
pub(super) async fn register_batch(exchange: &Exchange) -> Result<Reply, Failure> {
    let asker = who(exchange).await?;
    let batch = body::<BatchBody>(exchange)?;
    let registrations = batch.resources.iter().map(read);
    let registrations = registrations.collect::<Result<Vec<_>, _>>()?;
    let (access, call) = (&exchange.app.access, &exchange.call);
    let version = access.register(call, asker, &registrations).await?;
    let items = registrations
        .iter()
        .map(|one| one.resource.into())
        .collect();
    let list: ListBody<ResourceBody> = ListBody { items };
    Ok(wire::versioned(
        wire::json(StatusCode::CREATED, &list),
        version,
    ))
}

fn read(body: &RegistrationBody) -> Result<Registration, Failure> {
    let id = |field, text: &Option<String>| uuid_if_any(field, text.as_deref());
    let visibility = body.visibility.as_deref();
    let visibility =
        visibility.map(|text| word("visibility", text, Visibility::parse, Visibility::choices));
    Ok(Registration {
        resource: named(&body.kind, &body.id)?,
        owner: id("owner_id", &body.owner_id)?.map(UserId),
        project: id("project_id", &body.project_id)?,
        parent: id("parent_id", &body.parent_id)?,
        team_context: id("team_id", &body.team_id)?.map(TeamId),
        generation: id("generation_id", &body.generation_id)?,
        is_unfinished: body.completed == Some(false),
        visibility: visibility.transpose()?,
    })
}
