//! Expressions that are well typed by construction compile, and never meet a value of another type.

use crate::amount::cases;
use proptest::prelude::*;
use proptest::strategy::Union;
use rebac::ParameterType as P;
use rebac::condition::{Compiled, Context, EXPRESSION_BYTES_MAX, EvaluationError, Fault};
use serde_json::{Value, json};

use super::{condition, list, map, object};

type Text = BoxedStrategy<String>;

/// A type that the generator makes expressions of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bool,
    Int,
    Uint,
    Double,
    Text,
    Duration,
    Timestamp,
    Address,
    Ints,
    Texts,
    Map,
}

use Kind::{Address, Bool, Double, Duration, Int, Ints, Map, Text as Str, Texts, Timestamp, Uint};

/// Names, literals; `{}` stands for an expression of the type in the same place of the list.
const FORMS: &[(Kind, &str, &[Kind])] = &[
    (Bool, "b", &[]),
    (Bool, "true", &[]),
    (Bool, "false", &[]),
    (Int, "i", &[]),
    (Int, "0", &[]),
    (Int, "-7", &[]),
    (Int, "9223372036854775807", &[]),
    (Uint, "u", &[]),
    (Uint, "0u", &[]),
    (Uint, "3u", &[]),
    (Double, "f", &[]),
    (Double, "0.0", &[]),
    (Double, "1.5", &[]),
    (Str, "s", &[]),
    (Str, "''", &[]),
    (Str, "'1h'", &[]),
    (Str, "'a'", &[]),
    (Duration, "d", &[]),
    (Timestamp, "t", &[]),
    (Address, "ip", &[]),
    (Ints, "l", &[]),
    (Ints, "[]", &[]),
    (Texts, "n", &[]),
    (Map, "m", &[]),
    (Map, "{}", &[]),
    (Bool, "!({})", &[Bool]),
    (Bool, "({} && {})", &[Bool, Bool]),
    (Bool, "({} || {})", &[Bool, Bool]),
    (Bool, "({} ? {} : {})", &[Bool, Bool, Bool]),
    (Bool, "({} == {})", &[Int, Int]),
    (Bool, "({} == {})", &[Map, Map]),
    (Bool, "({} != {})", &[Ints, Ints]),
    (Bool, "({} < {})", &[Int, Int]),
    (Bool, "({} <= {})", &[Uint, Uint]),
    (Bool, "({} > {})", &[Double, Double]),
    (Bool, "({} >= {})", &[Str, Str]),
    (Bool, "({} < {})", &[Duration, Duration]),
    (Bool, "({} < {})", &[Timestamp, Timestamp]),
    (Bool, "({} == {})", &[Address, Address]),
    (Bool, "({} == null)", &[Timestamp]),
    (Bool, "({} == dyn({}))", &[Int, Double]),
    (Bool, "({} in {})", &[Int, Ints]),
    (Bool, "({} in {})", &[Str, Map]),
    (Bool, "({}).startsWith({})", &[Str, Str]),
    (Bool, "({}).contains({})", &[Str, Str]),
    (Bool, "({}).matches({})", &[Str, Str]),
    (Bool, "({}).in_cidr({})", &[Address, Str]),
    (Bool, "({}).all(x, x > {})", &[Ints, Int]),
    (Bool, "({}).exists(y, y == {})", &[Texts, Str]),
    (Bool, "({}).exists_one(x, {})", &[Ints, Bool]),
    (Bool, "has(({}).a)", &[Map]),
    (Bool, "bool({})", &[Str]),
    (Int, "({} + {})", &[Int, Int]),
    (Int, "({} - {})", &[Int, Int]),
    (Int, "({} * {})", &[Int, Int]),
    (Int, "({} / {})", &[Int, Int]),
    (Int, "({} % {})", &[Int, Int]),
    (Int, "(-({}))", &[Int]),
    (Int, "({})[{}]", &[Ints, Int]),
    (Int, "({})[{}]", &[Map, Str]),
    (Int, "({}).a", &[Map]),
    (Int, "size({})", &[Str]),
    (Int, "({}).size()", &[Ints]),
    (Int, "int({})", &[Double]),
    (Int, "int({})", &[Str]),
    (Int, "int({})", &[Timestamp]),
    (Int, "({}).getDayOfYear()", &[Timestamp]),
    (Int, "({}).getHours()", &[Duration]),
    (Int, "({} ? {} : {})", &[Bool, Int, Int]),
    (Uint, "({} + {})", &[Uint, Uint]),
    (Uint, "({} - {})", &[Uint, Uint]),
    (Uint, "uint({})", &[Int]),
    (Uint, "uint({})", &[Double]),
    (Uint, "({} / {})", &[Uint, Uint]),
    (Double, "({} * {})", &[Double, Double]),
    (Double, "({} / {})", &[Double, Double]),
    (Double, "double({})", &[Int]),
    (Double, "(-({}))", &[Double]),
    (Str, "({} + {})", &[Str, Str]),
    (Str, "string({})", &[Int]),
    (Str, "string({})", &[Double]),
    (Str, "string({})", &[Timestamp]),
    (Str, "string({})", &[Duration]),
    (Duration, "duration({})", &[Str]),
    (Duration, "duration({})", &[Int]),
    (Duration, "({} - {})", &[Timestamp, Timestamp]),
    (Duration, "({} + {})", &[Duration, Duration]),
    (Timestamp, "({} + {})", &[Timestamp, Duration]),
    (Timestamp, "timestamp({})", &[Int]),
    (Timestamp, "({} - {})", &[Timestamp, Duration]),
    (Timestamp, "timestamp({})", &[Str]),
    (Address, "ipaddress({})", &[Str]),
    (Ints, "[{}, {}]", &[Int, Int]),
    (Ints, "({} + {})", &[Ints, Ints]),
    (Ints, "({}).map(x, x + {})", &[Ints, Int]),
    (Ints, "({}).filter(x, {})", &[Ints, Bool]),
    (Ints, "({}).map(y, size(y))", &[Texts]),
    (Ints, "({}).map(x, x > {}, x)", &[Ints, Int]),
    (Texts, "[{}]", &[Str]),
    (Texts, "({}).map(x, string(x))", &[Ints]),
    (Texts, "({}).map(y, y)", &[Map]),
    (Map, "{'a': {}, {}: {}}", &[Int, Str, Int]),
];

