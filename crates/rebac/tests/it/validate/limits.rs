//! Names, numbers, duplicates and conditions.

use rebac::validate::{
    CONDITIONS_MAX, EXPRESSION_BYTES_MAX, MESSAGE_CHARACTERS_MAX, PARAMETERS_MAX, PROBLEMS_MAX,
    TYPES_MAX,
};
use rebac::{Condition, Item, Kind, Model, ParameterType, validate};

use super::{condition, direct, doc, kinds, message, model, problems, type_of};

fn with_conditions(conditions: Vec<Condition>) -> Model {
    Model {
        conditions,
        ..doc(vec![direct("viewer", &["user"])])
    }
}

fn named(name: &str) -> Model {
    model(vec![type_of(name, Vec::new())])
}

fn relation_named(name: &str) -> Model {
    doc(vec![direct(name, &["user"])])
}

#[test]
fn a_model_has_types() {
    assert_eq!(kinds(&Model::default()), [Kind::NoTypes]);
    assert_eq!(kinds(&model(Vec::new())), []);
}

#[test]
fn a_model_has_at_most_so_many_types() {
    let of = |count: usize| {
        model(
            (1..count)
                .map(|n| type_of(&format!("t{n}"), vec![]))
                .collect(),
        )
    };
    assert_eq!(kinds(&of(TYPES_MAX)), []);
    assert_eq!(
        message(&of(TYPES_MAX + 1)),
        "number of type definitions in an authorization model exceeds the allowed limit of 100"
    );
}

#[test]
fn a_model_has_at_most_so_many_conditions() {
    let of =
        |count: usize| with_conditions((0..count).map(|n| condition(&format!("c{n}"))).collect());
    assert_eq!(kinds(&of(CONDITIONS_MAX)), []);
    assert_eq!(kinds(&of(CONDITIONS_MAX + 1)), [Kind::TooManyConditions]);
}

#[test]
fn a_condition_has_at_most_so_many_parameters() {
    let of = |count: usize| {
        let parameter = |n: usize| (format!("p{n}"), ParameterType::Bool);
        with_conditions(vec![Condition {
            parameters: (0..count).map(parameter).collect(),
            ..condition("c")
        }])
    };
    assert_eq!(kinds(&of(PARAMETERS_MAX)), []);
    assert_eq!(kinds(&of(PARAMETERS_MAX + 1)), [Kind::TooManyParameters]);
}

#[test]
fn an_expression_has_at_most_so_many_bytes() {
    let of = |bytes: usize| {
        with_conditions(vec![Condition {
            expression: "x".repeat(bytes),
            ..condition("c")
        }])
    };
    assert_eq!(kinds(&of(EXPRESSION_BYTES_MAX)), []);
    assert_eq!(
        kinds(&of(EXPRESSION_BYTES_MAX + 1)),
        [Kind::ExpressionTooLong]
    );
}

#[test]
fn types_have_names() {
    for good in ["a", "a/b.c-d", "é", &"t".repeat(254)] {
        assert_eq!(kinds(&named(good)), [], "{good}");
    }
    for bad in ["", "a b", "a:b", "a#b", "a@b", "a\u{0}", &"t".repeat(255)] {
        assert_eq!(kinds(&named(bad)), [Kind::TypeName], "{bad}");
    }
    assert_eq!(
        message(&named("a b")),
        "type 'a b' does not match naming rule: '^[^:#@\\s]{1,254}$'"
    );
    assert_eq!(
        message(&named("")),
        "the type name of a type definition cannot be an empty string"
    );
}

#[test]
fn relations_have_names() {
    for good in ["a", "can.view", &"r".repeat(50)] {
        assert_eq!(kinds(&relation_named(good)), [], "{good}");
    }
    for bad in ["", "a b", "a:b", "a#b", "a@b", "a\n", &"r".repeat(51)] {
        assert_eq!(kinds(&relation_named(bad)), [Kind::RelationName], "{bad}");
    }
    assert_eq!(
        message(&relation_named("a b")),
        "relation 'a b' of type 'doc' does not match naming rule: '^[^:#@\\s]{1,50}$'"
    );
    assert_eq!(
        message(&relation_named("")),
        "type 'doc' defines a relation with an empty string for a name"
    );
}

#[test]
fn conditions_and_parameters_have_names() {
    for (name, is_good) in [
        ("a", true),
        ("a b", false),
        ("", false),
        (&"c".repeat(51), false),
    ] {
        let of_condition = with_conditions(vec![condition(name)]);
        let of_parameter = with_conditions(vec![Condition {
            parameters: vec![(name.to_owned(), ParameterType::Bool)],
            ..condition("c")
        }]);
        let expected = |kind| if is_good { vec![] } else { vec![kind] };
        assert_eq!(
            kinds(&of_condition),
            expected(Kind::ConditionName),
            "{name}"
        );
        assert_eq!(
            kinds(&of_parameter),
            expected(Kind::ParameterName),
            "{name}"
        );
    }
}

#[test]
fn nothing_is_defined_twice() {
    assert!(
        message(&model(vec![type_of("user", vec![])]))
            .contains("an authorization model cannot contain duplicate types")
    );
    let twice = doc(vec![direct("a", &["user"]), direct("a", &["user"])]);
    assert_eq!(kinds(&twice), [Kind::DuplicateRelation]);
    let conditions = with_conditions(vec![condition("c"), condition("c")]);
    assert_eq!(kinds(&conditions), [Kind::DuplicateCondition]);
    let at = ("at".to_owned(), ParameterType::Timestamp);
    let parameters = with_conditions(vec![Condition {
        parameters: vec![at.clone(), at],
        ..condition("c")
    }]);
    assert_eq!(kinds(&parameters), [Kind::DuplicateParameter]);
}

#[test]
fn self_and_this_are_reserved() {
    for name in ["self", "this"] {
        assert_eq!(
            message(&named(name)),
            format!(
                "the definition of type '{name}' is invalid: self and this are reserved keywords"
            )
        );
        assert_eq!(
            message(&relation_named(name)),
            format!(
                "the definition of relation '{name}' in object type 'doc' is invalid: \
                 self and this are reserved keywords"
            )
        );
    }
    assert_eq!(kinds(&named("selfish")), []);
    assert_eq!(kinds(&relation_named("This")), []);
}

#[test]
fn an_expression_is_judged_by_whoever_can() {
    let model = with_conditions(vec![condition("b"), condition("a"), condition("c")]);
    let check = |condition: &Condition| match condition.name.as_str() {
        "c" => Ok(()),
        _ => Err("undeclared reference to 'x'".to_owned()),
    };
    let problems = validate(&model, check).unwrap_err();
    let items: Vec<_> = problems.iter().map(|problem| &problem.item).collect();
    let expression = |name: &str| Item::Expression(name.to_owned());
    assert_eq!(items, [&expression("a"), &expression("b")]);
    assert_eq!(problems[0].kind, Kind::Expression);
    assert_eq!(
        problems[0].to_string(),
        "failed to compile expression on condition 'a' - undeclared reference to 'x'"
    );
}

#[test]
fn problems_are_so_many_and_so_long_at_most() {
    let relations = (0..2 * PROBLEMS_MAX).map(|n| direct(&format!("r{n}"), &[]));
    assert_eq!(problems(&doc(relations.collect())).len(), PROBLEMS_MAX);
    let long = message(&named(&"é".repeat(5_000)));
    assert_eq!(long.chars().count(), MESSAGE_CHARACTERS_MAX);
}
