//! Every kind of value that crosses the waist, and rows of them.

use crate::error::{Error, Result};
use std::fmt;
use std::net::IpAddr;
use types::Time;
use uuid::Uuid;

/// A parameter or a column. Its `Debug` names the kind only: passwords and tokens pass here.
#[derive(Clone, PartialEq)]
pub enum Value {
    /// SQL `NULL`.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number of any width.
    Int(i64),
    /// Text, and the labels of enums.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A UUID.
    Uuid(Uuid),
    /// A point in time, microseconds.
    Time(Time),
    /// JSON as text.
    Json(String),
    /// An address.
    Ip(IpAddr),
    /// A set of texts, for `= ANY($n)` and array columns.
    TextSet(Vec<String>),
}

impl Value {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a truth value",
            Self::Int(_) => "a number",
            Self::Text(_) => "text",
            Self::Bytes(_) => "bytes",
            Self::Uuid(_) => "a uuid",
            Self::Time(_) => "a time",
            Self::Json(_) => "json",
            Self::Ip(_) => "an address",
            Self::TextSet(_) => "a set of texts",
        }
    }

    /// `PostgreSQL` stores no NUL in text or JSON, so that `SQLite` must not either.
    pub(crate) fn holds_nul(&self) -> bool {
        match self {
            Self::Text(text) => text.contains('\0'),
            Self::Json(text) => text.contains('\0') || escapes_nul(text),
            Self::TextSet(set) => set.iter().any(|text| text.contains('\0')),
            _ => false,
        }
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())
    }
}

/// True where JSON spells a NUL as `\u0000`: the backslash is not itself escaped.
fn escapes_nul(json: &str) -> bool {
    json.match_indices("\\u0000").any(|(at, _)| {
        let before = json.get(..at).unwrap_or_default();
        let backslashes = before.len() - before.trim_end_matches('\\').len();
        backslashes.is_multiple_of(2)
    })
}

macro_rules! into_value {
    ($($from:ty => |$v:ident| $value:expr;)*) => {$(
        impl From<$from> for Value {
            fn from($v: $from) -> Self {
                $value
            }
        }
    )*};
}

into_value! {
    bool => |v| Value::Bool(v);
    i16 => |v| Value::Int(v.into());
    i32 => |v| Value::Int(v.into());
    i64 => |v| Value::Int(v);
    u32 => |v| Value::Int(v.into());
    &str => |v| Value::Text(v.to_owned());
    String => |v| Value::Text(v);
    &String => |v| Value::Text(v.clone());
    &[u8] => |v| Value::Bytes(v.to_owned());
    Vec<u8> => |v| Value::Bytes(v);
    Uuid => |v| Value::Uuid(v);
    Time => |v| Value::Time(v);
    IpAddr => |v| Value::Ip(v);
    Vec<String> => |v| Value::TextSet(v);
    &serde_json::Value => |v| Value::Json(v.to_string());
    &serde_json::Map<String, serde_json::Value> => |v| Value::Json(map_text(v));
    types::UserId => |v| Value::Uuid(v.0);
    types::SessionId => |v| Value::Uuid(v.0);
    types::IdentityId => |v| Value::Uuid(v.0);
    types::FactorId => |v| Value::Uuid(v.0);
    types::ChallengeId => |v| Value::Uuid(v.0);
    types::FlowId => |v| Value::Uuid(v.0);
    types::OneTimeTokenId => |v| Value::Uuid(v.0);
    types::AmrClaimId => |v| Value::Uuid(v.0);
    types::AuditEntryId => |v| Value::Uuid(v.0);
    types::MailId => |v| Value::Uuid(v.0);
    types::CreditEntryId => |v| Value::Uuid(v.0);
    types::TeamId => |v| Value::Uuid(v.0);
    types::InvitationId => |v| Value::Uuid(v.0);
    types::EmergencyId => |v| Value::Uuid(v.0);
    types::StoreId => |v| Value::Text(v.to_string());
    types::ModelId => |v| Value::Text(v.to_string());
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

fn map_text(map: &serde_json::Map<String, serde_json::Value>) -> String {
    serde_json::to_string(map).unwrap_or_else(|_| "{}".to_owned())
}

/// One result row, read left to right beside the `SELECT` it belongs to.
#[derive(Debug, Default)]
pub struct Row {
    values: std::vec::IntoIter<Value>,
    column: usize,
}

impl Row {
    pub(crate) fn new(values: Vec<Value>) -> Self {
        Self {
            values: values.into_iter(),
            column: 0,
        }
    }

    /// Takes the next column.
    pub fn take<T: FromValue>(&mut self) -> Result<T> {
        let column = self.column;
        self.column += 1;
        let value = self.values.next().unwrap_or(Value::Null);
        T::from_value(value).map_err(|value| Error::Decode {
            column,
            value: value.kind(),
        })
    }

    /// Passes over `columns` columns.
    pub fn skip(&mut self, columns: usize) {
        for _ in 0..columns {
            self.values.next();
        }
        self.column += columns;
    }
}

/// What a column can be read as.
pub trait FromValue: Sized {
    /// Converts, or gives the value back.
    fn from_value(value: Value) -> Result<Self, Value>;
}

impl FromValue for i64 {
    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::Int(n) => Ok(n),
            other => Err(other),
        }
    }
}

