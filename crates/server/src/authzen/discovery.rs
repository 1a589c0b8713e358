//! `/.well-known/authzen-configuration`: where the endpoints are.

use super::error::Failure;
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

/// `GET /.well-known/authzen-configuration`, and with what follows it. `AuthZEN` writes the path of
/// a decision point behind the well-known one: that of the external URL, then `stores/{store_id}`
/// for one store. `OpenFGA` writes the store's id alone.
pub(super) fn configuration(exchange: &Exchange) -> Result<Reply, Failure> {
    let base = root(&exchange.app.authn.settings().site.external_url);
    let document = match wanted(base, exchange.path("path"))? {
        None => listed(base),
        Some(store) => listed(&format!("{base}/stores/{store}")),
    };
    Ok(cached(&document))
}

/// What all APIs are below.
fn root(external_url: &str) -> &str {
    let url = external_url.strip_suffix(GOTRUE_PATH);
    url.unwrap_or(external_url)
}

/// Whose document a path asks for: that of a store, or of the default one.
fn wanted(base: &str, path: &str) -> Result<Option<StoreId>, Failure> {
    let path = path.trim_end_matches('/');
    let path = own(base, path).unwrap_or(path);
    if path.is_empty() {
        return Ok(None);
    }
    let id = path.strip_prefix("stores/").unwrap_or(path);
    id.parse().map(Some).map_err(|_| Failure::NoStore)
}

/// What follows the path of the external URL. A proxy may have taken that path away.
fn own<'p>(base: &str, path: &'p str) -> Option<&'p str> {
    let (_, behind_scheme) = base.split_once("://")?;
    let (_, prefix) = behind_scheme.split_once('/')?;
    let rest = path.strip_prefix(prefix.trim_end_matches('/'))?;
    if rest.is_empty() {
        return Some(rest);
    }
    rest.strip_prefix('/')
}

fn listed(url: &str) -> Value {
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

fn cached(body: &Value) -> Reply {
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

    #[test]
    fn the_path_of_the_external_url_comes_before_the_store() {
        let id = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
        for (base, prefixes) in [
            ("https://id.example", &[""][..]),
            ("https://id.example/idp", &["", "idp"]),
            ("https://id.example/idp/", &["", "idp"]),
            ("https://id.example/a/b", &["", "a/b"]),
        ] {
            for prefix in prefixes {
                let asked = |path: &str| {
                    let path = format!("{prefix}/{path}");
                    let found = wanted(base, path.trim_start_matches('/'));
                    found.ok().map(|store| store.map(|store| store.to_string()))
                };
                assert_eq!(asked(""), Some(None), "{base} {prefix}");
                for path in [id.to_owned(), format!("stores/{id}")] {
                    assert_eq!(asked(&path), Some(Some(id.to_owned())), "{base} {prefix}");
                }
                for path in ["nope", "stores", "idpx", &format!("other/{id}")] {
                    assert_eq!(asked(path), None, "{base} {prefix} {path}");
                }
            }
        }
        assert!(wanted("https://id.example/idp", "a/b").is_err());
    }
}
