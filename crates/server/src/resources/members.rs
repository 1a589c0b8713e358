//! `/api/v1/teams/{team_id}/members`: listed, changed, removed; and leaving.

use super::body::{body, id, word};
use super::error::Failure;
use super::teams::team;
use super::who::who;
use super::wire::{self, ListBody, MemberBody};
use crate::http::exchange::Exchange;
use crate::http::reply::Reply;
use authz::access::Role;
use axum::http::StatusCode;
use serde::Deserialize;
use types::UserId;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeBody {
    role: Option<String>,
    is_active: Option<bool>,
}

/// The members of a team.
pub(super) async fn list(exchange: &Exchange) -> Result<Reply, Failure> {
    let asker = who(exchange).await?;
    let (access, call) = (&exchange.app.access, &exchange.call);
    let members = access.members(call, asker, team(exchange)?).await?;
    let items = members.into_iter().map(MemberBody::from).collect();
    let list: ListBody<MemberBody> = ListBody { items };
    Ok(wire::json(StatusCode::OK, &list))
}

/// Gives a member another role, or lets the membership rest.
pub(super) async fn change(exchange: &Exchange) -> Result<Reply, Failure> {
    let asker = who(exchange).await?;
    let (team, member) = (team(exchange)?, member(exchange)?);
    let body = body::<ChangeBody>(exchange)?;
    let role = body.role.as_deref();
    let role = role
        .map(|text| word("role", text, Role::parse, Role::choices))
        .transpose()?;
    if role.is_none() && body.is_active.is_none() {
        return Err(Failure::invalid("body", "has nothing to change"));
    }
    let changes = (role, body.is_active);
    let (access, call) = (&exchange.app.access, &exchange.call);
    Ok(wire::done(
        access
            .change_member(call, asker, team, member, changes)
            .await?,
    ))
}

/// Removes a member.
pub(super) async fn remove(exchange: &Exchange) -> Result<Reply, Failure> {
    let asker = who(exchange).await?;
    let (team, member) = (team(exchange)?, member(exchange)?);
    let (access, call) = (&exchange.app.access, &exchange.call);
    Ok(wire::done(
        access.remove_member(call, asker, team, member).await?,
    ))
}

/// Lets whoever asks go.
pub(super) async fn leave(exchange: &Exchange) -> Result<Reply, Failure> {
    let asker = who(exchange).await?;
    let (access, call) = (&exchange.app.access, &exchange.call);
    Ok(wire::done(
        access.leave_team(call, asker, team(exchange)?).await?,
    ))
}

fn member(exchange: &Exchange) -> Result<UserId, Failure> {
    Ok(UserId(id(exchange, "user_id")?))
}
