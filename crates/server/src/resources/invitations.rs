//! Invitations to teams: sent, listed, accepted, declined, withdrawn.

use super::body::{body, given, id, query, uuid, word};
use super::error::Failure;
use super::teams::team;
use super::who::who;
use super::wire::{self, InvitationBody, ListBody};
use crate::http::exchange::Exchange;
use crate::http::reply::{self, Reply};
use authz::access::{InvitationRequest, Offer, Role};
use axum::http::StatusCode;
use serde::Deserialize;
use types::{InvitationId, Time};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SendBody {
    email: String,
    role: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OfferBody {
    #[serde(default, deserialize_with = "given")]
    token: Option<String>,
    #[serde(default, deserialize_with = "given")]
    invitation_id: Option<String>,
}

/// Invites an address.
pub(super) async fn send(exchange: &Exchange) -> Result<Reply, Failure> {
    let asker = who(exchange).await?;
    let team = team(exchange)?;
    let body = body::<SendBody>(exchange)?;
    let request = InvitationRequest {
        email: body.email,
        role: word("role", &body.role, Role::parse, Role::choices)?,
    };
    let (access, call) = (&exchange.app.access, &exchange.call);
    let sent = access.invite(call, asker, team, request).await?;
    Ok(wire::json(StatusCode::CREATED, &InvitationBody::from(sent)))
}

/// The invitations of a team, the oldest first; `after` is the last of the page before.
pub(super) async fn list(exchange: &Exchange) -> Result<Reply, Failure> {
    let asker = who(exchange).await?;
    let team = team(exchange)?;
    let after = query(exchange, "after").map(position).transpose()?;
    let (access, call) = (&exchange.app.access, &exchange.call);
    let found = access.invitations(call, asker, team, after).await?;
    let items = found.into_iter().map(InvitationBody::from).collect();
    let list: ListBody<InvitationBody> = ListBody { items };
    Ok(wire::json(StatusCode::OK, &list))
}

/// What whoever asks is invited to.
pub(super) async fn mine(exchange: &Exchange) -> Result<Reply, Failure> {
    let asker = who(exchange).await?;
    let (access, call) = (&exchange.app.access, &exchange.call);
    let found = access.invitations_for(call, asker).await?;
    let items = found.into_iter().map(InvitationBody::from).collect();
    let list: ListBody<InvitationBody> = ListBody { items };
    Ok(wire::json(StatusCode::OK, &list))
}

/// Joins a team.
pub(super) async fn accept(exchange: &Exchange) -> Result<Reply, Failure> {
    let asker = who(exchange).await?;
    let offer = offer(exchange)?;
    let (access, call) = (&exchange.app.access, &exchange.call);
    let (joined, version) = access.accept(call, asker, offer).await?;
    let reply = wire::json(StatusCode::OK, &InvitationBody::from(joined));
    Ok(wire::versioned(reply, version))
}

/// Declines.
pub(super) async fn decline(exchange: &Exchange) -> Result<Reply, Failure> {
    let asker = who(exchange).await?;
    let offer = offer(exchange)?;
    let (access, call) = (&exchange.app.access, &exchange.call);
    access.decline(call, asker, offer).await?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

/// Takes an invitation back.
pub(super) async fn withdraw(exchange: &Exchange) -> Result<Reply, Failure> {
    let asker = who(exchange).await?;
    let invitation = InvitationId(id(exchange, "invitation_id")?);
    let (access, call) = (&exchange.app.access, &exchange.call);
    access
        .withdraw(call, asker, team(exchange)?, invitation)
        .await?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

fn offer(exchange: &Exchange) -> Result<Offer, Failure> {
    let body = body::<OfferBody>(exchange)?;
    match (body.token, body.invitation_id) {
        (Some(token), None) => Ok(Offer::Token(token)),
        (None, Some(id)) => Ok(Offer::Id(InvitationId(uuid("invitation_id", &id)?))),
        _ => Err(Failure::invalid(
            "body",
            "has either token or invitation_id",
        )),
    }
}

/// `created_at,id` of an invitation.
fn position(text: &str) -> Result<(Time, InvitationId), Failure> {
    let parts = text.split_once(',');
    let parts = parts.and_then(|(at, id)| Some((Time::parse(at)?, id.parse().ok()?)));
    parts.ok_or_else(|| Failure::invalid("after", "is not created_at,id of an invitation"))
}
