//! `POST /invite` and `POST /admin/generate_link`.

use crate::gotrue::admin::admin;
use crate::gotrue::error::Failure;
use crate::gotrue::request;
use crate::gotrue::wire::{LinkBody, UserBody, text};
use crate::http::exchange::Exchange;
use crate::http::reply::{self, Reply};
use authn::generate_link::LinkRequest;
use authn::invite::Invitation;
use axum::http::StatusCode;
use types::Secret;

/// Makes an account and mails a link that accepts it.
pub(super) async fn invite(exchange: &Exchange) -> Result<Reply, Failure> {
    let admin = admin(exchange).await?;
    let body = request::body(exchange, "InviteParams")?;
    let invitation = Invitation {
        email: body.text("email")?,
        data: body.object("data")?.unwrap_or_default(),
    };
    let asked = request::asked(exchange);
    let (authn, call) = (&exchange.app.authn, &exchange.call);
    let account = authn.invite(call, &asked, &admin, invitation).await?;
    Ok(reply::json(StatusCode::OK, text(&UserBody::of(&account))))
}

/// Makes a link that the administrator delivers.
pub(super) async fn generate_link(exchange: &Exchange) -> Result<Reply, Failure> {
    let admin = admin(exchange).await?;
    let body = request::body(exchange, "GenerateLinkParams")?;
    let wanted = LinkRequest {
        kind: body.text("type")?,
        email: body.text("email")?,
        new_email: body.text("new_email")?,
        password: Secret::new(body.text("password")?),
        data: body.object("data")?.unwrap_or_default(),
        redirect_to: body.text("redirect_to")?,
    };
    let asked = request::asked(exchange);
    let (authn, call) = (&exchange.app.authn, &exchange.call);
    let link = authn.generate_link(call, &asked, &admin, wanted).await?;
    Ok(reply::json(StatusCode::OK, text(&LinkBody::of(&link))))
}
