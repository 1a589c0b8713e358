//! Conversions between the types, each an error where the value has no place in the other type.

use std::sync::Arc;

use super::coerce::read_address;
use super::duration::Duration;
use super::fault::Fault;
use super::function::Function;
use super::timestamp::Timestamp;
use super::value::Value;

type Converted = Result<Value, Fault>;

/// Applies a conversion; none if the function is not one.
pub(crate) fn convert(function: Function, value: &Value) -> Option<Converted> {
    Some(match function {
        Function::ToDyn => Ok(value.clone()),
        Function::ToBool => to_bool(value),
        Function::ToBytes => to_bytes(value),
        Function::ToDouble => to_double(value),
        Function::ToDuration => to_duration(value),
        Function::ToInt => to_int(value),
        Function::ToIpAddress => to_ip_address(value),
        Function::ToString => to_string(value),
        Function::ToTimestamp => to_timestamp(value),
        Function::ToUint => to_uint(value),
        _ => return None,
    })
}

fn to_bool(value: &Value) -> Converted {
    match value {
        Value::Bool(_) => Ok(value.clone()),
        Value::String(text) => match &**text {
            "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(Value::Bool(true)),
            "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(Value::Bool(false)),
            _ => Err(Fault::unreadable("bool", text)),
        },
        _ => Err(Fault::NoSuchOverload),
    }
}

fn to_bytes(value: &Value) -> Converted {
    match value {
        Value::Bytes(_) => Ok(value.clone()),
        Value::String(text) => Ok(Value::Bytes(Arc::from(text.as_bytes()))),
        _ => Err(Fault::NoSuchOverload),
    }
}

#[expect(clippy::cast_precision_loss, reason = "CEL rounds here, too")]
fn to_double(value: &Value) -> Converted {
    match value {
        Value::Double(_) => Ok(value.clone()),
        Value::Int(number) => Ok(Value::Double(*number as f64)),
        Value::Uint(number) => Ok(Value::Double(*number as f64)),
        Value::String(text) => {
            let number = text
                .parse()
                .map_err(|_| Fault::unreadable("double", text))?;
            Ok(Value::Double(number))
        }
        _ => Err(Fault::NoSuchOverload),
    }
}

fn to_duration(value: &Value) -> Converted {
    match value {
        Value::Duration(_) => Ok(value.clone()),
        Value::Int(nanoseconds) => Ok(Value::Duration(Duration(*nanoseconds))),
        Value::String(text) => {
            let span = Duration::parse(text).ok_or_else(|| Fault::unreadable("duration", text))?;
            Ok(Value::Duration(span))
        }
        _ => Err(Fault::NoSuchOverload),
    }
}

fn to_int(value: &Value) -> Converted {
    let number = match value {
        Value::Int(number) => Some(*number),
        Value::Uint(number) => i64::try_from(*number).ok(),
        Value::Double(number) => truncate(*number).and_then(|whole| i64::try_from(whole).ok()),
        Value::String(text) => {
            let number = text.parse().map_err(|_| Fault::unreadable("int", text))?;
            Some(number)
        }
        Value::Duration(span) => Some(span.0),
        Value::Timestamp(time) => Some(time.seconds()),
        _ => return Err(Fault::NoSuchOverload),
    };
    number.map(Value::Int).ok_or(Fault::Overflow("int"))
}

fn to_uint(value: &Value) -> Converted {
    let number = match value {
        Value::Uint(number) => Some(*number),
        Value::Int(number) => u64::try_from(*number).ok(),
        // Anything below zero has no place, were it to be cut off to zero or not.
        Value::Double(number) => truncate(*number)
            .filter(|_| *number >= 0.0)
            .and_then(|whole| u64::try_from(whole).ok()),
        Value::String(text) => {
            let digits = Some(&**text).filter(|text| !text.starts_with('+'));
            let number = digits.and_then(|digits| digits.parse().ok());
            Some(number.ok_or_else(|| Fault::unreadable("uint", text))?)
        }
        _ => return Err(Fault::NoSuchOverload),
    };
    number.map(Value::Uint).ok_or(Fault::Overflow("uint"))
}

/// The whole part of a double, unless it has none.
fn truncate(number: f64) -> Option<i128> {
    if !number.is_finite() {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        reason = "cuts off the fraction; saturates far beyond 64 bits"
    )]
    Some(number as i128)
}

fn to_ip_address(value: &Value) -> Converted {
    let Value::String(text) = value else {
        return Err(Fault::NoSuchOverload);
    };
    let address = read_address(text).ok_or_else(|| Fault::unreadable("IP address", text))?;
    Ok(Value::IpAddress(address))
}

fn to_timestamp(value: &Value) -> Converted {
    match value {
        Value::Timestamp(_) => Ok(value.clone()),
        Value::Int(seconds) => {
            let time = Timestamp::from_seconds(*seconds).ok_or(Fault::Overflow("timestamp"))?;
            Ok(Value::Timestamp(time))
        }
        Value::String(text) => {
            let time = Timestamp::parse(text).ok_or_else(|| Fault::unreadable("timestamp", text));
            time.map(Value::Timestamp)
        }
        _ => Err(Fault::NoSuchOverload),
    }
}

fn to_string(value: &Value) -> Converted {
    let text = match value {
        Value::String(_) => return Ok(value.clone()),
        Value::Bool(value) => value.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Uint(number) => number.to_string(),
        Value::Double(number) => double_text(*number),
        Value::Duration(span) => span.text(),
        Value::Timestamp(time) => time.text(),
        Value::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => return Err(Fault::unreadable("string", "bytes")),
        },
        _ => return Err(Fault::NoSuchOverload),
    };
    Ok(Value::String(text.into()))
}

/// The shortest text that denotes the number, with an exponent where Go's `%g` writes one.
fn double_text(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let scientific = format!("{number:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    match exponent.parse::<i32>() {
        Ok(exponent) if !(-4..6).contains(&exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
        }
        _ => number.to_string(),
    }
}
