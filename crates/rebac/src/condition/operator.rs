//! What operators and functions make of values. Nothing wraps around, nothing is guessed.

use std::cmp::Ordering;
use std::net::IpAddr;
use std::sync::Arc;

use ipnet::{IpNet, Ipv4Net};

use super::calendar::part_of_time;
use super::convert::convert;
use super::fault::Fault;
use super::function::Function;
use super::value::{Value, find, whole_number};

/// Applies a function to as many arguments as it takes.
pub(crate) fn apply(function: Function, arguments: &[Value]) -> Result<Value, Fault> {
    match arguments {
        [value] => apply_to_one(function, value),
        [left, right] => apply_to_two(function, left, right),
        _ => Err(Fault::NoSuchOverload),
    }
}

fn apply_to_one(function: Function, value: &Value) -> Result<Value, Fault> {
    match (function, value) {
        (Function::Not, Value::Bool(value)) => Ok(Value::Bool(!value)),
        (Function::Negate, Value::Int(value)) => {
            let negated = value.checked_neg().ok_or(Fault::Overflow("int"))?;
            Ok(Value::Int(negated))
        }
        (Function::Negate, Value::Double(value)) => Ok(Value::Double(-value)),
        (Function::Size, Value::String(_) | Value::Bytes(_) | Value::List(_) | Value::Map(_)) => {
            let size = i64::try_from(value.length()).map_err(|_| Fault::Overflow("int"))?;
            Ok(Value::Int(size))
        }
        _ => convert(function, value).unwrap_or_else(|| part_of_time(function, value)),
    }
}

fn apply_to_two(function: Function, left: &Value, right: &Value) -> Result<Value, Fault> {
    let holds = match function {
        Function::Equals => left.equals(right),
        Function::NotEquals => !left.equals(right),
        Function::Less => left.compare(right)? == Ordering::Less,
        Function::LessEquals => left.compare(right)? != Ordering::Greater,
        Function::Greater => left.compare(right)? == Ordering::Greater,
        Function::GreaterEquals => left.compare(right)? != Ordering::Less,
        Function::In => contains(right, left)?,
        Function::Contains | Function::StartsWith | Function::EndsWith | Function::Matches => {
            compare_texts(function, left, right)?
        }
        Function::InCidr => in_cidr(left, right)?,
        Function::Index => return index(left, right),
        _ => return compute(function, left, right),
    };
    Ok(Value::Bool(holds))
}

fn contains(container: &Value, item: &Value) -> Result<bool, Fault> {
    match container {
        Value::List(items) => Ok(items.iter().any(|other| other.equals(item))),
        Value::Map(entries) => Ok(find(entries, item).is_some()),
        _ => Err(Fault::NoSuchOverload),
    }
}

fn index(container: &Value, key: &Value) -> Result<Value, Fault> {
    match container {
        Value::List(items) => {
            let index = whole_number(key).ok_or(Fault::NoSuchOverload)?;
            let item = usize::try_from(index)
                .ok()
                .and_then(|index| items.get(index));
            item.cloned()
                .ok_or_else(|| Fault::IndexOutOfBounds(i64::try_from(index).unwrap_or(i64::MAX)))
        }
        Value::Map(entries) => find(entries, key).cloned().ok_or_else(|| missing_key(key)),
        _ => Err(Fault::NoSuchOverload),
    }
}

fn missing_key(key: &Value) -> Fault {
    Fault::NoSuchKey(match key {
        Value::Bool(key) => key.to_string(),
        Value::Int(key) => key.to_string(),
        Value::Uint(key) => key.to_string(),
        Value::Double(key) => key.to_string(),
        Value::String(key) => key.chars().take(64).collect(),
        _ => return Fault::UnsupportedKey,
    })
}

fn compare_texts(function: Function, left: &Value, right: &Value) -> Result<bool, Fault> {
    let (Value::String(text), Value::String(part)) = (left, right) else {
        return Err(Fault::NoSuchOverload);
    };
    Ok(match function {
        Function::Contains => text.contains(&**part),
        Function::StartsWith => text.starts_with(&**part),
        Function::EndsWith => text.ends_with(&**part),
        _ => return Err(Fault::NoSuchOverload),
    })
}

fn in_cidr(address: &Value, network: &Value) -> Result<bool, Fault> {
    let (Value::IpAddress(address), Value::String(text)) = (address, network) else {
        return Err(Fault::NoSuchOverload);
    };
    let network: IpNet = text
        .parse()
        .map_err(|_| Fault::unreadable("CIDR string", text))?;
    Ok(canonical(network).contains(address))
}

