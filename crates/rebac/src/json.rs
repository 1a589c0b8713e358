//! The JSON form of a model, as OpenFGA's HTTP API takes and gives it.
//!
//! Objects become lists sorted by name, because a JSON object has no order: relations, conditions,
//! parameters. Types keep theirs.

mod conditions;
mod cursor;
mod rewrites;
mod types;

use serde_json::{Value, json};

use crate::model::{Definition, Model, Schema};

use cursor::{At, Name};

/// How deep rewrites and parameter types may be nested.
pub const DEPTH_MAX: usize = 32;

const SCHEMA_VERSION: Name = Name("schema_version", "schemaVersion");
const TYPE_DEFINITIONS: Name = Name("type_definitions", "typeDefinitions");
const CONDITIONS: Name = Name("conditions", "conditions");
const MODULE: Name = Name("module", "module");
const SOURCE_INFO: Name = Name("source_info", "sourceInfo");
const FILE: Name = Name("file", "file");

/// Why a JSON value is no model, and where in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{fault}", prefix(path))]
pub struct JsonError {
    /// The way to the value, such as `type_definitions[2].relations.viewer`; empty for the whole.
    pub path: String,
    /// What is wrong with it.
    pub fault: JsonFault,
}

/// What is wrong with a value in the JSON form of a model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonFault {
    /// It is of another type than its field has.
    #[error("expected {expected}, found {found}")]
    Shape {
        /// What may stand there.
        expected: &'static str,
        /// What stands there.
        found: String,
    },
    /// Two fields stand there of which only one may.
    #[error("expected one of `{0}` and `{1}`, found both")]
    Both(String, String),
    /// It is nested deeper than [`DEPTH_MAX`].
    #[error("expected at most {DEPTH_MAX} levels, found more")]
    TooDeep,
    /// The schema is neither 1.1 nor 1.2.
    #[error("invalid schema version: expected 1.1 or 1.2, found `{0}`")]
    Schema(String),
    /// A rewrite says nothing.
    #[error(
        "the definition of relation '{relation}' in object type '{type_name}' is invalid: \
         invalid userset rewrite definition"
    )]
    NoRewrite {
        /// The type that has the relation.
        type_name: String,
        /// The relation.
        relation: String,
    },
    /// An assignable type has a relation without a name.
    #[error("empty relation reference to the type '{0}'")]
    EmptyRelation(String),
    /// A condition stands under another name than its own.
    #[error("condition key '{key}' does not match condition name '{name}'")]
    ConditionName {
        /// The name it stands under.
        key: String,
        /// Its own.
        name: String,
    },
    /// A parameter's type does not exist, or has more or fewer types in it than it takes.
    #[error(
        "failed to compile expression on condition '{condition}' - failed to decode parameter \
         type for parameter '{parameter}': {reason}"
    )]
    ParameterType {
        /// The condition.
        condition: String,
        /// The parameter.
        parameter: String,
        /// What is wrong with its type.
        reason: String,
    },
}

impl JsonFault {
    /// Whether the value is not of the form of a model at all, rather than a model with a mistake
    /// in it. OpenFGA answers the first with `validation_error`, the second with
    /// `invalid_authorization_model`.
    pub const fn is_malformed(&self) -> bool {
        matches!(self, Self::Shape { .. } | Self::Both(..) | Self::TooDeep)
    }
}

/// Reads a model from its JSON form. Unknown fields are ignored, `null` counts as absent, and both
/// spellings of a field are understood (`type_definitions`, `typeDefinitions`). A model without a
/// version is of schema 1.1.
pub fn from_json(value: &Value) -> Result<Model, JsonError> {
    let root = At::root(value);
    let schema = read_schema(&root)?;
    let mut model = Model {
        schema,
        ..Model::default()
    };
    if let Some(definitions) = root.field(TYPE_DEFINITIONS)? {
        for at in definitions.items()? {
            model.types.push(types::read(&at)?);
        }
    }
    if let Some(conditions) = root.field(CONDITIONS)? {
        for (name, at) in conditions.entries()? {
            model.conditions.push(conditions::read(name, &at)?);
        }
    }
    Ok(model)
}

/// Writes a model as OpenFGA answers it, unset fields included, but without its id.
///
/// Of several relations or conditions of one name, which no valid model has, the last stays.
pub fn to_json(model: &Model) -> Value {
    json!({
        "schema_version": model.schema.as_str(),
        "type_definitions": model.types.iter().map(types::write).collect::<Vec<_>>(),
        "conditions": cursor::object(model.conditions.iter().map(|condition| {
            (condition.name.as_str(), conditions::write(condition))
        })),
    })
}

fn read_schema(root: &At<'_>) -> Result<Schema, JsonError> {
    let Some(at) = root.field(SCHEMA_VERSION)? else {
        return Ok(Schema::V1_1);
    };
    match at.text()? {
        "" | "1.1" => Ok(Schema::V1_1),
        "1.2" => Ok(Schema::V1_2),
        other => Err(at.fault(JsonFault::Schema(cursor::shorten(other)))),
    }
}

/// The module and the file, wherever they are given.
fn read_definition(at: &At<'_>) -> Result<Definition, JsonError> {
    let named = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let mut definition = Definition::default();
    if let Some(module) = at.field(MODULE)? {
        definition.module = named(module.text()?);
    }
    if let Some(source) = at.field(SOURCE_INFO)?
        && let Some(file) = source.field(FILE)?
    {
        definition.file = named(file.text()?);
    }
    Ok(definition)
}

/// What [`read_definition`] reads: the values of `module` and `source_info`.
fn write_definition(definition: &Definition) -> (Value, Value) {
    let module = definition.module.as_deref().unwrap_or_default();
    let source = definition.file.as_ref().map(|file| json!({ "file": file }));
    (module.into(), source.into())
}

fn prefix(path: &str) -> String {
    if path.is_empty() {
        String::new()
    } else {
        format!("{path}: ")
    }
}
