//! One message of a request, read as the JSON form of protobuf says: unknown fields are ignored,
//! `null` is unset, and a field answers to both its names.

use super::error::Failure;
use super::pattern::Pattern;
use serde_json::{Map, Value};
use std::borrow::Cow;
use types::JsonObject;
use types::limits::CHECKS_VALUES_MAX;

/// A message and what it is called in errors.
#[derive(Debug, Clone, Copy)]
pub(super) struct Message<'v> {
    name: &'static str,
    fields: &'v Map<String, Value>,
}

/// The JSON of a body. No body is an empty object.
pub(super) fn parse(body: &[u8]) -> Result<Value, Failure> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Object(Map::new()));
    }
    // Before it is parsed: each value takes many times the bytes in memory that it is written in.
    if values_of(body) > CHECKS_VALUES_MAX {
        let why = format!("malformed JSON: more than {CHECKS_VALUES_MAX} values");
        return Err(Failure::invalid(why));
    }
    let parsed = serde_json::from_slice(body);
    parsed.map_err(|e| Failure::invalid(format!("malformed JSON: {e}")))
}

/// At least as many as a body has values, one aside: outside of texts, each but the first comes
/// behind one of these characters.
fn values_of(body: &[u8]) -> usize {
    let (mut values, mut is_text, mut is_escaped) = (0, false, false);
    for byte in body {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_text => is_escaped = true,
            b'"' => is_text = !is_text,
            b',' | b'[' | b'{' if !is_text => values += 1,
            _ => {}
        }
    }
    values
}

impl<'v> Message<'v> {
    /// A whole body.
    pub(super) fn of(name: &'static str, value: &'v Value) -> Result<Self, Failure> {
        match value {
            Value::Object(fields) => Ok(Self { name, fields }),
            _ => Err(Failure::invalid(format!(
                "malformed JSON: unexpected token, {name} is an object"
            ))),
        }
    }

    /// A text without control characters; empty when it is unset.
    pub(super) fn text(&self, field: &str) -> Result<&'v str, Failure> {
        plain(field, self.raw(field)?)
    }

    /// A text with whatever it holds, which the caller must look at; empty when it is unset.
    pub(super) fn raw(&self, field: &str) -> Result<&'v str, Failure> {
        match self.value(field)? {
            None => Ok(""),
            Some(Value::String(text)) => Ok(text),
            Some(_) => Err(mistyped("string", field)),
        }
    }

    /// A text that looks so, and has no control characters.
    pub(super) fn required(&self, field: &str, pattern: Pattern) -> Result<&'v str, Failure> {
        plain(field, self.matching(field, pattern)?)
    }

    /// A text that looks so, with the control characters that its pattern takes.
    pub(super) fn matching(&self, field: &str, pattern: Pattern) -> Result<&'v str, Failure> {
        let text = self.raw(field)?;
        self.check(field, pattern, text)?;
        Ok(text)
    }

    /// A text that looks so unless it is empty.
    pub(super) fn optional(&self, field: &str, pattern: Pattern) -> Result<&'v str, Failure> {
        let text = self.raw(field)?;
        if !text.is_empty() {
            self.check(field, pattern, text)?;
        }
        plain(field, text)
    }

    /// A text of at most so many bytes, without control characters.
    pub(super) fn short(&self, field: &str, most: usize) -> Result<&'v str, Failure> {
        plain(field, self.short_raw(field, most)?)
    }

    /// A text of at most so many bytes, with whatever it holds.
    pub(super) fn short_raw(&self, field: &str, most: usize) -> Result<&'v str, Failure> {
        let text = self.raw(field)?;
        if text.len() > most {
            let reason = format!("value length must be at most {most} bytes");
            return Err(self.refuse(field, &reason));
        }
        Ok(text)
    }

    /// One of these words; the first of them when it is unset.
    pub(super) fn word(
        &self,
        field: &str,
        words: &[&'static str],
    ) -> Result<&'static str, Failure> {
        let text = self.text(field)?;
        let found = words.iter().find(|word| **word == text).copied();
        let given = found.or(if text.is_empty() {
            words.first().copied()
        } else {
            None
        });
        given.ok_or_else(|| {
            let reason = format!("value must be in list [{}]", words.join(" "));
            self.refuse(field, &reason)
        })
    }

    /// A truth value; false when it is unset.
    pub(super) fn flag(&self, field: &str) -> Result<bool, Failure> {
        match self.value(field)? {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(_) => Err(mistyped("bool", field)),
        }
    }

    /// A whole number, also as a text; `None` when it is unset.
    pub(super) fn whole(&self, field: &str) -> Result<Option<i64>, Failure> {
        let number = match self.value(field)? {
            None => return Ok(None),
            Some(Value::Number(number)) => number.as_i64(),
            Some(Value::String(text)) => text.parse().ok(),
            Some(_) => None,
        };
        number.map(Some).ok_or_else(|| mistyped("int32", field))
    }

    /// A message within this one; `None` when it is unset.
    pub(super) fn message(
        &self,
        field: &str,
        name: &'static str,
    ) -> Result<Option<Message<'v>>, Failure> {
        match self.value(field)? {
            None => Ok(None),
            Some(Value::Object(fields)) => Ok(Some(Message { name, fields })),
            Some(_) => Err(mistyped("message", field)),
        }
    }

    /// A message that must be there.
    pub(super) fn needed(&self, field: &str, name: &'static str) -> Result<Message<'v>, Failure> {
        let found = self.message(field, name)?;
        found.ok_or_else(|| self.refuse(field, "value is required"))
    }

    /// Messages in a list; none when it is unset.
    pub(super) fn messages(
        &self,
        field: &str,
        name: &'static str,
    ) -> Result<Vec<Message<'v>>, Failure> {
        let items = match self.value(field)? {
            None => return Ok(Vec::new()),
            Some(Value::Array(items)) => items,
            Some(_) => return Err(mistyped("list", field)),
        };
        let message = |item: &'v Value| match item {
            Value::Object(fields) => Ok(Message { name, fields }),
            _ => Err(mistyped("message", field)),
        };
        items.iter().map(message).collect()
    }

    /// At most so many messages in a list.
    pub(super) fn at_most(
        &self,
        field: &str,
        name: &'static str,
        most: usize,
    ) -> Result<Vec<Message<'v>>, Failure> {
        let messages = self.messages(field, name)?;
        if messages.len() > most {
            let reason = format!("value must contain no more than {most} item(s)");
            return Err(self.refuse(field, &reason));
        }
        Ok(messages)
    }

    /// Values of parameters; `None` when they are unset.
    pub(super) fn values(&self, field: &str) -> Result<Option<JsonObject>, Failure> {
        match self.value(field)? {
            None => Ok(None),
            Some(Value::Object(values)) => {
                refuse_control(values)?;
                Ok(Some(values.clone()))
            }
            Some(_) => Err(mistyped("google.protobuf.Struct", field)),
        }
    }

    /// The value of a field by either of its names.
    pub(super) fn value(&self, field: &str) -> Result<Option<&'v Value>, Failure> {
        let given = |name: &str| self.fields.get(name).filter(|value| !value.is_null());
        let other = camel(field);
        match (given(field), given(&other).filter(|_| *other != *field)) {
            (Some(_), Some(_)) => Err(Failure::invalid(format!(
                "malformed JSON: duplicate field \"{other}\""
            ))),
            (one, another) => Ok(one.or(another)),
        }
    }

    /// The failure of a field that breaks a rule.
    pub(super) fn refuse(&self, field: &str, reason: &str) -> Failure {
        Failure::violation(self.name, &pascal(field), reason)
    }

    fn check(&self, field: &str, pattern: Pattern, text: &str) -> Result<(), Failure> {
        if pattern.holds(text) {
            Ok(())
        } else {
            Err(self.refuse(field, &pattern.reason()))
        }
    }
}

