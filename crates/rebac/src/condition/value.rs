//! The values that an expression computes with, their equality and their order.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use super::duration::Duration;
use super::fault::Fault;
use super::timestamp::Timestamp;

/// A value. What may be large is shared, so that a copy costs nothing that the meter would miss.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Uint(u64),
    Double(f64),
    String(Arc<str>),
    Bytes(Arc<[u8]>),
    Duration(Duration),
    Timestamp(Timestamp),
    IpAddress(IpAddr),
    List(Arc<Vec<Self>>),
    Map(Arc<BTreeMap<Key, Self>>),
}

/// What a map may be looked up by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Key {
    Bool(bool),
    Int(i64),
    Uint(u64),
    String(Arc<str>),
}

/// A number, for comparisons between the kinds of numbers.
#[derive(Debug, Clone, Copy)]
enum Number {
    Whole(i128),
    Double(f64),
}

impl Value {
    pub(crate) fn text(text: &str) -> Self {
        Self::String(Arc::from(text))
    }

    /// Its length, in characters, bytes or items; 1 for what has none.
    pub(crate) fn length(&self) -> usize {
        match self {
            Self::String(text) => text.chars().count(),
            Self::Bytes(bytes) => bytes.len(),
            Self::List(items) => items.len(),
            Self::Map(entries) => entries.len(),
            _ => 1,
        }
    }

    fn number(&self) -> Option<Number> {
        match self {
            Self::Int(number) => Some(Number::Whole(i128::from(*number))),
            Self::Uint(number) => Some(Number::Whole(i128::from(*number))),
            Self::Double(number) => Some(Number::Double(*number)),
            _ => None,
        }
    }

    /// CEL's equality: numbers of different kinds are equal when they denote the same number, and
    /// otherwise values of different kinds differ.
    pub(crate) fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::String(a), Self::String(b)) => a == b,
            (Self::Bytes(a), Self::Bytes(b)) => a == b,
            (Self::Duration(a), Self::Duration(b)) => a == b,
            (Self::Timestamp(a), Self::Timestamp(b)) => a == b,
            (Self::IpAddress(a), Self::IpAddress(b)) => a == b,
            (Self::List(a), Self::List(b)) => {
                a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| a.equals(b))
            }
            (Self::Map(a), Self::Map(b)) => {
                a.len() == b.len()
                    && a.iter().all(|(key, value)| {
                        find(b, &key.value()).is_some_and(|found| value.equals(found))
                    })
            }
            _ => match (self.number(), other.number()) {
                (Some(a), Some(b)) => a.compare(b) == Some(Ordering::Equal),
                _ => false,
            },
        }
    }

    /// The order of two values that have one.
    pub(crate) fn compare(&self, other: &Self) -> Result<Ordering, Fault> {
        Ok(match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::String(a), Self::String(b)) => a.cmp(b),
            (Self::Bytes(a), Self::Bytes(b)) => a.cmp(b),
            (Self::Duration(a), Self::Duration(b)) => a.cmp(b),
            (Self::Timestamp(a), Self::Timestamp(b)) => a.cmp(b),
            _ => match (self.number(), other.number()) {
                (Some(a), Some(b)) => a.compare(b).ok_or(Fault::NotOrdered)?,
                _ => return Err(Fault::NoSuchOverload),
            },
        })
    }
}

impl Number {
    /// Exact, where a conversion of one into the other would round; none beside a NaN.
    fn compare(self, other: Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Whole(a), Self::Whole(b)) => Some(a.cmp(&b)),
            (Self::Double(a), Self::Double(b)) => a.partial_cmp(&b),
            (Self::Whole(a), Self::Double(b)) => compare_mixed(a, b),
            (Self::Double(a), Self::Whole(b)) => compare_mixed(b, a).map(Ordering::reverse),
        }
    }
}

fn compare_mixed(whole: i128, double: f64) -> Option<Ordering> {
    if double.is_nan() {
        return None;
    }
    // `as` saturates, and every `Int` and `Uint` is far from where an `i128` ends.
    #[expect(clippy::cast_possible_truncation, reason = "saturates, as is wanted")]
    let floor = double.floor() as i128;
    // Equal to the floor, the whole number is below whatever fraction the double has beyond it.
    Some(whole.cmp(&floor).then(if double > double.floor() {
        Ordering::Less
    } else {
        Ordering::Equal
    }))
}

impl Key {
    pub(crate) fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Bool(value) => Some(Self::Bool(*value)),
            Value::Int(value) => Some(Self::Int(*value)),
            Value::Uint(value) => Some(Self::Uint(*value)),
            Value::String(value) => Some(Self::String(Arc::clone(value))),
            _ => None,
        }
    }

    pub(crate) fn value(&self) -> Value {
        match self {
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::Int(*value),
            Self::Uint(value) => Value::Uint(*value),
            Self::String(value) => Value::String(Arc::clone(value)),
        }
    }
}

/// The entry of a map. A number finds the equal key of another kind of number.
pub(crate) fn find<'a>(map: &'a BTreeMap<Key, Value>, key: &Value) -> Option<&'a Value> {
    let direct = Key::of(key).and_then(|key| map.get(&key));
    direct.or_else(|| {
        let whole = whole_number(key)?;
        let signed = i64::try_from(whole).ok().map(Key::Int);
        let unsigned = u64::try_from(whole).ok().map(Key::Uint);
        [signed, unsigned]
            .into_iter()
            .flatten()
            .find_map(|key| map.get(&key))
    })
}

/// The whole number that a number denotes, if it does.
pub(crate) fn whole_number(value: &Value) -> Option<i128> {
    match value.number()? {
        Number::Whole(whole) => Some(whole),
        Number::Double(double) if double.is_finite() && double.fract() == 0.0 =>
        {
            #[expect(clippy::cast_possible_truncation, reason = "whole; saturates if vast")]
            Some(double as i128)
        }
        Number::Double(_) => None,
    }
}
