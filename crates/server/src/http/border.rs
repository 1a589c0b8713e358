//! The border: every request of an API passes here once: its key, its limit, its body and its
//! deadline are looked after here, and what goes wrong is worded here.

mod notes;
mod surface;

pub use super::cors::Cors;
pub use notes::{name_limit, name_limit_behind, note_fault, set_retry_after};
pub use surface::{Fault, Forms, KeyRule, Surface};

use crate::app::App;
use crate::http::apikey::{Gate, Presented};
use crate::http::call;
use crate::http::cors;
use crate::http::exchange::{Exchange, parse_form, parse_query};
use crate::http::limits::Limiter;
use crate::http::observe::Observed;
use crate::http::reply::{self, Reply};
use axum::body::{Body, Bytes};
use axum::extract::{RawPathParams, Request};
use axum::http::header::{ALLOW, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use axum::routing::{MethodRouter, any};
use axum::{RequestExt, Router};
use futures_util::FutureExt;
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use types::Call;

/// How much later than the deadline a handler is cut. Every wait below it ends at the deadline
/// itself, and a handler says best what it waited for.
const LAST_WORDS_SPAN: Duration = Duration::from_millis(100);
/// How long a client should wait where the server had no time or no room for its request.
const OVERLOAD_RETRY: Duration = Duration::from_secs(1);

/// A handler's future.
pub type Handled<'a> = Pin<Box<dyn Future<Output = Reply> + Send + 'a>>;

/// One operation: a method on a path.
#[derive(Debug, Clone)]
pub struct Route {
    /// The method; several routes may share a path.
    pub method: Method,
    /// The path, with variable parts in braces. A slash at its end may be left out by requests.
    pub path: &'static str,
    /// The operation's name in logs and metrics.
    pub operation: &'static str,
    /// The budget that requests are counted against.
    pub limiter: Option<Limiter>,
    /// How long a request may take.
    pub patience: Patience,
    /// What answers.
    pub handler: for<'a> fn(&'a Exchange) -> Handled<'a>,
}

/// How long a request may take: one of the spans of [`BorderSettings`](crate::app::BorderSettings).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Patience {
    /// As long as requests do.
    Request,
    /// As long as the deletion of something with all that hangs on it.
    Deletion,
    /// As long as the check of a permission.
    Check,
    /// As long as a list of objects or users.
    List,
}

