//! `GET /user` and `PUT /user`.

use crate::gotrue::error::Failure;
use crate::gotrue::request;
use crate::gotrue::wire::{UserBody, text};
use crate::http::exchange::Exchange;
use crate::http::reply::{self, Reply};
use authn::user_update::UserChanges;
use authn::{Caller, Refusal};
use axum::http::StatusCode;
use types::Secret;

/// The caller's own user.
pub(super) async fn get(exchange: &Exchange) -> Result<Reply, Failure> {
    let caller = caller(exchange).await?;
    let asked = request::named_audience(exchange);
    if asked.is_some_and(|asked| !caller.claims.aud.iter().any(|aud| aud == asked)) {
        return Err(Refusal::AudienceMismatch.into());
    }
    Ok(reply::json(
        StatusCode::OK,
        text(&UserBody::of(&caller.account)),
    ))
}

/// Changes the caller's own user.
pub(super) async fn update(exchange: &Exchange) -> Result<Reply, Failure> {
    let caller = caller(exchange).await?;
    let body = request::body(exchange, "UserUpdateParams")?;
    let changes = UserChanges {
        email: body.text("email")?,
        phone: body.text("phone")?,
        password: body.opt_text("password")?.map(Secret::new),
        current_password: body.opt_text("current_password")?.map(Secret::new),
        nonce: body.text("nonce")?,
        data: body.object("data")?,
        app_metadata: body.object("app_metadata")?,
        channel: body.text("channel")?,
        challenge: request::challenge(&body)?,
    };
    let mut asked = request::asked(exchange);
    if request::named_audience(exchange).is_none()
        && let Some(own) = caller.claims.aud.first()
    {
        // Addresses are taken among those of the caller's own audience.
        asked.audience.clone_from(own);
    }
    let (authn, call) = (&exchange.app.authn, &exchange.call);
    let account = authn.update_user(call, &asked, &caller, changes).await?;
    Ok(reply::json(StatusCode::OK, text(&UserBody::of(&account))))
}

/// The user whose valid access token the request bears.
pub(super) async fn caller(exchange: &Exchange) -> Result<Caller, Failure> {
    Ok(exchange
        .app
        .authn
        .authenticate(&exchange.call, exchange.bearer())
        .await?)
}
