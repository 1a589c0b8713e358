//! Which crate may use which: the edges and borders of the workspace, as tables.

mod adapters;

use std::fmt;

use serde_json::Value;

pub use adapters::mentions;

/// The edges between our own crates. A crate that is not listed may not exist.
const EDGES: &[(&str, &[&str])] = &[
    ("types", &[]),
    ("resilience", &[]),
    ("telemetry", &[]),
    ("rebac", &["types"]),
    ("cache", &["resilience", "telemetry"]),
    ("store", &["types", "resilience", "telemetry"]),
    (
        "authn",
        &["types", "store", "cache", "resilience", "telemetry"],
    ),
    (
        "authz",
        &[
            "types",
            "store",
            "cache",
            "resilience",
            "telemetry",
            "rebac",
        ],
    ),
    (
        "server",
        &[
            "types",
            "store",
            "cache",
            "resilience",
            "telemetry",
            "rebac",
            "authn",
            "authz",
        ],
    ),
    ("claviger", &["server", "store", "authn", "authz", "types"]),
    (
        "testkit",
        &[
            "server",
            "store",
            "authn",
            "authz",
            "cache",
            "types",
            "resilience",
            "telemetry",
        ],
    ),
    ("loadtest", &["types", "telemetry"]),
    ("xtask", &[]),
];

/// The crates whose tests may use the fakes of `testkit`.
const TESTED_WITH_FAKES: &[&str] = &["store", "authn", "authz", "server", "claviger"];

/// Third parties that only the named crates may use directly, whatever the kind of dependency.
const BORDERS: &[(&str, &[&str])] = &[
    ("rusqlite", &["store"]),
    ("tokio-postgres", &["store"]),
    ("tokio-postgres-rustls", &["store"]),
    ("deadpool-postgres", &["store"]),
    ("axum", &["server", "testkit", "loadtest"]),
    ("hyper", &["server", "testkit", "loadtest"]),
    ("hyper-util", &["server", "testkit", "loadtest"]),
    ("http", &["server", "testkit", "loadtest"]),
    ("http-body-util", &["server", "testkit", "loadtest"]),
    ("tower", &["server", "testkit", "loadtest"]),
];

/// Third parties that the named crate must never see.
const ABSENCES: &[(&str, &[&str])] = &[
    ("types", &["tokio"]),
    ("rebac", &["tokio", "getrandom", "jiff"]),
];

/// Everything that `xtask` may use: its checks must build in seconds.
const TOOLS: &[&str] = &["serde_json"];

/// One of our packages, as its manifest declares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// The package's name.
    pub name: String,
    /// What it uses directly.
    pub uses: Vec<Use>,
}

/// A direct dependency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The name of the package that is used.
    pub name: String,
    /// Whether only tests use it.
    pub kind: UseKind,
}

/// Who sees a dependency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UseKind {
    /// The crate itself, or its build script.
    Product,
    /// Its tests alone.
    Tests,
}

/// An edge, border or mention that the tables forbid.
#[derive(Debug, PartialEq, Eq)]
pub struct Breach(String);

impl fmt::Display for Breach {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Reads the packages from the output of `cargo metadata --no-deps`.
pub fn packages(metadata: &Value) -> Vec<Package> {
    let list = |value: &Value, key: &str| value.get(key).and_then(Value::as_array).cloned();
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let mut packages = Vec::new();
    for package in list(metadata, "packages").unwrap_or_default() {
        let mut uses = Vec::new();
        for dependency in list(&package, "dependencies").unwrap_or_default() {
            let kind = match text(&dependency, "kind").as_deref() {
                Some("dev") => UseKind::Tests,
                _ => UseKind::Product,
            };
            uses.extend(text(&dependency, "name").map(|name| Use { name, kind }));
        }
        packages.extend(text(&package, "name").map(|name| Package { name, uses }));
    }
    packages
}

/// Every use that the tables forbid, in the order of the packages.
pub fn breaches(packages: &[Package]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for package in packages {
        if allowed(EDGES, &package.name).is_none() {
            breaches.push(Breach(format!(
                "`{}` is not in the table of edges",
                package.name
            )));
        }
        for used in &package.uses {
            let ours = packages.iter().any(|other| other.name == used.name);
            let reason = if ours {
                edge(package, used)
            } else {
                border(package, used)
            };
            breaches.extend(reason.map(|reason| {
                Breach(format!(
                    "`{}` may not use `{}`: {reason}",
                    package.name, used.name
                ))
            }));
        }
    }
    breaches
}

fn edge(package: &Package, used: &Use) -> Option<&'static str> {
    let declared = allowed(EDGES, &package.name).is_some_and(|list| list.contains(&&*used.name));
    let fakes = used.kind == UseKind::Tests
        && used.name == "testkit"
        && TESTED_WITH_FAKES.contains(&&*package.name);
    (!declared && !fakes).then_some("the table of edges has no such edge")
}

