//! The authorization API of `AuthZEN` 1.0 (`/access/v1` and its discovery): the routes, and what
//! they share. No rules.

mod default_store;
mod discovery;
mod entity;
mod error;
mod evaluation;
mod evaluations;
mod message;
mod scope;
mod search;

pub use default_store::DefaultStore;
pub(crate) use default_store::look;

use crate::app::App;
use crate::http::border::{self, Cors, Forms, Handled, KeyRule, Patience, Route, Surface};
use crate::http::exchange::Exchange;
use axum::Router;
use axum::http::Method;

/// How this API words what the border has to say.
pub const SURFACE: Surface = Surface {
    name: "authzen",
    keys: KeyRule::Own,
    forms: Forms::Body,
    cors: Cors::AUTHORIZATION,
    fault: error::fault,
    stray: error::stray,
};

/// One route: who may ask is decided, and its handler's failures are worded here.
macro_rules! route {
    ($method:ident $path:literal $operation:literal $patience:ident => $handler:path) => {{
        fn handle(exchange: &Exchange) -> Handled<'_> {
            Box::pin(async move {
                let outcome = match error::admit(exchange) {
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
            limiter: None,
            patience: Patience::$patience,
            handler: handle,
        }
    }};
}

/// One route of what everybody may know.
macro_rules! public {
    ($path:literal => $handler:path) => {{
        fn handle(exchange: &Exchange) -> Handled<'_> {
            Box::pin(async move { error::worded(exchange, $handler(exchange)) })
        }
        Route {
            method: Method::GET,
            path: $path,
            operation: "authzen_configuration",
            limiter: None,
            patience: Patience::Request,
            handler: handle,
        }
    }};
}

/// Every route, below `/access/v1` and below `/stores/{store_id}/access/v1`.
#[rustfmt::skip]
pub fn routes() -> Vec<Route> {
    vec![
        route!(POST "/evaluation" "authzen_evaluation" Check => evaluation::evaluate),
        route!(POST "/evaluations" "authzen_evaluations" List => evaluations::evaluate),
        route!(POST "/search/subject" "authzen_search_subject" List => search::subjects),
        route!(POST "/search/resource" "authzen_search_resource" List => search::resources),
        route!(POST "/search/action" "authzen_search_action" List => search::actions),
    ]
}

/// Every route below `/.well-known/authzen-configuration`.
pub fn discovery_routes() -> Vec<Route> {
    vec![
        public!("/" => discovery::configuration),
        public!("/{*path}" => discovery::configuration),
    ]
}

/// The questions as a router that also answers everything else below its prefix.
pub fn router(app: &App) -> Router {
    border::router(app, SURFACE, routes())
}

/// The questions about one store, within OpenFGA's API.
pub fn store_router(app: &App) -> Router {
    border::within(app, SURFACE, routes())
}

/// The discovery, as a router that also answers everything else below its prefix.
pub fn discovery_router(app: &App) -> Router {
    border::router(app, SURFACE, discovery_routes())
}
