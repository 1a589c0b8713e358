//! How many bytes assertions take as protobuf writes them, which is what OpenFGA limits.

use super::{Assertion, Given, WrittenTuple};
use serde_json::Value;
use types::JsonObject;

/// The bytes of all of them. What is unset takes none, names of fields are one byte each.
pub(super) fn of(assertions: &[Assertion]) -> usize {
    assertions.iter().map(|one| within(assertion(one))).sum()
}

fn assertion(assertion: &Assertion) -> usize {
    let Assertion {
        user,
        relation,
        object,
        expectation,
        given: Given {
            contextual,
            context,
        },
    } = assertion;
    let key = within(text(user) + text(relation) + text(object));
    let expectation = if *expectation { 2 } else { 0 };
    let contextual = contextual.iter().map(|one| within(tuple(one)));
    let context = context.as_ref().map_or(0, |one| within(structure(one)));
    key + expectation + contextual.sum::<usize>() + context
}

fn tuple(tuple: &WrittenTuple) -> usize {
    let condition = tuple.condition.as_ref();
    let condition = condition.map_or(0, |one| {
        within(text(&one.name) + within(structure(&one.context)))
    });
    text(&tuple.user) + text(&tuple.relation) + text(&tuple.object) + condition
}

/// A `google.protobuf.Struct`: a map whose entries are messages of a name and a value.
fn structure(fields: &JsonObject) -> usize {
    let entry =
        |(name, field): (&String, &Value)| within(within(name.len()) + within(value(field)));
    fields.iter().map(entry).sum()
}

/// A `google.protobuf.Value`. The parser has bounded the depth.
fn value(field: &Value) -> usize {
    match field {
        Value::Null | Value::Bool(_) => 2,
        Value::Number(_) => 9,
        Value::String(text) => within(text.len()),
        Value::Array(items) => within(items.iter().map(|item| within(value(item))).sum()),
        Value::Object(fields) => within(structure(fields)),
    }
}

fn text(text: &str) -> usize {
    match text.len() {
        0 => 0,
        bytes => within(bytes),
    }
}

/// A field of so many bytes: its number, how long it is in sevens of bits, and those bytes.
fn within(bytes: usize) -> usize {
    let bits = usize::BITS - bytes.leading_zeros();
    let length = bits.div_ceil(7).max(1);
    1 + usize::try_from(length).unwrap_or(usize::MAX) + bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use types::TupleCondition;

    fn fields(value: &Value) -> JsonObject {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn lengths_are_written_in_sevens_of_bits() {
        for (bytes, all) in [(0, 2), (1, 3), (127, 129), (128, 131), (16_384, 16_388)] {
            assert_eq!(within(bytes), all);
        }
    }

    /// Counted by hand from the encoding of each message.
    #[test]
    fn every_kind_of_value_has_its_bytes() {
        for (context, bytes) in [
            (json!({}), 0),
            (json!({"a": null}), 2 + 3 + 4),
            (json!({"a": true}), 2 + 3 + 4),
            (json!({"a": 1.5}), 2 + 3 + 11),
            (json!({"a": ""}), 2 + 3 + 4),
            (json!({"a": "bc"}), 2 + 3 + 6),
            (json!({"a": []}), 2 + 3 + 4),
            (json!({"a": [false, null]}), 2 + 3 + 4 + 8),
            (json!({"a": {"b": true}}), 2 + 3 + 4 + 9),
        ] {
            assert_eq!(structure(&fields(&context)), bytes, "{context}");
        }
    }

    #[test]
    fn an_assertion_has_the_bytes_of_what_is_set() {
        let condition = TupleCondition {
            name: "in".to_owned(),
            context: JsonObject::new(),
        };
        let contextual = WrittenTuple {
            user: "user:a".to_owned(),
            relation: "r".to_owned(),
            object: "doc:1".to_owned(),
            condition: Some(condition),
        };
        let mut assertion = Assertion {
            user: "user:a".to_owned(),
            relation: "r".to_owned(),
            object: "doc:1".to_owned(),
            expectation: false,
            given: Given::default(),
        };
        let key = 2 + 8 + 3 + 7;
        assert_eq!(of(std::slice::from_ref(&assertion)), 2 + key);
        assertion.expectation = true;
        assertion.given.contextual.push(contextual);
        assertion.given.context = Some(fields(&json!({"a": true})));
        let all = key + 2 + (key + 2 + 4 + 2) + (2 + 9);
        assert_eq!(of(&[assertion.clone(), assertion]), 2 * (2 + all));
    }
}
