//! Store files of OpenFGA: a model, tuples, and tests that say what follows from them.

mod shape;

use crate::flaw::{self, Failure, Files, Flaw};
use crate::model_file::{ModelFile, Source};
use crate::request::WrittenTuple;
use crate::tuple_file;
use serde::de::DeserializeOwned;
use shape::Store;
pub(crate) use shape::condition;
pub use shape::{Check, ListObjects, ListUsers, UserFilter, Users};
use std::path::{Path, PathBuf};

/// A store file that was read, with the files that it names.
#[derive(Debug, Clone)]
pub struct StoreFile {
    /// Where it lies.
    pub file: PathBuf,
    /// What the store is called; empty where it has no name.
    pub name: String,
    /// Its model, which need not be valid.
    pub model: ModelFile,
    /// The tuples of all tests.
    pub tuples: Vec<WrittenTuple>,
    /// The tests.
    pub tests: Vec<Test>,
}

/// One test of a store file.
#[derive(Debug, Clone)]
pub struct Test {
    /// What it is called; where it has no name, its number.
    pub name: String,
    /// Tuples of its own.
    pub tuples: Vec<WrittenTuple>,
    /// Who has which relation to what.
    pub checks: Vec<Check>,
    /// What somebody has a relation to.
    pub list_objects: Vec<ListObjects>,
    /// Who has a relation to something.
    pub list_users: Vec<ListUsers>,
}

impl StoreFile {
    /// Reads a store file. Names of files in it are relative to its own folder. Where it has both
    /// `model` and `model_file`, `model` counts, as with OpenFGA.
    pub fn read(path: &Path, files: Files<'_>) -> Result<Self, Failure> {
        let text = flaw::read(path, files)?;
        let store: Store = from_yaml(path, &text)?;
        let model = match (&store.model, &store.model_file) {
            (Some(model), _) => {
                let source = Source {
                    file: path.to_owned(),
                    offset: offset(&text),
                };
                ModelFile::of_text(source, model)?
            }
            (None, Some(file)) => ModelFile::read(&path.with_file_name(file), files)?,
            (None, None) => {
                let flaw = Flaw::of(path, "it has neither `model` nor `model_file`");
                return Err(Failure::Unreadable(flaw));
            }
        };
        let from = |names: &[String], own| read_tuples(path, names, own, files);
        let named = [store.tuple_file.as_slice(), &store.tuple_files].concat();
        let tuples = from(&named, store.tuples)?;
        let mut tests = Vec::new();
        for (number, test) in (1..).zip(store.tests) {
            let named = [test.tuple_file.as_slice(), &test.tuple_files].concat();
            tests.push(Test {
                name: test.name.unwrap_or_else(|| format!("test {number}")),
                tuples: from(&named, test.tuples)?,
                checks: test.check,
                list_objects: test.list_objects,
                list_users: test.list_users,
            });
        }
        Ok(Self {
            file: path.to_owned(),
            name: store.name.unwrap_or_default(),
            model,
            tuples,
            tests,
        })
    }
}

/// The tuples of files, and behind them those of the store file itself.
fn read_tuples(
    store: &Path,
    names: &[String],
    own: Vec<WrittenTuple>,
    files: Files<'_>,
) -> Result<Vec<WrittenTuple>, Failure> {
    let mut tuples = Vec::new();
    for name in names {
        tuples.extend(tuple_file::read(&store.with_file_name(name), files)?);
    }
    tuples.extend(own);
    Ok(tuples)
}

pub(crate) fn from_yaml<T: DeserializeOwned>(path: &Path, text: &str) -> Result<T, Failure> {
    serde_saphyr::from_str(text).map_err(|e| Failure::Unreadable(flaw::of_yaml(path, &e)))
}

/// How many lines stand before the block under `model: |`, and how far it is indented.
fn offset(store: &str) -> Option<(u32, u32)> {
    let mut lines = (1..).zip(store.lines());
    let is_header = |line: &str| {
        let rest = line.strip_prefix("model:").map(str::trim);
        rest.is_some_and(|rest| ["|", "|-", "|+"].contains(&rest))
    };
    let (before, _) = lines.find(|(_, line)| is_header(line))?;
    let (_, first) = lines.find(|(_, line)| !line.trim().is_empty())?;
    let indent = first.len() - first.trim_start_matches(' ').len();
    Some((before, u32::try_from(indent).ok()?))
}
