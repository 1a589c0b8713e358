//! The shape of a model, as OpenFGA looks at it before its meaning: names, counts and sizes.

use super::super::code::Code;
use super::super::error::Failure;
use super::super::message::{Message, plain};
use super::super::pattern;
use rebac::Model;
use rebac::validate::{CONDITIONS_MAX, EXPRESSION_BYTES_MAX, PARAMETERS_MAX, TYPES_MAX};
use serde_json::Value;

/// Largest model, in bytes of the form in which it is kept.
const MODEL_BYTES_MAX: usize = 256 * 1024;
/// The fields of a model that are maps.
const MAPS: [&str; 3] = ["relations", "conditions", "parameters"];
/// Longest name of an object or a relation in a rewrite, in bytes.
const REWRITE_OBJECT_BYTES_MAX: usize = 256;
const REWRITE_RELATION_BYTES_MAX: usize = 50;

/// Checks names and counts.
pub(super) fn check(model: &Message<'_>) -> Result<(), Failure> {
    let definitions = model.messages("type_definitions", "TypeDefinition")?;
    if definitions.is_empty() {
        return Err(model.refuse("type_definitions", "value must contain at least 1 item(s)"));
    }
    for definition in &definitions {
        check_type(definition)?;
    }
    model.word("schema_version", &["1.1", "1.0", "1.2"])?;
    check_conditions(model)?;
    if definitions.len() > TYPES_MAX {
        let what = "type definitions in an authorization model";
        let what = format!("The number of {what} exceeds the allowed limit of {TYPES_MAX}");
        return Err(Failure::Refused(Code::ExceededEntityLimit, what));
    }
    Ok(())
}

/// Checks a model as it is kept, which is its JSON without what is unset: the characters in its
/// texts, and how large it is.
pub(super) fn check_kept(model: &Model) -> Result<(), Failure> {
    let model = rebac::to_json(model);
    check_characters("", &model)?;
    let bytes = bytes_of("", &model);
    if bytes <= MODEL_BYTES_MAX {
        return Ok(());
    }
    let what = format!("model exceeds size limit: {bytes} bytes vs {MODEL_BYTES_MAX} bytes");
    Err(Failure::Refused(Code::ExceededEntityLimit, what))
}

/// No name and no text holds a control character. Expressions have lines; only NUL is none of
/// theirs. A model is nested no deeper than the parser allows.
fn check_characters(field: &str, value: &Value) -> Result<(), Failure> {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
        Value::String(text) if field == "expression" && !text.contains('\0') => Ok(()),
        Value::String(text) => plain(field, text).map(drop),
        Value::Array(items) => items.iter().try_for_each(|v| check_characters(field, v)),
        Value::Object(fields) => fields.iter().try_for_each(|(name, value)| {
            plain(field, name)?;
            check_characters(name, value)
        }),
    }
}

/// About the bytes of a field as protobuf writes it: names of fields are numbers there, and what is
/// unset takes no room. The names in maps are written.
fn bytes_of(field: &str, value: &Value) -> usize {
    let is_map = MAPS.contains(&field);
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) if text.is_empty() => 0,
        Value::String(text) => 2 + text.len(),
        Value::Array(items) => items.iter().map(|item| 2 + bytes_of("", item)).sum(),
        Value::Object(fields) => {
            let entry = |(name, value): (&String, &Value)| {
                let name_bytes = if is_map { 4 + name.len() } else { 0 };
                2 + name_bytes + bytes_of(if is_map { "" } else { name }, value)
            };
            fields.iter().map(entry).sum()
        }
    }
}

fn check_type(definition: &Message<'_>) -> Result<(), Failure> {
    definition.required("type", pattern::TYPE)?;
    for (name, rewrite) in entries(definition, "relations")? {
        if !pattern::RELATION.holds(name) {
            let field = format!("Relations[{name}]");
            let reason = pattern::RELATION.reason();
            return Err(Failure::violation("TypeDefinition", &field, &reason));
        }
        check_rewrite(rewrite)?;
    }
    let Some(metadata) = definition.message("metadata", "Metadata")? else {
        return Ok(());
    };
    for (_, relation) in entries(&metadata, "relations")? {
        let Value::Object(_) = relation else {
            continue;
        };
        let relation = Message::of("RelationMetadata", relation)?;
        for reference in relation.messages("directly_related_user_types", "RelationReference")? {
            reference.required("type", pattern::TYPE)?;
            reference.optional("relation", pattern::RELATION)?;
        }
    }
    Ok(())
}