/// An expression of a type, nested at most this deep.
fn of(kind: Kind, depth: u32) -> Text {
    let forms = FORMS
        .iter()
        .filter(|(made, _, parts)| *made == kind && (depth > 0 || parts.is_empty()));
    Union::new(forms.map(|(_, form, parts)| filled(form, parts, depth))).boxed()
}

fn filled(form: &'static str, parts: &[Kind], depth: u32) -> Text {
    let parts: Vec<Text> = parts.iter().map(|part| deferred(*part, depth)).collect();
    parts
        .prop_map(move |parts| {
            // A part may itself hold `{}`: only the form's own are filled.
            let mut pieces = form.split("{}");
            let mut text = pieces.next().unwrap_or_default().to_owned();
            for (index, piece) in pieces.enumerate() {
                text.push_str(parts.get(index).map_or("{}", String::as_str));
                text.push_str(piece);
            }
            text
        })
        .boxed()
}

/// Made only when it is chosen: all forms of all depths together would never fit.
fn deferred(kind: Kind, depth: u32) -> Text {
    Just(())
        .prop_flat_map(move |()| of(kind, depth.saturating_sub(1)))
        .boxed()
}

fn parameters() -> [(&'static str, P); 11] {
    [
        ("b", P::Bool),
        ("i", P::Int),
        ("u", P::Uint),
        ("f", P::Double),
        ("s", P::String),
        ("d", P::Duration),
        ("t", P::Timestamp),
        ("ip", P::IpAddress),
        ("l", list(P::Int)),
        ("n", list(P::String)),
        ("m", map(P::Int)),
    ]
}

fn request() -> impl Strategy<Value = Value> {
    let small = prop_oneof![-3_i64..4, any::<i64>()];
    (
        any::<bool>(),
        small.clone(),
        any::<u64>(),
        -1e20..1e20,
        "[a1.:/*h(]{0,12}",
        small,
    )
        .prop_map(|(b, i, u, f, s, other)| {
            json!({
                "b": b, "i": i, "u": u, "f": f, "s": s, "d": format!("{other}ns"),
                "t": "2024-02-29T12:00:00Z", "ip": "10.0.0.1", "l": [i, other, 0],
                "n": [s, "a"], "m": {"a": other, s: i},
            })
        })
}

proptest! {
    #![proptest_config(cases(1_500))]

    #[test]
    fn well_typed_expressions_say_yes_or_no(text in of(Bool, 5), request in request()) {
        if text.len() > EXPRESSION_BYTES_MAX {
            return Ok(());
        }
        let compiled = match Compiled::new(&condition(&parameters(), &text)) {
            Ok(compiled) => compiled,
            // A pattern that was made up may be none.
            Err(rebac::condition::CompileError::Pattern { .. }) => return Ok(()),
            Err(error) => return Err(TestCaseError::fail(format!("{text}: {error}"))),
        };
        let request = object(request);
        match compiled.evaluate_within(&Context::new(None, Some(&request)), 10_000) {
            Ok(evaluation) => prop_assert!(evaluation.cost <= 10_000),
            // With every type known beforehand, this is the fault that cannot be.
            Err(EvaluationError::Fault(Fault::NoSuchOverload | Fault::UnsupportedKey)) => {
                prop_assert!(false, "{} met a value of another type", text);
            }
            Err(EvaluationError::Fault(_) | EvaluationError::TooExpensive { .. }) => {}
            Err(other) => prop_assert!(false, "{}: {:?}", text, other),
        }
    }

    /// The same with `dyn` spread over it: what the check lets through is still a bool or a fault.
    #[test]
    fn dynamic_parts_do_not_change_what_comes_out(text in of(Bool, 4), hidden in 0_usize..8) {
        let text = ["b", "i", "u", "f", "s", "l", "m", "t"].get(hidden).map_or_else(
            || text.clone(),
            |name| text.replace(&format!("({name} "), &format!("(dyn({name}) ")),
        );
        if let Ok(compiled) = Compiled::new(&condition(&parameters(), &text)) {
            let request = object(json!({
                "b": true, "i": 1, "u": 2, "f": 1.5, "s": "1h", "d": "1h", "l": [1], "n": ["a"],
                "t": "2024-02-29T12:00:00Z", "ip": "10.0.0.1", "m": {"a": 1},
            }));
            let outcome = compiled.evaluate_within(&Context::new(None, Some(&request)), 10_000);
            let proper = matches!(
                outcome,
                Ok(_) | Err(EvaluationError::Fault(_) | EvaluationError::TooExpensive { .. })
            );
            prop_assert!(proper, "{}: {:?}", text, outcome);
        }
    }
}
