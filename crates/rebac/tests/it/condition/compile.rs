//! What compiles and what is refused, with the phrases that CEL uses.

use rebac::ParameterType as P;
use rebac::condition::CompileError;

use super::{compile, list, map, refusal};

#[test]
fn undeclared_name_is_refused_where_it_stands() {
    assert_eq!(
        refusal(&[("param1", P::String)], "invalid"),
        "1:1: undeclared reference to 'invalid' (in container '')"
    );
    assert_eq!(
        refusal(&[("param1", P::Bool)], "param1 &&\n  other"),
        "2:3: undeclared reference to 'other' (in container '')"
    );
}

#[test]
fn undeclared_function_is_refused() {
    for expression in [
        "now() > timestamp('2024-01-01T00:00:00Z')",
        "'a'.upper() == 'A'",
    ] {
        assert!(refusal(&[], expression).contains("undeclared reference to"));
    }
    // Neither types as values nor the clock are there to be asked.
    assert!(refusal(&[], "type(1) == int").contains("undeclared reference to"));
}

#[test]
fn expression_that_is_not_bool_is_refused() {
    assert_eq!(
        refusal(&[("param1", P::String)], "param1"),
        "expected a bool condition expression output, but got 'string'"
    );
    assert!(refusal(&[("a", P::Any)], "a").ends_with("but got 'dyn'"));
    assert!(refusal(&[], "[1, 2]").ends_with("but got 'list(int)'"));
    assert!(refusal(&[], "{'a': 1u}").ends_with("but got 'map(string, uint)'"));
    assert!(refusal(&[], "[true][0] ? null : null").ends_with("but got 'null'"));
}

#[test]
fn operator_without_overload_names_the_types() {
    let table = [
        (
            "ipaddress(true).in_cidr('10.0.0.0/8')",
            "1:10: ",
            "'ipaddress' applied to '(bool)'",
        ),
        ("1 + 1u == 2", "1:3: ", "'_+_' applied to '(int, uint)'"),
        ("1 == 1.0", "1:3: ", "'_==_' applied to '(int, double)'"),
        ("1 < 2u", "1:3: ", "'_<_' applied to '(int, uint)'"),
        ("'a' == null", "1:5: ", "'_==_' applied to '(string, null)'"),
        ("!1", "1:1: ", "'!_' applied to '(int)'"),
        ("1 && true", "1:3: ", "'_&&_' applied to '(int, bool)'"),
        (
            "true ? 1 : 'a'",
            "1:6: ",
            "'_?_:_' applied to '(bool, int, string)'",
        ),
        (
            "'a' in [1]",
            "1:5: ",
            "'@in' applied to '(string, list(int))'",
        ),
        (
            "'a'.contains(1)",
            "1:13: ",
            "'contains' applied to 'string.(int)'",
        ),
        (
            "contains('a', 'a')",
            "1:9: ",
            "'contains' applied to '(string, string)'",
        ),
        (
            "[true]['a']",
            "1:7: ",
            "'_[_]' applied to '(list(bool), string)'",
        ),
        ("-1u == 1", "1:1: ", "'-_' applied to '(uint)'"),
    ];
    for (expression, place, message) in table {
        let expected = format!("{place}found no matching overload for {message}");
        assert_eq!(refusal(&[], expression), expected, "{expression}");
    }
}

#[test]
fn time_zone_is_refused() {
    let message = refusal(&[("t", P::Timestamp)], "t.getHours('Europe/Paris') == 1");
    assert!(
        message.ends_with("'getHours' applied to 'timestamp.(string)'"),
        "{message}"
    );
}

#[test]
fn field_of_a_scalar_is_refused() {
    let message = refusal(&[("s", P::String)], "s.field == 'a'");
    assert!(
        message.ends_with("type 'string' does not support field selection"),
        "{message}"
    );
    let message = refusal(&[("s", P::Int)], "has(s.field)");
    assert!(
        message.ends_with("type 'int' does not support field selection"),
        "{message}"
    );
}

#[test]
fn macro_over_a_scalar_is_refused() {
    let message = refusal(&[("s", P::String)], "s.all(x, true)");
    assert!(
        message.contains("'string' cannot be range of a comprehension"),
        "{message}"
    );
}

#[test]
fn parts_that_conditions_lack_are_refused() {
    assert!(refusal(&[], "Message{a: 1} == null").contains("messages are not supported"));
    assert!(matches!(
        compile(&[("m", map(P::Int))], "m.?a.hasValue()"),
        Err(CompileError::Syntax { .. })
    ));
}

