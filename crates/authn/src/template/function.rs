//! The built-in functions of the template language.

use super::escape;
use super::format::printf;
use super::value::{compare, is_equal, is_true, print_onto};
use crate::redirect::escape_query;
use serde_json::Value;
use std::cmp::Ordering;

/// A built-in function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    /// The first argument that does not hold, or the last one.
    And,
    /// The first argument that holds, or the last one.
    Or,
    /// Whether the argument does not hold.
    Not,
    /// Whether the first argument equals one of the others.
    Eq,
    /// Whether two arguments differ.
    Ne,
    /// Less than.
    Lt,
    /// Less than or equal.
    Le,
    /// Greater than.
    Gt,
    /// Greater than or equal.
    Ge,
    /// Bytes of a string, elements of a list or map.
    Len,
    /// The element of the first argument under the others, one after the other.
    Index,
    /// All arguments, with blanks between those that are no strings.
    Print,
    /// All arguments in the form that the first one says.
    Printf,
    /// All arguments with blanks between them and a line break behind.
    Println,
    /// All arguments, escaped for HTML.
    Html,
    /// All arguments, escaped for one side of a query's `name=value`.
    UrlQuery,
    /// All arguments, escaped for a string in a script.
    Js,
}

impl Function {
    /// The function of that name.
    pub(super) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "and" => Self::And,
            "or" => Self::Or,
            "not" => Self::Not,
            "eq" => Self::Eq,
            "ne" => Self::Ne,
            "lt" => Self::Lt,
            "le" => Self::Le,
            "gt" => Self::Gt,
            "ge" => Self::Ge,
            "len" => Self::Len,
            "index" => Self::Index,
            "print" => Self::Print,
            "printf" => Self::Printf,
            "println" => Self::Println,
            "html" => Self::Html,
            "urlquery" => Self::UrlQuery,
            "js" => Self::Js,
            _ => return None,
        })
    }

    /// Whether the function can be called with that many arguments.
    pub(super) const fn takes(self, arguments: usize) -> bool {
        match self {
            Self::Not | Self::Len => arguments == 1,
            Self::Ne | Self::Lt | Self::Le | Self::Gt | Self::Ge => arguments == 2,
            Self::Eq => arguments >= 2,
            Self::And | Self::Or | Self::Index | Self::Printf => arguments >= 1,
            Self::Print | Self::Println | Self::Html | Self::UrlQuery | Self::Js => true,
        }
    }

    /// The value for `arguments`, of which there are as many as [`Self::takes`] wants. Not for
    /// `and`, `or` and `index`.
    pub(super) fn call(self, arguments: &[&Value]) -> Result<Value, &'static str> {
        let (first, rest) = match arguments.split_first() {
            Some((first, rest)) => (*first, rest),
            None => (&Value::Null, arguments),
        };
        let ordered = |holds: fn(Ordering) -> bool| {
            let order = rest.first().and_then(|second| compare(first, second));
            let order = order.ok_or("values of different kinds have no order")?;
            Ok(Value::Bool(holds(order)))
        };
        match self {
            Self::Not => Ok(Value::Bool(!is_true(first))),
            Self::Eq => Ok(Value::Bool(rest.iter().any(|value| is_equal(first, value)))),
            Self::Ne => Ok(Value::Bool(
                !rest.iter().any(|value| is_equal(first, value)),
            )),
            Self::Lt => ordered(Ordering::is_lt),
            Self::Le => ordered(Ordering::is_le),
            Self::Gt => ordered(Ordering::is_gt),
            Self::Ge => ordered(Ordering::is_ge),
            Self::Len => len(first),
            // Those return one of their arguments, or a part of it, and are evaluated where
            // these can be borrowed.
            Self::And | Self::Or | Self::Index => Err("a value is missing"),
            Self::Print => Ok(Value::String(print(arguments))),
            Self::Println => Ok(Value::String(println(arguments))),
            Self::Printf => match first {
                Value::String(form) => Ok(Value::String(printf(form, rest))),
                _ => Err("the first argument of printf is no string"),
            },
            Self::Html => Ok(Value::String(escape::html(&print(arguments)))),
            Self::UrlQuery => Ok(Value::String(escape_query(print(arguments).as_bytes()))),
            Self::Js => Ok(Value::String(escape::script(&print(arguments)))),
        }
    }
}

fn len(value: &Value) -> Result<Value, &'static str> {
    match value {
        Value::String(text) => Ok(Value::from(text.len())),
        Value::Array(list) => Ok(Value::from(list.len())),
        Value::Object(map) => Ok(Value::from(map.len())),
        _ => Err("len of something that has no length"),
    }
}

/// The element of `value` under `key`; nothing when a map has no such key.
pub(super) fn element<'v>(value: &'v Value, key: &Value) -> Result<&'v Value, &'static str> {
    match (value, key) {
        (Value::Object(map), Value::String(key)) => Ok(map.get(key).unwrap_or(&Value::Null)),
        (Value::Array(list), Value::Number(place)) => place
            .as_u64()
            .and_then(|place| list.get(usize::try_from(place).ok()?))
            .ok_or("index out of range"),
        _ => Err("index of something that has no elements under such a key"),
    }
}

/// A blank stands between two arguments of which neither is a string.
fn print(arguments: &[&Value]) -> String {
    let mut text = String::new();
    let mut after_other = false;
    for value in arguments {
        let other = !value.is_string();
        if after_other && other {
            text.push(' ');
        }
        print_onto(&mut text, value);
        after_other = other;
    }
    // A missing value by itself prints nothing.
    if matches!(arguments, [Value::Null]) {
        text.clear();
    }
    text
}

fn println(arguments: &[&Value]) -> String {
    let mut text = String::new();
    for (index, value) in arguments.iter().enumerate() {
        if index > 0 {
            text.push(' ');
        }
        print_onto(&mut text, value);
    }
    text.push('\n');
    text
}
