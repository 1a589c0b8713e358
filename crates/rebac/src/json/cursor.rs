//! A value within a JSON document that knows the way to it, so that an error can say where.

use serde_json::{Map, Value};

use super::{JsonError, JsonFault};

/// A text from a document that an error repeats is cut to this many characters.
const SHOWN_CHARACTERS_MAX: usize = 64;

/// The two spellings of a field: the one of the protocol's definition, and the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Name(pub(super) &'static str, pub(super) &'static str);

/// A value and the way to it.
#[derive(Debug)]
pub(super) struct At<'v> {
    value: &'v Value,
    path: String,
}

impl<'v> At<'v> {
    /// The whole document.
    pub(super) fn root(value: &'v Value) -> Self {
        let path = String::new();
        Self { value, path }
    }

    /// The value of a field; an absent one and `null` are both none.
    pub(super) fn field(&self, name: Name) -> Result<Option<Self>, JsonError> {
        let object = self.object()?;
        let present = |key: &'static str| {
            let value = object.get(key).filter(|value| !value.is_null())?;
            Some((key, value))
        };
        let Name(one, other) = name;
        let other = if one == other { None } else { present(other) };
        match (present(one), other) {
            (Some((one, _)), Some((other, _))) => Err(self.both(one, other)),
            (Some((key, value)), None) | (None, Some((key, value))) => {
                let path = below(&self.path, key);
                Ok(Some(Self { value, path }))
            }
            (None, None) => Ok(None),
        }
    }

    /// The value of a field, which must be there.
    pub(super) fn required(&self, name: Name, expected: &'static str) -> Result<Self, JsonError> {
        self.field(name)?.ok_or_else(|| JsonError {
            path: below(&self.path, name.0),
            fault: JsonFault::Shape {
                expected,
                found: "nothing".to_owned(),
            },
        })
    }

    /// The text of a field; an absent one is empty.
    pub(super) fn text_of(&self, name: Name) -> Result<&'v str, JsonError> {
        self.field(name)?.map_or(Ok(""), |at| at.text())
    }

    /// The elements of a list.
    pub(super) fn items(&self) -> Result<Vec<Self>, JsonError> {
        let Value::Array(items) = self.value else {
            return Err(self.expected("a list"));
        };
        let item = |(index, value)| Self {
            value,
            path: format!("{}[{index}]", self.path),
        };
        Ok(items.iter().enumerate().map(item).collect())
    }

    /// The fields of an object whose names are free, sorted by name.
    pub(super) fn entries(&self) -> Result<Vec<(&'v str, Self)>, JsonError> {
        let mut entries: Vec<_> = self.object()?.iter().collect();
        // The order of the map depends on how `serde_json` was built.
        entries.sort_by_key(|(name, _)| *name);
        let entry = |(name, value): (&'v String, &'v Value)| {
            let path = below(&self.path, name);
            (name.as_str(), Self { value, path })
        };
        Ok(entries.into_iter().map(entry).collect())
    }

    /// The text it is.
    pub(super) fn text(&self) -> Result<&'v str, JsonError> {
        let text = self.value.as_str();
        text.ok_or_else(|| self.expected("a text"))
    }

    /// The value itself.
    pub(super) const fn value(&self) -> &'v Value {
        self.value
    }

    /// The object it is.
    pub(super) fn object(&self) -> Result<&'v Map<String, Value>, JsonError> {
        let object = self.value.as_object();
        object.ok_or_else(|| self.expected("an object"))
    }

    /// The error that something else was expected here.
    pub(super) fn expected(&self, expected: &'static str) -> JsonError {
        self.fault(JsonFault::Shape {
            expected,
            found: describe(self.value),
        })
    }

    /// The error that two fields stand here of which one may.
    pub(super) fn both(&self, one: &str, other: &str) -> JsonError {
        self.fault(JsonFault::Both(one.to_owned(), other.to_owned()))
    }

    /// An error about this value.
    pub(super) fn fault(&self, fault: JsonFault) -> JsonError {
        let path = self.path.clone();
        JsonError { path, fault }
    }
}

/// An object of these fields, sorted by name whatever order `serde_json` keeps.
pub(super) fn object<'n>(fields: impl Iterator<Item = (&'n str, Value)>) -> Value {
    let mut fields: Vec<_> = fields.collect();
    fields.sort_by_key(|(name, _)| *name);
    let named = |(name, value): (&str, Value)| (name.to_owned(), value);
    Value::Object(fields.into_iter().map(named).collect())
}

/// The beginning of a text that came from outside.
pub(super) fn shorten(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARACTERS_MAX) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}

fn below(path: &str, name: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '/');
    if name.is_empty() || !name.chars().all(is_plain) {
        return format!("{path}[{:?}]", shorten(name));
    }
    let dot = if path.is_empty() { "" } else { "." };
    format!("{path}{dot}{}", shorten(name))
}

fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => format!("`{truth}`"),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("the text `{}`", shorten(text)),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}
