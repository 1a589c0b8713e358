//! `docs/API.md` against the server: every route stands there, and what is said to be disabled or
//! not built yet answers so.

use crate::api::{Api, Asked};
use crate::app::Engine;
use crate::engines::on_both_engines;
use server::http::border::Route;
use server::{account, authzen, gotrue, openfga};
use std::collections::BTreeSet;

on_both_engines! {
    what_is_not_built_answers_as_documented,
}

const PAGE: &str = include_str!("../../../../docs/API.md");
/// Stands for any identifier in a path.
const SOME_ID: &str = "5f9fca9c-4b0d-4c21-a6f1-3f1c5e2b7d10";

/// One row of a table: `method path`, who may ask, and what is said of it.
#[derive(Debug)]
struct Row {
    method: &'static str,
    path: &'static str,
    who: &'static str,
    state: &'static str,
}

/// The rows of the section whose heading names this prefix.
fn section(prefix: &str) -> Vec<Row> {
    let heading = format!("\n## `{prefix}`:");
    let (_, rest) = PAGE.split_once(&heading).expect("the section is there");
    let table = rest.split("\n## ").next().expect("a first part");
    table.lines().filter_map(row).collect()
}

fn row(line: &'static str) -> Option<Row> {
    let mut cells = line.strip_prefix("| `")?.split(" | ");
    let (method, path) = cells.next()?.strip_suffix('`')?.split_once(' ')?;
    Some(Row {
        method,
        path,
        who: cells.next()?,
        state: cells.next()?.trim_end_matches(" |"),
    })
}

/// The routes that the page lists, without their queries.
fn listed(rows: &[Row]) -> BTreeSet<String> {
    let bare = |path: &'static str| path.split('?').next().expect("a path");
    let name = |row: &Row| format!("{} {}", row.method, bare(row.path));
    rows.iter().map(name).collect()
}

fn is_built(row: &Row) -> bool {
    row.state.starts_with("works")
}

#[test]
fn every_route_is_listed() {
    let routes = gotrue::operations().into_iter();
    let served: BTreeSet<_> = routes.map(|(m, path)| format!("{m} {path}")).collect();
    let mut rows = section("/auth/v1");
    let all = listed(&rows);
    let forgotten: Vec<_> = served.difference(&all).collect();
    assert!(forgotten.is_empty(), "add them: {forgotten:?}");
    rows.retain(is_built);
    let invented: Vec<_> = listed(&rows).difference(&served).cloned().collect();
    assert!(invented.is_empty(), "nothing serves them: {invented:?}");

    let names = |routes: Vec<Route>| -> BTreeSet<String> {
        let name = |route: Route| format!("{} {}", route.method, route.path);
        routes.into_iter().map(name).collect()
    };
    assert_eq!(listed(&section("/api/v1/auth")), names(account::routes()));
    assert_eq!(listed(&section("/stores")), names(openfga::routes()));
    assert_eq!(listed(&section("/access/v1")), names(authzen::routes()));
    let discovery = section("/.well-known/authzen-configuration");
    assert_eq!(listed(&discovery), names(authzen::discovery_routes()));
}

async fn what_is_not_built_answers_as_documented(engine: Engine) {
    let Some(api) = Api::open(engine).await else {
        return;
    };
    let user = api.sign_in().await;
    let rows = section("/auth/v1");
    let unbuilt: Vec<_> = rows.iter().filter(|row| !is_built(row)).collect();
    assert!(unbuilt.len() > 30, "the page lost its rows");
    for row in unbuilt {
        let token = match row.who {
            "anyone" => "",
            "user" => &user.access_token,
            "admin" => &api.service_key,
            other => panic!("{row:?}: who is `{other}`?"),
        };
        let body = serde_json::json!({});
        let asked = Asked::json(row.method, &filled(row.path), token, &body);
        let verdict = api.send(&asked).await.verdict();
        let (state, documented) = row.state.split_once(": ").expect("state: answer");
        assert!(["disabled", "not yet"].contains(&state), "{row:?}");
        assert_eq!(verdict, documented.replace('`', ""), "{row:?}");
    }
}

/// The path with an identifier for each name in it.
fn filled(path: &str) -> String {
    let mut parts = path.split(['{', '}']);
    let mut filled = parts.next().unwrap_or_default().to_owned();
    while let (Some(_), Some(rest)) = (parts.next(), parts.next()) {
        filled.push_str(SOME_ID);
        filled.push_str(rest);
    }
    filled
}
