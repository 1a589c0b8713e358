//! What is published about the configuration: schema, example and manual, made from the lists
//! that the program itself obeys.

use super::gotrue::{self, Effect, Part};
use super::key;
use std::fmt::Write as _;

mod example;
mod schema;

/// The manual but for the table of GoTrue's variables.
const MANUAL: &str = include_str!("publish/manual.md");
/// Where the table stands in the manual.
const TABLE: &str = "<!-- table -->\n";

/// A file of the repository that is made from the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// Its path in the repository.
    pub path: &'static str,
    /// What it must contain.
    pub contents: String,
}

/// Every published file about the configuration.
pub fn publications() -> [Publication; 3] {
    [
        Publication {
            path: "docs/config.schema.json",
            contents: schema(),
        },
        Publication {
            path: "docs/claviger.example.toml",
            contents: example::example(),
        },
        Publication {
            path: "docs/CONFIGURATION.md",
            contents: MANUAL.replace(TABLE, &gotrue_table()),
        },
    ]
}

/// The JSON Schema (draft 2020-12) of the configuration file.
pub fn schema() -> String {
    format!("{:#}\n", schema::schema())
}

/// A configuration file with every setting, commented out.
pub fn example() -> String {
    example::example()
}

fn gotrue_table() -> String {
    let mut text = "| Variable | Effect |\n|---|---|\n".to_owned();
    for variable in gotrue::documented() {
        let effect = match &variable.effect {
            Effect::Sets { path, .. } if is_later(path) => {
                format!("`{path}`: not built yet, no effect")
            }
            Effect::Sets { path, .. } if variable.takes_file() => {
                format!("`{path}` (or the file that `{}_FILE` names)", variable.name)
            }
            Effect::Sets { path, .. } => format!("`{path}`"),
            Effect::Template { path } => format!("`{path}`: the HTML itself or the path of a file"),
            Effect::Listen(Part::Host) => "the host of `listen.address`".to_owned(),
            Effect::Listen(Part::Port) => "the port of `listen.address`".to_owned(),
            Effect::Ignored { because } => format!("accepted, no effect: {because}"),
            Effect::Refused { when, because, .. } => format!("refused when {when}: {because}"),
        };
        let _ = writeln!(text, "| `{}` | {effect} |", variable.name);
    }
    text
}

/// Nothing comes of the setting yet. The table names a family once, with its `*`.
fn is_later(path: &str) -> bool {
    key::keys().any(|key| key.path == path && key.is_later())
}

#[cfg(test)]
mod tests;
