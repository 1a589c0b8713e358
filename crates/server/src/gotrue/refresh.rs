//! `POST /token?grant_type=refresh_token`.

use crate::gotrue::error::Failure;
use crate::gotrue::wire::Strength;
use crate::gotrue::{request, session};
use crate::http::exchange::Exchange;
use crate::http::reply::Reply;

/// Continues a session.
pub(super) async fn refresh(exchange: &Exchange) -> Result<Reply, Failure> {
    let body = request::body(exchange, "RefreshTokenGrantParams")?;
    let token = body.text("refresh_token")?;
    let issued = exchange.app.authn.refresh(&exchange.call, &token).await?;
    Ok(session::reply(&issued, Strength::NotTold))
}
