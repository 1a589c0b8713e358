//! `/resources/project/{id}/...`: privacy, teams, collaborators.

use super::body::{body, id, time, uuid, word};
use super::error::Failure;
use super::who::who;
use super::wire::{self, PrivacyBody};
use crate::http::exchange::Exchange;
use crate::http::reply::Reply;
use authz::access::{AccessLevel, GrantLevel, GrantRequest, PrivacyChanges};
use axum::http::StatusCode;
use serde::Deserialize;
use types::{TeamId, UserId};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PrivacyChangeBody {
    restrict_to_specific_teams: Option<bool>,
    allowed_team_ids: Option<Vec<String>>,
    hide_from_other_teams: Option<bool>,
    allow_generation_attribution: Option<bool>,
    allow_generation_improvements: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LinkBody {
    access_level: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GrantBody {
    level: String,
    expires_at: Option<String>,
}

/// Changes privacy settings; all of them are answered.
pub(super) async fn privacy(exchange: &Exchange) -> Result<Reply, Failure> {
    let asker = who(exchange).await?;
    let project = id(exchange, "id")?;
    let body = body::<PrivacyChangeBody>(exchange)?;
    let allowed = body.allowed_team_ids.map(|ids| {
        let ids = ids
            .iter()
            .map(|id| uuid("allowed_team_ids", id).map(TeamId));
        ids.collect::<Result<Vec<_>, _>>()
    });
    let changes = PrivacyChanges {
        restrict_to_specific_teams: body.restrict_to_specific_teams,
        allowed_team_ids: allowed.transpose()?,
        hide_from_other_teams: body.hide_from_other_teams,
        allow_generation_attribution: body.allow_generation_attribution,
        allow_generation_improvements: body.allow_generation_improvements,
    };
    let (access, call) = (&exchange.app.access, &exchange.call);
    let changed = access
        .change_privacy(call, asker, project, &changes)
        .await?;
    let reply = wire::json(StatusCode::OK, &PrivacyBody::from(changed.0));
    Ok(wire::versioned(reply, changed.1))
}

/// Links a team.
pub(super) async fn link_team(exchange: &Exchange) -> Result<Reply, Failure> {
    let asker = who(exchange).await?;
    let (project, team) = (id(exchange, "id")?, TeamId(id(exchange, "team_id")?));
    let level = body::<LinkBody>(exchange)?.access_level;
    let level = word(
        "access_level",
        &level,
        AccessLevel::parse,
        AccessLevel::choices,
    )?;
    let (access, call) = (&exchange.app.access, &exchange.call);
    Ok(wire::done(
        access.link_team(call, asker, project, team, level).await?,
    ))
}

/// Ends the link of a team.
pub(super) async fn unlink_team(exchange: &Exchange) -> Result<Reply, Failure> {
    let asker = who(exchange).await?;
    let (project, team) = (id(exchange, "id")?, TeamId(id(exchange, "team_id")?));
    let (access, call) = (&exchange.app.access, &exchange.call);
    Ok(wire::done(
        access.unlink_team(call, asker, project, team).await?,
    ))
}

/// Names a collaborator.
pub(super) async fn grant(exchange: &Exchange) -> Result<Reply, Failure> {
    let asker = who(exchange).await?;
    let (project, user) = (id(exchange, "id")?, UserId(id(exchange, "user_id")?));
    let body = body::<GrantBody>(exchange)?;
    let expires_at = body
        .expires_at
        .as_deref()
        .map(|text| time("expires_at", text));
    let grant = GrantRequest {
        project,
        user,
        level: word("level", &body.level, GrantLevel::parse, GrantLevel::choices)?,
        expires_at: expires_at.transpose()?,
    };
    let (access, call) = (&exchange.app.access, &exchange.call);
    Ok(wire::done(access.grant(call, asker, grant).await?))
}

/// Takes a grant back.
pub(super) async fn revoke_grant(exchange: &Exchange) -> Result<Reply, Failure> {
    let asker = who(exchange).await?;
    let (project, user) = (id(exchange, "id")?, UserId(id(exchange, "user_id")?));
    let (access, call) = (&exchange.app.access, &exchange.call);
    Ok(wire::done(
        access.revoke_grant(call, asker, project, user).await?,
    ))
}
