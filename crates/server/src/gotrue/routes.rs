//! The table of GoTrue's routes.

use crate::app::App;
use crate::gotrue::error::{self, Failure};
use crate::gotrue::{invite, otp, password, recover, signup, user, verify};
use crate::http::border::{self, Handled, Route, Surface};
use crate::http::exchange::Exchange;
use crate::http::limits::Limiter;
use crate::http::reply::Reply;
use authn::Refusal;
use axum::Router;
use axum::extract::Request;
use axum::http::Method;
use axum::routing::any;
use std::collections::BTreeMap;

/// GoTrue's API, as the border knows it.
pub const SURFACE: Surface = Surface {
    name: "gotrue",
    fault: error::fault,
};

/// One route: its handler's failures are worded here.
macro_rules! route {
    ($method:ident $path:literal $operation:literal $($limiter:ident)? => $handler:path) => {{
        fn handle(exchange: &Exchange) -> Handled<'_> {
            Box::pin(async move { error::worded(exchange, $handler(exchange).await) })
        }
        Route {
            method: Method::$method,
            path: $path,
            operation: $operation,
            limiter: None$(.or(Some(Limiter::$limiter)))?,
            handler: handle,
        }
    }};
}

/// Every route.
pub fn routes() -> Vec<Route> {
    vec![
        route!(POST "/signup" "signup" => signup::sign_up),
        route!(POST "/token" "token" Token => token),
        route!(POST "/otp" "otp" Otp => otp::send),
        route!(POST "/magiclink" "magiclink" MagicLink => otp::magic_link),
        route!(POST "/recover" "recover" Recover => recover::recover),
        route!(POST "/resend" "resend" Resend => recover::resend),
        route!(GET "/reauthenticate" "reauthenticate" => recover::reauthenticate),
        route!(GET "/verify" "verify_link" Verify => verify::open),
        route!(POST "/verify" "verify_code" Verify => verify::present),
        route!(GET "/user" "user_get" => user::get),
        route!(PUT "/user" "user_update" UserUpdate => user::update),
        route!(POST "/invite" "invite" => invite::invite),
        route!(POST "/admin/generate_link" "generate_link" => invite::generate_link),
    ]
}

/// `POST /token`: the grant is in the query.
async fn token(exchange: &Exchange) -> Result<Reply, Failure> {
    match exchange.query("grant_type") {
        "password" => password::sign_in(exchange).await,
        _ => Err(Refusal::UnsupportedGrant.into()),
    }
}

/// The routes as a router, and GoTrue's answer to everything else.
pub fn router(app: &App) -> Router {
    let mut by_path: BTreeMap<&'static str, Vec<Route>> = BTreeMap::new();
    for route in routes() {
        by_path.entry(route.path).or_default().push(route);
    }
    let mut router = Router::new();
    for (path, routes) in by_path {
        let app = app.clone();
        router = router.route(
            path,
            any(move |request: Request| border::answer(app, SURFACE, routes, request)),
        );
    }
    let app = app.clone();
    router.fallback(move |request: Request| border::answer(app, SURFACE, Vec::new(), request))
}
