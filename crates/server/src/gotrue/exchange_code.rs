//! `POST /token?grant_type=pkce`.

use crate::gotrue::error::Failure;
use crate::gotrue::wire::Strength;
use crate::gotrue::{request, session};
use crate::http::exchange::Exchange;
use crate::http::reply::Reply;
use authn::exchange::CodeGrant;
use types::Secret;

/// Exchanges the code at the end of a flow for a session.
pub(super) async fn exchange(exchange: &Exchange) -> Result<Reply, Failure> {
    let body = request::body(exchange, "PKCEGrantParams")?;
    let grant = CodeGrant {
        code: Secret::new(body.text("auth_code")?),
        verifier: Secret::new(body.text("code_verifier")?),
    };
    let authn = &exchange.app.authn;
    let issued = authn.exchange_code(&exchange.call, grant).await?;
    Ok(session::reply(&issued, Strength::NotTold))
}
