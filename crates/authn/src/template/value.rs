//! What values are worth in conditions, how they compare and how they print.

use serde_json::{Number, Value};
use std::cmp::Ordering;
use std::fmt::Write;

/// Whether a value holds in a condition: not false, zero, empty or missing.
pub(super) fn is_true(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(value) => *value,
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Object(map) => !map.is_empty(),
    }
}

/// The order of two numbers or two strings; other pairs have none.
pub(super) fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => match (left.as_i64(), right.as_i64()) {
            (Some(left), Some(right)) => Some(left.cmp(&right)),
            _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
        },
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

/// Whether two values are the same; values of different kinds never are.
pub(super) fn is_equal(left: &Value, right: &Value) -> bool {
    compare(left, right).map_or_else(|| left == right, Ordering::is_eq)
}

/// A value as an action prints it. What is missing prints nothing.
pub(super) fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        value => {
            let mut text = String::new();
            print_onto(&mut text, value);
            text
        }
    }
}

/// A number in the shortest form that reads back the same, with an exponent below 1e-4 and from
/// 1e21 on (the verb `%v`).
pub(super) fn number_text(number: &Number) -> String {
    let Some(float) = number.as_f64().filter(|_| number.is_f64()) else {
        return number.to_string();
    };
    if float != 0.0 && !(1e-4..1e21).contains(&float.abs()) {
        with_exponent(&format!("{float:e}"))
    } else {
        format!("{float}")
    }
}

/// Rust's exponent (`1e5`) as Go writes it: signed and with at least two digits (`1e+05`).
pub(super) fn with_exponent(text: &str) -> String {
    let Some((mantissa, exponent)) = text.split_once('e') else {
        return text.to_owned();
    };
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    format!("{mantissa}e{sign}{digits:0>2}")
}

/// Lists print as `[a b]`, maps as `map[key:value]`, nothing inside of them as `<nil>`.
pub(super) fn print_onto(text: &mut String, value: &Value) {
    match value {
        Value::Null => text.push_str("<nil>"),
        Value::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => text.push_str(&number_text(number)),
        Value::String(value) => text.push_str(value),
        Value::Array(list) => {
            text.push('[');
            for (index, value) in list.iter().enumerate() {
                if index > 0 {
                    text.push(' ');
                }
                print_onto(text, value);
            }
            text.push(']');
        }
        Value::Object(map) => {
            text.push_str("map[");
            for (index, (key, value)) in map.iter().enumerate() {
                let blank = if index > 0 { " " } else { "" };
                // Writing to a string cannot fail.
                let _ = write!(text, "{blank}{key}:");
                print_onto(text, value);
            }
            text.push(']');
        }
    }
}
