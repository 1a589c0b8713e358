//! Subjects, actions and resources, and the question that they make.

use super::message::{Fields, Invalid};
use authz::{CheckQuestion, Given};
use serde_json::Value;
use types::JsonObject;

/// A subject or a resource.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entity<'v> {
    /// Such as `user`.
    pub(super) type_name: &'v str,
    /// Empty for what a search looks for.
    pub(super) id: &'v str,
}

impl<'v> Entity<'v> {
    /// The entity of this name, with its id.
    pub(super) fn read(fields: Fields<'v>, name: &'static str) -> Result<Self, Invalid> {
        let entity = fields.needed(name)?;
        Ok(Self {
            type_name: entity.text("type")?,
            id: entity.text("id")?,
        })
    }

    /// The type of what a search looks for: its id does not matter, whatever it is.
    pub(super) fn target(fields: Fields<'v>, name: &'static str) -> Result<Self, Invalid> {
        Ok(Self {
            type_name: fields.needed(name)?.text("type")?,
            id: "",
        })
    }

    /// `type:id`, as tuples have it. A type with a colon would be read as another type, and an id
    /// with `#` as everybody who has a relation to it.
    pub(super) fn tuple_text(&self) -> Result<String, Invalid> {
        let Self { type_name, id } = self;
        if type_name.contains(':') {
            return Err(Invalid(format!("type `{type_name}` is not defined")));
        }
        if id.contains('#') {
            return Err(Invalid(format!("id `{id}` may not contain `#`")));
        }
        Ok(format!("{type_name}:{id}"))
    }
}

/// The name of the action.
pub(super) fn action(fields: Fields<'_>) -> Result<&str, Invalid> {
    fields.needed("action")?.text("name")
}

/// What conditions are judged with: the properties, each under its entity's name, and above them
/// the context.
pub(super) fn context(fields: Fields<'_>) -> Result<Option<JsonObject>, Invalid> {
    let mut merged = JsonObject::new();
    for (name, prefix) in [
        ("subject", "subject_"),
        ("resource", "resource_"),
        ("action", "action_"),
    ] {
        let entity = fields.object(name)?;
        let properties = entity.map(|entity| entity.object("properties"));
        let Some(properties) = properties.transpose()?.flatten() else {
            continue;
        };
        for (property, value) in properties.map() {
            merged.insert(format!("{prefix}{property}"), value.clone());
        }
    }
    let explicit = fields.object("context")?;
    for (name, value) in explicit.iter().flat_map(super::message::Fields::map) {
        merged.insert(name.clone(), value.clone());
    }
    Ok((!merged.is_empty()).then_some(merged))
}

/// Whether the fields are those of one evaluation: each there, and of its type.
pub(super) fn require(fields: Fields<'_>) -> Result<(), Invalid> {
    Entity::read(fields, "subject")?;
    Entity::read(fields, "resource")?;
    action(fields)?;
    context(fields).map(drop)
}

/// The question of one evaluation. What is wrong with it concerns no other one.
pub(super) fn question(fields: Fields<'_>) -> Result<CheckQuestion, Invalid> {
    Ok(CheckQuestion {
        user: Entity::read(fields, "subject")?.tuple_text()?,
        relation: action(fields)?.to_owned(),
        object: Entity::read(fields, "resource")?.tuple_text()?,
        given: Given {
            contextual: Vec::new(),
            context: context(fields)?,
        },
    })
}

/// Roughly how many bytes a value takes to copy.
pub(super) fn weight(value: &Value) -> usize {
    let own = size_of::<Value>();
    own + match value {
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(weight).sum(),
        Value::Object(map) => map.iter().map(|(name, v)| name.len() + weight(v)).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn properties_become_context_and_the_explicit_context_wins() {
        let body = json!({
            "subject": {"type": "user", "id": "ann", "properties": {"role": "a", "age": 1}},
            "resource": {"type": "doc", "id": "1", "properties": {"status": "b"}},
            "action": {"name": "read", "properties": {"soft": true}},
            "context": {"subject_role": "wins", "hour": 3},
        });
        let question = question(Fields::of(body.as_object().unwrap())).unwrap();
        assert_eq!(question.user, "user:ann");
        assert_eq!(question.object, "doc:1");
        assert_eq!(question.relation, "read");
        let context = json!({ "subject_role": "wins", "subject_age": 1, "resource_status": "b",
            "action_soft": true, "hour": 3 });
        assert_eq!(question.given.context.map(Value::Object), Some(context));
    }

    #[test]
    fn a_type_with_a_colon_is_no_other_type() {
        let body = json!({ "subject": {"type": "user:a", "id": "b"},
            "action": {"name": "read"}, "resource": {"type": "doc", "id": "1"} });
        let fields = Fields::of(body.as_object().unwrap());
        assert!(require(fields).is_ok());
        assert!(question(fields).is_err());
    }

    #[test]
    fn an_id_with_a_hash_is_no_userset() {
        let body = json!({ "subject": {"type": "group", "id": "eng#member"},
            "action": {"name": "read"}, "resource": {"type": "doc", "id": "1"} });
        let fields = Fields::of(body.as_object().unwrap());
        assert!(require(fields).is_ok());
        let Invalid(what) = question(fields).unwrap_err();
        assert_eq!(what, "id `eng#member` may not contain `#`");
    }
}
