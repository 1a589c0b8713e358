//! The public port: which API answers which path.

use crate::app::App;
use crate::config::Mode;
use crate::http::observe::Observed;
use crate::http::{call, reply};
use crate::management::{Health, health_router};
use crate::{account, authzen, gotrue, inbox, openfga, resources};
use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::Response;
use store::Store;

/// Everything on the public port.
pub fn router(app: &App, store: &Store, health: &Health, mode: Mode) -> Router {
    let mut router = health_router(health)
        .nest("/auth/v1", gotrue::router(app))
        .nest("/api/v1/auth", account::router(app))
        .nest("/api/v1/authz", resources::authz_router(app))
        .nest("/api/v1/teams", resources::teams_router(app))
        .nest("/api/v1/media", resources::media_router(app))
        .nest("/stores", stores(app))
        // What is nested is reached without a slash at the end only.
        .route("/stores/", openfga::nowhere(app))
        .nest("/access/v1", authzen::router(app))
        .nest(
            "/.well-known/authzen-configuration",
            authzen::discovery_router(app),
        );
    if mode == Mode::Development {
        router = router.merge(inbox::router(app, store));
    }
    if app.border.also_at_root {
        // What no other API answers is GoTrue's, down to its words for an unknown path.
        return router.fallback_service(gotrue::router(app));
    }
    let app = app.clone();
    router.fallback(move |request: Request| async move { nowhere(&app, request).await })
}

/// Two APIs of one store; what neither answers is OpenFGA's.
fn stores(app: &App) -> Router {
    openfga::router(app).nest("/{store_id}/access/v1", authzen::store_router(app))
}

/// No API is at this path.
async fn nowhere(app: &App, request: Request) -> Response {
    let started = app.clock.instant();
    let (parts, _) = request.into_parts();
    let call = call::make(app, &parts, app.border.request_span);
    let observed = Observed {
        app,
        api: "none",
        call: &call,
        method: &parts.method,
        started,
    };
    let answered = async {
        let body = r#"{"error":"not_found","message":"No such path; see /auth/v1, /api/v1, /stores and /access/v1"}"#;
        reply::json(StatusCode::NOT_FOUND, body.to_owned())
    };
    observed.answer("unknown", answered).await
}
