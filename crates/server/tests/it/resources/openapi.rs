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

/// What the border answers whatever the operation: see `Fault` and `error::fault`.
const OF_THE_BORDER: [&str; 5] = ["400", "401", "413", "500", "503"];

#[test]
fn every_operation_tells_what_it_answers() {
    let document = document();
    for item in document["paths"].as_object().expect("paths").values() {
        let operations = item.as_object().expect("operations");
        for (_, operation) in operations.iter().filter(|(key, _)| *key != "parameters") {
            let (name, answers) = (&operation["operationId"], &operation["responses"]);
            for status in OF_THE_BORDER {
                assert!(answers[status].is_object(), "{name}: {status}");
            }
            let done = answers.as_object().expect("answers").keys();
            let done = done.filter(|status| status.starts_with('2')).count();
            assert_eq!(done, 1, "{name}");
        }
    }
}

#[test]
fn every_body_has_an_example_and_every_field_is_described() {
    let document = document();
    let schemas = document["components"]["schemas"].as_object().expect("all");
    for (name, schema) in schemas {
        assert_eq!(
            schema["additionalProperties"], false,
            "{name} is not closed"
        );
        assert!(schema["description"].is_string(), "{name} is not described");
        let examples = schema["examples"].as_array();
        assert!(examples.is_some_and(|all| !all.is_empty()), "{name}");
        let fields = schema["properties"].as_object().expect("fields");
        for (field, of) in fields {
            assert!(of["description"].is_string(), "{name}.{field}");
        }
    }
    let parameters = |of: &Json| of["parameters"].as_array().cloned().unwrap_or_default();
    for (path, item) in document["paths"].as_object().expect("paths") {
        let operations = item.as_object().expect("operations").values();
        for one in parameters(item)
            .into_iter()
            .chain(operations.flat_map(parameters))
        {
            assert!(one["description"].is_string(), "{path}: {}", one["name"]);
        }
    }
}
