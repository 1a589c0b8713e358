//! The JSON of a request: what must be there, of which type; unknown fields are ignored.

use super::error::Failure;
use crate::http::exchange::Exchange;
use axum::http::header::CONTENT_TYPE;
use serde_json::{Map, Value};
use types::limits::JSON_VALUES_MAX;

/// What is wrong with a request, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Invalid(pub(super) String);

impl From<Invalid> for Failure {
    fn from(Invalid(what): Invalid) -> Self {
        Self::Invalid(what)
    }
}

/// An object of a request, and where in it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fields<'v> {
    /// Empty for the whole body.
    place: &'static str,
    map: &'v Map<String, Value>,
}

/// The object that a body is.
pub(super) fn body(exchange: &Exchange) -> Result<Map<String, Value>, Invalid> {
    let kind = exchange.header(CONTENT_TYPE.as_str()).unwrap_or_default();
    if !is_json(kind) {
        return Err(Invalid("Content-Type must be application/json".to_owned()));
    }
    parse(&exchange.body)
}

fn is_json(kind: &str) -> bool {
    let kind = kind.split(';').next().unwrap_or_default();
    kind.trim().eq_ignore_ascii_case("application/json")
}

fn parse(body: &[u8]) -> Result<Map<String, Value>, Invalid> {
    // Before it is parsed: each value takes many times the bytes in memory that it is written in.
    let begins_value = |byte: &&u8| matches!(byte, b',' | b'[' | b'{');
    if body.iter().filter(begins_value).count() > JSON_VALUES_MAX {
        let what = format!("the body has more than {JSON_VALUES_MAX} values");
        return Err(Invalid(what));
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(Invalid("the body must be an object".to_owned())),
        Err(error) => Err(Invalid(format!("the body is no JSON: {error}"))),
    }
}

impl<'v> Fields<'v> {
    /// A whole body, or what stands for one.
    pub(super) const fn of(map: &'v Map<String, Value>) -> Self {
        Self { place: "", map }
    }

    /// The object within.
    pub(super) const fn map(&self) -> &'v Map<String, Value> {
        self.map
    }

    /// A field; `null` is none.
    pub(super) fn value(&self, name: &str) -> Option<&'v Value> {
        self.map.get(name).filter(|value| !value.is_null())
    }

    /// An object that may be there.
    pub(super) fn object(&self, name: &'static str) -> Result<Option<Self>, Invalid> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::Object(map)) => Ok(Some(Self { place: name, map })),
            Some(_) => Err(self.mistyped(name, "an object")),
        }
    }

    /// An object that must be there.
    pub(super) fn needed(&self, name: &'static str) -> Result<Self, Invalid> {
        self.object(name)?.ok_or_else(|| self.missing(name))
    }

    /// A text that may be there.
    pub(super) fn optional(&self, name: &str) -> Result<Option<&'v str>, Invalid> {
        match self.value(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.mistyped(name, "a string")),
        }
    }

    /// A text that must be there, and say something.
    pub(super) fn text(&self, name: &str) -> Result<&'v str, Invalid> {
        let text = self.optional(name)?.filter(|text| !text.is_empty());
        text.ok_or_else(|| self.missing(name))
    }

    /// What a field of another type is told.
    pub(super) fn mistyped(&self, name: &str, wanted: &str) -> Invalid {
        Invalid(format!("{} must be {wanted}", self.path(name)))
    }

    fn missing(&self, name: &str) -> Invalid {
        Invalid(format!("{} is missing", self.path(name)))
    }

    fn path(&self, name: &str) -> String {
        if self.place.is_empty() {
            return name.to_owned();
        }
        format!("{}.{name}", self.place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_json_is_json() {
        for (kind, good) in [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("text/plain", false),
            ("application/x-www-form-urlencoded", false),
            ("application/jsonp", false),
            ("", false),
        ] {
            assert_eq!(is_json(kind), good, "{kind}");
        }
    }

    #[test]
    fn a_body_is_an_object_of_bounded_size() {
        let many = format!("[{}1]", "1,".repeat(JSON_VALUES_MAX));
        for body in ["", " ", "{", "[]", "\"a\"", "null", many.as_str()] {
            assert!(parse(body.as_bytes()).is_err(), "{body:.20}");
        }
        assert_eq!(parse(b"{}"), Ok(Map::new()));
    }
}
