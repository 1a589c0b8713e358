//! What GoTrue's routes read from a request beside their own fields.

use crate::gotrue::error::Failure;
use crate::gotrue::json::{self, Object};
use crate::http::exchange::Exchange;
use authn::pkce::Challenge;
use authn::{Asked, Error};

/// The request's JSON object. `name` is what GoTrue calls its type in error messages.
pub(super) fn body(exchange: &Exchange, name: &'static str) -> Result<Object, Failure> {
    Ok(json::parse(&exchange.body, name)?)
}

/// The audience that the request is made for: the header, else what is configured.
pub(super) fn audience(exchange: &Exchange) -> String {
    let header = exchange
        .header("x-jwt-aud")
        .filter(|audience| !audience.is_empty());
    let configured = &exchange.app.authn.settings().jwt.audience;
    header.unwrap_or(configured).to_owned()
}

/// What the request asks for beside its body.
pub(super) fn asked(exchange: &Exchange) -> Asked {
    let header = exchange
        .header("redirect_to")
        .filter(|target| !target.is_empty());
    let query = Some(exchange.query("redirect_to")).filter(|target| !target.is_empty());
    Asked {
        audience: audience(exchange),
        redirect_to: header.or(query).map(str::to_owned),
        referer: exchange.header("referer").map(str::to_owned),
    }
}

/// The challenge that the request brings, if it wants the flow to end in a code.
pub(super) fn challenge(object: &Object) -> Result<Option<Challenge>, Failure> {
    let method = object.text("code_challenge_method")?;
    let challenge = object.text("code_challenge")?;
    Ok(Challenge::parse(&method, &challenge).map_err(Error::from)?)
}