/// Every rewrite in a rewrite. A list of those that are still to be looked at, since they may be
/// nested as deep as the parser allows.
fn check_rewrite(rewrite: &Value) -> Result<(), Failure> {
    let mut pending = vec![rewrite];
    while let Some(rewrite) = pending.pop() {
        let Value::Object(_) = rewrite else {
            continue;
        };
        let rewrite = Message::of("Userset", rewrite)?;
        if let Some(computed) = rewrite.message("computed_userset", "ObjectRelation")? {
            check_names(&computed)?;
        }
        if let Some(from) = rewrite.message("tuple_to_userset", "TupleToUserset")? {
            for field in ["tupleset", "computed_userset"] {
                if let Some(names) = from.message(field, "ObjectRelation")? {
                    check_names(&names)?;
                }
            }
        }
        for operator in ["union", "intersection"] {
            if let Some(operator) = rewrite.message(operator, "Usersets")?
                && let Some(Value::Array(children)) = operator.value("child")?
            {
                pending.extend(children);
            }
        }
        if let Some(difference) = rewrite.message("difference", "Difference")? {
            for field in ["base", "subtract"] {
                difference.needed(field, "Userset")?;
                pending.extend(difference.value(field)?);
            }
        }
    }
    Ok(())
}

fn check_names(names: &Message<'_>) -> Result<(), Failure> {
    names.short("object", REWRITE_OBJECT_BYTES_MAX)?;
    names.short("relation", REWRITE_RELATION_BYTES_MAX)?;
    Ok(())
}

fn check_conditions(model: &Message<'_>) -> Result<(), Failure> {
    let conditions = entries(model, "conditions")?;
    if conditions.len() > CONDITIONS_MAX {
        let reason = format!("value must contain no more than {CONDITIONS_MAX} pair(s)");
        return Err(model.refuse("conditions", &reason));
    }
    for (name, condition) in conditions {
        if !pattern::RELATION.holds(name) {
            let reason = pattern::RELATION.reason();
            return Err(model.refuse(&format!("conditions[{name}]"), &reason));
        }
        let Value::Object(_) = condition else {
            continue;
        };
        let condition = Message::of("Condition", condition)?;
        condition.required("name", pattern::RELATION)?;
        condition.short_raw("expression", EXPRESSION_BYTES_MAX)?;
        let parameters = entries(&condition, "parameters")?;
        if parameters.len() > PARAMETERS_MAX {
            let reason = format!("value must contain no more than {PARAMETERS_MAX} pair(s)");
            return Err(condition.refuse("parameters", &reason));
        }
        let bad = parameters
            .iter()
            .find(|(name, _)| !pattern::RELATION.holds(name));
        if let Some((name, _)) = bad {
            let reason = pattern::RELATION.reason();
            return Err(condition.refuse(&format!("parameters[{name}]"), &reason));
        }
    }
    Ok(())
}

