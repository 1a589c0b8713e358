//! `/.well-known/authzen-configuration`: where the endpoints are.

use super::error::{self, Failure};
use crate::http::exchange::Exchange;
use crate::http::reply::{self, Reply};
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use serde_json::{Value, json};
use types::StoreId;

/// How long caches may keep the document.
const KEPT: &str = "public, max-age=600";
/// Where GoTrue's API is; its operators may have configured it as the external URL.
const GOTRUE_PATH: &str = "/auth/v1";

/// `GET /.well-known/authzen-configuration`: of the default store.
pub(super) fn of_default(exchange: &Exchange) -> Reply {
    document(&configuration(base(exchange)))
}

/// `GET /.well-known/authzen-configuration/{store_id}`, and as `AuthZEN` writes it for a decision
/// point that has a path: `.../stores/{store_id}`.
pub(super) fn of_store(exchange: &Exchange) -> Reply {
    let Ok(id) = exchange.path("store_id").parse::<StoreId>() else {
        return error::worded(exchange, Err(Failure::NoStore));
    };
    document(&configuration(&format!("{}/stores/{id}", base(exchange))))
}

fn base(exchange: &Exchange) -> &str {
    root(&exchange.app.authn.settings().site.external_url)
}

/// What all APIs are below.
fn root(external_url: &str) -> &str {
    let url = external_url.strip_suffix(GOTRUE_PATH);
    url.unwrap_or(external_url)
}

fn configuration(url: &str) -> Value {
    let below = |path: &str| format!("{url}/access/v1/{path}");
    json!({
        "policy_decision_point": url,
        "access_evaluation_endpoint": below("evaluation"),
        "access_evaluations_endpoint": below("evaluations"),
        "search_subject_endpoint": below("search/subject"),
        "search_resource_endpoint": below("search/resource"),
        "search_action_endpoint": below("search/action"),
    })
}

fn document(body: &Value) -> Reply {
    let mut reply = reply::json(StatusCode::OK, body.to_string());
    reply::set(&mut reply, CACHE_CONTROL, KEPT);
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_gotrue_is_no_part_of_the_decision_point() {
        assert_eq!(root("https://id.example/auth/v1"), "https://id.example");
        assert_eq!(root("https://id.example/idp"), "https://id.example/idp");
    }
}
