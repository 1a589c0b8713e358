//! The management port: liveness, readiness and metrics, never for the public.

use crate::app::App;
use crate::http::reply;
use axum::Router;
use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use axum::routing::get;
use futures_util::FutureExt;
use futures_util::future::Shared;
use serde_json::{Value, json};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use store::Store;
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
    asked: Mutex<Option<Asked>>,
    /// What the database has answered last.
    served: Arc<AtomicBool>,
}

/// What readiness rests on.
#[derive(Debug, Clone, Copy)]
struct Verdict {
    /// A sign-in can be stored.
    serves: bool,
    /// The server is about to stop.
    draining: bool,
}

/// An answer of the database, or the wait for it, which all who ask share. Where they all hang up,
/// it stays for the next one: hanging up makes no work.
type Answer = Shared<Pin<Box<dyn Future<Output = bool> + Send>>>;

/// What the database was asked, and when.
#[derive(Debug)]
struct Asked {
    at: Time,
    answer: Answer,
}

impl Asked {
    /// A clock that went back makes it old, not young for ever.
    fn stands(&self, now: Time) -> bool {
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
            asked: Mutex::new(None),
            served: Arc::new(AtomicBool::new(true)),
        }))
    }

    /// From now on, readiness is red: the server is about to stop.
    pub fn drain(&self) {
        self.0.draining.store(true, Ordering::Relaxed);
    }

    /// Readiness: can a sign-in work now? The body names each check.
    pub async fn ready(&self) -> Response {
        let Verdict { serves, draining } = self.verdict().await;
        let is_ready = serves && !draining;
        let body = json!({
            "status": if is_ready { "ready" } else { "unready" },
            "checks": {
                "database": if serves { "ok" } else { "unavailable" },
                "draining": draining,
            },
        });
        verdict_reply(is_ready, &body)
    }

    /// The same verdict in the words of OpenFGA's `/healthz`.
    pub async fn serving(&self) -> Response {
        let Verdict { serves, draining } = self.verdict().await;
        let is_ready = serves && !draining;
        let status = if is_ready { "SERVING" } else { "NOT_SERVING" };
        verdict_reply(is_ready, &json!({ "status": status }))
    }

    async fn verdict(&self) -> Verdict {
        let draining = self.0.draining.load(Ordering::Relaxed);
        Verdict {
            serves: self.ask().await,
            draining,
        }
    }

    /// Asks the database, unless it was asked a moment ago.
    #[expect(
        clippy::disallowed_methods,
        reason = "the task ends by itself, at the deadline of its call at the latest"
    )]
    fn ask(&self) -> Answer {
        let Inner { app, store, .. } = &*self.0;
        let now = app.clock.now();
        let mut asked = self.0.asked.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = &*asked
            && known.stands(now)
        {
            return known.answer.clone();
        }
        let (app, store) = (app.clone(), store.clone());
        let served = Arc::clone(&self.0.served);
        // A task, which goes on when all who asked have hung up: a future that nobody polls would
        // keep its connection to the database.
        let asking = tokio::spawn(async move { serves(&app, &store, &served).await });
        let answer = async move { asking.await.unwrap_or(false) };
        let answer = answer.boxed().shared();
        *asked = Some(Asked {
            at: now,
            answer: answer.clone(),
        });
        answer
    }
}

fn verdict_reply(is_ready: bool, body: &Value) -> Response {
    let status = if is_ready {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    reply::json(status, body.to_string()).map(Body::from)
}

/// Whether a sign-in can be stored; says it when the answer is another one than before.
async fn serves(app: &App, store: &Store, served: &AtomicBool) -> bool {
    let asked = store.ready(&check_call(app)).await;
    let before = served.swap(asked.is_ok(), Ordering::Relaxed);
    match &asked {
        Ok(()) if !before => tracing::info!("readiness: the database serves sign-ins again"),
        Err(e) if before => {
            let error: &dyn std::error::Error = e;
            tracing::warn!(error, "readiness: the database cannot serve a sign-in");
        }
        _ => {}
    }
    asked.is_ok()
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
            get(move || async move { healthz.serving().await }),
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