/// The entries of a map; what is no map is for the reader of models to refuse.
fn entries<'v>(
    message: &Message<'v>,
    field: &str,
) -> Result<Vec<(&'v String, &'v Value)>, Failure> {
    Ok(match message.value(field)? {
        Some(Value::Object(entries)) => entries.iter().collect(),
        _ => Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn refused(model: &Value) -> (u16, String) {
        let message = Message::of("WriteAuthorizationModelRequest", model).unwrap();
        let failure = check(&message).unwrap_err();
        let (code, text) = failure.told();
        (code.number(), text.to_owned())
    }

    fn with_relation(name: &str, rewrite: &Value) -> Value {
        let types = json!([{"type": "doc", "relations": {name: rewrite}}]);
        json!({"schema_version": "1.1", "type_definitions": types})
    }

    #[track_caller]
    fn assert_refused(model: &Value, code: u16, text: &str) {
        let (found, message) = refused(model);
        assert_eq!(found, code, "{message}");
        assert!(message.contains(text), "{message}");
    }

    #[test]
    fn types_and_their_relations_have_their_codes() {
        let user = json!({"type": "user"});
        let names = (0..=TYPES_MAX).map(|n| json!({"type": format!("t{n}")}));
        let many: Vec<Value> = names.collect();
        let none = json!({"schema_version": "1.1"});
        assert_refused(&none, 2045, "TypeDefinitions");
        let named = json!({"type_definitions": [{"type": "a b"}]});
        assert_refused(&named, 2047, "TypeDefinition.Type");
        let schema = json!({"schema_version": "3", "type_definitions": [user]});
        assert_refused(&schema, 2000, "SchemaVersion");
        let many = json!({"type_definitions": many});
        assert_refused(&many, 2053, "exceeds the allowed limit of 100");
        let tupleset = json!({"tupleset": {"object": "o".repeat(257)}});
        let child = json!({"tupleToUserset": tupleset});
        for (name, rewrite, code, text) in [
            ("a b", json!({"this": {}}), 2050, "Relations[a b]"),
            (
                "r",
                json!({"computedUserset": {"relation": "r".repeat(51)}}),
                2044,
                "ObjectRelation.Relation",
            ),
            (
                "r",
                json!({"union": {"child": [child]}}),
                2043,
                "ObjectRelation.Object",
            ),
            (
                "r",
                json!({"difference": {"subtract": {"this": {}}}}),
                2041,
                "Difference.Base",
            ),
            (
                "r",
                json!({"difference": {"base": {"this": {}}}}),
                2042,
                "Difference.Subtract",
            ),
        ] {
            assert_refused(&with_relation(name, &rewrite), code, text);
        }
    }

    #[test]
    fn conditions_have_their_codes() {
        let named = |n| (format!("c{n}"), json!({"name": format!("c{n}")}));
        let many = Value::Object((0..=CONDITIONS_MAX).map(named).collect());
        let parameters = (0..=PARAMETERS_MAX).map(|n| (format!("p{n}"), json!({})));
        let parameters = Value::Object(parameters.collect());
        for (conditions, text) in [
            (
                many,
                "Conditions: value must contain no more than 25 pair(s)",
            ),
            (json!({"a b": {}}), "Conditions[a b]"),
            (json!({"c": {"name": "a b"}}), "Condition.Name"),
            (
                json!({"c": {"name": "c", "expression": "x".repeat(513)}}),
                "Condition.Expression",
            ),
            (
                json!({"c": {"name": "c", "parameters": {"a b": {}}}}),
                "Condition.Parameters[a b]",
            ),
            (
                json!({"c": {"name": "c", "parameters": parameters}}),
                "Condition.Parameters: value must contain no more than 25 pair(s)",
            ),
        ] {
            let model = json!({"type_definitions": [{"type": "user"}], "conditions": conditions});
            assert_refused(&model, 2000, text);
        }
    }

    #[test]
    fn a_model_of_the_right_shape_passes() {
        let model = json!({
            "schema_version": "1.1",
            "type_definitions": [{"type": "user"}, {
                "type": "doc",
                "relations": {"viewer": {"union": {"child": [
                    {"this": {}}, {"computedUserset": {"object": "", "relation": "editor"}}]}}},
                "metadata": {"relations": {"viewer": {"directly_related_user_types": [
                    {"type": "user", "condition": ""}]}}},
            }],
        });
        let message = Message::of("WriteAuthorizationModelRequest", &model).unwrap();
        assert!(check(&message).is_ok());
        let model = rebac::from_json(&model).unwrap();
        assert!(check_kept(&model).is_ok());
    }

    #[test]
    fn a_model_may_take_256_kib() {
        let model = |bytes: usize| Model {
            types: vec![rebac::TypeDefinition {
                name: "x".repeat(bytes),
                ..rebac::TypeDefinition::default()
            }],
            ..Model::default()
        };
        assert!(check_kept(&model(MODEL_BYTES_MAX - 100)).is_ok());
        let failure = check_kept(&model(MODEL_BYTES_MAX)).unwrap_err();
        let (code, text) = failure.told();
        assert_eq!(code, Code::ExceededEntityLimit);
        assert!(text.starts_with("model exceeds size limit: "), "{text}");
    }
}
