//! The JSON object of a request: read strictly, with every fault of it told at once.

use crate::account::error::{Failure, FieldFault};
use crate::http::exchange::Exchange;
use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;
use types::limits::{BODY_FIELDS_MAX, FIELD_FAULTS_MAX};

/// The fields of a body and what was found wrong with them so far.
#[derive(Debug)]
pub(super) struct Fields {
    members: Vec<(String, Value)>,
    faults: Vec<FieldFault>,
}

/// What a field holds, as far as a request has a use for it.
#[derive(Debug)]
enum Value {
    Null,
    Flag(bool),
    Text(String),
    /// A number, a list or an object. No field is one, so that nothing of it is kept.
    Other,
}

/// The members of an object in the order of the text, repetitions included.
struct Members {
    first: Vec<(String, Value)>,
    /// There are more than may be.
    is_overfull: bool,
}

impl Fields {
    /// Reads the body, in which only these fields may be. No body is an empty object.
    pub(super) fn read(exchange: &Exchange, known: &[&str]) -> Result<Self, Failure> {
        let body = exchange.body.as_ref();
        let members = if body.iter().all(u8::is_ascii_whitespace) {
            Vec::new()
        } else {
            let read: Result<Members, _> = serde_json::from_slice(body);
            let read = read.map_err(|e| {
                if e.is_data() {
                    Failure::NoObject
                } else {
                    Failure::NoJson
                }
            })?;
            if read.is_overfull {
                return Err(Failure::TooManyFields);
            }
            read.first
        };
        let mut fields = Self {
            members,
            faults: Vec::new(),
        };
        fields.refuse_unknown(known);
        Ok(fields)
    }

    fn refuse_unknown(&mut self, known: &[&str]) {
        for (at, (name, _)) in self.members.iter().enumerate() {
            let fault = if !known.contains(&name.as_str()) {
                "is not a field of this request"
            } else if self.members.iter().take(at).any(|(other, _)| other == name) {
                "is given more than once"
            } else {
                continue;
            };
            tell(&mut self.faults, FieldFault::new(name, fault));
        }
    }

    /// A text that must be there, made into what it stands for; `None` after a fault.
    pub(super) fn required<T, E: fmt::Display>(
        &mut self,
        name: &str,
        read: impl FnOnce(String) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.text(name)?;
        if text.is_none() {
            self.refuse(name, "is required");
        }
        self.made(name, text?, read)
    }

    /// A text that may be left out or `null`; `None` after a fault as well.
    pub(super) fn optional<T, E: fmt::Display>(
        &mut self,
        name: &str,
        read: impl FnOnce(String) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.text(name)??;
        self.made(name, text, read)
    }

    /// The field is there, if only as `null`.
    pub(super) fn has(&self, name: &str) -> bool {
        self.members.iter().any(|(member, _)| member == name)
    }

    /// A boolean that may be left out or `null`: false.
    pub(super) fn flag(&mut self, name: &str) -> bool {
        match self.value(name) {
            None | Some(Value::Null) => false,
            Some(Value::Flag(flag)) => *flag,
            Some(_) => {
                self.refuse(name, "must be true or false");
                false
            }
        }
    }

    /// Finds fault with a field.
    pub(super) fn refuse(&mut self, name: &str, fault: impl fmt::Display) {
        tell(&mut self.faults, FieldFault::new(name, fault));
    }

    /// What was read, if nothing was found wrong.
    pub(super) fn finish<T>(self, read: Option<T>) -> Result<T, Failure> {
        match read {
            Some(read) if self.faults.is_empty() => Ok(read),
            _ => Err(Failure::Fields(self.faults)),
        }
    }

    fn value(&self, name: &str) -> Option<&Value> {
        let found = self.members.iter().rev().find(|(member, _)| member == name);
        found.map(|(_, value)| value)
    }

    /// `None` after a fault; `Some(None)` where there is no text.
    fn text(&mut self, name: &str) -> Option<Option<String>> {
        match self.value(name) {
            None | Some(Value::Null) => Some(None),
            Some(Value::Text(text)) => Some(Some(text.clone())),
            Some(_) => {
                self.refuse(name, "must be a string");
                None
            }
        }
    }

    fn made<T, E: fmt::Display>(
        &mut self,
        name: &str,
        text: String,
        read: impl FnOnce(String) -> Result<T, E>,
    ) -> Option<T> {
        match read(text) {
            Ok(value) => Some(value),
            Err(fault) => {
                self.refuse(name, fault);
                None
            }
        }
    }
}

/// Adds a fault, unless the answer is long enough.
fn tell(faults: &mut Vec<FieldFault>, fault: FieldFault) {
    if faults.len() < FIELD_FAULTS_MAX {
        faults.push(fault);
    }
}

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;
        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut first = Vec::new();
                while first.len() < BODY_FIELDS_MAX {
                    let Some(member) = map.next_entry()? else {
                        break;
                    };
                    first.push(member);
                }
                let mut is_overfull = false;
                // To the end all the same: what is no JSON is told so first.
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
                    is_overfull = true;
                }
                Ok(Members { first, is_overfull })
            }
        }
        deserializer.deserialize_map(MembersVisitor)
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ValueVisitor;
        impl<'de> Visitor<'de> for ValueVisitor {
            type Value = Value;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }
            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value::Null)
            }
            fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
                Ok(Value::Flag(flag))
            }
            fn visit_str<E>(self, text: &str) -> Result<Value, E> {
                Ok(Value::Text(text.to_owned()))
            }
            fn visit_i64<E>(self, _: i64) -> Result<Value, E> {
                Ok(Value::Other)
            }
            fn visit_u64<E>(self, _: u64) -> Result<Value, E> {
                Ok(Value::Other)
            }
            fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
                Ok(Value::Other)
            }
            // Each value inside is read as such, so that the depth is limited.
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
                while list.next_element::<Value>()?.is_some() {}
                Ok(Value::Other)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
                while map.next_entry::<IgnoredAny, Value>()?.is_some() {}
                Ok(Value::Other)
            }
        }
        deserializer.deserialize_any(ValueVisitor)
    }
}
