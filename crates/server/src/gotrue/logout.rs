//! `POST /logout`.

use crate::gotrue::error::Failure;
use crate::http::exchange::Exchange;
use crate::http::reply::{self, Reply};
use axum::http::StatusCode;

/// Ends sessions; which ones, the query says.
pub(super) async fn logout(exchange: &Exchange) -> Result<Reply, Failure> {
    let (authn, scope) = (&exchange.app.authn, exchange.query("scope"));
    authn
        .sign_out(&exchange.call, exchange.bearer(), scope)
        .await?;
    Ok(reply::empty(StatusCode::NO_CONTENT))
}
