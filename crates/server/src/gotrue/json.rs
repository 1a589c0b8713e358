//! Interim; replaced by the full Go-style codec.
#![expect(missing_docs, reason = "interim")]
use serde::Serialize;
use serde_json::{Map, Value};
#[derive(Debug)]
pub struct JsonError(String);
impl std::fmt::Display for JsonError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
#[derive(Debug)]
pub struct Object(Map<String, Value>, &'static str);
pub fn parse(body: &[u8], into: &'static str) -> Result<Object, JsonError> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(map)) => Ok(Object(map, into)),
        Ok(_) => Err(JsonError(into.to_owned())),
        Err(e) => Err(JsonError(e.to_string())),
    }
}
impl Object {
    fn wrong<T>(&self, key: &str) -> Result<T, JsonError> {
        Err(JsonError(format!("{}.{key}", self.1)))
    }
    pub fn opt_text(&self, key: &str) -> Result<Option<String>, JsonError> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(s)) => Ok(Some(s.clone())),
            Some(_) => self.wrong(key),
        }
    }
    pub fn text(&self, key: &str) -> Result<String, JsonError> {
        Ok(self.opt_text(key)?.unwrap_or_default())
    }
    pub fn opt_bool(&self, key: &str) -> Result<Option<bool>, JsonError> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(b)) => Ok(Some(*b)),
            Some(_) => self.wrong(key),
        }
    }
    pub fn bool(&self, key: &str) -> Result<bool, JsonError> {
        Ok(self.opt_bool(key)?.unwrap_or_default())
    }
    pub fn object(&self, key: &str) -> Result<Option<Map<String, Value>>, JsonError> {
        match self.0.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(m)) => Ok(Some(m.clone())),
            Some(_) => self.wrong(key),
        }
    }
}
pub fn to_string(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
