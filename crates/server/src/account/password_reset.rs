//! `POST /password-reset` and `POST /password-reset-confirm`.

use crate::account::body::Fields;
use crate::account::error::Failure;
use crate::account::login::not_blank;
use crate::account::register::{email, new_password};
use crate::account::wire;
use crate::http::exchange::Exchange;
use crate::http::reply::Reply;
use axum::http::StatusCode;

/// Mails a link for another password, if there is somebody to mail it to. Always the same answer.
pub(super) async fn request(exchange: &Exchange) -> Result<Reply, Failure> {
    let (authn, call) = (&exchange.app.authn, &exchange.call);
    let mut fields = Fields::read(exchange, &["email"])?;
    let email = fields.required("email", |text| email(&text));
    let email = fields.finish(email)?;
    authn.request_password_reset(call, &email).await?;
    Ok(wire::message(
        StatusCode::OK,
        "If this address has an account, a mail with a link is on its way.",
    ))
}

/// Sets another password by the token of such a link.
pub(super) async fn confirm(exchange: &Exchange) -> Result<Reply, Failure> {
    let (authn, call) = (&exchange.app.authn, &exchange.call);
    let mut fields = Fields::read(exchange, &["token", "new_password", "confirm_password"])?;
    let token = fields.required("token", not_blank);
    let password = new_password(&mut fields, "new_password", authn.password_rules());
    let (token, password) = fields.finish(token.zip(password))?;
    authn.confirm_password_reset(call, &token, password).await?;
    Ok(wire::message(
        StatusCode::OK,
        "Your password is changed. Sign in with the new one.",
    ))
}
