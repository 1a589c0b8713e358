//! `GET /me` and `GET /whoami`.

use crate::account::error::Failure;
use crate::account::wire;
use crate::http::exchange::Exchange;
use crate::http::reply::Reply;
use axum::http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value};

/// Who the bearer is, in short.
#[derive(Debug, Serialize)]
struct WhoBody<'a> {
    id: String,
    email: Option<&'a str>,
    role: &'a str,
    created_at: String,
    metadata: &'a Map<String, Value>,
}

/// The bearer's account.
pub(super) async fn me(exchange: &Exchange) -> Result<Reply, Failure> {
    let (authn, call) = (&exchange.app.authn, &exchange.call);
    let member = authn.member(call, exchange.bearer()).await?;
    Ok(wire::user(&member.account.user, &member.standing))
}

/// The same in short, with what the user keeps about themselves.
pub(super) async fn whoami(exchange: &Exchange) -> Result<Reply, Failure> {
    let (authn, call) = (&exchange.app.authn, &exchange.call);
    let member = authn.member(call, exchange.bearer()).await?;
    let user = &member.account.user;
    let body = WhoBody {
        id: user.id.to_string(),
        email: user.email.as_deref(),
        role: &member.standing.profile.role,
        created_at: user.created_at.to_string(),
        metadata: &user.user_metadata,
    };
    Ok(wire::json(StatusCode::OK, &body))
}
