//! No bytes whatever make the reader of conditions panic, nor does any change of those of the
//! samples, and what compiles ends within its cost.

use crate::amount::cases;
use crate::dsl::samples::single_models;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use rebac::condition::{Compiled, Context, EXPRESSION_BYTES_MAX, EvaluationError};
use rebac::{Condition, ParameterType as P, dsl};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

use super::condition;

/// The conditions of the sample models.
static SAMPLES: LazyLock<Vec<Condition>> = LazyLock::new(|| {
    let models = single_models().into_values();
    let models = models.map(|text| dsl::parse(&text).expect("it can be read").0);
    models.flat_map(|model| model.conditions).collect()
});

const PIECES: &[&str] = &[
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "!",
    "-",
    "+",
    "&&",
    "||",
    "==",
    "<",
    ">=",
    "?",
    ":",
    ",",
    ".",
    "in",
    " ",
    "0",
    "1u",
    "1.5",
    "'",
    "\"",
    "\\",
    "null",
    "true",
    "size(",
    ".exists(x, ",
    "x",
    ".map(x, x)",
    ".in_cidr(",
    "duration('1h')",
    "timestamp(",
    "é",
    "\u{0}",
    "\n",
];

fn value_of(declared: &P) -> Value {
    match declared {
        P::Bool => json!(true),
        P::String => json!("text"),
        P::Int | P::Uint => json!(7),
        P::Double => json!(1.5),
        P::Duration => json!("1h30m"),
        P::Timestamp => json!("2024-01-01T00:00:00Z"),
        P::IpAddress => json!("10.0.0.1"),
        P::Any => json!({ "a": [1, "b", null] }),
        P::List(inner) => json!([value_of(inner), value_of(inner)]),
        P::Map(inner) => json!({ "a": value_of(inner) }),
    }
}

fn compile_and_evaluate(condition: &Condition) -> Result<(), TestCaseError> {
    let compiled = match Compiled::new(condition) {
        Ok(compiled) => compiled,
        Err(error) => {
            prop_assert!(!error.to_string().is_empty());
            return Ok(());
        }
    };
    let values = condition.parameters.iter();
    let request: Map<_, _> = values
        .map(|(name, kind)| (name.clone(), value_of(kind)))
        .collect();
    let context = Context::new(None, Some(&request));
    for limit in [0, 100, 10_000] {
        match compiled.evaluate_within(&context, limit) {
            Ok(evaluation) => prop_assert!(evaluation.cost <= limit),
            Err(EvaluationError::TooExpensive { limit: said }) => prop_assert_eq!(said, limit),
            Err(EvaluationError::Fault(_)) => {}
            Err(other) => prop_assert!(false, "{:?}", other),
        }
    }
    prop_assert!(compiled.values_used(&context).len() <= request.len());
    Ok(())
}

proptest! {
    #![proptest_config(cases(3_000))]

    #[test]
    fn any_bytes_compile_or_are_refused(bytes in vec(any::<u8>(), 0..80)) {
        let text = String::from_utf8_lossy(&bytes);
        compile_and_evaluate(&condition(&[("a", P::Any), ("b", P::Bool)], &text))?;
    }

    #[test]
    fn any_change_of_a_sample_compiles_or_is_refused(
        sample in any::<Index>(),
        changes in vec((any::<Index>(), 0_usize..8, select(PIECES)), 0..5),
    ) {
        let mut condition = sample.get(SAMPLES.as_slice()).clone();
        let mut text: Vec<char> = condition.expression.chars().collect();
        for (at, removed, inserted) in changes {
            let at = at.index(text.len() + 1);
            let end = (at + removed).min(text.len());
            text.splice(at..end, inserted.chars());
        }
        condition.expression = text.into_iter().collect();
        let is_too_long = condition.expression.len() > EXPRESSION_BYTES_MAX;
        prop_assert!(!is_too_long || Compiled::new(&condition).is_err());
        compile_and_evaluate(&condition)?;
    }
}
