//! The JSON Schema (draft 2020-12) of the configuration file.

use super::super::document;
use super::super::key::{self, CUSTOM_PROVIDER, Key, MAIL_KINDS, Section};
use super::super::kind::Kind;
use super::super::source::Layer;
use authn::settings::BUILT_IN_PROVIDERS;
use serde_json::{Map, Value, json};

/// What [`types::Span`] reads.
const SPAN: &str = r"^([0-9]+|([0-9]*\.?[0-9]+(ns|us|\u00b5s|ms|s|m|h))+)$";

type Object = Map<String, Value>;

pub(super) fn schema() -> Value {
    let defaults = document::defaults();
    let mut root = Object::new();
    let mut definitions = Object::new();
    let mut templates = Value::Null;
    for section in key::SECTIONS {
        let properties = properties(section, &defaults);
        match section.name {
            "" => root.extend(properties),
            "email.templates.*" => {
                let schema = table(section.about, properties);
                definitions.insert("mail".to_owned(), schema.into());
                templates = named(section, "mail", MAIL_KINDS).into();
            }
            "providers.*" => {
                let schema = table(section.about, properties);
                definitions.insert("provider".to_owned(), schema.into());
                let mut providers = named(section, "provider", BUILT_IN_PROVIDERS);
                let custom = format!("^{CUSTOM_PROVIDER}[^.]+$");
                let custom = json!({ custom: reference("provider") });
                providers.insert("patternProperties".to_owned(), custom);
                root.insert("providers".to_owned(), providers.into());
            }
            name => {
                let schema = table(section.about, properties);
                root.insert(name.to_owned(), schema.into());
            }
        }
    }
    let email = root
        .get_mut("email")
        .and_then(|email| email.get_mut("properties"));
    if let Some(Value::Object(properties)) = email {
        properties.insert("templates".to_owned(), templates);
    }
    let mut schema = table("The configuration of Claviger.", root);
    let dialect = "https://json-schema.org/draft/2020-12/schema";
    schema.insert("$schema".to_owned(), dialect.into());
    schema.insert("title".to_owned(), "claviger.toml".into());
    schema.insert("$defs".to_owned(), definitions.into());
    schema.into()
}

/// A table that holds nothing but `properties`.
fn table(about: &str, properties: Object) -> Object {
    Object::from_iter([
        ("type".to_owned(), "object".into()),
        ("description".to_owned(), about.into()),
        ("properties".to_owned(), properties.into()),
        ("additionalProperties".to_owned(), false.into()),
    ])
}

/// A table of tables that all look like one definition.
fn named(section: &Section, definition: &str, names: &[&str]) -> Object {
    let properties = names
        .iter()
        .map(|name| ((*name).to_owned(), reference(definition)))
        .collect();
    table(section.about, properties)
}

fn reference(definition: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{definition}") })
}

fn properties(section: &Section, defaults: &Layer) -> Object {
    let mut properties = Object::new();
    for key in section.keys {
        let name = key.path.rsplit_once('.').map_or(key.path, |(_, name)| name);
        properties.insert(name.to_owned(), property(key, defaults).into());
        if key.kind.takes_file() {
            let about = format!("The path of a file that holds `{name}`.");
            let file = json!({ "type": "string", "description": about });
            properties.insert(format!("{name}_file"), file);
        }
    }
    properties
}

fn property(key: &Key, defaults: &Layer) -> Object {
    let mut schema = form(key.kind);
    schema.insert("description".to_owned(), key.description().into());
    if let Some(default) = defaults.plain(key.path) {
        let default = serde_json::to_value(default).unwrap_or_default();
        schema.insert("default".to_owned(), default);
    }
    schema
}

fn form(kind: Kind) -> Object {
    let text = json!({ "type": "string" });
    let schema = match kind {
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
    };
    match schema {
        Value::Object(schema) => schema,
        _ => Object::new(),
    }
}
