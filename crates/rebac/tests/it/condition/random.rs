//! Whatever comes in, nothing panics, and every evaluation ends within its cost.

use crate::amount::cases;
use proptest::prelude::*;
use rebac::ParameterType as P;
use rebac::condition::{
    Compiled, Context, EXPRESSION_BYTES_MAX, EvaluationError, check_tuple_context,
};
use serde_json::{Value, json};

use super::{condition, list, map, object};

/// Pieces that expressions are made of, and pieces that break them.
const PIECES: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "a",
    "b",
    "s",
    "l",
    "m",
    "t",
    "d",
    "i",
    "x",
    "0",
    "1",
    "1u",
    "1.5",
    "1e999",
    "99999999999999999999",
    "0x",
    "0xFFu",
    "-",
    "!",
    "+",
    "*",
    "/",
    "%",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "&&",
    "||",
    "?",
    ":",
    ",",
    ".",
    " in ",
    "null",
    "true",
    "false",
    "'s'",
    "\"t\"",
    "b'x'",
    r"r'\d'",
    r"'\",
    r"'\u00'",
    r"'\ud800'",
    r"'\xff'",
    r"'\777'",
    r"'\U00110000'",
    "'''",
    "`",
    "`a b`",
    "has(",
    "m.x",
    ".all(x,",
    ".exists(x,",
    ".map(x,",
    ".filter(x,",
    ".exists_one(x,",
    ".?b",
    "[?",
    "{?a:1}",
    " ",
    "\n",
    "// c\n",
    "é",
    "\u{1F600}",
    "\0",
    "$",
    "@",
    "@result",
    "#",
    "size(",
    ".size()",
    ".matches(",
    ".in_cidr('10.0.0.0/8')",
    "M{a:1}",
    "..",
    "=",
    "&",
    "|",
    "9223372036854775808",
    "-9223372036854775808",
    "18446744073709551616u",
    "as",
    "\r",
    "\t",
    "\\",
    "-0.0",
    ".5",
    "5.",
    "1e",
    "timestamp(",
    "duration('1h')",
    ".getHours()",
    "string(",
    "int(",
    "uint(",
    "double(",
    "dyn(",
];

fn expression() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        20 => proptest::sample::select(PIECES).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ];
    prop_oneof![
        3 => proptest::collection::vec(piece.clone(), 0..16),
        1 => proptest::collection::vec(piece, 0..250),
    ]
    .prop_map(|pieces| shortened(pieces.concat()))
}

