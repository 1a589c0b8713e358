//! The model language: what it reads, what it refuses, and that it prints what it read.

mod any_text;
mod errors;
mod grammar;
mod manifest;
mod modules;
mod round_trip;
pub(crate) mod samples;

use rebac::dsl;

/// A model with one type `t`, whose relations these are.
fn with_relations(lines: &str) -> String {
    format!("model\n  schema 1.1\n\ntype t\n  relations\n{lines}\n")
}

/// What is said about a text, with the places, a line each.
fn errors_of(text: &str) -> String {
    let errors = dsl::parse(text).expect_err(text);
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// A text as it is printed once it has been read.
fn reprinted(text: &str) -> String {
    let (model, _) = dsl::parse(text).unwrap_or_else(|errors| panic!("{text}\n{errors:#?}"));
    dsl::print(&model).unwrap_or_else(|error| panic!("{text}\n{error}"))
}
