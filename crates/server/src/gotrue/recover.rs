//! `POST /recover`, `POST /resend` and `GET /reauthenticate`: messages about an account.

use crate::gotrue::error::Failure;
use crate::gotrue::wire::SentBody;
use crate::gotrue::{request, user};
use crate::http::exchange::Exchange;
use crate::http::reply::Reply;
use authn::Sent;
use authn::resend::{Resend, Resendable};

/// Mails a link and a code that sign in someone who forgot their password.
pub(super) async fn recover(exchange: &Exchange) -> Result<Reply, Failure> {
    let body = request::body(exchange, "RecoverParams")?;
    let email = body.text("email")?;
    let challenge = request::challenge(&body)?;
    let asked = request::asked(exchange);
    let (authn, call) = (&exchange.app.authn, &exchange.call);
    authn
        .recover(call, &asked, &email, challenge.as_ref())
        .await?;
    Ok(SentBody::reply(&Sent::default()))
}

/// Sends a confirmation again.
pub(super) async fn resend(exchange: &Exchange) -> Result<Reply, Failure> {
    let body = request::body(exchange, "ResendConfirmationParams")?;
    let resend = Resend {
        kind: Resendable::parse(&body.text("type")?),
        email: body.text("email")?,
        phone: body.text("phone")?,
    };
    let asked = request::asked(exchange);
    let authn = &exchange.app.authn;
    let sent = authn.resend(&exchange.call, &asked, resend).await?;
    Ok(SentBody::reply(&sent))
}

/// Sends a code that a sensitive change may ask for.
pub(super) async fn reauthenticate(exchange: &Exchange) -> Result<Reply, Failure> {
    let caller = user::caller(exchange).await?;
    let authn = &exchange.app.authn;
    let sent = authn.reauthenticate(&exchange.call, &caller).await?;
    Ok(SentBody::reply(&sent))
}
