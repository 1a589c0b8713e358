//! `GET /verify` and `POST /verify`: links and codes, presented.

mod page;

use crate::gotrue::error::Failure;
use crate::gotrue::landing::{Landed, Target};
use crate::gotrue::wire::{Strength, text};
use crate::gotrue::{request, session};
use crate::http::exchange::Exchange;
use crate::http::reply::{self, Reply};
use authn::settings::Profile;
use authn::verify::{Link, Presented, Verified};
use axum::http::{Method, StatusCode};
use serde::Serialize;

/// What somebody is told who has confirmed one of two addresses.
const HALF_DONE: &str = "Confirmation link accepted. Please proceed to confirm link sent to the \
    other email";

/// The parameters of a link, and where it leads in the end.
struct Opened<'a> {
    token: &'a str,
    kind: &'a str,
    redirect_to: String,
}

/// The answer to the first half of a change.
#[derive(Serialize)]
struct HalfBody {
    code: &'static str,
    msg: &'static str,
}

/// A link was opened: spends its token or, where mail scanners open links too, shows a page whose
/// button does.
pub(super) async fn open(exchange: &Exchange) -> Result<Reply, Failure> {
    let opened = Opened::of(exchange);
    let link = Link::new(opened.kind, opened.token)?;
    match profile(exchange) {
        Profile::Strict => page::reply(&opened),
        Profile::Compat => Ok(follow(exchange, &link, &opened.redirect_to).await),
    }
}

/// A code or a token, as JSON; or the button of the page above.
pub(super) async fn present(exchange: &Exchange) -> Result<Reply, Failure> {
    if exchange.form.is_some() && profile(exchange) == Profile::Strict {
        let opened = Opened::of(exchange);
        let link = Link::new(opened.kind, opened.token)?;
        if !is_from_here(exchange) {
            return page::reply(&opened);
        }
        return Ok(follow(exchange, &link, &opened.redirect_to).await);
    }
    let body = request::body(exchange, "VerifyParams")?;
    let presented = Presented {
        kind: body.text("type")?,
        token: body.text("token")?,
        token_hash: body.text("token_hash")?,
        email: body.text("email")?,
        phone: body.text("phone")?,
        redirect_to: body.text("redirect_to")?,
    };
    let audience = request::audience(exchange);
    let (authn, call) = (&exchange.app.authn, &exchange.call);
    Ok(
        match authn.verify_code(call, &audience, &presented).await? {
            Verified::SignedIn(issued) => session::reply(&issued, Strength::NotTold),
            Verified::HalfDone => {
                let body = HalfBody {
                    code: "200",
                    msg: HALF_DONE,
                };
                reply::json(StatusCode::OK, text(&body))
            }
        },
    )
}

/// Spends a link's token and sends the browser on with the outcome, whatever it is.
async fn follow(exchange: &Exchange, link: &Link, redirect_to: &str) -> Reply {
    let target = Target {
        url: redirect_to,
        in_query: link.ends_in_code(),
        shows_page: exchange.parts.method == Method::GET,
    };
    let (authn, call) = (&exchange.app.authn, &exchange.call);
    match authn.verify_link(call, link).await {
        Ok(landing) => target.reply(Landed::of(&landing, HALF_DONE)),
        Err(error) => target.failure(&error),
    }
}

fn profile(exchange: &Exchange) -> Profile {
    exchange.app.authn.settings().site.profile
}

/// Browsers say where a form was. One on another site must not sign its visitors in here as
/// somebody else.
fn is_from_here(exchange: &Exchange) -> bool {
    exchange
        .header("sec-fetch-site")
        .is_none_or(|site| site == "same-origin")
}

impl<'a> Opened<'a> {
    fn of(exchange: &'a Exchange) -> Self {
        let mut asked = request::asked(exchange);
        if let Some(target) = in_form(exchange, "redirect_to") {
            asked.redirect_to = Some(target.to_owned());
        }
        let field = |name| in_form(exchange, name).unwrap_or_else(|| exchange.query(name));
        Self {
            token: field("token"),
            kind: field("type"),
            redirect_to: exchange
                .app
                .authn
                .redirects()
                .resolve(asked.redirect_to.as_deref(), asked.referer.as_deref()),
        }
    }
}

fn in_form<'a>(exchange: &'a Exchange, name: &str) -> Option<&'a str> {
    exchange.form.as_ref()?.get(name).map(String::as_str)
}
