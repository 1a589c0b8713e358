//! `POST /token?grant_type=password`.

use crate::gotrue::error::Failure;
use crate::gotrue::wire::Strength;
use crate::gotrue::{request, session};
use crate::http::exchange::Exchange;
use crate::http::reply::Reply;
use authn::sign_in::PasswordGrant;
use types::Secret;

/// Signs in with a password.
pub(super) async fn sign_in(exchange: &Exchange) -> Result<Reply, Failure> {
    let body = request::body(exchange, "PasswordGrantParams")?;
    let grant = PasswordGrant {
        email: body.text("email")?,
        phone: body.text("phone")?,
        password: Secret::new(body.text("password")?),
    };
    let audience = request::audience(exchange);
    let issued = exchange
        .app
        .authn
        .sign_in(&exchange.call, &audience, grant)
        .await?;
    Ok(session::reply(&issued, Strength::Told))
}
