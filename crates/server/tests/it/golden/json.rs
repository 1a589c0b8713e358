//! JSON that keeps the order of its members and repeated names, because the order is compared.

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Number;
use std::fmt::{self, Write};

/// A JSON value as it stood on the wire.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

/// How strings are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Escaping {
    /// Only what RFC 8259 demands.
    Plain,
    /// Also `<`, `>` and `&`, as Go's encoder does and therefore the recorded server.
    Html,
}

impl Json {
    /// Parses one JSON text.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// The first member named `name`, when this is an object that has it.
    pub(crate) fn get(&self, name: &str) -> Option<&Json> {
        match self {
            Json::Object(members) => members.iter().find(|(key, _)| key == name).map(|(_, v)| v),
            _ => None,
        }
    }

    /// The text of this string, if it is one.
    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number this is, if it is one.
    pub(crate) fn as_integer(&self) -> Option<i64> {
        match self {
            Json::Number(number) => number.as_i64(),
            _ => None,
        }
    }

    /// The elements of this list; none when it is not a list.
    pub(crate) fn elements(&self) -> &[Json] {
        match self {
            Json::List(elements) => elements,
            _ => &[],
        }
    }

    /// The members of this object in order; none when it is not an object.
    pub(crate) fn members(&self) -> &[(String, Json)] {
        match self {
            Json::Object(members) => members,
            _ => &[],
        }
    }

    /// What the JSON pointer (RFC 6901) `pointer` names.
    pub(crate) fn at(&self, pointer: &str) -> Option<&Json> {
        let mut here = self;
        for step in steps(pointer) {
            here = match here {
                Json::Object(_) => here.get(&step)?,
                Json::List(elements) => elements.get(step.parse::<usize>().ok()?)?,
                _ => return None,
            };
        }
        Some(here)
    }

    /// Puts `value` where `pointer` names; `None` removes it. A missing last member is appended.
    /// Fails when the way there does not exist.
    pub(crate) fn set(&mut self, pointer: &str, value: Option<Json>) -> Result<(), String> {
        let all: Vec<String> = steps(pointer).collect();
        let Some((last, way)) = all.split_last() else {
            return Err("an empty pointer names the whole value".to_owned());
        };
        let mut here = self;
        for step in way {
            let next = match here {
                Json::Object(members) => members
                    .iter_mut()
                    .find(|(key, _)| key == step)
                    .map(|(_, value)| value),
                Json::List(elements) => {
                    step.parse().ok().and_then(|at: usize| elements.get_mut(at))
                }
                _ => None,
            };
            here = next.ok_or_else(|| format!("`{pointer}` leads nowhere at `{step}`"))?;
        }
        match here {
            Json::Object(members) => set_member(members, last, value),
            Json::List(elements) => set_element(elements, last, value)?,
            _ => return Err(format!("`{pointer}` ends inside a plain value")),
        }
        Ok(())
    }

    /// Compact JSON text.
    pub(crate) fn write(&self, escaping: Escaping) -> String {
        let mut out = String::new();
        self.write_to(&mut out, escaping);
        out
    }

    fn write_to(&self, out: &mut String, escaping: Escaping) {
        match self {
            Json::Null => out.push_str("null"),
            Json::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Json::Number(number) => out.push_str(&number.to_string()),
            Json::Text(text) => write_text(out, text, escaping),
            Json::List(elements) => {
                out.push('[');
                for (at, element) in elements.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    element.write_to(out, escaping);
                }
                out.push(']');
            }
            Json::Object(members) => {
                out.push('{');
                for (at, (name, value)) in members.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    write_text(out, name, escaping);
                    out.push(':');
                    value.write_to(out, escaping);
                }
                out.push('}');
            }
        }
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.write(Escaping::Plain))
    }
}

/// A JSON pointer one step further down.
pub(crate) fn below(pointer: &str, step: impl fmt::Display) -> String {
    let step = step.to_string().replace('~', "~0").replace('/', "~1");
    format!("{pointer}/{step}")
}

fn steps(pointer: &str) -> impl Iterator<Item = String> + '_ {
    pointer
        .split('/')
        .skip(1)
        .map(|step| step.replace("~1", "/").replace("~0", "~"))
}

fn set_member(members: &mut Vec<(String, Json)>, name: &str, value: Option<Json>) {
    let at = members.iter().position(|(key, _)| key == name);
    match (at, value) {
        (Some(at), None) => {
            members.remove(at);
        }
        (Some(at), Some(value)) => {
            if let Some(member) = members.get_mut(at) {
                member.1 = value;
            }
        }
        (None, Some(value)) => members.push((name.to_owned(), value)),
        (None, None) => {}
    }
}

fn set_element(elements: &mut Vec<Json>, step: &str, value: Option<Json>) -> Result<(), String> {
    let at: usize = step.parse().map_err(|_| format!("`{step}` is no index"))?;
    if at >= elements.len() {
        return Err(format!("there is no element {at}"));
    }
    match value {
        Some(value) => {
            elements.splice(at..=at, [value]);
        }
        None => {
            elements.remove(at);
        }
    }
    Ok(())
}

fn write_text(out: &mut String, text: &str, escaping: Escaping) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '<' | '>' | '&' if escaping == Escaping::Html => {
                // Writing to a String cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c if u32::from(c) < 0x20 => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Json, E> {
        Number::from_f64(value)
            .map(Json::Number)
            .ok_or_else(|| E::custom("a number that JSON cannot hold"))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = access.next_element()? {
            elements.push(element);
        }
        Ok(Json::List(elements))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = access.next_entry()? {
            members.push(member);
        }
        Ok(Json::Object(members))
    }
}

#[test]
fn json_keeps_the_order_of_members_and_writes_as_go_does() {
    let text = r#"{"b":1,"a":[null,true,"<\u0001>"],"b":-2.5}"#;
    let json = Json::parse(text).unwrap();
    assert_eq!(
        json.write(Escaping::Html),
        r#"{"b":1,"a":[null,true,"\u003c\u0001\u003e"],"b":-2.5}"#
    );
    assert_eq!(json.at("/a/1"), Some(&Json::Bool(true)));
}

#[test]
fn a_pointer_replaces_appends_and_removes() {
    let mut json = Json::parse(r#"{"a":{"x/y":1,"b":[1,2]}}"#).unwrap();
    json.set("/a/x~1y", Some(Json::Null)).unwrap();
    json.set("/a/b/0", None).unwrap();
    json.set("/a/c", Some(Json::Bool(true))).unwrap();
    assert_eq!(json.to_string(), r#"{"a":{"x/y":null,"b":[2],"c":true}}"#);
    assert!(json.set("/z/c", None).is_err());
}
