//! A model in a file: written in the language, as modules with their `fga.mod`, or as JSON.

use crate::flaw::{self, Failure, Files, Flaw};
use rebac::condition::Compiled;
use rebac::dsl::{self, SyntaxError};
use rebac::place::{Item, Place, Places};
use rebac::{Model, from_json, lint, to_json, validate};
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// A model that was read, which need not be valid.
#[derive(Debug, Clone)]
pub struct ModelFile {
    pub(crate) model: Model,
    places: Places,
    source: Source,
    form: Form,
}

/// How a model is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// In the language, in one file.
    Language,
    /// In the language, in modules that an `fga.mod` lists.
    Modules,
    /// As JSON.
    Json,
}

/// Where a text stands: a file of its own, or a block of another.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) file: PathBuf,
    /// How many lines stand before the text, and how far it is indented.
    pub(crate) offset: Option<(u32, u32)>,
}

impl ModelFile {
    /// Reads the model of a file. One whose name ends in `.mod` lists modules; one whose name ends
    /// in `.json` or that begins with `{` is JSON.
    pub fn read(path: &Path, files: Files<'_>) -> Result<Self, Failure> {
        let text = flaw::read(path, files)?;
        let source = Source {
            file: path.to_owned(),
            offset: Some((0, 0)),
        };
        match path.extension().and_then(|end| end.to_str()) {
            Some("mod") => Self::of_modules(source, &text, files),
            Some("json") => Self::of_json(source, &text),
            _ => Self::of_text(source, &text),
        }
    }

    /// Reads a model from its text.
    pub(crate) fn of_text(source: Source, text: &str) -> Result<Self, Failure> {
        if text.trim_start().starts_with('{') {
            return Self::of_json(source, text);
        }
        match dsl::parse(text) {
            Ok((model, places)) => Ok(Self {
                model,
                places,
                source,
                form: Form::Language,
            }),
            Err(errors) => Err(source.all(errors)),
        }
    }

    fn of_json(source: Source, text: &str) -> Result<Self, Failure> {
        let value = serde_json::from_str(text);
        let value = value.map_err(|e| Failure::Unreadable(flaw::of_json(&source.file, &e)))?;
        match from_json(&value) {
            Ok(model) => Ok(Self {
                model,
                places: Places::default(),
                source,
                form: Form::Json,
            }),
            Err(error) => Err(Failure::Flawed(vec![source.flaw(None, error.to_string())])),
        }
    }

    fn of_modules(source: Source, text: &str, files: Files<'_>) -> Result<Self, Failure> {
        let manifest = dsl::parse_manifest(text).map_err(|errors| source.all(errors))?;
        let mut texts = BTreeMap::new();
        for entry in &manifest.contents {
            let path = source.file.with_file_name(&entry.file);
            match files(&path) {
                Ok(text) => drop(texts.insert(entry.file.clone(), text)),
                // It is reported where it is listed.
                Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                Err(e) => return Err(Failure::Unreadable(Flaw::of(&path, e.to_string()))),
            }
        }
        match dsl::parse_modules(&manifest, &texts) {
            Ok((model, places)) => Ok(Self {
                model,
                places,
                source,
                form: Form::Modules,
            }),
            Err(errors) => Err(Failure::Flawed(
                (errors.into_iter())
                    .map(|error| Flaw {
                        file: source.module(&error.file),
                        place: Some(error.place),
                        message: error.message,
                    })
                    .collect(),
            )),
        }
    }

    /// The model itself.
    pub const fn model(&self) -> &Model {
        &self.model
    }

    /// Checks the model against every rule.
    pub fn check(&self) -> Result<(), Failure> {
        let compile = |condition: &rebac::Condition| {
            let compiled = Compiled::new(condition);
            compiled.map(drop).map_err(|error| error.to_string())
        };
        validate(&self.model, compile).map_err(|problems| {
            let flaws = problems.into_iter();
            Failure::Flawed(flaws.map(|one| self.flaw(&one.item, one.message)).collect())
        })
    }

    /// What an author should look at again, though no rule is broken.
    pub fn lint(&self) -> Vec<Flaw> {
        let problems = lint(&self.model).into_iter();
        problems
            .map(|one| self.flaw(&one.item, one.message))
            .collect()
    }

    /// How it is written.
    pub const fn form(&self) -> Form {
        self.form
    }

    /// The model in the language, in the one layout.
    pub fn print(&self) -> Result<String, Failure> {
        dsl::print(&self.model)
            .map_err(|error| Failure::Flawed(vec![self.source.flaw(None, error.to_string())]))
    }

    /// The model as JSON, on many lines.
    pub fn json(&self) -> String {
        format!("{:#}", to_json(&self.model))
    }

    fn flaw(&self, item: &Item, message: String) -> Flaw {
        match self.places.find(item).or_else(|| self.near(item)) {
            Some((Some(file), place)) if self.form == Form::Modules => Flaw {
                file: self.source.module(file),
                place: Some(place),
                message,
            },
            Some((_, place)) => self.source.flaw(Some(place), message),
            None => self.source.flaw(None, message),
        }
    }

    /// Where what an item belongs to stands.
    fn near(&self, item: &Item) -> Option<(Option<&str>, Place)> {
        let owner = match item {
            Item::Assignable {
                type_name,
                relation,
                ..
            }
            | Item::Reference {
                type_name,
                relation,
                ..
            } => Item::Relation {
                type_name: type_name.clone(),
                relation: relation.clone(),
            },
            Item::Expression(name)
            | Item::Parameter {
                condition: name, ..
            } => Item::Condition(name.clone()),
            Item::Schema | Item::Type(_) | Item::Relation { .. } | Item::Condition(_) => {
                return None;
            }
        };
        self.places.find(&owner)
    }
}

/// Whether a text in the language holds comments, which no model keeps.
pub fn has_comments(text: &str) -> bool {
    text.lines().any(|line| {
        let mut is_after_blank = true;
        line.chars().any(|c| {
            let begins = c == '#' && is_after_blank;
            is_after_blank = c.is_whitespace();
            begins
        })
    })
}

impl Source {
    /// Something that is wrong at a place of the text.
    fn flaw(&self, place: Option<Place>, message: String) -> Flaw {
        let Some(place) = place else {
            return Flaw::of(&self.file, message);
        };
        let Some((lines, columns)) = self.offset else {
            return Flaw::of(&self.file, format!("in the model, {place}: {message}"));
        };
        Flaw {
            file: self.file.clone(),
            place: Some(Place {
                line: place.line.saturating_add(lines),
                column: place.column.saturating_add(columns),
            }),
            message,
        }
    }

    fn all(&self, errors: Vec<SyntaxError>) -> Failure {
        let flaws = errors.into_iter();
        Failure::Flawed(
            flaws
                .map(|error| self.flaw(Some(error.place), error.message))
                .collect(),
        )
    }

    /// A file beside `fga.mod`, or it itself.
    fn module(&self, file: &str) -> PathBuf {
        if file == dsl::MANIFEST_FILE {
            self.file.clone()
        } else {
            self.file.with_file_name(file)
        }
    }
}
