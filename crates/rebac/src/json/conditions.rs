//! Conditions in JSON: an expression and the types of its parameters.

use serde_json::{Value, json};

use super::cursor::{At, Name, object, shorten};
use super::{DEPTH_MAX, JsonError, JsonFault, read_definition, write_definition};
use crate::model::{Condition, Definition, ParameterType};

const NAME: Name = Name("name", "name");
const EXPRESSION: Name = Name("expression", "expression");
const PARAMETERS: Name = Name("parameters", "parameters");
const METADATA: Name = Name("metadata", "metadata");
const TYPE_NAME: Name = Name("type_name", "typeName");
const GENERIC_TYPES: Name = Name("generic_types", "genericTypes");

/// The names of the types, each at the place of its number in the protocol.
const TYPE_NAMES: [&str; 12] = [
    "TYPE_NAME_UNSPECIFIED",
    "TYPE_NAME_ANY",
    "TYPE_NAME_BOOL",
    "TYPE_NAME_STRING",
    "TYPE_NAME_INT",
    "TYPE_NAME_UINT",
    "TYPE_NAME_DOUBLE",
    "TYPE_NAME_DURATION",
    "TYPE_NAME_TIMESTAMP",
    "TYPE_NAME_MAP",
    "TYPE_NAME_LIST",
    "TYPE_NAME_IPADDRESS",
];

/// Which parameter is read, for errors about its type.
#[derive(Debug, Clone, Copy)]
struct Owner<'a> {
    condition: &'a str,
    parameter: &'a str,
}

/// Reads the condition that stands under this name.
pub(super) fn read(key: &str, at: &At<'_>) -> Result<Condition, JsonError> {
    let name = at.text_of(NAME)?;
    if name != key {
        return Err(at.fault(JsonFault::ConditionName {
            key: shorten(key),
            name: shorten(name),
        }));
    }
    let mut parameters = Vec::new();
    if let Some(given) = at.field(PARAMETERS)? {
        for (parameter, at) in given.entries()? {
            let owner = Owner {
                condition: name,
                parameter,
            };
            parameters.push((parameter.to_owned(), read_type(&at, owner, 1)?));
        }
    }
    let definition = match at.field(METADATA)? {
        Some(metadata) => read_definition(&metadata)?,
        None => Definition::default(),
    };
    Ok(Condition {
        name: name.to_owned(),
        parameters,
        expression: at.text_of(EXPRESSION)?.to_owned(),
        definition,
    })
}

/// Writes a condition.
pub(super) fn write(condition: &Condition) -> Value {
    let (module, source_info) = write_definition(&condition.definition);
    let has_metadata = condition.definition != Definition::default();
    let parameters = condition.parameters.iter();
    json!({
        "name": condition.name,
        "expression": condition.expression,
        "parameters": object(parameters.map(|(name, of)| (name.as_str(), write_type(of)))),
        "metadata": has_metadata.then(|| json!({
            "module": module,
            "source_info": source_info,
        })),
    })
}

fn read_type(at: &At<'_>, owner: Owner<'_>, depth: usize) -> Result<ParameterType, JsonError> {
    if depth > DEPTH_MAX {
        return Err(at.fault(JsonFault::TooDeep));
    }
    let name = read_type_name(at)?;
    let mut within = match at.field(GENERIC_TYPES)? {
        Some(generic) => generic.items()?,
        None => Vec::new(),
    };
    let takes = usize::from(matches!(name, "TYPE_NAME_MAP" | "TYPE_NAME_LIST"));
    if within.len() != takes && name != "TYPE_NAME_UNSPECIFIED" {
        let found = within.len();
        let reason = format!(
            "condition parameter type `{name}` requires {takes} generic types; found {found}"
        );
        return Err(wrong_type(at, owner, reason));
    }
    let inner = match within.pop() {
        Some(inner) => Some(read_type(&inner, owner, depth + 1)?),
        None => None,
    };
    of_name(name, inner).ok_or_else(|| {
        let reason = format!("unknown condition parameter type `{name}`");
        wrong_type(at, owner, reason)
    })
}

/// The name of a type, which may be given as its number, too. An unknown name counts as none, as
/// everything unknown does.
fn read_type_name(at: &At<'_>) -> Result<&'static str, JsonError> {
    let unspecified = TYPE_NAMES.first().copied().unwrap_or_default();
    let Some(at) = at.field(TYPE_NAME)? else {
        return Ok(unspecified);
    };
    let known = match at.value() {
        Value::String(name) => TYPE_NAMES.iter().find(|known| *known == name),
        Value::Number(number) => number
            .as_u64()
            .and_then(|number| usize::try_from(number).ok())
            .and_then(|number| TYPE_NAMES.get(number)),
        _ => return Err(at.expected("the name of a type, such as `TYPE_NAME_STRING`")),
    };
    Ok(known.copied().unwrap_or(unspecified))
}

fn of_name(name: &str, inner: Option<ParameterType>) -> Option<ParameterType> {
    Some(match name {
        "TYPE_NAME_ANY" => ParameterType::Any,
        "TYPE_NAME_BOOL" => ParameterType::Bool,
        "TYPE_NAME_STRING" => ParameterType::String,
        "TYPE_NAME_INT" => ParameterType::Int,
        "TYPE_NAME_UINT" => ParameterType::Uint,
        "TYPE_NAME_DOUBLE" => ParameterType::Double,
        "TYPE_NAME_DURATION" => ParameterType::Duration,
        "TYPE_NAME_TIMESTAMP" => ParameterType::Timestamp,
        "TYPE_NAME_IPADDRESS" => ParameterType::IpAddress,
        "TYPE_NAME_MAP" => ParameterType::Map(Box::new(inner?)),
        "TYPE_NAME_LIST" => ParameterType::List(Box::new(inner?)),
        _ => return None,
    })
}

fn write_type(of: &ParameterType) -> Value {
    let (name, inner) = match of {
        ParameterType::Any => ("TYPE_NAME_ANY", None),
        ParameterType::Bool => ("TYPE_NAME_BOOL", None),
        ParameterType::String => ("TYPE_NAME_STRING", None),
        ParameterType::Int => ("TYPE_NAME_INT", None),
        ParameterType::Uint => ("TYPE_NAME_UINT", None),
        ParameterType::Double => ("TYPE_NAME_DOUBLE", None),
        ParameterType::Duration => ("TYPE_NAME_DURATION", None),
        ParameterType::Timestamp => ("TYPE_NAME_TIMESTAMP", None),
        ParameterType::IpAddress => ("TYPE_NAME_IPADDRESS", None),
        ParameterType::Map(inner) => ("TYPE_NAME_MAP", Some(inner)),
        ParameterType::List(inner) => ("TYPE_NAME_LIST", Some(inner)),
    };
    let generic: Vec<_> = inner.map(|inner| write_type(inner)).into_iter().collect();
    json!({ "type_name": name, "generic_types": generic })
}

fn wrong_type(at: &At<'_>, owner: Owner<'_>, reason: String) -> JsonError {
    at.fault(JsonFault::ParameterType {
        condition: shorten(owner.condition),
        parameter: shorten(owner.parameter),
        reason,
    })
}
