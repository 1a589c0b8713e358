//! The table of GoTrue's routes.

use crate::app::App;
use crate::gotrue::error::{self, Failure};
use crate::gotrue::{
    admin, authorize, discovery, exchange_code, factors, groups, identities, invite, logout, otp,
    password, recover, refresh, request, settings, signup, unbuilt, user, verify,
};
use crate::http::border::{self, Cors, Forms, Handled, KeyRule, Patience, Route, Surface};
use crate::http::exchange::Exchange;
use crate::http::limits::Limiter;
use crate::http::reply::Reply;
use authn::Refusal;
use axum::Router;
use axum::http::Method;

/// GoTrue's API, as the border knows it.
pub const SURFACE: Surface = Surface {
    name: "gotrue",
    keys: KeyRule::Gateway,
    forms: Forms::Apart,
    cors: Cors::GOTRUE,
    fault: error::fault,
    stray: groups::stray,
};

/// One route: its handler's failures are worded here.
macro_rules! route {
    ($method:ident $path:literal $operation:literal $($limiter:ident)? => $handler:path) => {{
        fn handle(exchange: &Exchange) -> Handled<'_> {
            Box::pin(async move {
                let outcome = match request::refuse_unstorable(exchange) {
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
            patience: Patience::Request,
            handler: handle,
        }
    }};
}

/// Every route.
fn routes() -> Vec<Route> {
    vec![
        // public documents
        route!(GET "/health" "health" => settings::health),
        route!(GET "/settings" "settings" => settings::settings),
        route!(GET "/.well-known/jwks.json" "jwks" => discovery::jwks),
        route!(GET "/.well-known/openid-configuration" "openid_configuration"
            => discovery::openid_configuration),
        route!(GET "/.well-known/oauth-authorization-server" "oauth_authorization_server"
            => discovery::oauth_authorization_server),
        // sessions
        route!(POST "/signup/" "signup" => signup::sign_up),
        route!(POST "/token" "token" Token => token),
        route!(POST "/logout" "logout" => logout::logout),
        route!(GET "/authorize" "authorize" => authorize::authorize),
        route!(GET "/callback/" "callback" => unbuilt::callback),
        route!(POST "/callback/" "callback" => unbuilt::callback),
        // links and codes
        route!(POST "/otp" "otp" Otp => otp::send),
        route!(POST "/magiclink" "magiclink" MagicLink => otp::magic_link),
        route!(POST "/recover" "recover" Recover => recover::recover),
        route!(POST "/resend" "resend" Resend => recover::resend),
        route!(GET "/reauthenticate/" "reauthenticate" => recover::reauthenticate),
        route!(GET "/verify/" "verify_link" Verify => verify::open),
        route!(POST "/verify/" "verify_code" Verify => verify::present),
        // the caller's own user
        route!(GET "/user/" "user_get" => user::get),
        route!(PUT "/user/" "user_update" UserUpdate => user::update),
        route!(GET "/user/identities/authorize" "identity_authorize"
            => authorize::authorize_link),
        route!(DELETE "/user/identities/{identity_id}" "identity_unlink"
            => identities::unlink),
        // second factors
        route!(POST "/factors/" "factor_enroll" => factors::enroll),
        route!(POST "/factors/{factor_id}/challenge" "factor_challenge" FactorChallenge
            => factors::challenge),
        route!(POST "/factors/{factor_id}/verify" "factor_verify" FactorVerify
            => factors::verify),
        route!(DELETE "/factors/{factor_id}" "factor_unenroll" => factors::unenroll),
        // administration
        route!(GET "/admin/users/" "admin_user_list" => admin::list),
        route!(POST "/admin/users/" "admin_user_create" => admin::create),
        route!(GET "/admin/users/{user_id}" "admin_user_get" => admin::get),
        route!(PUT "/admin/users/{user_id}" "admin_user_update" => admin::update),
        Route {
            patience: Patience::Deletion,
            ..route!(DELETE "/admin/users/{user_id}" "admin_user_delete" => admin::delete)
        },
        route!(GET "/admin/users/{user_id}/factors" "admin_factor_list" => factors::list),
        route!(PUT "/admin/users/{user_id}/factors/{factor_id}" "admin_factor_update"
            => factors::update),
        route!(DELETE "/admin/users/{user_id}/factors/{factor_id}" "admin_factor_delete"
            => factors::delete),
        route!(GET "/admin/audit/" "admin_audit" => admin::audit),
        route!(POST "/invite" "invite" => invite::invite),
        route!(POST "/admin/generate_link" "generate_link" => invite::generate_link),
        route!(GET "/admin/sso/providers" "admin_sso_providers" => unbuilt::sso_providers),
        route!(GET "/admin/custom-providers" "admin_custom_providers"
            => unbuilt::custom_providers),
    ]
}

/// `POST /token`: the grant is in the query.
async fn token(exchange: &Exchange) -> Result<Reply, Failure> {
    match exchange.query("grant_type") {
        "password" => password::sign_in(exchange).await,
        "refresh_token" => refresh::refresh(exchange).await,
        "pkce" => exchange_code::exchange(exchange).await,
        "id_token" => Err(unbuilt::id_token()),
        "web3" => Err(unbuilt::web3()),
        _ => Err(Refusal::UnsupportedGrant.into()),
    }
}

/// Method and path of every route, for the tests that ask each of them.
pub fn operations() -> Vec<(Method, &'static str)> {
    let bare = |path: &'static str| path.strip_suffix('/').unwrap_or(path);
    let routes = routes().into_iter();
    routes
        .map(|route| (route.method, bare(route.path)))
        .collect()
}

/// The routes as a router, and GoTrue's answer to everything else.
pub fn router(app: &App) -> Router {
    border::router(app, SURFACE, routes())
}
