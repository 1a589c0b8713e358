//! `POST /otp` and `POST /magiclink`.

use crate::gotrue::error::Failure;
use crate::gotrue::request;
use crate::gotrue::wire::SentBody;
use crate::http::exchange::Exchange;
use crate::http::reply::Reply;
use authn::Refusal;
use authn::otp::OtpRequest;

/// Sends a link and a code by mail, or a code by text message.
pub(super) async fn send(exchange: &Exchange) -> Result<Reply, Failure> {
    let body = request::body(exchange, "OtpParams")?;
    let wanted = OtpRequest {
        email: body.text("email")?,
        phone: body.text("phone")?,
        create_user: body.opt_bool("create_user")?.unwrap_or(true),
        data: body.object("data")?.unwrap_or_default(),
        channel: body.text("channel")?,
        challenge: request::challenge(&body)?,
    };
    let asked = request::asked(exchange);
    let authn = &exchange.app.authn;
    let sent = authn.send_otp(&exchange.call, &asked, wanted).await?;
    Ok(SentBody::reply(&sent))
}

/// The older name of the same, for mails only.
pub(super) async fn magic_link(exchange: &Exchange) -> Result<Reply, Failure> {
    let body = request::body(exchange, "MagicLinkParams")?;
    let wanted = OtpRequest {
        email: body.text("email")?,
        phone: String::new(),
        create_user: true,
        data: body.object("data")?.unwrap_or_default(),
        channel: String::new(),
        challenge: request::challenge(&body)?,
    };
    if wanted.email.is_empty() {
        return Err(Refusal::RecoverWithoutEmail.into());
    }
    let asked = request::asked(exchange);
    let authn = &exchange.app.authn;
    let sent = authn.send_otp(&exchange.call, &asked, wanted).await?;
    Ok(SentBody::reply(&sent))
}
