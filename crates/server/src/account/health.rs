//! `GET /health`.

use crate::account::error::Failure;
use crate::account::wire;
use crate::http::exchange::Exchange;
use crate::http::reply::Reply;
use crate::management::check_call;
use axum::http::StatusCode;
use serde::Serialize;

#[derive(Debug, Serialize)]
struct HealthBody {
    status: &'static str,
    timestamp: String,
}

/// Whether a sign-in can reach the database: 200, or 503 within a second.
pub(super) async fn check(exchange: &Exchange) -> Result<Reply, Failure> {
    let call = check_call(&exchange.app);
    exchange.app.authn.check_health(&call).await?;
    let body = HealthBody {
        status: "ok",
        timestamp: exchange.call.now.to_string(),
    };
    Ok(wire::json(StatusCode::OK, &body))
}