#[test]
fn syntax_error_has_its_place() {
    for (expression, line, column) in [("a &&", 1, 5), ("(1 == 1", 1, 8), ("true\n  $", 2, 3)] {
        match compile(&[("a", P::Bool)], expression) {
            Err(CompileError::Syntax { place, message }) => {
                assert_eq!(
                    (place.line, place.column),
                    (line, column),
                    "{expression}: {message}"
                );
                assert!(!message.is_empty());
            }
            other => panic!("{expression}: {other:?}"),
        }
    }
}

#[test]
fn place_counts_characters_not_bytes() {
    let message = refusal(&[], "'é\u{1f600}' == 'x' && nobody");
    assert!(message.starts_with("1:16: undeclared"), "{message}");
    let message = refusal(&[], "'é\u{1f600}' $");
    assert!(message.starts_with("1:6: "), "{message}");
}

#[test]
fn limits_are_exact() {
    let names: Vec<String> = (0..26).map(|n| format!("p{n}")).collect();
    let parameters: Vec<_> = names.iter().map(|name| (name.as_str(), P::Bool)).collect();
    assert!(compile(&parameters[..25], "p0").is_ok());
    assert_eq!(
        compile(&parameters, "p0").unwrap_err(),
        CompileError::TooManyParameters {
            found: 26,
            limit: 25
        }
    );
    let padded = |bytes: usize| format!("true{}", " ".repeat(bytes - 4));
    assert!(compile(&[], &padded(512)).is_ok());
    assert_eq!(
        compile(&[], &padded(513)).unwrap_err(),
        CompileError::TooLong {
            found: 513,
            limit: 512
        }
    );
}

#[test]
fn deep_expression_is_refused_and_not_descended_into() {
    let nested = |levels: usize| format!("{}true{}", "(".repeat(levels), ")".repeat(levels));
    assert!(compile(&[], &nested(48)).is_ok());
    assert!(matches!(
        compile(&[], &nested(49)),
        Err(CompileError::TooDeep { limit: 48 })
    ));
    let sum = |terms: usize| format!("{}1 > 0", "1+".repeat(terms));
    assert!(compile(&[], &sum(90)).is_ok());
    assert!(matches!(
        compile(&[], &sum(100)),
        Err(CompileError::TooDeep { limit: 96 })
    ));
}

#[test]
fn deep_parameter_type_is_refused() {
    let nested = |levels: usize| (0..levels).fold(P::String, |inner, _| list(inner));
    assert!(compile(&[("p", nested(8))], "true").is_ok());
    assert!(matches!(
        compile(&[("p", nested(9))], "true"),
        Err(CompileError::TooDeep { limit: 8 })
    ));
}

#[test]
fn any_is_checked_only_when_evaluated() {
    let parameters = [("a", P::Any)];
    for expression in [
        "a == 1",
        "a == null",
        "a > 1u",
        "a.b.c",
        "a[0] == 'x'",
        "a",
        "a.all(x, x > 1)",
        "a + 1 == 2",
        "'x' in a",
        "size(a) == 1",
        "a.startsWith('x')",
        "a ? true : false",
    ] {
        // A bare field or the parameter itself is not known to be a bool.
        let whole = format!("({expression}) == true");
        assert!(compile(&parameters, &whole).is_ok(), "{whole}");
    }
}

#[test]
fn what_a_dynamic_part_reaches_is_dynamic() {
    let parameters = [("a", P::Any)];
    for expression in [
        "(a + [true])[0]",
        "([true] + a)[0]",
        "true ? a : true",
        "[a, true][0]",
        "{'k': a, 'l': true}.l",
        "a.map(x, x)[0]",
        "[a].filter(x, true)[0]",
        "a + a",
        "dyn(true)",
    ] {
        let message = refusal(&parameters, expression);
        assert!(
            message.ends_with("but got 'dyn'"),
            "{expression}: {message}"
        );
    }
}

#[test]
fn literal_pattern_is_checked_before_it_is_used() {
    let message = refusal(&[("s", P::String)], "s.matches('(')");
    assert!(
        message.starts_with("1:10: invalid regular expression: "),
        "{message}"
    );
    assert!(!message.contains('\n'));
    let message = refusal(&[("s", P::String)], r"s.matches('((a{200}){200}){200}')");
    assert!(message.contains("size limit"), "{message}");
}

#[test]
fn parameters_keep_their_order() {
    let declared = [("z", P::Int), ("a", P::Uint)];
    let compiled = compile(&declared, "true").unwrap();
    let names: Vec<_> = compiled
        .parameters()
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(names, ["z", "a"]);
}
