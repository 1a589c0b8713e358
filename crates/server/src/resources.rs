//! The API for resources, teams and media (`/api/v1/authz`, `/api/v1/teams`, `/api/v1/media`): the
//! routes, and what they share. No rules: one use-case call per route.

mod body;
mod decide;
mod emergency;
mod error;
mod invitations;
mod media;
mod members;
mod openapi;
mod project;
mod register;
mod resource;
mod teams;
mod visible;
mod who;
mod wire;

use crate::app::App;
use crate::http::border::{self, Cors, Forms, Handled, KeyRule, Patience, Route, Surface};
use crate::http::exchange::Exchange;
use axum::Router;
use axum::http::Method;

/// How the API words what the border has to say.
pub const SURFACE: Surface = Surface {
    name: "resources",
    keys: KeyRule::Gateway,
    forms: Forms::Body,
    cors: Cors::AUTHORIZATION,
    fault: error::fault,
    stray: error::stray,
};

/// One route: its handler's failures are worded here.
macro_rules! route {
    ($method:ident $path:literal $operation:literal $patience:ident => $handler:path) => {{
        fn handle(exchange: &Exchange) -> Handled<'_> {
            Box::pin(async move { error::worded(exchange, $handler(exchange).await) })
        }
        Route {
            method: Method::$method,
            path: $path,
            operation: $operation,
            limiter: None,
            patience: Patience::$patience,
            handler: handle,
        }
    }};
}

/// The routes below `/api/v1/authz`.
pub fn authz_routes() -> Vec<Route> {
    vec![
        route!(POST "/authorize" "authorize" Check => decide::authorize),
        route!(POST "/authorize/batch" "authorize_batch" Check => decide::batch),
        route!(POST "/authorize/permissions" "authorize_permissions" Check => decide::permissions),
        route!(GET "/visible" "visible" List => visible::list),
        route!(POST "/resources" "resource_register" Request => register::register),
        route!(POST "/resources/batch" "resource_register_batch" Request
            => register::register_batch),
        route!(GET "/resources/{type}/{id}" "resource_show" Request => resource::show),
        route!(PATCH "/resources/{type}/{id}" "resource_change" Request => resource::change),
        route!(DELETE "/resources/{type}/{id}" "resource_delete" Deletion => resource::delete),
        route!(GET "/resources/generation/{id}/provenance" "resource_provenance" Request
            => resource::provenance),
        route!(PUT "/resources/project/{id}/privacy" "project_privacy" Request
            => project::privacy),
        route!(PUT "/resources/project/{id}/teams/{team_id}" "project_link_team" Request
            => project::link_team),
        route!(DELETE "/resources/project/{id}/teams/{team_id}" "project_unlink_team" Request
            => project::unlink_team),
        route!(PUT "/resources/project/{id}/grants/{user_id}" "project_grant" Request
            => project::grant),
        route!(DELETE "/resources/project/{id}/grants/{user_id}" "project_revoke_grant" Request
            => project::revoke_grant),
        route!(POST "/emergency" "emergency_request" Request => emergency::request),
        route!(GET "/emergency" "emergency_list" Request => emergency::list),
        route!(POST "/emergency/{id}/approve" "emergency_approve" Request => emergency::approve),
        route!(POST "/emergency/{id}/end" "emergency_end" Request => emergency::end),
        route!(GET "/openapi.json" "resources_openapi" Request => openapi::show),
    ]
}

/// The routes below `/api/v1/teams`.
pub fn team_routes() -> Vec<Route> {
    vec![
        route!(POST "/" "team_create" Request => teams::create),
        route!(GET "/" "team_list" Request => teams::list),
        route!(GET "/invitations" "invitation_mine" Request => invitations::mine),
        route!(POST "/invitations/accept" "invitation_accept" Request => invitations::accept),
        route!(POST "/invitations/decline" "invitation_decline" Request => invitations::decline),
        route!(GET "/{team_id}" "team_show" Request => teams::show),
        route!(PUT "/{team_id}" "team_change" Request => teams::change),
        route!(DELETE "/{team_id}" "team_delete" Deletion => teams::delete),
        route!(POST "/{team_id}/transfer" "team_transfer" Request => teams::transfer),
        route!(POST "/{team_id}/leave" "team_leave" Request => members::leave),
        route!(GET "/{team_id}/members" "member_list" Request => members::list),
        route!(PUT "/{team_id}/members/{user_id}" "member_change" Request => members::change),
        route!(DELETE "/{team_id}/members/{user_id}" "member_remove" Request => members::remove),
        route!(POST "/{team_id}/invitations" "invitation_send" Request => invitations::send),
        route!(GET "/{team_id}/invitations" "invitation_list" Request => invitations::list),
        route!(DELETE "/{team_id}/invitations/{invitation_id}" "invitation_withdraw" Request
            => invitations::withdraw),
    ]
}

/// The routes below `/api/v1/media`.
pub fn media_routes() -> Vec<Route> {
    vec![
        route!(POST "/sign" "media_sign" Request => media::sign),
        route!(POST "/revoke" "media_revoke" Request => media::revoke),
        route!(GET "/verify" "media_verify" Check => media::verify),
        route!(GET "/{token}" "media_open" Check => media::open),
    ]
}

/// The routes as routers that also answer everything else below their prefixes.
pub fn authz_router(app: &App) -> Router {
    border::router(app, SURFACE, authz_routes())
}

/// See [`authz_router`].
pub fn teams_router(app: &App) -> Router {
    border::router(app, SURFACE, team_routes())
}

/// See [`authz_router`].
pub fn media_router(app: &App) -> Router {
    border::router(app, SURFACE, media_routes())
}
