//! What evaluations cost. The first table is OpenFGA's own, the others follow CEL's prices.

use rebac::ParameterType as P;
use rebac::condition::{COST_MAX, Context, EvaluationError};
use serde_json::{Value, json};

use super::{compile, list, map, object, run};

fn cost(parameters: &[(&str, P)], expression: &str, request: Value) -> u64 {
    run(parameters, expression, request).unwrap().cost
}

#[test]
fn known_expressions_cost_what_they_cost_there() {
    let ints = [("x", P::Int), ("y", P::Int)];
    assert_eq!(cost(&ints, "x < y", json!({"x": 1, "y": 2})), 3);
    let texts = [("x", P::String), ("y", P::String)];
    assert_eq!(cost(&texts, "x == y", json!({"x": "ab", "y": "ab"})), 3);
    let lists = [("strlist", list(P::String))];
    assert_eq!(
        cost(
            &lists,
            "'d' in strlist",
            json!({"strlist": ["a", "b", "c"]})
        ),
        4
    );
}

#[test]
fn prices_follow_what_has_to_be_read() {
    let table = [
        ("s == s", 7),
        ("s < s", 7),
        ("s.startsWith('x')", 6),
        ("s.endsWith('x')", 6),
        ("s.contains('x')", 6),
        ("s.contains(s)", 27),
        ("s.matches('xxxx')", 7),
        ("s.matches(s)", 80),
        ("s + s == 'x'", 13),
        ("size(s) == 1", 3),
        ("true || false", 0),
        ("true ? true : s == s", 0),
        ("m.a == 1", 3),
        ("m['a'] == 1", 3),
        ("has(m.a)", 2),
        ("'a' in m", 2),
        ("[1] == [1]", 21),
        ("{'a': 1} == {}", 60),
        ("b || b", 1),
    ];
    let parameters = [("s", P::String), ("m", map(P::Int)), ("b", P::Bool)];
    let request = json!({"s": "x".repeat(50), "m": {"a": 1}, "b": true});
    for (expression, expected) in table {
        assert_eq!(
            cost(&parameters, expression, request.clone()),
            expected,
            "{expression}"
        );
    }
}

#[test]
fn macros_pay_for_each_item() {
    let parameters = [("l", list(P::Int))];
    let at = |expression, items: usize| cost(&parameters, expression, json!({"l": vec![1; items]}));
    for (expression, each) in [("l.all(x, x > 0)", 5), ("l.exists(x, x > 1)", 6)] {
        let base = at(expression, 0);
        assert_eq!(at(expression, 10), base + 10 * each, "{expression}");
    }
    assert!(at("size(l.map(x, x)) > 0", 20) > at("size(l.map(x, x)) > 0", 10) + 100);
}

#[test]
fn limit_is_exact() {
    let compiled = compile(&[("x", P::Int), ("y", P::Int)], "x < y").unwrap();
    let request = object(json!({"x": 1, "y": 2}));
    let context = Context::new(None, Some(&request));
    assert!(compiled.evaluate_within(&context, 3).unwrap().holds);
    assert_eq!(
        compiled.evaluate_within(&context, 2),
        Err(EvaluationError::TooExpensive { limit: 2 })
    );
}

#[test]
fn default_limit_is_one_hundred() {
    assert_eq!(COST_MAX, 100);
    let compiled = compile(&[("l", list(P::String))], "'x' in l").unwrap();
    for (items, expected) in [
        (98, Ok(false)),
        (99, Ok(false)),
        (100, Err(EvaluationError::TooExpensive { limit: 100 })),
    ] {
        let request = object(json!({"l": vec!["y"; items]}));
        let outcome = compiled.evaluate(&Context::new(None, Some(&request)));
        assert_eq!(outcome, expected, "{items}");
    }
}

#[test]
fn nothing_makes_up_for_the_limit() {
    let parameters = [("l", list(P::Int))];
    let request = object(json!({"l": vec![1; 200]}));
    for expression in [
        "l.all(x, x > 0) || true",
        "2 in l || true",
        "!(2 in l && false)",
        "[1].exists(y, 2 in l || true)",
        "[1].all(y, !(2 in l)) || true",
        "l.map(x, x) == l || true",
        "(2 in l ? true : true) || true",
    ] {
        let compiled = compile(&parameters, expression).unwrap();
        assert_eq!(
            compiled.evaluate(&Context::new(None, Some(&request))),
            Err(EvaluationError::TooExpensive { limit: 100 }),
            "{expression}"
        );
    }
}

/// Without a price on what is copied, each of these would double what the one before made.
#[test]
fn doubling_is_paid_for() {
    let doubled = format!("['x']{} == ['x']", ".map(s, s + s)".repeat(30));
    let spread = format!("[[1]]{} == [[1]]", ".map(l, l + l)".repeat(30));
    for expression in [doubled, spread] {
        let compiled = compile(&[], &expression).unwrap();
        assert_eq!(
            compiled.evaluate_within(&Context::default(), 1_000_000),
            Err(EvaluationError::TooExpensive { limit: 1_000_000 })
        );
    }
}
