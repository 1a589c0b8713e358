//! Tuples in a file: JSON, one JSON value a line, YAML, or a table, as OpenFGA's command line reads
//! and writes them.

use crate::flaw::{self, Failure, Files, Flaw};
use crate::request::WrittenTuple;
use crate::store_file::from_yaml;
use rebac::place::Place;
use serde::Deserialize;
use std::path::Path;
use types::{JsonObject, TupleCondition};

/// A line of a table.
#[derive(Debug, Deserialize)]
struct Line {
    user_type: String,
    user_id: String,
    #[serde(default)]
    user_relation: String,
    relation: String,
    object_type: String,
    object_id: String,
    #[serde(default)]
    condition_name: String,
    #[serde(default)]
    condition_context: String,
}

/// Reads the tuples of a file; its name says which form they have.
pub fn read(path: &Path, files: Files<'_>) -> Result<Vec<WrittenTuple>, Failure> {
    let text = flaw::read(path, files)?;
    match path.extension().and_then(|end| end.to_str()) {
        Some("yaml" | "yml") => from_yaml(path, &text),
        Some("json") => serde_json::from_str(&text)
            .map_err(|error| Failure::Unreadable(flaw::of_json(path, &error))),
        Some("jsonl") => of_lines(path, &text),
        Some("csv") => of_table(path, &text),
        _ => {
            let message =
                "tuples are read from `.csv`, `.json`, `.jsonl`, `.yaml` and `.yml` files";
            Err(Failure::Unreadable(Flaw::of(path, message)))
        }
    }
}

fn of_lines(path: &Path, text: &str) -> Result<Vec<WrittenTuple>, Failure> {
    let lines = (1..).zip(text.lines());
    let lines = lines.filter(|(_, line)| !line.trim().is_empty());
    let read = |(number, line)| {
        serde_json::from_str(line).map_err(|error| {
            let mut flaw = flaw::of_json(path, &error);
            flaw.place = flaw.place.map(|place| Place {
                line: number,
                ..place
            });
            Failure::Unreadable(flaw)
        })
    };
    lines.map(read).collect()
}

fn of_table(path: &Path, text: &str) -> Result<Vec<WrittenTuple>, Failure> {
    let at = |line: u64, message: String| {
        let mut flaw = Flaw::of(path, message);
        flaw.place = flaw::place(line, 1);
        Failure::Unreadable(flaw)
    };
    let unreadable = |error: csv::Error| {
        let line = error.position().map_or(1, csv::Position::line);
        at(line, error.to_string())
    };
    let mut table = csv::Reader::from_reader(text.as_bytes());
    if table.headers().map_err(unreadable)?.is_empty() {
        let message = "its first line must name the columns: user_type, user_id, user_relation, \
             relation, object_type, object_id, condition_name, condition_context";
        return Err(at(1, message.to_owned()));
    }
    let mut tuples = Vec::new();
    for (number, line) in (2..).zip(table.deserialize::<Line>()) {
        let tuple = line.map_err(unreadable)?.tuple();
        tuples.push(tuple.map_err(|error| at(number, format!("condition_context: {error}")))?);
    }
    Ok(tuples)
}

impl Line {
    fn tuple(self) -> Result<WrittenTuple, serde_json::Error> {
        let Self {
            user_type,
            user_id,
            user_relation,
            ..
        } = &self;
        let user = if user_relation.is_empty() {
            format!("{user_type}:{user_id}")
        } else {
            format!("{user_type}:{user_id}#{user_relation}")
        };
        let condition = if self.condition_name.is_empty() {
            None
        } else {
            let context = match self.condition_context.as_str() {
                "" => JsonObject::new(),
                text => serde_json::from_str(text)?,
            };
            Some(TupleCondition {
                name: self.condition_name,
                context,
            })
        };
        Ok(WrittenTuple {
            user,
            relation: self.relation,
            object: format!("{}:{}", self.object_type, self.object_id),
            condition,
        })
    }
}
