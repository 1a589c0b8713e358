//! Tests that documents name as a proof are there: a filter that fits none runs nothing, and is
//! green.

use std::collections::BTreeSet;

use super::{Finding, Rule, has_extension};
use crate::repository::File;

/// Documents that name a test which is in no source.
pub(super) fn findings(files: &[File]) -> Vec<Finding> {
    let sources = files
        .iter()
        .filter(|file| has_extension(&file.path, &["rs"]));
    let names: BTreeSet<&str> = sources.flat_map(|file| names(&file.text)).collect();
    let mut found = Vec::new();
    for file in files
        .iter()
        .filter(|file| has_extension(&file.path, &["md"]))
    {
        let mut column = None;
        for (index, line) in file.text.lines().enumerate() {
            column = column_of_proofs(line, column);
            let filters = commands(line).filter_map(filter);
            let by_filter = filters.filter(|filter| {
                let last = filter.rsplit("::").next().unwrap_or(filter);
                !names.iter().any(|name| name.contains(last))
            });
            let cells = column.and_then(|column| line.split(" | ").nth(column));
            let by_name = quoted(cells.unwrap_or_default())
                .filter(|name| name.split("::").any(|part| !names.contains(part)));
            found.extend(by_filter.chain(by_name).map(|name| {
                let message = format!("no test is called `{name}`");
                Finding::new(&file.path, index + 1, Rule::Proof, message)
            }));
        }
    }
    found
}

/// What is declared in a source: functions and modules.
fn names(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(|c: char| !(c.is_alphanumeric() || c == '_'));
    let mut words = words.filter(|word| !word.is_empty());
    std::iter::from_fn(move || {
        loop {
            if ["fn", "mod"].contains(&words.next()?) {
                return words.next();
            }
        }
    })
}

/// The column with the names of tests, from the head of a table to its end.
fn column_of_proofs(line: &str, known: Option<usize>) -> Option<usize> {
    if !line.starts_with('|') {
        return None;
    }
    let mut cells = line.trim_matches('|').split(" | ");
    let head = cells.position(|cell| ["proof", "test"].contains(&cell.trim()));
    head.or(known)
}

/// The commands of a line that run tests.
fn commands(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("cargo test ").map(|(at, _)| {
        let rest = line.get(at..).unwrap_or_default();
        rest.split(['`', '#', ';', ',', ')']).next().unwrap_or(rest)
    })
}

/// What a command filters tests by, unless it is a place to be filled.
fn filter(command: &str) -> Option<&str> {
    let mut words = command.split_whitespace().skip(2);
    loop {
        match words.next()? {
            "-p" | "--test" => drop(words.next()),
            "--" => return None,
            word if word.starts_with('-') => {}
            word => {
                let is_name = word.chars().any(|c| c.is_ascii_lowercase());
                return is_name.then_some(word);
            }
        }
    }
}

/// The names of tests in backticks.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    let parts = cell.split('`').skip(1).step_by(2);
    let is_name = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == ':';
    parts.filter(move |part| !part.is_empty() && part.chars().all(is_name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(document: &str) -> Vec<String> {
        let file = |path: &str, text: &str| File {
            path: path.to_owned(),
            text: text.to_owned(),
        };
        let source = "mod races;\nasync fn one_joins(x: u8) {}\n";
        let files = [
            file("crates/a/tests/it/races.rs", source),
            file("README.md", document),
        ];
        let found = findings(&files).into_iter();
        found.map(|finding| finding.message).collect()
    }

    #[test]
    fn a_command_names_a_test_that_there_is() {
        for good in [
            "`cargo test -p a --test it races`",
            "`cargo test -p a --test it races::on_sqlite::one_joins`, which",
            "cargo test -p a one_jo        any test",
            "`cargo test -p a --test it NAME` runs a test",
            "cargo test -p a --lib # all",
        ] {
            assert_eq!(missing(good), [""; 0], "{good}");
        }
        for bad in [
            "`cargo test -p a --test it rases`",
            "cargo test -q -p a races::two_join",
        ] {
            assert_eq!(missing(bad).len(), 1, "{bad}");
        }
    }

    #[test]
    fn a_column_of_proofs_names_tests_that_there_are() {
        let table = |cell: &str| format!("| what | proof |\n|---|---|\n| `x_y` | {cell} |\n\n`z`");
        for good in [
            "`one_joins`",
            "`races::one_joins`, `cargo xtask bench`",
            "none",
        ] {
            assert_eq!(missing(&table(good)), [""; 0], "{good}");
        }
        for bad in ["`two_join`", "`rases::one_joins`"] {
            assert_eq!(missing(&table(bad)).len(), 1, "{bad}");
        }
    }
}
