//! `POST /login`.

use crate::account::body::Fields;
use crate::account::error::Failure;
use crate::account::wire;
use crate::http::exchange::Exchange;
use crate::http::reply::Reply;
use authn::account::{Credentials, Stay};
use axum::http::StatusCode;
use types::Secret;

/// Signs in with address and password. Without `remember_me` the session ends after the configured
/// span, however often it is refreshed; with it, it lives as long as sessions do.
pub(super) async fn log_in(exchange: &Exchange) -> Result<Reply, Failure> {
    let (authn, call) = (&exchange.app.authn, &exchange.call);
    let mut fields = Fields::read(exchange, &["email", "password", "remember_me"])?;
    let email = fields.required("email", not_blank);
    let password = fields.required("password", not_blank);
    let stay = if fields.flag("remember_me") {
        Stay::Remembered
    } else {
        Stay::Brief
    };
    let credentials = email.zip(password).map(|(email, password)| Credentials {
        email,
        password: Secret::new(password),
    });
    let credentials = fields.finish(credentials)?;
    let signed_in = authn.log_in(call, credentials, stay).await?;
    Ok(wire::tokens(StatusCode::OK, &signed_in))
}

/// A text that says something.
pub(super) fn not_blank(text: String) -> Result<String, &'static str> {
    if text.trim().is_empty() {
        Err("is required")
    } else {
        Ok(text)
    }
}
