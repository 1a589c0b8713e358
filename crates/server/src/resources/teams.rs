//! `/api/v1/teams`: made, listed, shown, changed, given away, deleted.

use super::body::{body, id, query, uuid, uuid_if_any};
use super::error::Failure;
use super::who::who;
use super::wire::{self, ListBody, TeamBody};
use crate::http::exchange::Exchange;
use crate::http::reply::Reply;
use authz::access::{NewTeam, TeamChanges};
use axum::http::StatusCode;
use serde::Deserialize;
use types::{TeamId, UserId};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct NewBody {
    name: String,
    description: Option<String>,
    max_members: Option<i64>,
    owner_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeBody {
    name: Option<String>,
    description: Option<String>,
    max_members: Option<i64>,
    is_active: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TransferBody {
    user_id: String,
}

/// Makes a team, which whoever asks owns.
pub(super) async fn create(exchange: &Exchange) -> Result<Reply, Failure> {
    let asker = who(exchange).await?;
    let body = body::<NewBody>(exchange)?;
    let new = NewTeam {
        owner: uuid_if_any("owner_id", body.owner_id.as_deref())?.map(UserId),
        name: body.name,
        description: body.description,
        members_max: body.max_members,
    };
    let (access, call) = (&exchange.app.access, &exchange.call);
    let (team, version) = access.create_team(call, asker, new).await?;
    let reply = wire::json(StatusCode::CREATED, &TeamBody::from(team));
    Ok(wire::versioned(reply, version))
}

/// The teams of whoever asks, or of whom a service names.
pub(super) async fn list(exchange: &Exchange) -> Result<Reply, Failure> {
    let asker = who(exchange).await?;
    let user = uuid_if_any("user_id", query(exchange, "user_id"))?.map(UserId);
    let (access, call) = (&exchange.app.access, &exchange.call);
    let teams = access.teams_of(call, asker, user).await?;
    let items = teams.into_iter().map(TeamBody::from).collect();
    let list: ListBody<TeamBody> = ListBody { items };
    Ok(wire::json(StatusCode::OK, &list))
}

/// A team.
pub(super) async fn show(exchange: &Exchange) -> Result<Reply, Failure> {
    let asker = who(exchange).await?;
    let (access, call) = (&exchange.app.access, &exchange.call);
    let team = access.show_team(call, asker, team(exchange)?).await?;
    Ok(wire::json(StatusCode::OK, &TeamBody::from(team)))
}

/// Changes a team.
pub(super) async fn change(exchange: &Exchange) -> Result<Reply, Failure> {
    let asker = who(exchange).await?;
    let id = team(exchange)?;
    let body = body::<ChangeBody>(exchange)?;
    let changes = TeamChanges {
        name: body.name,
        description: body.description,
        members_max: body.max_members,
        is_active: body.is_active,
    };
    let (access, call) = (&exchange.app.access, &exchange.call);
    let (team, version) = access.change_team(call, asker, id, changes).await?;
    let reply = wire::json(StatusCode::OK, &TeamBody::from(team));
    Ok(wire::versioned(reply, version))
}

/// Gives a team to another member.
pub(super) async fn transfer(exchange: &Exchange) -> Result<Reply, Failure> {
    let asker = who(exchange).await?;
    let id = team(exchange)?;
    let to = uuid("user_id", &body::<TransferBody>(exchange)?.user_id)?;
    let (access, call) = (&exchange.app.access, &exchange.call);
    Ok(wire::done(
        access.transfer_team(call, asker, id, UserId(to)).await?,
    ))
}

/// Deletes a team.
pub(super) async fn delete(exchange: &Exchange) -> Result<Reply, Failure> {
    let asker = who(exchange).await?;
    let (access, call) = (&exchange.app.access, &exchange.call);
    Ok(wire::done(
        access.delete_team(call, asker, team(exchange)?).await?,
    ))
}

/// The team in the path.
pub(super) fn team(exchange: &Exchange) -> Result<TeamId, Failure> {
    Ok(TeamId(id(exchange, "team_id")?))
}
