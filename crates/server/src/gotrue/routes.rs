//! The table of GoTrue's routes.

use crate::app::App;
use crate::gotrue::error::{self, Failure};
use crate::gotrue::{admin, factors, identities, password, request, signup, user};
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

const SURFACE: Surface = Surface {
    name: "gotrue",
    fault: error::fault,
};

/// One route: its handler's failures are worded here.
macro_rules! route {
    ($method:ident $path:literal $operation:literal $($limiter:ident)? => $handler:path) => {{
        fn handle(exchange: &Exchange) -> Handled<'_> {
            Box::pin(async move {
                let outcome = match request::refuse_nul(exchange) {
                    Ok(()) => $handler(exchange).await,
                    Err(failure) => Err(failure),
                };
                error::worded(exchange, outcome)
            })
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
        route!(GET "/user" "user_get" => user::get),
        route!(DELETE "/user/identities/{identity_id}" "identity_unlink" => identities::unlink),
        route!(POST "/factors" "factor_enroll" => factors::enroll),
        route!(POST "/factors/{factor_id}/challenge" "factor_challenge" Factor =>
            factors::challenge),
        route!(POST "/factors/{factor_id}/verify" "factor_verify" Factor => factors::verify),
        route!(DELETE "/factors/{factor_id}" "factor_unenroll" => factors::unenroll),
        route!(GET "/admin/users" "admin_user_list" => admin::list),
        route!(POST "/admin/users" "admin_user_create" => admin::create),
        route!(GET "/admin/users/{user_id}" "admin_user_get" => admin::get),
        route!(PUT "/admin/users/{user_id}" "admin_user_update" => admin::update),
        route!(DELETE "/admin/users/{user_id}" "admin_user_delete" => admin::delete),
        route!(GET "/admin/users/{user_id}/factors" "admin_factor_list" => factors::list),
        route!(PUT "/admin/users/{user_id}/factors/{factor_id}" "admin_factor_update" =>
            factors::update),
        route!(DELETE "/admin/users/{user_id}/factors/{factor_id}" "admin_factor_delete" =>
            factors::delete),
        route!(GET "/admin/audit" "admin_audit" => admin::audit),
        route!(GET "/admin/{*rest}" "unknown" => admin::unknown),
        route!(POST "/admin/{*rest}" "unknown" => admin::unknown),
        route!(PUT "/admin/{*rest}" "unknown" => admin::unknown),
        route!(PATCH "/admin/{*rest}" "unknown" => admin::unknown),
        route!(DELETE "/admin/{*rest}" "unknown" => admin::unknown),
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
