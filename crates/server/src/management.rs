//! The management port: liveness, readiness and metrics, never for the public.

use crate::app::App;
use crate::http::reply;
use axum::Router;
use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::get;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use store::Store;
use types::{Call, Cost, Deadline, Origin, RequestId};

/// Longest time that a readiness check may take.
const CHECK_SPAN: Duration = Duration::from_secs(1);
/// The content type of the OpenMetrics text format.
const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Whether the server wants traffic and can serve it.
#[derive(Clone, Debug)]
pub struct Health(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    app: App,
    store: Store,
    draining: AtomicBool,
}

impl Health {
    /// Watches these services.
    pub fn new(app: App, store: Store) -> Self {
        Self(Arc::new(Inner {
            app,
            store,
            draining: AtomicBool::new(false),
        }))
    }

    /// From now on, readiness is red: the server is about to stop.
    pub fn drain(&self) {
        self.0.draining.store(true, Ordering::Relaxed);
    }

    /// Readiness: can a sign-in work now? The body names each check.
    pub async fn ready(&self) -> Response {
        let draining = self.0.draining.load(Ordering::Relaxed);
        let database = self.database().await;
        let ready = !draining && database.is_ok();
        let body = json!({
            "status": if ready { "ready" } else { "unready" },
            "checks": {
                "database": database.map_or_else(|reason| reason, |()| "ok"),
                "draining": draining,
            },
        });
        let status = if ready {
            StatusCode::OK
        } else {
            StatusCode::SERVICE_UNAVAILABLE
        };
        reply::json(status, body.to_string()).map(Body::from)
    }

    async fn database(&self) -> Result<(), &'static str> {
        match self.0.store.ready(&check_call(&self.0.app)).await {
            Ok(()) => Ok(()),
            Err(e) => {
                let error: &dyn std::error::Error = &e;
                tracing::warn!(error, "readiness: the database cannot serve a sign-in");
                Err("unavailable")
            }
        }
    }
}

/// A call of the server's own that must be over soon.
pub(crate) fn check_call(app: &App) -> Call {
    Call {
        id: RequestId::random(app.entropy.as_ref()),
        now: app.clock.now(),
        deadline: Deadline::after(app.clock.instant(), CHECK_SPAN),
        origin: Origin::default(),
        cost: Arc::new(Cost::default()),
    }
}

/// Liveness: the process answers. Touches nothing else, so that a database that is down never
/// makes an orchestrator restart a healthy process.
pub fn live() -> Response {
    reply::json(StatusCode::OK, json!({ "status": "live" }).to_string()).map(Body::from)
}

/// The health routes, for both ports.
pub fn health_router(health: &Health) -> Router {
    let (readyz, healthz) = (health.clone(), health.clone());
    Router::new()
        .route("/livez", get(|| async { live() }))
        .route("/readyz", get(move || async move { readyz.ready().await }))
        .route(
            "/healthz",
            get(move || async move { healthz.ready().await }),
        )
}

/// Everything on the management port.
pub fn router(app: &App, health: &Health) -> Router {
    let app = app.clone();
    health_router(health).route("/metrics", get(move || async move { metrics(&app) }))
}

fn metrics(app: &App) -> Response {
    let mut response = Response::new(Body::from(app.metrics.encode()));
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(OPEN_METRICS));
    response
}
