//! What judging conditions takes from the steps of a question.

use super::{compile, object};
use rebac::ParameterType;
use rebac::condition::{Compiled, Context, Effort, JsonObject};
use serde_json::json;

fn compiled(parameters: &[(&str, ParameterType)], expression: &str) -> Compiled {
    compile(parameters, expression).unwrap()
}

fn steps(compiled: &Compiled, request: &JsonObject, effort: &mut Effort) -> u64 {
    let _ = compiled.judge(&Context::new(None, Some(request)), effort);
    effort.take_steps()
}

#[test]
fn a_small_condition_takes_no_more_than_its_tuple() {
    let level = compiled(&[("level", ParameterType::Int)], "level > 3");
    let request = object(json!({ "level": 4 }));
    assert_eq!(steps(&level, &request, &mut Effort::default()), 0);
}

/// Whoever brings a long list has it read again for each tuple, and pays for it each time; also
/// where the condition fails.
#[test]
fn what_is_read_is_paid_for_by_its_size() {
    let list = || ParameterType::List(Box::new(ParameterType::String));
    let parameters = [("allowed", list()), ("mine", ParameterType::String)];
    let listed = compiled(&parameters, "mine == 'x' || size(allowed) > 3");
    let mut effort = Effort::default();
    let texts: Vec<_> = (0..10_000).map(|n| format!("text {n}")).collect();
    let request = object(json!({ "allowed": texts, "mine": "y" }));
    let once = steps(&listed, &request, &mut effort);
    assert!(once >= 2_500, "{once}");
    assert_eq!(steps(&listed, &request, &mut effort), once);
    let without = object(json!({ "allowed": texts }));
    assert!(steps(&listed, &without, &mut effort) >= 2_500);
    let long = object(json!({ "allowed": [], "mine": "y".repeat(100_000) }));
    assert!(steps(&listed, &long, &mut effort) >= 300);
    // What the condition does not declare is not read.
    let other = object(json!({ "allowed": [], "mine": "y", "other": texts }));
    assert!(steps(&listed, &other, &mut effort) < 10);
}

#[test]
fn an_expression_is_paid_for_by_its_cost() {
    let list = ParameterType::List(Box::new(ParameterType::Int));
    let costly = compiled(&[("all", list)], "all.all(one, one > 0)");
    let request = |count| object(json!({ "all": vec![1; count] }));
    let mut effort = Effort::default();
    let cheap = steps(&costly, &request(1), &mut effort);
    let dear = steps(&costly, &request(15), &mut effort);
    assert!(cheap < dear && dear >= 8, "{cheap} {dear}");
    // Beyond the limit of cost it fails, and is charged the limit.
    assert!(steps(&costly, &request(1_000), &mut effort) >= 10);
}

#[test]
fn a_pattern_that_comes_with_the_values_is_compiled_once() {
    let parameters = [("pattern", ParameterType::String)];
    let matching = compiled(&parameters, "'some text'.matches(pattern)");
    let request = |pattern: &str| object(json!({ "pattern": pattern }));
    let mut effort = Effort::default();
    let first = steps(&matching, &request("^some [a-z]+$"), &mut effort);
    let again = steps(&matching, &request("^some [a-z]+$"), &mut effort);
    assert!(first > again + 30, "{first} and then {again}");
    // What cannot be compiled takes most, and once.
    let wrong = request("((((((((((((((((((");
    let first = steps(&matching, &wrong, &mut effort);
    let again = steps(&matching, &wrong, &mut effort);
    assert!(first > again + 1_000, "{first} and then {again}");
    // However many there are, few are kept: the first has gone.
    for number in 0..20 {
        steps(&matching, &request(&format!("^{number}$")), &mut effort);
    }
    assert!(steps(&matching, &request("^some [a-z]+$"), &mut effort) > 30);
}

/// More patterns than are kept: each is right.
#[test]
fn many_patterns_are_not_mixed_up() {
    let parameters = [
        ("text", ParameterType::String),
        ("pattern", ParameterType::String),
    ];
    let matching = compiled(&parameters, "text.matches(pattern)");
    let mut effort = Effort::default();
    for number in 0..40 {
        let pattern = format!("^x{}y$", number % 20);
        let request = object(json!({ "text": "x7y", "pattern": pattern }));
        let held = matching.judge(&Context::new(None, Some(&request)), &mut effort);
        assert_eq!(held, Ok(number % 20 == 7), "{number}");
    }
}

/// A short pattern may stand for many states, each of which is tried at each character.
#[test]
fn a_large_pattern_takes_more_than_a_small_one() {
    let request = object(json!({ "text": "ab".repeat(50) }));
    let of = |expression| {
        let matching = compiled(&[("text", ParameterType::String)], expression);
        steps(&matching, &request, &mut Effort::default())
    };
    let small = of("text.matches('(a|b)+c')");
    let large = of("text.matches('((a|b)?){800}c')");
    assert!(large > 20 * small, "{small} and {large}");
}
