//! The description of the API speaks of every route, and of nothing else.

use serde_json::Value as Json;
use server::http::border::Route;
use server::resources::{authz_routes, media_routes, team_routes};
use std::collections::BTreeSet;

const DOCUMENT: &str = include_str!("../../../src/resources/openapi.json");

fn document() -> Json {
    serde_json::from_str(DOCUMENT).expect("JSON")
}

/// Method, path and operation of each route.
fn routed() -> BTreeSet<(String, String, String)> {
    let below = |prefix: &'static str, routes: Vec<Route>| {
        routes.into_iter().map(move |route| {
            let path = format!("{prefix}{}", route.path);
            let path = path.trim_end_matches('/').to_owned();
            (route.method.to_string(), path, route.operation.to_owned())
        })
    };
    let authz = below("/api/v1/authz", authz_routes());
    let teams = below("/api/v1/teams", team_routes());
    authz
        .chain(teams)
        .chain(below("/api/v1/media", media_routes()))
        .collect()
}

#[test]
fn every_route_is_described_and_nothing_else() {
    let document = document();
    assert_eq!(document["openapi"], "3.1.0");
    let mut described = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().expect("paths") {
        for (method, operation) in operations.as_object().expect("operations") {
            if method == "parameters" {
                continue;
            }
            let name = operation["operationId"].as_str().expect("a name");
            described.insert((method.to_uppercase(), path.clone(), name.to_owned()));
            let summary = operation["summary"].as_str().unwrap_or_default();
            assert!(
                summary.ends_with(['.', '?']),
                "{name}: `{summary}` is no sentence"
            );
        }
    }
    assert_eq!(described, routed());
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let mut open = vec![&document];
    let mut followed = 0;
    while let Some(value) = open.pop() {
        match value {
            Json::Object(fields) => {
                if let Some(Json::String(target)) = fields.get("$ref") {
                    let pointer = target.strip_prefix('#').expect("a place in the document");
                    assert!(document.pointer(pointer).is_some(), "{target}");
                    followed += 1;
                }
                open.extend(fields.values());
            }
            Json::Array(items) => open.extend(items),
            _ => {}
        }
    }
    assert!(followed > 100, "{followed}");
}
