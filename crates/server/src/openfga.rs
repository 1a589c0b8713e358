//! The authorization API (`/stores`), which is OpenFGA's: the routes, and what they share. No
//! rules: one use-case call per route.

mod access;
mod asked;
mod assertions;
mod batch_check;
mod changes;
mod check;
mod code;
mod error;
mod expand;
mod list_objects;
mod list_users;
mod message;
mod models;
mod pattern;
mod read;
mod stores;
mod tuples;
mod wire;
mod write;

use crate::app::App;
use crate::http::bearer::PresharedKey;
use crate::http::border::{self, Cors, Forms, Handled, KeyRule, Patience, Route, Surface};
use crate::http::exchange::Exchange;
use crate::http::page_token::Tokens;
use crate::http::reply::{self, Reply};
use asked::Asked;
use axum::Router;
use axum::http::Method;
use axum::routing::MethodRouter;
use error::Failure;

/// What this API needs beside the use cases.
#[derive(Debug)]
pub struct OpenFga {
    /// Keys that may be presented beside the service keys.
    pub preshared_keys: Vec<PresharedKey>,
    /// Makes and reads the tokens of lists.
    pub tokens: Tokens,
}

/// How the authorization API words what the border has to say.
pub const SURFACE: Surface = Surface {
    name: "openfga",
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
                let outcome = match access::admit(exchange) {
                    Ok(actor) => $handler(Asked { exchange, actor }).await,
                    Err(failure) => Err(failure),
                };
                finished(exchange, outcome)
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

/// Every route, below `/stores`.
#[rustfmt::skip]
pub fn routes() -> Vec<Route> {
    vec![
        route!(POST "/" "fga_create_store" Request => stores::create),
        route!(GET "/" "fga_list_stores" Request => stores::list),
        route!(GET "/{store_id}" "fga_get_store" Request => stores::find),
        route!(DELETE "/{store_id}" "fga_delete_store" Request => stores::delete),
        route!(POST "/{store_id}/authorization-models" "fga_write_model" Request => models::write),
        route!(GET "/{store_id}/authorization-models" "fga_list_models" Request => models::list),
        route!(GET "/{store_id}/authorization-models/{id}" "fga_get_model" Request => models::find),
        route!(POST "/{store_id}/write" "fga_write" Request => write::write),
        route!(POST "/{store_id}/read" "fga_read" Request => read::read),
        route!(POST "/{store_id}/check" "fga_check" Check => check::check),
        route!(POST "/{store_id}/batch-check" "fga_batch_check" List => batch_check::check),
        route!(POST "/{store_id}/expand" "fga_expand" Request => expand::expand),
        route!(POST "/{store_id}/list-objects" "fga_list_objects" List => list_objects::list),
        route!(POST "/{store_id}/streamed-list-objects" "fga_streamed_list_objects" List
            => list_objects::stream),
        route!(POST "/{store_id}/list-users" "fga_list_users" List => list_users::list),
        route!(GET "/{store_id}/changes" "fga_changes" Request => changes::list),
        route!(PUT "/{store_id}/assertions/{authorization_model_id}" "fga_write_assertions" Request
            => assertions::write),
        route!(GET "/{store_id}/assertions/{authorization_model_id}" "fga_read_assertions" Request
            => assertions::read),
    ]
}

/// The routes as a router that also answers everything else below its prefix.
pub fn router(app: &App) -> Router {
    border::router(app, SURFACE, routes())
}

/// Answers whatever it is asked that there is no such path.
pub fn nowhere(app: &App) -> MethodRouter {
    border::nowhere(app, SURFACE)
}

/// A handler's outcome as a reply, which names the store that was asked.
fn finished(exchange: &Exchange, outcome: Result<Reply, Failure>) -> Reply {
    let mut reply = outcome.unwrap_or_else(error::reply);
    let store = exchange.path("store_id");
    if pattern::ID.holds(store) {
        reply::set(&mut reply, wire::STORE_HEADER, store);
    }
    reply
}
