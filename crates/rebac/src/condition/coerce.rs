//! Reading JSON as the types that a condition's parameters have.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use serde_json::Value as Json;

use super::duration::Duration;
use super::error::ParameterError;
use super::kind::parameter_type_name;
use super::timestamp::Timestamp;
use super::value::{Key, Value};
use crate::model::ParameterType;

/// Below this, 2 to the power of 53, a whole `f64` is what was written and not what was rounded.
const WHOLE_DOUBLE_END: f64 = 9_007_199_254_740_992.0;

/// How much of a value a message repeats.
const FOUND_CHARACTERS_MAX: usize = 64;

/// The value of a parameter.
pub(crate) fn coerce(
    name: &str,
    wanted: &ParameterType,
    found: &Json,
) -> Result<Value, ParameterError> {
    read(wanted, found).ok_or_else(|| ParameterError {
        parameter: name.to_owned(),
        expected: parameter_type_name(wanted),
        found: describe(found),
    })
}

fn read(wanted: &ParameterType, found: &Json) -> Option<Value> {
    match wanted {
        ParameterType::Any => Some(read_any(found)),
        ParameterType::Bool => found.as_bool().map(Value::Bool),
        ParameterType::String => found.as_str().map(Value::text),
        ParameterType::Int => i64::try_from(read_whole(found)?).ok().map(Value::Int),
        ParameterType::Uint => u64::try_from(read_whole(found)?).ok().map(Value::Uint),
        ParameterType::Double => read_double(found).map(Value::Double),
        ParameterType::Duration => Duration::parse(found.as_str()?).map(Value::Duration),
        ParameterType::Timestamp => Timestamp::parse(found.as_str()?).map(Value::Timestamp),
        ParameterType::IpAddress => read_address(found.as_str()?).map(Value::IpAddress),
        ParameterType::List(item) => {
            let items = found.as_array()?.iter().map(|found| read(item, found));
            Some(Value::List(Arc::new(items.collect::<Option<_>>()?)))
        }
        ParameterType::Map(value) => {
            let entries = found
                .as_object()?
                .iter()
                .map(|(key, found)| Some((Key::String(Arc::from(&**key)), read(value, found)?)));
            Some(Value::Map(Arc::new(entries.collect::<Option<_>>()?)))
        }
    }
}

/// JSON as it is. It knows one kind of number, so each is a double.
fn read_any(found: &Json) -> Value {
    match found {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => Value::Double(number.as_f64().unwrap_or(f64::NAN)),
        Json::String(text) => Value::text(text),
        Json::Array(items) => Value::List(Arc::new(items.iter().map(read_any).collect())),
        Json::Object(entries) => {
            let entries: BTreeMap<_, _> = entries
                .iter()
                .map(|(key, found)| (Key::String(Arc::from(&**key)), read_any(found)))
                .collect();
            Value::Map(Arc::new(entries))
        }
    }
}

/// A whole number, or a text that denotes one.
fn read_whole(found: &Json) -> Option<i128> {
    match found {
        Json::Number(number) => number
            .as_i64()
            .map(i128::from)
            .or_else(|| number.as_u64().map(i128::from))
            .or_else(|| whole(number.as_f64()?)),
        Json::String(text) => text.parse().ok().or_else(|| whole(read_decimal(text)?)),
        _ => None,
    }
}

/// The whole number that a double denotes, as long as no other one is rounded to it.
fn whole(number: f64) -> Option<i128> {
    if number.fract() != 0.0 || number.abs() >= WHOLE_DOUBLE_END {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
    Some(number as i128)
}

fn read_double(found: &Json) -> Option<f64> {
    match found {
        Json::Number(number) => number.as_f64(),
        Json::String(text) => read_decimal(text),
        _ => None,
    }
}

/// Decimal digits, a point, an exponent; `inf` and `nan`, which Rust would read too, are no JSON.
fn read_decimal(text: &str) -> Option<f64> {
    let number: f64 = text.parse().ok()?;
    number.is_finite().then_some(number)
}

/// An address. One of version 4 that is written as version 6 is the one of version 4, so that no
/// spelling escapes a network that it belongs to.
pub(crate) fn read_address(text: &str) -> Option<IpAddr> {
    let address: IpAddr = text.parse().ok()?;
    Some(address.to_canonical())
}

/// What was found, for a message: short, whatever was sent.
fn describe(found: &Json) -> String {
    match found {
        Json::Null => "null".to_owned(),
        Json::Array(_) => "a list".to_owned(),
        Json::Object(_) => "an object".to_owned(),
        Json::Bool(_) | Json::Number(_) => found.to_string(),
        Json::String(text) => {
            let mut shown = text.chars();
            let start: String = shown.by_ref().take(FOUND_CHARACTERS_MAX).collect();
            let dots = if shown.next().is_some() { "…" } else { "" };
            format!("{start:?}{dots}")
        }
    }
}