fn mistyped(kind: &str, field: &str) -> Failure {
    Failure::invalid(format!("invalid value for {kind} field {field}"))
}

/// A text of a field, refused where it holds a control character: no identifier may, and PostgreSQL
/// can neither keep nor look for a NUL.
pub(super) fn plain<'t>(field: &str, text: &'t str) -> Result<&'t str, Failure> {
    match text.find(char::is_control) {
        None => Ok(text),
        Some(_) => Err(Failure::invalid(format!(
            "the field {field} holds a control character: {text:?}"
        ))),
    }
}

/// Neither names nor texts may hold control characters; texts may have several lines.
fn refuse_control(values: &JsonObject) -> Result<(), Failure> {
    match controlled_within(values) {
        None => Ok(()),
        Some(text) => Err(Failure::invalid(format!(
            "the context holds a control character: {text:?}"
        ))),
    }
}

/// A name or a text with a control character in these fields.
fn controlled_within(fields: &JsonObject) -> Option<&String> {
    let is_bad = |name: &&String| name.contains(char::is_control);
    let name = fields.keys().find(is_bad);
    name.or_else(|| fields.values().find_map(controlled))
}

/// A text with a control character, wherever it stands in the value. The parser has bounded the
/// depth.
fn controlled(value: &Value) -> Option<&String> {
    let is_bad = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    match value {
        Value::String(text) => text.contains(is_bad).then_some(text),
        Value::Array(items) => items.iter().find_map(controlled),
        Value::Object(fields) => controlled_within(fields),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// `tuple_key` as `tupleKey`.
pub(super) fn camel(field: &str) -> Cow<'_, str> {
    // Most names are of one word, and every field of every question comes here.
    let Some((first, rest)) = field.split_once('_') else {
        return field.into();
    };
    let rest = rest.split('_').map(capital);
    std::iter::once(first.to_owned()).chain(rest).collect()
}

/// `tuple_key` as `TupleKey`.
pub(super) fn pascal(field: &str) -> String {
    field.split('_').map(capital).collect()
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests;
