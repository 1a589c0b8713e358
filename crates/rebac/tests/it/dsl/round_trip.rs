//! Whatever model has a form in the language comes back from it as it was.

use crate::amount::cases;
use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use rebac::dsl;
use rebac::{
    Assignable, AssignableKind, Condition, Definition, Model, ParameterType, Relation, Rewrite,
    Schema, TypeDefinition,
};

/// Names of both kinds, words of the language among them. Those that are none are left out.
fn name() -> impl Strategy<Value = String> {
    let taken = [
        "and",
        "condition",
        "define",
        "false",
        "from",
        "in",
        "null",
        "or",
        "relations",
    ];
    let known = prop_oneof![
        Just("type"),
        Just("model"),
        Just("but"),
        Just("not"),
        Just("list")
    ];
    prop_oneof![
        4 => "[a-zA-Z_][a-zA-Z0-9_-]{0,8}",
        1 => "[a-zA-Z_]{1,3}([/.-][a-zA-Z0-9_]{1,3}){1,3}",
        1 => known.prop_map(str::to_owned),
    ]
    .prop_filter("a word of the language", move |name| {
        !taken.contains(&name.as_str()) && name != "true" && name != "with"
    })
}

/// A rewrite that nothing direct stands in.
fn indirect() -> impl Strategy<Value = Rewrite> {
    let leaf = prop_oneof![
        name().prop_map(Rewrite::Computed),
        (name(), name()).prop_map(|(computed, tupleset)| Rewrite::From { computed, tupleset }),
    ];
    leaf.prop_recursive(6, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(Rewrite::Union),
            vec(inner.clone(), 2..4).prop_map(Rewrite::Intersection),
            (inner.clone(), inner).prop_map(|pair| Rewrite::Difference(Box::new(pair))),
        ]
    })
}

/// Puts [`Rewrite::Direct`] in the place of the first leaf.
fn with_direct(rewrite: Rewrite) -> Rewrite {
    let first = |mut operands: Vec<Rewrite>| {
        let begin = operands.remove(0);
        operands.insert(0, with_direct(begin));
        operands
    };
    match rewrite {
        Rewrite::Union(operands) => Rewrite::Union(first(operands)),
        Rewrite::Intersection(operands) => Rewrite::Intersection(first(operands)),
        Rewrite::Difference(pair) => {
            let (base, subtract) = *pair;
            Rewrite::Difference(Box::new((with_direct(base), subtract)))
        }
        _ => Rewrite::Direct,
    }
}

fn assignable() -> impl Strategy<Value = Assignable> {
    let kind = prop_oneof![
        Just(AssignableKind::Object),
        Just(AssignableKind::Wildcard),
        name().prop_map(AssignableKind::Userset),
    ];
    (name(), kind, option::of(name())).prop_map(|(type_name, kind, condition)| Assignable {
        type_name,
        kind,
        condition,
    })
}

fn relation() -> impl Strategy<Value = Relation> {
    (name(), indirect(), vec(assignable(), 0..4)).prop_map(|(name, rewrite, assignable)| Relation {
        name,
        rewrite: if assignable.is_empty() {
            rewrite
        } else {
            with_direct(rewrite)
        },
        assignable,
        definition: Definition::default(),
    })
}

fn parameter_type() -> impl Strategy<Value = ParameterType> {
    let leaf = prop_oneof![
        Just(ParameterType::Bool),
        Just(ParameterType::String),
        Just(ParameterType::Int),
        Just(ParameterType::Uint),
        Just(ParameterType::Double),
        Just(ParameterType::Duration),
        Just(ParameterType::Timestamp),
        Just(ParameterType::IpAddress),
    ];
    leaf.prop_recursive(3, 3, 1, |inner| {
        prop_oneof![
            inner
                .clone()
                .prop_map(|one| ParameterType::List(Box::new(one))),
            inner.prop_map(|one| ParameterType::Map(Box::new(one))),
        ]
    })
}

/// An expression of pieces that could end it too early.
fn expression() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[a-z0-9<>=!&|+. ]{1,8}",
        r#""[a-z}{'#/ ]{0,5}""#,
        r"'([a-z}{# ]|\\['\\n]){0,5}'",
        r#"r'[a-z\\}{"]{0,5}'"#,
        "\"\"\"[a-z}{#\n']{0,5}\"\"\"",
        r#"\{"[a-z]{1,3}": 1\}"#,
        " // [a-z}{'\"#]{0,5}\n",
        Just("\n  ".to_owned()),
    ];
    vec(piece, 0..6).prop_map(|pieces| format!("a {} z", pieces.join(" ")))
}

fn condition() -> impl Strategy<Value = Condition> {
    let parameters = vec(("[a-z_][a-z0-9_-]{0,5}", parameter_type()), 0..4);
    (name(), parameters, expression()).prop_map(|(name, mut parameters, expression)| {
        keep_first(&mut parameters, |(name, _)| name.clone());
        Condition {
            name,
            parameters,
            expression,
            definition: Definition::default(),
        }
    })
}

fn model() -> impl Strategy<Value = Model> {
    let one_type = (name(), vec(relation(), 0..5)).prop_map(|(name, mut relations)| {
        keep_first(&mut relations, |relation| relation.name.clone());
        TypeDefinition {
            name,
            relations,
            definition: Definition::default(),
        }
    });
    let schema = prop_oneof![Just(Schema::V1_1), Just(Schema::V1_2)];
    (schema, vec(one_type, 0..5), vec(condition(), 0..3)).prop_map(
        |(schema, mut types, mut conditions)| {
            keep_first(&mut types, |one| one.name.clone());
            keep_first(&mut conditions, |condition| condition.name.clone());
            Model {
                schema,
                types,
                conditions,
            }
        },
    )
}

fn keep_first<T>(list: &mut Vec<T>, name: impl Fn(&T) -> String) {
    let mut seen = BTreeSet::new();
    list.retain(|one| seen.insert(name(one)));
}

proptest! {
    #![proptest_config(cases(2_500))]

    #[test]
    fn a_printed_model_is_read_as_itself(model in model()) {
        let printed = dsl::print(&model).unwrap();
        match dsl::parse(&printed) {
            Ok((again, _)) => prop_assert_eq!(&again, &model, "{}", printed),
            Err(errors) => prop_assert!(false, "{printed}\n{errors:#?}"),
        }
    }
}