/// A network of version 4 that is written as version 6 is the one of version 4, as addresses are.
fn canonical(network: IpNet) -> IpNet {
    let IpNet::V6(wide) = network else {
        return network;
    };
    let narrow = match IpAddr::V6(wide.addr()).to_canonical() {
        IpAddr::V4(address) => wide
            .prefix_len()
            .checked_sub(96)
            .and_then(|length| Ipv4Net::new(address, length).ok()),
        IpAddr::V6(_) => None,
    };
    narrow.map_or(network, IpNet::V4)
}

/// `+`, `-`, `*`, `/` and `%`.
fn compute(function: Function, left: &Value, right: &Value) -> Result<Value, Fault> {
    match (left, right) {
        (Value::Int(a), Value::Int(b)) => compute_int(function, *a, *b).map(Value::Int),
        (Value::Uint(a), Value::Uint(b)) => compute_uint(function, *a, *b).map(Value::Uint),
        (Value::Double(a), Value::Double(b)) => compute_double(function, *a, *b).map(Value::Double),
        _ if function == Function::Add => add(left, right),
        _ if function == Function::Subtract => subtract(left, right),
        _ => Err(Fault::NoSuchOverload),
    }
}

fn compute_int(function: Function, a: i64, b: i64) -> Result<i64, Fault> {
    let result = match function {
        Function::Add => a.checked_add(b),
        Function::Subtract => a.checked_sub(b),
        Function::Multiply => a.checked_mul(b),
        Function::Divide if b == 0 => return Err(Fault::DivisionByZero),
        Function::Divide => a.checked_div(b),
        Function::Modulo if b == 0 => return Err(Fault::ModulusByZero),
        Function::Modulo => a.checked_rem(b),
        _ => return Err(Fault::NoSuchOverload),
    };
    result.ok_or(Fault::Overflow("int"))
}

fn compute_uint(function: Function, a: u64, b: u64) -> Result<u64, Fault> {
    let result = match function {
        Function::Add => a.checked_add(b),
        Function::Subtract => a.checked_sub(b),
        Function::Multiply => a.checked_mul(b),
        Function::Divide => return a.checked_div(b).ok_or(Fault::DivisionByZero),
        Function::Modulo => return a.checked_rem(b).ok_or(Fault::ModulusByZero),
        _ => return Err(Fault::NoSuchOverload),
    };
    result.ok_or(Fault::Overflow("uint"))
}

fn compute_double(function: Function, a: f64, b: f64) -> Result<f64, Fault> {
    match function {
        Function::Add => Ok(a + b),
        Function::Subtract => Ok(a - b),
        Function::Multiply => Ok(a * b),
        Function::Divide => Ok(a / b),
        _ => Err(Fault::NoSuchOverload),
    }
}

fn add(left: &Value, right: &Value) -> Result<Value, Fault> {
    Ok(match (left, right) {
        (Value::String(a), Value::String(b)) => Value::String([&**a, &**b].concat().into()),
        (Value::Bytes(a), Value::Bytes(b)) => Value::Bytes([&**a, &**b].concat().into()),
        (Value::List(a), Value::List(b)) => {
            Value::List(Arc::new(a.iter().chain(b.iter()).cloned().collect()))
        }
        (Value::Duration(a), Value::Duration(b)) => {
            let sum = a.plus(*b).ok_or(Fault::Overflow("duration"))?;
            Value::Duration(sum)
        }
        (Value::Timestamp(time), Value::Duration(span))
        | (Value::Duration(span), Value::Timestamp(time)) => {
            Value::Timestamp(time.plus(*span).ok_or(Fault::Overflow("timestamp"))?)
        }
        _ => return Err(Fault::NoSuchOverload),
    })
}

fn subtract(left: &Value, right: &Value) -> Result<Value, Fault> {
    Ok(match (left, right) {
        (Value::Duration(a), Value::Duration(b)) => {
            Value::Duration(a.minus(*b).ok_or(Fault::Overflow("duration"))?)
        }
        (Value::Timestamp(time), Value::Duration(span)) => {
            Value::Timestamp(time.minus(*span).ok_or(Fault::Overflow("timestamp"))?)
        }
        (Value::Timestamp(a), Value::Timestamp(b)) => {
            Value::Duration(a.since(*b).ok_or(Fault::Overflow("duration"))?)
        }
        _ => return Err(Fault::NoSuchOverload),
    })
}
