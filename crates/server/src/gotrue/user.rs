//! `GET /user`.

use crate::gotrue::error::Failure;
use crate::gotrue::wire::{UserBody, text};
use crate::http::exchange::Exchange;
use crate::http::reply::{self, Reply};
use authn::{Caller, Refusal};
use axum::http::StatusCode;

/// The caller's own user.
pub(super) async fn get(exchange: &Exchange) -> Result<Reply, Failure> {
    let caller = caller(exchange).await?;
    let asked = exchange
        .header("x-jwt-aud")
        .filter(|audience| !audience.is_empty());
    if asked.is_some_and(|asked| !caller.claims.aud.iter().any(|aud| aud == asked)) {
        return Err(Refusal::AudienceMismatch.into());
    }
    Ok(reply::json(
        StatusCode::OK,
        text(&UserBody::of(&caller.account)),
    ))
}

/// The user whose valid access token the request bears.
pub(super) async fn caller(exchange: &Exchange) -> Result<Caller, Failure> {
    Ok(exchange
        .app
        .authn
        .authenticate(&exchange.call, exchange.bearer())
        .await?)
}
