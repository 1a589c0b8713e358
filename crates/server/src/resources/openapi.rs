//! `GET /openapi.json`: the description of this API, as it ships.

use super::error::Failure;
use crate::http::exchange::Exchange;
use crate::http::reply::{self, Reply};
use axum::http::StatusCode;

/// The description (OpenAPI 3.1).
const DOCUMENT: &str = include_str!("openapi.json");

/// Answers the description, to anybody.
pub(super) async fn show(_exchange: &Exchange) -> Result<Reply, Failure> {
    Ok(reply::json(StatusCode::OK, DOCUMENT.to_owned()))
}
