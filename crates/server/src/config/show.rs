//! The effective configuration as text: TOML with the source of each line.

use super::Mode;
use super::key::{self, Section};
use super::source::{Given, Layer, Value};
use std::fmt::Write as _;

/// What is printed in place of a secret.
const SECRET: &str = "(set)";

pub(super) fn show(merged: &Layer, mode: Mode) -> String {
    let mode = match mode {
        Mode::Development => "development",
        Mode::Production => "production",
    };
    let mut text = format!("# The effective configuration, in {mode} mode.\n");
    for section in key::SECTIONS {
        for table in tables(section, merged) {
            let lines = lines(section, &table, merged);
            if lines.is_empty() {
                continue;
            }
            if !table.is_empty() {
                let _ = write!(text, "\n[{}]\n", quoted(&table));
            }
            text.push_str(&lines);
        }
    }
    text
}

/// The tables of a section that are set: one, or one for each name that stands for the `*`.
fn tables(section: &Section, merged: &Layer) -> Vec<String> {
    let Some(prefix) = section.name.strip_suffix('*') else {
        return vec![section.name.to_owned()];
    };
    let mut tables: Vec<String> = merged
        .0
        .keys()
        .filter(|path| path.starts_with(prefix))
        .filter_map(|path| path.rsplit_once('.'))
        .map(|(table, _)| table.to_owned())
        .collect();
    tables.dedup();
    tables
}

fn lines(section: &Section, table: &str, merged: &Layer) -> String {
    let mut text = String::new();
    for key in section.keys {
        let name = key.path.rsplit_once('.').map_or(key.path, |(_, name)| name);
        let path = match table {
            "" => name.to_owned(),
            _ => format!("{table}.{name}"),
        };
        if let Some(Given { value, source }) = merged.0.get(&path) {
            let value = match value {
                Value::Plain(toml::Value::Table(table)) if key.kind.hides_values() => {
                    names(table).to_string()
                }
                Value::Plain(value) => value.to_string(),
                Value::Secret(secret) if secret.expose().is_empty() => "\"\"".to_owned(),
                Value::Secret(_) => format!("\"{SECRET}\""),
            };
            let _ = writeln!(text, "{name} = {value}  # {source}");
        }
    }
    text
}

/// The table with nothing behind its names.
fn names(table: &toml::Table) -> toml::Value {
    let hidden = |name: &String| (name.clone(), toml::Value::from(SECRET));
    toml::Value::Table(table.keys().map(hidden).collect())
}

/// A table's name with quotation marks where TOML needs them.
fn quoted(table: &str) -> String {
    let parts = table.split('.').map(|part| {
        if part.contains(':') {
            format!("\"{part}\"")
        } else {
            part.to_owned()
        }
    });
    parts.collect::<Vec<_>>().join(".")
}