fn border(package: &Package, used: &Use) -> Option<&'static str> {
    let outside = |list: &[&str]| !list.contains(&&*package.name);
    if allowed(BORDERS, &used.name).is_some_and(outside) {
        return Some("it stays behind the border of another crate");
    }
    if allowed(ABSENCES, &package.name).is_some_and(|list| list.contains(&&*used.name)) {
        return Some("this crate is a promise of its absence");
    }
    let tool = package.name == "xtask" && !TOOLS.contains(&&*used.name);
    tool.then_some("the developer's tools use the standard library and `serde_json`")
}

fn allowed(table: &'static [(&str, &[&str])], name: &str) -> Option<&'static [&'static str]> {
    table
        .iter()
        .find(|(entry, _)| *entry == name)
        .map(|(_, list)| *list)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, uses: &[&str]) -> Package {
        let product = |name: &&str| Use {
            name: (*name).to_owned(),
            kind: UseKind::Product,
        };
        Package {
            name: name.to_owned(),
            uses: uses.iter().map(product).collect(),
        }
    }

    fn found(packages: &[Package]) -> Vec<String> {
        breaches(packages).iter().map(Breach::to_string).collect()
    }

    #[test]
    fn the_edges_of_the_design_are_allowed() {
        let store = package(
            "store",
            &["types", "resilience", "telemetry", "rusqlite", "tokio"],
        );
        let leaves = ["types", "resilience", "telemetry"].map(|name| package(name, &[]));
        assert_eq!(
            found(&[&[store], &leaves[..]].concat()),
            Vec::<String>::new()
        );
    }

    #[test]
    fn an_edge_against_the_table_is_found() {
        let packages = [package("types", &["store"]), package("store", &[])];
        let reason = "the table of edges has no such edge";
        assert_eq!(
            found(&packages),
            [format!("`types` may not use `store`: {reason}")]
        );
    }

    #[test]
    fn authn_and_authz_never_see_each_other() {
        let packages = [package("authn", &["authz"]), package("authz", &["authn"])];
        assert_eq!(found(&packages).len(), 2);
    }

    #[test]
    fn a_crate_outside_the_table_is_found() {
        assert_eq!(
            found(&[package("common", &[])]),
            ["`common` is not in the table of edges"]
        );
    }

    #[test]
    fn drivers_and_the_web_stay_behind_their_borders() {
        let authn = package("authn", &["rusqlite", "tokio-postgres", "axum", "hyper"]);
        assert_eq!(found(&[authn]).len(), 4);
        assert_eq!(
            found(&[package("server", &["axum", "deadpool-postgres"])]).len(),
            1
        );
        assert_eq!(found(&[package("testkit", &["hyper"])]).len(), 0);
    }

    #[test]
    fn pure_crates_know_no_runtime_and_tools_stay_small() {
        let packages = [package("types", &["tokio"]), package("rebac", &["tokio"])];
        assert_eq!(found(&packages).len(), 2);
        assert_eq!(found(&[package("xtask", &["serde_json", "toml"])]).len(), 1);
    }

    #[test]
    fn fakes_are_for_tests_alone() {
        let mut store = package("store", &["testkit"]);
        let testkit = package("testkit", &[]);
        assert_eq!(found(&[store.clone(), testkit.clone()]).len(), 1);
        store
            .uses
            .iter_mut()
            .for_each(|used| used.kind = UseKind::Tests);
        assert_eq!(found(&[store, testkit]).len(), 0);
    }

    #[test]
    fn packages_are_read_from_the_metadata() {
        let metadata = serde_json::json!({"packages": [{"name": "a", "dependencies": [
            {"name": "b", "kind": null}, {"name": "c", "kind": "dev"}, {"name": "d", "kind": "build"},
        ]}]});
        let uses = [
            ("b", UseKind::Product),
            ("c", UseKind::Tests),
            ("d", UseKind::Product),
        ]
        .map(|(name, kind)| Use {
            name: name.to_owned(),
            kind,
        });
        let expected = Package {
            name: "a".to_owned(),
            uses: uses.to_vec(),
        };
        assert_eq!(packages(&metadata), [expected]);
    }
}
