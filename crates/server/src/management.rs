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
use tokio::sync::Mutex;
use types::{Call, Cost, Deadline, Origin, RequestId, Time};

/// Longest time that a readiness check may take.
const CHECK_SPAN: Duration = Duration::from_secs(1);
/// How long an answer of the database stands: whoever asks needs no key, and asking is work.
const VERDICT_SPAN: Duration = Duration::from_secs(1);
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
    /// Held while the database is asked: whoever comes meanwhile waits for the same answer.
    verdict: Mutex<Option<Verdict>>,
}

/// What the database has answered, and when.
#[derive(Debug, Clone, Copy)]
struct Verdict {
    at: Time,
    serves: bool,
}

impl Verdict {
    /// A clock that went back makes it old, not young for ever.
    fn stands(self, now: Time) -> bool {
        let age = u64::try_from(now.0 - self.at.0).map(Duration::from_micros);
        age.is_ok_and(|age| age < VERDICT_SPAN)
    }
}

impl Health {
    /// Watches these services.
    pub fn new(app: App, store: Store) -> Self {
        Self(Arc::new(Inner {
            app,
            store,
            draining: AtomicBool::new(false),
            verdict: Mutex::new(None),
        }))
    }

    /// From now on, readiness is red: the server is about to stop.
    pub fn drain(&self) {
        self.0.draining.store(true, Ordering::Relaxed);
    }

    /// Readiness: can a sign-in work now? The body names each check.
    pub async fn ready(&self) -> Response {
        let draining = self.0.draining.load(Ordering::Relaxed);
        let serves = self.database_serves().await;
        let ready = !draining && serves;
        let body = json!({
            "status": if ready { "ready" } else { "unready" },
            "checks": {
                "database": if serves { "ok" } else { "unavailable" },
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

    /// Asks the database unless it was asked a moment ago; says it when the answer is another one
    /// than before.
    async fn database_serves(&self) -> bool {
        let Inner { app, store, .. } = &*self.0;
        let mut verdict = self.0.verdict.lock().await;
        if let Some(known) = *verdict
            && known.stands(app.clock.now())
        {
            return known.serves;
        }
        let before = verdict.is_none_or(|known| known.serves);
        let asked = store.ready(&check_call(app)).await;
        match &asked {
            Ok(()) if !before => tracing::info!("readiness: the database serves sign-ins again"),
            Err(e) if before => {
                let error: &dyn std::error::Error = e;
                tracing::warn!(error, "readiness: the database cannot serve a sign-in");
            }
            _ => {}
        }
        let serves = asked.is_ok();
        *verdict = Some(Verdict {
            at: app.clock.now(),
            serves,
        });
        serves
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

/// The health routes, for both ports. They pass no border: probes come every few seconds, from
/// within, and a line and a sample for each would bury those of people.
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