fn shortened(mut text: String) -> String {
    let mut end = text.len().min(EXPRESSION_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
}

fn json_value() -> impl Strategy<Value = Value> {
    let text = prop_oneof![
        Just("1h30m".to_owned()),
        Just("2024-01-01T00:00:00Z".to_owned()),
        Just("10.0.0.1".to_owned()),
        Just("18446744073709551615".to_owned()),
        "[-+.:0-9hmsTZµa-f]{0,24}",
        ".{0,8}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-3_i64..3).prop_map(Value::from),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map("[a-cx]", inner, 0..4)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

fn parameters() -> [(&'static str, P); 8] {
    [
        ("a", P::Any),
        ("b", P::Bool),
        ("s", P::String),
        ("l", list(P::Int)),
        ("m", map(P::Any)),
        ("t", P::Timestamp),
        ("d", P::Duration),
        ("i", P::IpAddress),
    ]
}

proptest! {
    #![proptest_config(cases(3_000))]

    #[test]
    fn random_text_never_panics(text in expression(), value in json_value()) {
        let Ok(compiled) = Compiled::new(&condition(&parameters(), &text)) else {
            return Ok(());
        };
        let request = object(json!({
            "a": value, "b": true, "s": "text", "l": [1, 2, 3], "m": {"x": value},
            "t": "2024-01-01T00:00:00Z", "d": "1h", "i": "10.0.0.1",
        }));
        let context = Context::new(None, Some(&request));
        for limit in [0, 10, 100, 1_000] {
            match compiled.evaluate_within(&context, limit) {
                Ok(evaluation) => prop_assert!(evaluation.cost <= limit),
                Err(EvaluationError::TooExpensive { limit: said }) => prop_assert_eq!(said, limit),
                Err(EvaluationError::Fault(_)) => {}
                Err(other) => prop_assert!(false, "{:?}", other),
            }
        }
    }

    #[test]
    fn random_context_never_panics(values in proptest::collection::vec(json_value(), 8)) {
        let expression = "a == m && b && s == '' && size(l) == 0 && t < t + d && i == i";
        let compiled = Compiled::new(&condition(&parameters(), expression)).unwrap();
        let names = parameters().map(|(name, _)| name.to_owned());
        let request = names.into_iter().zip(values).collect();
        let outcome = compiled.evaluate(&Context::new(None, Some(&request)));
        if check_tuple_context(&compiled, &request).is_err() {
            prop_assert!(matches!(outcome, Err(EvaluationError::Parameter(_))));
        }
    }

    /// What is read and written again is the same, and reading never panics.
    #[test]
    fn random_times_are_read_back(nanoseconds: i64, text in "[-+.:0-9hmsnuµTZé]{0,32}") {
        let parameters = [("text", P::String), ("n", P::Int)];
        let expression = "duration(string(duration(n))) == duration(n) \
            && timestamp(string(timestamp(0) + duration(n))) == timestamp(0) + duration(n)";
        let compiled = Compiled::new(&condition(&parameters, expression)).unwrap();
        let request = object(json!({"text": text, "n": nanoseconds}));
        let context = Context::new(None, Some(&request));
        prop_assert_eq!(compiled.evaluate(&context), Ok(true));
        for expression in ["duration(text) == duration(0)", "timestamp(text) == timestamp(0)"] {
            let compiled = Compiled::new(&condition(&parameters, expression)).unwrap();
            let _ = compiled.evaluate(&context);
        }
    }
}

/// The longest nestings of every construct, on a thread with half the stack that a worker has.
#[test]
fn hostile_nesting_needs_little_stack() {
    let shapes = [
        ("(", "1", ")"),
        ("[", "", "]"),
        ("!", "b", ""),
        ("-", "1", ""),
        ("-(", "1", ")"),
        ("size(", "s", ")"),
        ("b?", "b", ":b"),
        ("b?b:", "b", ""),
        ("a.", "b", ""),
        ("a[", "b", "]"),
        ("{1:", "2", "}"),
        ("1+", "1", ""),
        ("b&&", "b", ""),
        ("b||!", "b", ""),
        ("b==", "b", ""),
        ("l.all(x,", "b", ")"),
        ("l.map(x,", "x", ")"),
        ("(", "", ""),
        ("[", "", ""),
        ("{", "", ""),
        ("a(", "", ""),
        ("a.b(", "", ""),
        ("!(", "", ""),
        ("a", "", "[0]"),
        ("a", "", ".b"),
        ("a", "", ".map(x,x)"),
        ("\"", "", ""),
        ("?", "", ""),
        (".", "", ""),
        ("b", "", " in a"),
        ("b?b", "", ":b?b:b"),
        ("`", "", ""),
        ("'''", "", ""),
    ];
    let body = move || {
        for (open, middle, close) in shapes {
            let levels = (EXPRESSION_BYTES_MAX - middle.len()) / (open.len() + close.len());
            for levels in [levels, levels / 2, levels / 4, levels / 8] {
                for opened in [levels, 1] {
                    let text = format!("{}{middle}{}", open.repeat(opened), close.repeat(levels));
                    for text in [format!("({text})==a"), format!("!({text})"), text] {
                        compile_and_evaluate(&shortened(text));
                    }
                }
            }
        }
    };
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(body);
    thread.unwrap().join().unwrap();
}

fn compile_and_evaluate(text: &str) {
    if let Ok(compiled) = Compiled::new(&condition(&parameters(), text)) {
        let request = object(json!({
            "a": [[[[1]]]], "b": true, "s": "text", "l": [1, 2, 3], "m": {},
            "t": "2024-01-01T00:00:00Z", "d": "1h", "i": "10.0.0.1",
        }));
        let _ = compiled.evaluate_within(&Context::new(None, Some(&request)), 10_000);
    }
}
