//! What an evaluation has cost, and what it may cost.

use super::function::Function;
use super::value::Value;

/// Counts the steps of one evaluation.
///
/// The prices are those of CEL's own runtime: a name, a field or an index costs 1, a literal and
/// the logical operators nothing, a new list 10, a new map 30, a function 1 or what it has to read.
#[derive(Debug)]
pub(crate) struct Meter {
    spent: u64,
    limit: u64,
}

/// The limit was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exhausted;

pub(crate) const NAME: u64 = 1;
pub(crate) const FIELD: u64 = 1;
pub(crate) const LIST: u64 = 10;
pub(crate) const MAP: u64 = 30;

/// So many characters are read for 1.
const CHARACTERS: u64 = 10;
/// So many characters of a pattern are one expression of it.
const PATTERN_CHARACTERS: u64 = 4;

impl Meter {
    pub(crate) const fn new(limit: u64) -> Self {
        Self { spent: 0, limit }
    }

    pub(crate) const fn spent(&self) -> u64 {
        self.spent
    }

    pub(crate) fn charge(&mut self, cost: u64) -> Result<(), Exhausted> {
        self.spent = self.spent.saturating_add(cost);
        if self.spent > self.limit {
            Err(Exhausted)
        } else {
            Ok(())
        }
    }
}

/// The price of a function for these arguments.
pub(crate) fn price(function: Function, arguments: &[Value]) -> u64 {
    let length = |index: usize| arguments.get(index).map_or(1, Value::length) as u64;
    match function {
        Function::StartsWith | Function::EndsWith => read(length(0)),
        Function::In if matches!(arguments.get(1), Some(Value::List(_))) => length(1),
        Function::Equals
        | Function::NotEquals
        | Function::Less
        | Function::LessEquals
        | Function::Greater
        | Function::GreaterEquals => read(length(0).min(length(1))),
        Function::Add if arguments.first().is_some_and(has_parts) => {
            read(length(0).saturating_add(length(1)))
        }
        Function::ToBytes | Function::ToString if arguments.first().is_some_and(has_parts) => {
            read(length(0))
        }
        Function::Matches => match_price(length(0), length(1)),
        Function::Contains => read(length(0)).saturating_mul(read(length(1))),
        _ => 1,
    }
}

/// The price of looking for a pattern of this length in a text of this length.
pub(crate) fn match_price(text: u64, pattern: u64) -> u64 {
    read(text.saturating_add(1)).saturating_mul(pattern.div_ceil(PATTERN_CHARACTERS))
}

fn read(characters: u64) -> u64 {
    characters.div_ceil(CHARACTERS)
}

fn has_parts(value: &Value) -> bool {
    matches!(value, Value::String(_) | Value::Bytes(_) | Value::List(_))
}
