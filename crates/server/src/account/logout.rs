//! `POST /logout`.

use crate::account::error::Failure;
use crate::account::wire;
use crate::http::exchange::Exchange;
use crate::http::reply::Reply;
use axum::http::StatusCode;

/// Ends the session of the bearer's token. The body is not looked at: a token in it is none.
pub(super) async fn log_out(exchange: &Exchange) -> Result<Reply, Failure> {
    let (authn, call) = (&exchange.app.authn, &exchange.call);
    authn.log_out(call, exchange.bearer()).await?;
    Ok(wire::message(StatusCode::OK, "You are signed out."))
}