/// What answers a request: a route, or the surface that has none for it.
#[derive(Debug, Clone, Copy)]
enum Target<'a> {
    Route(&'a Route),
    Stray(&'a [Route]),
}

/// A request, taken apart.
#[derive(Debug)]
struct Incoming {
    call: Call,
    parts: Arc<Parts>,
    path: BTreeMap<String, String>,
    body: Body,
}

/// The routes of one API as a router that also answers everything else below its prefix.
pub fn router(app: &App, surface: Surface, routes: Vec<Route>) -> Router {
    within(app, surface, routes).fallback(endpoint(app, surface, Vec::new()))
}

/// The routes of one API as a router within that of another, which answers everything else.
pub fn within(app: &App, surface: Surface, routes: Vec<Route>) -> Router {
    let mut by_path: BTreeMap<&'static str, Vec<Route>> = BTreeMap::new();
    for route in routes {
        by_path.entry(route.path).or_default().push(route);
    }
    let mut router = Router::new();
    for (path, routes) in by_path {
        let endpoint = endpoint(app, surface, routes);
        if let Some(bare) = path.strip_suffix('/').filter(|bare| !bare.is_empty()) {
            router = router.route(bare, endpoint.clone());
        }
        router = router.route(path, endpoint);
    }
    router
}

/// Answers that the API has no such path.
pub fn nowhere(app: &App, surface: Surface) -> MethodRouter {
    endpoint(app, surface, Vec::new())
}

/// Answers with the routes of one path.
fn endpoint(app: &App, surface: Surface, routes: Vec<Route>) -> MethodRouter {
    let (app, routes): (App, Arc<[Route]>) = (app.clone(), routes.into());
    any(move |request: Request| answer(app, surface, routes, request))
}

/// Answers one request with the route among `routes`, all of one path, that has its method.
async fn answer(
    app: App,
    surface: Surface,
    routes: Arc<[Route]>,
    mut request: Request,
) -> Response {
    let started = app.clock.instant();
    let path = path_params(&mut request).await;
    let (parts, body) = request.into_parts();
    // Shared, not copied: the headers are looked at until the reply has left.
    let parts = Arc::new(parts);
    let route = routes.iter().find(|route| route.method == parts.method);
    let patience = route.map_or(Patience::Request, |route| route.patience);
    let call = call::make(&app, &parts, app.border.span(patience));
    let observed = Observed {
        app: &app,
        api: surface.name,
        call: &call,
        method: &parts.method,
        started,
    };
    if cors::is_preflight(&parts) {
        let answered = async { cors::preflight(&app, surface.cors, &parts) };
        return observed.answer("preflight", answered).await;
    }
    let operation = route.map_or("unknown", |route| route.operation);
    let target = route.map_or(Target::Stray(&routes), Target::Route);
    let incoming = Incoming {
        call: call.clone(),
        parts: Arc::clone(&parts),
        path,
        body,
    };
    let answered = async {
        let mut reply = run(&app, surface, target, incoming).await;
        cors::decorate(surface.cors, &parts, &mut reply);
        reply
    };
    observed.answer(operation, answered).await
}

async fn path_params(request: &mut Request) -> BTreeMap<String, String> {
    match request.extract_parts::<RawPathParams>().await {
        Ok(params) => params
            .iter()
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .collect(),
        Err(_) => BTreeMap::new(),
    }
}

/// Runs the target until shortly after the deadline; what it does wrong is answered here.
async fn run(app: &App, surface: Surface, target: Target<'_>, incoming: Incoming) -> Reply {
    let cut = (incoming.call.deadline.instant() + LAST_WORDS_SPAN).into();
    let kept = Arc::clone(&incoming.parts);
    let call = incoming.call.clone();
    let work = admitted(app, surface, target, incoming);
    match tokio::time::timeout_at(cut, AssertUnwindSafe(work).catch_unwind()).await {
        Ok(Ok(reply)) => reply,
        Ok(Err(panic)) => {
            app.metrics.panicked();
            let mut reply = faulted(surface, &kept, &call, &Fault::Panicked);
            note_fault(&mut reply, panic_text(&*panic));
            reply
        }
        Err(_) => faulted(surface, &kept, &call, &Fault::Late),
    }
}

async fn admitted(app: &App, surface: Surface, target: Target<'_>, incoming: Incoming) -> Reply {
    let query = match parse_query(incoming.parts.uri.query()) {
        Ok(query) => query,
        Err(fault) => return faulted(surface, &incoming.parts, &incoming.call, &fault),
    };
    let mut exchange = Exchange {
        app: app.clone(),
        query,
        call: incoming.call,
        parts: incoming.parts,
        body: Bytes::new(),
        form: None,
        path: incoming.path,
        authorization: None,
    };
    match pass(app, surface.keys, &exchange) {
        Gate::Open(authorization) => exchange.authorization = authorization,
        Gate::Shut => {
            return faulted(
                surface,
                &exchange.parts,
                &exchange.call,
                &Fault::InvalidApiKey,
            );
        }
    }
    let route = match target {
        Target::Route(route) => route,
        Target::Stray(others) => return stray(surface, &exchange, others).await,
    };
    if let Some(limiter) = route.limiter
        && let Err(limited) = app.limiters.admit(limiter, &exchange)
    {
        let fault = Fault::Limited(limited);
        return faulted(surface, &exchange.parts, &exchange.call, &fault);
    }
    let bodies = app.limiters.bodies();
    let held = match bodies.read(incoming.body, exchange.call.deadline).await {
        Ok(held) => held,
        Err(fault) => return faulted(surface, &exchange.parts, &exchange.call, &fault),
    };
    // The room is given back when the handler has ended, and not before.
    let (bytes, _room) = held.into_parts();
    if surface.forms == Forms::Apart && is_form(&exchange.parts) {
        match parse_form(&bytes) {
            Ok(form) => exchange.form = Some(form),
            Err(fault) => return faulted(surface, &exchange.parts, &exchange.call, &fault),
        }
    } else {
        exchange.body = bytes;
    }
    (route.handler)(&exchange).await
}

/// What the API's rule for keys makes of a request.
fn pass(app: &App, rule: KeyRule, exchange: &Exchange) -> Gate {
    let authorization = exchange.header("authorization");
    match rule {
        KeyRule::Own => Gate::Open(authorization.map(str::to_owned)),
        KeyRule::Gateway => {
            let presented = Presented {
                apikey: exchange.header("apikey"),
                authorization,
            };
            let (keys, now) = (app.authn.keys(), exchange.call.now);
            app.api_keys.gate(keys, now, presented)
        }
    }
}

/// A fault in the API's words; when to come again is said here, in one way for all of them.
fn faulted(surface: Surface, parts: &Parts, call: &Call, fault: &Fault) -> Reply {
    let mut reply = (surface.fault)(parts, call, fault);
    match fault {
        Fault::Limited(limited) => name_limit(&mut reply, *limited),
        Fault::Late | Fault::Busy => set_retry_after(&mut reply, OVERLOAD_RETRY),
        _ => {}
    }
    reply
}

/// No route has this path, or those that have it have other methods.
async fn stray(surface: Surface, exchange: &Exchange, others: &[Route]) -> Reply {
    let fault = match others {
        [] => Fault::NotFound,
        _ => Fault::MethodNotAllowed,
    };
    let mut reply = (surface.stray)(exchange, fault).await;
    if reply.status() == StatusCode::METHOD_NOT_ALLOWED {
        let mut methods: Vec<&str> = others.iter().map(|route| route.method.as_str()).collect();
        methods.sort_unstable();
        reply::set(&mut reply, ALLOW, &methods.join(", "));
    }
    reply
}

fn is_form(parts: &Parts) -> bool {
    parts.headers.get(CONTENT_TYPE).is_some_and(|value| {
        value
            .as_bytes()
            .starts_with(b"application/x-www-form-urlencoded")
    })
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned());
    format!("panic: {}", text.unwrap_or_default())
}

#[cfg(test)]
mod tests;
