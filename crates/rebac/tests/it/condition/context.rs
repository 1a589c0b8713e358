//! Parameters: where they come from and how JSON is read as their types.

use rebac::ParameterType as P;
use rebac::condition::{Context, ContextError, EvaluationError, check_tuple_context};
use serde_json::{Value, json};

use super::{compile, list, map, object, run};

#[test]
fn tuple_overrides_the_request() {
    let compiled = compile(&[("a", P::Int), ("b", P::Int)], "a == 1 && b == 2").unwrap();
    let tuple = object(json!({"a": 1}));
    let request = object(json!({"a": 7, "b": 2}));
    assert_eq!(
        compiled.evaluate(&Context::new(Some(&tuple), Some(&request))),
        Ok(true)
    );
    assert_eq!(
        compiled.evaluate(&Context::new(None, Some(&request))),
        Ok(false)
    );
}

#[test]
fn null_of_the_tuple_overrides_too() {
    let compiled = compile(&[("a", P::Any)], "a == null").unwrap();
    let tuple = object(json!({"a": null}));
    let request = object(json!({"a": 1}));
    assert_eq!(
        compiled.evaluate(&Context::new(Some(&tuple), Some(&request))),
        Ok(true)
    );
}

#[test]
fn every_declared_parameter_has_to_be_given() {
    let parameters = [("x", P::Int), ("y", P::Int), ("unused", P::Bool)];
    let missing = |request: Value| match run(&parameters, "x == 1 || y == 1", request) {
        Err(EvaluationError::MissingParameters(names)) => names,
        other => panic!("{other:?}"),
    };
    assert_eq!(missing(json!({})), ["x", "y", "unused"]);
    assert_eq!(missing(json!({"x": 1, "y": 1})), ["unused"]);
    // The one that decides is there, and still.
    assert_eq!(missing(json!({"x": 1, "unused": true})), ["y"]);
}

#[test]
fn unknown_parameters_of_a_request_are_ignored() {
    let request = json!({"x": 1, "other": {"deep": [1, 2]}});
    assert!(run(&[("x", P::Int)], "x == 1", request).unwrap().holds);
}

#[test]
fn wrong_type_names_parameter_type_and_value() {
    let message = |kind: P, found: Value| {
        let request = json!({"p": found});
        run(&[("p", kind)], "true", request)
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        message(P::String, json!(true)),
        "the parameter `p` is a `string`, but true was given"
    );
    assert_eq!(
        message(list(P::Timestamp), json!(["x"])),
        "the parameter `p` is a `list<timestamp>`, but a list was given"
    );
    let long = message(P::Int, json!("x".repeat(10_000)));
    assert!(long.len() < 150, "{long}");
}

#[test]
fn wrong_type_is_reported_before_what_is_missing() {
    let error = run(&[("a", P::Int), ("b", P::Int)], "true", json!({"b": "x"})).unwrap_err();
    assert!(matches!(error, EvaluationError::Parameter(found) if found.parameter == "b"));
}

/// What is given for a type, and the expression that it equals; without one it is refused.
fn assert_read(table: &[(P, Value, Option<&str>)]) {
    for (kind, found, expected) in table {
        let expression = format!("p == {}", expected.unwrap_or("p"));
        let outcome = run(&[("p", kind.clone())], &expression, json!({"p": found}));
        match (expected, outcome) {
            (Some(_), Ok(evaluation)) => assert!(evaluation.holds, "{found} as {kind:?}"),
            (None, Err(EvaluationError::Parameter(_))) => {}
            (_, other) => panic!("{found} as {kind:?}: {other:?}"),
        }
    }
}

