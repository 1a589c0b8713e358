//! JSON at the border, as Go's `encoding/json` reads and prints it.
//!
//! Reading: the whole body is checked before anything is looked at; names of fields are matched in
//! any letter case, and of several the last one counts; `null` sets nothing; unknown fields are
//! skipped; invalid UTF-8 becomes U+FFFD; errors have Go's words, which clients see.
//!
//! Intended differences: nesting stops at [`JSON_DEPTH_MAX`] levels instead of 10,000, a body has
//! at most [`JSON_VALUES_MAX`] values, and whole numbers in free-form objects keep all digits that
//! fit 64 bits, where Go rounds to 53. What is larger, or written with a fraction or an exponent,
//! becomes a 64-bit float as in Go.
//!
//! The original server's form parser empties bodies of the type
//! `application/x-www-form-urlencoded` before they get here, so an adapter must pass an empty body
//! for them.
//!
//! [`JSON_DEPTH_MAX`]: types::limits::JSON_DEPTH_MAX
//! [`JSON_VALUES_MAX`]: types::limits::JSON_VALUES_MAX

mod decode;
mod kind;
mod print;
mod syntax;
mod uuid_text;

use decode::Node;
use serde_json::{Map, Value};
use uuid::Uuid;

pub(super) use kind::Kind;
pub(super) use print::to_string;

/// Why a body was refused, in the words of Go; the wire API puts
/// `Could not parse request body as JSON: ` before it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(super) struct JsonError {
    message: String,
}

/// A JSON object that stands for a Go struct.
#[derive(Debug, Clone)]
pub(super) struct Object {
    /// The struct's type, for messages: `api.SignupParams`.
    structure: String,
    members: Vec<(String, Node)>,
}

/// Reads a body that stands for the struct `into`. A name without a package belongs to `api`.
/// `null` is an empty struct.
pub(super) fn parse(body: &[u8], into: &str) -> Result<Object, JsonError> {
    syntax::check(body)?;
    let structure = if into.contains('.') {
        into.to_owned()
    } else {
        format!("api.{into}")
    };
    let members = match decode::decode(body) {
        Node::Object(members) => members,
        Node::Null => Vec::new(),
        other => {
            let found = other.kind();
            return Err(JsonError::new(format!(
                "json: cannot unmarshal {found} into Go value of type {structure}"
            )));
        }
    };
    Ok(Object { structure, members })
}

impl Object {
    /// Checks the kinds of all `fields` in the order of the body, so that of several mismatches
    /// the one is reported that Go reports. After this, the accessors below cannot fail for them.
    pub(super) fn expect(&self, fields: &[(&str, Kind)]) -> Result<(), JsonError> {
        let mut first_mismatch = None;
        for (key, node) in &self.members {
            let exact = fields.iter().find(|(name, _)| key == name);
            let found = exact.or_else(|| fields.iter().find(|(name, _)| is_same_name(key, name)));
            let Some((name, kind)) = found else {
                continue;
            };
            match self.check(name, node, *kind) {
                Ok(()) => {}
                // Go stops at a malformed UUID, and goes on after any other mismatch.
                Err(Refusal::Stop(error)) => return Err(error),
                Err(Refusal::Mismatch(error)) => first_mismatch = first_mismatch.or(Some(error)),
            }
        }
        first_mismatch.map_or(Ok(()), Err)
    }

    /// A string; empty when it is missing.
    pub(super) fn text(&self, name: &str) -> Result<String, JsonError> {
        Ok(self.last(name, Kind::Text, Node::text)?.unwrap_or_default())
    }

    /// A string, when it is there and not `null`.
    pub(super) fn opt_text(&self, name: &str) -> Result<Option<String>, JsonError> {
        self.last_or_null(name, Kind::Text, Node::text)
    }

    /// A boolean; false when it is missing.
    pub(super) fn bool(&self, name: &str) -> Result<bool, JsonError> {
        Ok(self.last(name, Kind::Bool, Node::bool)?.unwrap_or_default())
    }

    /// A boolean, when it is there and not `null`.
    pub(super) fn opt_bool(&self, name: &str) -> Result<Option<bool>, JsonError> {
        self.last_or_null(name, Kind::Bool, Node::bool)
    }

    /// A UUID in any of its spellings; the nil UUID when it is missing.
    pub(super) fn uuid(&self, name: &str) -> Result<Uuid, JsonError> {
        let uuid = |node: &Node| uuid_text::parse(&node.text()?).ok();
        Ok(self.last(name, Kind::Uuid, uuid)?.unwrap_or_default())
    }

    /// A free-form object, when it is there and not `null`. Several are merged.
    pub(super) fn object(&self, name: &str) -> Result<Option<Map<String, Value>>, JsonError> {
        let mut merged: Option<Map<String, Value>> = None;
        for node in self.checked(name, Kind::Object)? {
            match node.object() {
                Some(map) => merged.get_or_insert_default().extend(map),
                None => merged = None,
            }
        }
        Ok(merged)
    }

    /// The nodes of a field in the order of the body, all of the right kind or `null`.
    fn checked(&self, name: &str, kind: Kind) -> Result<Vec<&Node>, JsonError> {
        let nodes = self
            .members
            .iter()
            .filter(|(key, _)| is_same_name(key, name));
        nodes
            .map(|(_, node)| match self.check(name, node, kind) {
                Ok(()) => Ok(node),
                Err(Refusal::Stop(error) | Refusal::Mismatch(error)) => Err(error),
            })
            .collect()
    }

    /// The last value that is not `null`: Go leaves a field alone when it reads `null`.
    fn last<T>(
        &self,
        name: &str,
        kind: Kind,
        read: impl Fn(&Node) -> Option<T>,
    ) -> Result<Option<T>, JsonError> {
        Ok(self.checked(name, kind)?.into_iter().rev().find_map(read))
    }

    /// The last value, `null` included: in Go these fields are pointers, which `null` resets.
    fn last_or_null<T>(
        &self,
        name: &str,
        kind: Kind,
        read: impl Fn(&Node) -> Option<T>,
    ) -> Result<Option<T>, JsonError> {
        Ok(self.checked(name, kind)?.last().and_then(|node| read(node)))
    }

    fn check(&self, name: &str, node: &Node, kind: Kind) -> Result<(), Refusal> {
        let (found, wanted) = match kind.mismatch(node) {
            None if kind == Kind::Uuid => return uuid_text::check(node),
            None => return Ok(()),
            Some(mismatch) => mismatch,
        };
        let (_, structure) = self
            .structure
            .rsplit_once('.')
            .unwrap_or(("", &self.structure));
        Err(Refusal::Mismatch(JsonError::new(format!(
            "json: cannot unmarshal {found} into Go struct field {structure}.{name} of type \
             {wanted}"
        ))))
    }
}

/// Why a field was refused, and whether Go reads on.
enum Refusal {
    Mismatch(JsonError),
    Stop(JsonError),
}

impl JsonError {
    fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
        }
    }
}

/// Whether a key names a field: letter case does not matter, nor do the two characters outside of
/// ASCII that fold to ASCII letters (long s and the Kelvin sign).
fn is_same_name(key: &str, name: &str) -> bool {
    let fold = |c: char| match c {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        c => c.to_ascii_lowercase(),
    };
    key.chars().map(fold).eq(name.chars().map(fold))
}

#[cfg(test)]
mod tests;
