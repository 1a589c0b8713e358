//! `POST /refresh`.

use crate::account::body::Fields;
use crate::account::error::Failure;
use crate::account::login::not_blank;
use crate::account::wire;
use crate::http::exchange::Exchange;
use crate::http::reply::Reply;
use axum::http::StatusCode;

/// Exchanges a refresh token.
pub(super) async fn refresh(exchange: &Exchange) -> Result<Reply, Failure> {
    let (authn, call) = (&exchange.app.authn, &exchange.call);
    let mut fields = Fields::read(exchange, &["refresh_token"])?;
    let token = fields.required("refresh_token", not_blank);
    let token = fields.finish(token)?;
    let signed_in = authn.renew(call, &token).await?;
    Ok(wire::tokens(StatusCode::OK, &signed_in))
}