impl FromValue for bool {
    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::Bool(b) => Ok(b),
            Value::Int(n) => Ok(n != 0),
            other => Err(other),
        }
    }
}

impl FromValue for String {
    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::Text(text) | Value::Json(text) => Ok(text),
            Value::Ip(ip) => Ok(ip.to_string()),
            other => Err(other),
        }
    }
}

impl FromValue for Vec<u8> {
    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::Bytes(bytes) => Ok(bytes),
            other => Err(other),
        }
    }
}

impl<const N: usize> FromValue for [u8; N] {
    fn from_value(value: Value) -> Result<Self, Value> {
        Vec::from_value(value)?.try_into().map_err(Value::Bytes)
    }
}

impl FromValue for Uuid {
    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::Uuid(id) => Ok(id),
            Value::Bytes(bytes) => Uuid::from_slice(&bytes).map_err(|_| Value::Bytes(bytes)),
            Value::Text(text) => Uuid::parse_str(&text).map_err(|_| Value::Text(text)),
            other => Err(other),
        }
    }
}

impl FromValue for Time {
    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::Time(time) => Ok(time),
            Value::Int(micros) => Ok(Time(micros)),
            other => Err(other),
        }
    }
}

impl FromValue for serde_json::Value {
    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::Json(text) | Value::Text(text) => {
                serde_json::from_str(&text).map_err(|_| Value::Json(text))
            }
            other => Err(other),
        }
    }
}

impl FromValue for serde_json::Map<String, serde_json::Value> {
    fn from_value(value: Value) -> Result<Self, Value> {
        match serde_json::Value::from_value(value)? {
            serde_json::Value::Object(map) => Ok(map),
            // GoTrue reads a JSON null as an empty map.
            serde_json::Value::Null => Ok(Self::new()),
            other => Err(Value::Json(other.to_string())),
        }
    }
}

impl FromValue for Vec<String> {
    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::TextSet(set) => Ok(set),
            Value::Text(text) => serde_json::from_str(&text).map_err(|_| Value::Text(text)),
            other => Err(other),
        }
    }
}

impl FromValue for IpAddr {
    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::Ip(ip) => Ok(ip),
            Value::Text(text) => text.parse().map_err(|_| Value::Text(text)),
            other => Err(other),
        }
    }
}

impl<T: FromValue> FromValue for Option<T> {
    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::Null => Ok(None),
            value => T::from_value(value).map(Some),
        }
    }
}

macro_rules! ids_from_value {
    ($($id:ident),*) => {$(
        impl FromValue for types::$id {
            fn from_value(value: Value) -> Result<Self, Value> {
                Uuid::from_value(value).map(Self)
            }
        }
    )*};
}

ids_from_value!(
    UserId,
    SessionId,
    IdentityId,
    FactorId,
    ChallengeId,
    FlowId,
    OneTimeTokenId,
    AmrClaimId,
    AuditEntryId,
    MailId,
    CreditEntryId,
    TeamId,
    InvitationId,
    EmergencyId
);

macro_rules! ulids_from_value {
    ($($id:ident),*) => {$(
        impl FromValue for types::$id {
            fn from_value(value: Value) -> Result<Self, Value> {
                let text = String::from_value(value)?;
                text.parse().map_err(|_| Value::Text(text))
            }
        }
    )*};
}

ulids_from_value!(StoreId, ModelId);
