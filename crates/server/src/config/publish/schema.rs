//! The JSON Schema (draft 2020-12) of the configuration file.

use super::super::document;
use super::super::key::{self, CUSTOM_PROVIDER, Key, MAIL_KINDS, Section};
use super::super::kind::Kind;
use super::super::source::Layer;
use authn::settings::BUILT_IN_PROVIDERS;
use serde_json::{Map, Value, json};

/// What [`types::Span`] reads.
const SPAN: &str = r"^([0-9]+|([0-9]*\.?[0-9]+(ns|us|\u00b5s|ms|s|m|h))+)$";

pub(super) fn schema() -> Value {
    let defaults = document::defaults();
    let mut root = Map::new();
    let mut definitions = Map::new();
    let mut templates = Value::Null;
    for section in key::SECTIONS {
        let schema = table(section.about, properties(section, &defaults));
        match section.name {
            "" => root.extend(properties(section, &defaults)),
            "email.templates.*" => {
                definitions.insert("mail".to_owned(), schema);
                templates = named(section, "mail", MAIL_KINDS);
            }
            "providers.*" => {
                definitions.insert("provider".to_owned(), schema);
                let mut providers = named(section, "provider", BUILT_IN_PROVIDERS);
                let custom = format!("^{CUSTOM_PROVIDER}[^.]+$");
                providers["patternProperties"] = json!({ custom: reference("provider") });
                root.insert("providers".to_owned(), providers);
            }
            name => {
                root.insert(name.to_owned(), schema);
            }
        }
    }
    if let Some(properties) = root
        .get_mut("email")
        .and_then(|email| email.get_mut("properties"))
    {
        properties["templates"] = templates;
    }
    let mut schema = table("The configuration of Claviger.", root);
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    schema["title"] = "claviger.toml".into();
    schema["$defs"] = definitions.into();
    schema
}

/// A table that holds nothing but `properties`.
fn table(about: &str, properties: Map<String, Value>) -> Value {
    json!({
        "type": "object",
        "description": about,
        "properties": properties,
        "additionalProperties": false,
    })
}

/// A table of tables that all look like one definition.
fn named(section: &Section, definition: &str, names: &[&str]) -> Value {
    let properties = names
        .iter()
        .map(|name| ((*name).to_owned(), reference(definition)))
        .collect();
    table(section.about, properties)
}

fn reference(definition: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{definition}") })
}

fn properties(section: &Section, defaults: &Layer) -> Map<String, Value> {
    let mut properties = Map::new();
    for key in section.keys {
        let name = key.path.rsplit_once('.').map_or(key.path, |(_, name)| name);
        properties.insert(name.to_owned(), property(key, defaults));
        if key.kind.takes_file() {
            let about = format!("The path of a file that holds `{name}`.");
            let file = json!({ "type": "string", "description": about });
            properties.insert(format!("{name}_file"), file);
        }
    }
    properties
}

fn property(key: &Key, defaults: &Layer) -> Value {
    let mut schema = form(key.kind);
    schema["description"] = key.about.into();
    if let Some(default) = defaults.plain(key.path) {
        schema["default"] = serde_json::to_value(default).unwrap_or_default();
    }
    schema
}

fn form(kind: Kind) -> Value {
    let text = json!({ "type": "string" });
    match kind {
        Kind::Boolean => json!({ "type": "boolean" }),
        Kind::Whole(least, i64::MAX) => json!({ "type": "integer", "minimum": least }),
        Kind::Whole(least, most) => {
            json!({ "type": "integer", "minimum": least, "maximum": most })
        }
        Kind::Span => json!({ "type": ["string", "integer"], "pattern": SPAN, "minimum": 0 }),
        Kind::PositiveSpan => {
            json!({ "type": ["string", "integer"], "pattern": SPAN, "minimum": 1 })
        }
        Kind::Text | Kind::Document | Kind::Secret => text,
        Kind::Choice(words) => json!({ "enum": words }),
        Kind::List | Kind::Networks => json!({ "type": "array", "items": text }),
        Kind::Map | Kind::SecretMap => json!({ "type": "object", "additionalProperties": text }),
        Kind::ListMap => json!({
            "type": "object",
            "additionalProperties": { "type": "array", "items": text },
        }),
        Kind::Rate => json!({ "type": "string", "pattern": "^[0-9]+/.+$" }),
        Kind::Budget => {
            json!({ "type": ["string", "integer"], "pattern": "^[0-9]+(/.+)?$", "minimum": 0 })
        }
    }
}
