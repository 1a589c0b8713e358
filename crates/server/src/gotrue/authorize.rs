//! `GET /authorize` and `GET /user/identities/authorize`: on to a provider.

use crate::gotrue::error::Failure;
use crate::gotrue::request;
use crate::gotrue::wire::text;
use crate::http::exchange::Exchange;
use crate::http::reply::{self, Reply};
use authn::authorize::Authorization;
use axum::http::StatusCode;
use serde::Serialize;

#[derive(Serialize)]
struct Location<'a> {
    url: &'a str,
}

/// Sends the browser to a provider to sign in.
pub(super) async fn authorize(exchange: &Exchange) -> Result<Reply, Failure> {
    let (asked, wanted) = (request::asked(exchange), authorization(exchange));
    let authn = &exchange.app.authn;
    let url = authn.authorize(&exchange.call, &asked, wanted).await?;
    Ok(reply::redirect(StatusCode::FOUND, &url, true))
}

/// Sends the browser to a provider to link an account there; or, for clients that cannot follow a
/// redirect with their token, says where it is to go.
pub(super) async fn authorize_link(exchange: &Exchange) -> Result<Reply, Failure> {
    let (asked, wanted) = (request::asked(exchange), authorization(exchange));
    let authn = &exchange.app.authn;
    let url = authn
        .authorize_link(&exchange.call, exchange.bearer(), &asked, wanted)
        .await?;
    Ok(match exchange.query("skip_http_redirect") {
        "true" => reply::json(StatusCode::OK, text(&Location { url: &url })),
        _ => reply::redirect(StatusCode::FOUND, &url, true),
    })
}

fn authorization(exchange: &Exchange) -> Authorization {
    let text = |name: &str| exchange.query(name).to_owned();
    Authorization {
        provider: text("provider"),
        scopes: text("scopes"),
        invite_token: text("invite_token"),
        code_challenge_method: text("code_challenge_method"),
        code_challenge: text("code_challenge"),
        parameters: exchange.query.clone(),
    }
}
