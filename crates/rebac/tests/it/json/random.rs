//! Random models and random JSON: nothing is lost on the way, and nothing makes the reader fall.

use crate::amount::cases;
use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use rebac::{
    Assignable, AssignableKind, Condition, Definition, Model, ParameterType, Relation, Rewrite,
    Schema, TypeDefinition, from_json, lint, to_json, validate,
};
use serde_json::{Map, Value};

/// The names of the form, so that random JSON gets past the first level.
const FIELDS: [&str; 25] = [
    "type_definitions",
    "type",
    "relations",
    "metadata",
    "conditions",
    "this",
    "union",
    "child",
    "difference",
    "base",
    "subtract",
    "computedUserset",
    "tupleToUserset",
    "tupleset",
    "relation",
    "wildcard",
    "directly_related_user_types",
    "name",
    "parameters",
    "type_name",
    "generic_types",
    "module",
    "source_info",
    "file",
    "schema_version",
];

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => "[a-e]",
        1 => "[a-z][a-z0-9_.\"/-]{0,8}",
        1 => any::<String>(),
    ]
}

fn some_name() -> impl Strategy<Value = String> {
    name().prop_filter("an empty text is no name", |name| !name.is_empty())
}

fn definition() -> impl Strategy<Value = Definition> {
    (option::of(some_name()), option::of(some_name()))
        .prop_map(|(module, file)| Definition { module, file })
}

fn rewrite() -> impl Strategy<Value = Rewrite> {
    let leaf = prop_oneof![
        Just(Rewrite::Direct),
        name().prop_map(Rewrite::Computed),
        (name(), name()).prop_map(|(computed, tupleset)| Rewrite::From { computed, tupleset }),
    ];
    leaf.prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Rewrite::Union),
            vec(inner.clone(), 0..4).prop_map(Rewrite::Intersection),
            (inner.clone(), inner).prop_map(|sides| Rewrite::Difference(Box::new(sides))),
        ]
    })
}

fn assignable() -> impl Strategy<Value = Assignable> {
    let kind = prop_oneof![
        Just(AssignableKind::Object),
        Just(AssignableKind::Wildcard),
        some_name().prop_map(AssignableKind::Userset),
    ];
    let parts = (name(), kind, option::of(some_name()));
    parts.prop_map(|(type_name, kind, condition)| Assignable {
        type_name,
        kind,
        condition,
    })
}

fn parameter_type() -> impl Strategy<Value = ParameterType> {
    let simple = prop::sample::select(vec![
        ParameterType::Bool,
        ParameterType::String,
        ParameterType::Int,
        ParameterType::Uint,
        ParameterType::Double,
        ParameterType::Duration,
        ParameterType::Timestamp,
        ParameterType::IpAddress,
        ParameterType::Any,
    ]);
    simple.prop_recursive(3, 4, 1, |inner| {
        prop_oneof![
            inner
                .clone()
                .prop_map(|inner| ParameterType::List(Box::new(inner))),
            inner.prop_map(|inner| ParameterType::Map(Box::new(inner))),
        ]
    })
}

fn type_definition() -> impl Strategy<Value = TypeDefinition> {
    let relation = (rewrite(), vec(assignable(), 0..4), definition());
    let relations = btree_map(name(), relation, 0..6);
    (name(), relations, definition()).prop_map(|(name, relations, definition)| {
        let relation = |(name, (rewrite, assignable, definition))| Relation {
            name,
            rewrite,
            assignable,
            definition,
        };
        TypeDefinition {
            name,
            relations: relations.into_iter().map(relation).collect(),
            definition,
        }
    })
}

/// A model whose maps are sorted, as every model from JSON is.
fn model() -> impl Strategy<Value = Model> {
    let schema = prop::sample::select(vec![Schema::V1_1, Schema::V1_2]);
    let parameters = btree_map(name(), parameter_type(), 0..4);
    let condition = (parameters, any::<String>(), definition());
    let conditions = btree_map(name(), condition, 0..4);
    (schema, vec(type_definition(), 0..5), conditions).prop_map(|(schema, types, conditions)| {
        type Parts = (BTreeMap<String, ParameterType>, String, Definition);
        let condition = |(name, (parameters, expression, definition)): (String, Parts)| Condition {
            name,
            parameters: parameters.into_iter().collect(),
            expression,
            definition,
        };
        Model {
            schema,
            types,
            conditions: conditions.into_iter().map(condition).collect(),
        }
    })
}

fn any_json() -> impl Strategy<Value = Value> {
    let field = prop::sample::select(FIELDS.to_vec()).prop_map(str::to_owned);
    let key = prop_oneof![3 => field, 1 => any::<String>()];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop::sample::select(vec!["1.1", "TYPE_NAME_MAP", "user", ""]).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(8, 64, 5, move |inner| {
        let fields = vec((key.clone(), inner.clone()), 0..5);
        prop_oneof![
            vec(inner, 0..5).prop_map(Value::from),
            fields.prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Puts another value at the n-th place of a document, counted from the outside.
fn replace(value: &mut Value, place: &mut usize, other: &Value) {
    let Some(left) = place.checked_sub(1) else {
        *value = other.clone();
        *place = usize::MAX;
        return;
    };
    *place = left;
    match value {
        Value::Array(items) => {
            for item in items {
                replace(item, place, other);
            }
        }
        Value::Object(fields) => {
            for field in fields.values_mut() {
                replace(field, place, other);
            }
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn a_model_survives_the_way_to_json_and_back(model in model()) {
        let written = to_json(&model);
        prop_assert_eq!(from_json(&written), Ok(model));
        let read: Value = serde_json::from_str(&written.to_string()).unwrap();
        prop_assert_eq!(read, written);
    }

    #[test]
    fn random_models_are_judged_without_falling(model in model()) {
        let _ = validate(&model, |_| Ok(()));
        let _ = lint(&model);
    }

    #[test]
    fn random_json_is_read_or_refused(value in any_json()) {
        if let Ok(model) = from_json(&value) {
            prop_assert_eq!(from_json(&to_json(&model)), Ok(model));
        }
    }

    #[test]
    fn a_model_with_something_odd_in_it_is_read_or_refused(
        model in model(),
        place in 0_usize..60,
        odd in any_json(),
    ) {
        let mut value = to_json(&model);
        replace(&mut value, &mut { place }, &odd);
        match from_json(&value) {
            Ok(model) => {
                let _ = validate(&model, |_| Err("no".to_owned()));
                prop_assert_eq!(from_json(&to_json(&model)), Ok(model));
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }
}
