//! `POST /signup`.

use crate::gotrue::error::Failure;
use crate::gotrue::wire::{Strength, UserBody, text};
use crate::gotrue::{request, session};
use crate::http::exchange::Exchange;
use crate::http::limits::Limiter;
use crate::http::reply::{self, Reply};
use authn::signup::{Registered, Signup};
use axum::http::StatusCode;
use types::Secret;

/// Registers by address or number; without either, signs in a user without contact.
pub(super) async fn sign_up(exchange: &Exchange) -> Result<Reply, Failure> {
    let body = request::body(exchange, "SignupParams")?;
    let email = body.text("email")?;
    let phone = body.text("phone")?;
    let asked = request::asked(exchange);
    let data = body.object("data")?.unwrap_or_default();
    let (app, call) = (&exchange.app, &exchange.call);
    if email.is_empty() && phone.is_empty() {
        app.limiters.admit(Limiter::Anonymous, exchange)?;
        let issued = app.authn.sign_up_anonymously(call, &asked, data).await?;
        return Ok(session::reply(&issued, Strength::NotTold));
    }
    app.limiters.admit(Limiter::Signup, exchange)?;
    let signup = Signup {
        email,
        phone,
        password: Secret::new(body.text("password")?),
        data,
        channel: body.text("channel")?,
        challenge: request::challenge(&body)?,
        profile: None,
    };
    Ok(match app.authn.sign_up(call, &asked, signup).await? {
        Registered::SignedIn(issued) => session::reply(&issued, Strength::NotTold),
        Registered::Pending(account) => reply::json(StatusCode::OK, text(&UserBody::of(&account))),
    })
}
