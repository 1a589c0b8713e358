//! The account API (`/api/v1/auth`): the routes, and what they share. No rules: one use-case call
//! per route.

mod body;
mod error;
mod health;
mod login;
mod logout;
mod me;
mod password_reset;
mod profile;
mod refresh;
mod register;
mod security_info;
mod wire;

use crate::app::App;
use crate::http::border::{self, Cors, Forms, Handled, KeyRule, Patience, Route, Surface};
use crate::http::exchange::Exchange;
use crate::http::limits::Limiter;
use axum::Router;
use axum::http::Method;

/// How the account API words what the border has to say.
pub const SURFACE: Surface = Surface {
    name: "account",
    keys: KeyRule::Gateway,
    forms: Forms::Apart,
    cors: Cors::GOTRUE,
    fault: error::fault,
    stray: error::stray,
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
            patience: Patience::Request,
            handler: handle,
        }
    }};
}

/// Every route, below `/api/v1/auth`.
pub fn routes() -> Vec<Route> {
    vec![
        route!(POST "/register" "account_register" AccountRegister => register::register),
        route!(POST "/login" "account_login" AccountLogin => login::log_in),
        route!(POST "/refresh" "account_refresh" AccountRefresh => refresh::refresh),
        route!(POST "/logout" "account_logout" => logout::log_out),
        route!(GET "/me" "account_me" => me::me),
        route!(GET "/whoami" "account_whoami" => me::whoami),
        route!(PUT "/profile" "account_profile" => profile::change),
        route!(POST "/password-reset" "account_password_reset" AccountReset
            => password_reset::request),
        route!(POST "/password-reset-confirm" "account_password_reset_confirm" AccountResetConfirm
            => password_reset::confirm),
        route!(GET "/security-info" "account_security_info" => security_info::tell),
        route!(GET "/health" "account_health" => health::check),
        route!(POST "/check-email" "account_check_email" => register::check_email),
    ]
}

/// The routes as a router that also answers everything else below its prefix.
pub fn router(app: &App) -> Router {
    border::router(app, SURFACE, routes())
}