#[test]
fn numbers_are_read_without_loss() {
    assert_read(&[
        (P::Int, json!(-3), Some("-3")),
        (P::Int, json!(3.0), Some("3")),
        (P::Int, json!(1e3), Some("1000")),
        (P::Int, json!(3.5), None),
        (P::Int, json!("3"), Some("3")),
        (P::Int, json!("3.0"), Some("3")),
        (P::Int, json!("3.1"), None),
        (P::Int, json!("x"), None),
        (P::Int, json!(""), None),
        (P::Int, json!(true), None),
        (P::Int, json!(i64::MIN), Some("-9223372036854775808")),
        (
            P::Int,
            json!(9_007_199_254_740_993_i64),
            Some("9007199254740993"),
        ),
        (
            P::Int,
            json!("9223372036854775807"),
            Some("9223372036854775807"),
        ),
        (P::Int, json!("9223372036854775808"), None),
        (P::Int, json!("9007199254740993.0"), None),
        (P::Int, json!(1e300), None),
        (P::Uint, json!(3), Some("3u")),
        (P::Uint, json!(-3), None),
        (
            P::Uint,
            json!("18446744073709551615"),
            Some("18446744073709551615u"),
        ),
        (P::Uint, json!("18446744073709551616"), None),
        (P::Double, json!(1), Some("1.0")),
        (P::Double, json!("1.5e2"), Some("150.0")),
        (P::Double, json!("nan"), None),
        (P::Double, json!("inf"), None),
        (P::Double, json!([1]), None),
    ]);
}

#[test]
fn scalars_are_read_by_their_declared_type() {
    let midnight = Some("timestamp('2024-01-01T00:00:00Z')");
    assert_read(&[
        (P::Bool, json!(true), Some("true")),
        (P::Bool, json!("true"), None),
        (P::Bool, json!(1), None),
        (P::String, json!("é"), Some("'é'")),
        (P::String, json!(1), None),
        (P::String, json!(null), None),
        (P::Duration, json!("1h30m"), Some("duration('5400s')")),
        (P::Duration, json!("90"), None),
        (P::Duration, json!(90), None),
        (P::Timestamp, json!("2024-01-01T02:00:00+02:00"), midnight),
        (P::Timestamp, json!("2024-01-01"), None),
        (P::Timestamp, json!(1_700_000_000), None),
        (
            P::IpAddress,
            json!("::ffff:10.0.0.1"),
            Some("ipaddress('10.0.0.1')"),
        ),
        (P::IpAddress, json!("10.0.0"), None),
        (P::IpAddress, json!("10.0.0.1/8"), None),
        (P::IpAddress, json!("10.0.0.010"), None),
    ]);
}

#[test]
fn lists_maps_and_anything_are_read_by_their_parts() {
    assert_read(&[
        (list(P::Int), json!([1, "2", 3.0]), Some("[1, 2, 3]")),
        (list(P::Int), json!([1, "x"]), None),
        (list(P::Int), json!({"a": 1}), None),
        (map(P::Uint), json!({"a": 1}), Some("{'a': 1u}")),
        (map(P::Uint), json!({"a": -1}), None),
        (map(P::Uint), json!([1]), None),
        (
            map(list(P::Bool)),
            json!({"a": [true]}),
            Some("{'a': [true]}"),
        ),
        (P::Any, json!(null), Some("null")),
        (
            P::Any,
            json!({"a": [1, "x", null]}),
            Some("{'a': [1.0, 'x', null]}"),
        ),
    ]);
}

#[test]
fn tuple_context_takes_declared_parameters_only() {
    let compiled = compile(&[("a", P::Int), ("b", P::Int)], "a == b").unwrap();
    let check = |context: Value| check_tuple_context(&compiled, &object(context));
    assert_eq!(check(json!({})), Ok(()));
    assert_eq!(check(json!({"a": 1})), Ok(()));
    assert_eq!(
        check(json!({"a": 1, "c": 1})),
        Err(ContextError::UnknownParameter("c".to_owned()))
    );
    let error = check(json!({"a": "x"})).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the parameter `a` is a `int`, but \"x\" was given"
    );
}

#[test]
fn explanation_has_the_values_that_the_expression_names() {
    let parameters = [
        ("a", P::Int),
        ("unused", P::Int),
        ("l", list(P::Int)),
        ("x", P::Int),
    ];
    // The `x` of the macro is not the parameter.
    let compiled = compile(&parameters, "l.exists(x, x == a)").unwrap();
    let tuple = object(json!({"a": 1}));
    let request = object(json!({"a": 2, "unused": 3, "l": [1, "2"], "x": 4}));
    let used = compiled.values_used(&Context::new(Some(&tuple), Some(&request)));
    let shown: Vec<_> = used.into_iter().collect();
    assert_eq!(shown, [("a", &json!(1)), ("l", &json!([1, "2"]))]);
}
