//! Modules: a model in several files, each of which may extend the types of the others.

use std::collections::BTreeMap;

use super::parser::{self, Document, Header, Placed, TypeStatement};
use super::{ERRORS_MAX, Manifest, SyntaxError};
use crate::model::{Condition, Definition, Model, Schema, TypeDefinition};
use crate::place::{Item, Place, Places};

/// The file that lists the others.
pub const MANIFEST_FILE: &str = "fga.mod";

/// A file of a modular model, read by itself.
#[derive(Debug)]
pub struct Module {
    name: String,
    file: String,
    types: Vec<TypeStatement>,
    conditions: Vec<Placed<Condition>>,
    items: Vec<Placed<Item>>,
}

/// Why files make no model together, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{place}: {message}")]
pub struct ModuleError {
    /// The file, relative to `fga.mod`.
    pub file: String,
    /// Where in it.
    pub place: Place,
    /// What was found there, what was expected, and what to do.
    pub message: String,
}

/// Reads one file. `file` is its name, relative to `fga.mod`.
///
/// # Errors
///
/// At least one and at most [`ERRORS_MAX`] errors, in the order of the text.
pub fn parse_module(file: &str, text: &str) -> Result<Module, Vec<SyntaxError>> {
    let Document {
        header,
        types,
        conditions,
        items,
    } = parser::parse_document(text)?;
    let Header::Module(name) = header.value else {
        let message = "found `model`, expected `module` and its name: a file that `fga.mod` lists \
                       is a module";
        return Err(vec![header.place.error(message)]);
    };
    Ok(Module {
        name,
        file: file.to_owned(),
        types,
        conditions,
        items,
    })
}

/// Reads and merges the files that a manifest lists. `texts` holds them by their names.
///
/// # Errors
///
/// At least one and at most [`ERRORS_MAX`] errors: those of every file, and when each can be read,
/// those between them. Of a file that `texts` does not hold, that it is missing.
pub fn parse_modules(
    manifest: &Manifest,
    texts: &BTreeMap<String, String>,
) -> Result<(Model, Places), Vec<ModuleError>> {
    let mut modules = Vec::new();
    let mut errors = Vec::new();
    for entry in &manifest.contents {
        let file = &entry.file;
        let Some(text) = texts.get(file) else {
            let message = format!("file `{file}` is missing: add it, or take it off the list");
            errors.push(entry.place.error(message).within(MANIFEST_FILE));
            continue;
        };
        match parse_module(file, text) {
            Ok(module) => modules.push(module),
            Err(found) => errors.extend(found.into_iter().map(|error| error.within(file))),
        }
    }
    if !errors.is_empty() {
        errors.truncate(ERRORS_MAX);
        return Err(errors);
    }
    let (model, mut places) = merge(modules)?;
    places.note(Item::Schema, Some(MANIFEST_FILE), manifest.schema_place);
    Ok((model, places))
}

/// Makes one model of modules. Types and conditions stand in the order of the modules; the
/// relations that others add to a type, behind its own.
///
/// # Errors
///
/// At least one and at most [`ERRORS_MAX`] errors.
pub fn merge(modules: Vec<Module>) -> Result<(Model, Places), Vec<ModuleError>> {
    let mut merger = Merger::default();
    let mut extensions = Vec::new();
    for module in modules {
        for item in module.items {
            merger
                .places
                .note(item.value, Some(&module.file), item.place);
        }
        let origin = Definition::of(&module.name, &module.file);
        for statement in module.types {
            if statement.is_extension {
                extensions.push((origin.clone(), statement));
            } else {
                merger.add_type(&origin, statement);
            }
        }
        for condition in module.conditions {
            merger.add_condition(&origin, condition);
        }
    }
    // A file may extend a type that a later one defines.
    for (origin, statement) in extensions {
        merger.extend_type(&origin, statement);
    }
    merger.end()
}

#[derive(Default)]
struct Merger {
    types: Vec<TypeDefinition>,
    conditions: Vec<Condition>,
    places: Places,
    errors: Vec<ModuleError>,
    /// Where in `types` each is, and what relations it has.
    type_indexes: BTreeMap<String, usize>,
    relation_files: BTreeMap<(String, String), String>,
    condition_files: BTreeMap<String, String>,
}

impl Merger {
    fn add_type(&mut self, origin: &Definition, statement: TypeStatement) {
        let TypeStatement {
            mut definition,
            place,
            ..
        } = statement;
        let name = definition.name.clone();
        if let Some(first) = self
            .type_indexes
            .get(&name)
            .and_then(|i| self.types.get(*i))
        {
            let file = file_of(&first.definition);
            let message = format!(
                "type `{name}` is defined in `{file}`, too: rename one, or write `extend type`"
            );
            return self.report(origin, place, message);
        }
        for relation in &definition.relations {
            let key = (name.clone(), relation.name.clone());
            self.relation_files.insert(key, file_of(origin).to_owned());
        }
        definition.definition = origin.clone();
        self.type_indexes.insert(name, self.types.len());
        self.types.push(definition);
    }

    fn extend_type(&mut self, origin: &Definition, statement: TypeStatement) {
        let TypeStatement {
            definition,
            place,
            relation_places,
            ..
        } = statement;
        let name = definition.name;
        let Some(&index) = self.type_indexes.get(&name) else {
            let message = format!(
                "type `{name}`, which is extended here, is defined in no module: define it, or \
                 correct the name"
            );
            return self.report(origin, place, message);
        };
        for (mut relation, place) in definition.relations.into_iter().zip(relation_places) {
            let key = (name.clone(), relation.name.clone());
            if let Some(file) = self.relation_files.get(&key) {
                let relation = &relation.name;
                let message = format!(
                    "relation `{relation}` of type `{name}` is defined in `{file}`, too: rename or \
                     remove one"
                );
                self.report(origin, place, message);
                continue;
            }
            self.relation_files.insert(key, file_of(origin).to_owned());
            relation.definition = origin.clone();
            if let Some(extended) = self.types.get_mut(index) {
                extended.relations.push(relation);
            }
        }
    }

    fn add_condition(&mut self, origin: &Definition, condition: Placed<Condition>) {
        let Placed { mut value, place } = condition;
        if let Some(file) = self.condition_files.get(&value.name) {
            let name = &value.name;
            let message =
                format!("condition `{name}` is defined in `{file}`, too: rename or remove one");
            return self.report(origin, place, message);
        }
        let file = file_of(origin).to_owned();
        self.condition_files.insert(value.name.clone(), file);
        value.definition = origin.clone();
        self.conditions.push(value);
    }

    fn report(&mut self, origin: &Definition, place: Place, message: String) {
        self.errors
            .push(place.error(message).within(file_of(origin)));
    }

    fn end(mut self) -> Result<(Model, Places), Vec<ModuleError>> {
        if !self.errors.is_empty() {
            self.errors.truncate(ERRORS_MAX);
            return Err(self.errors);
        }
        let model = Model {
            schema: Schema::V1_2,
            types: self.types,
            conditions: self.conditions,
        };
        Ok((model, self.places))
    }
}

fn file_of(definition: &Definition) -> &str {
    definition.file.as_deref().unwrap_or_default()
}

impl SyntaxError {
    fn within(self, file: &str) -> ModuleError {
        ModuleError {
            file: file.to_owned(),
            place: self.place,
            message: self.message,
        }
    }
}
