//! UUIDs in bodies, with the words of the library that the original server uses.

use super::decode::Node;
use super::syntax::quoted;
use super::{JsonError, Refusal};
use uuid::Uuid;

/// Whether the text of a node is a UUID.
pub(super) fn check(node: &Node) -> Result<(), Refusal> {
    let text = node.text().unwrap_or_default();
    parse(&text).map(|_| ()).map_err(Refusal::Stop)
}

/// Reads a UUID with or without hyphens, bare, in braces or as a URN.
pub(super) fn parse(text: &str) -> Result<Uuid, JsonError> {
    let misformed = |part: &str| {
        let part = quoted(part);
        Err(JsonError::new(format!(
            "uuid: incorrect UUID format in string {part}"
        )))
    };
    let bare = match text.len() {
        32 | 36 => text,
        34 | 38 => match text
            .strip_prefix('{')
            .and_then(|text| text.strip_suffix('}'))
        {
            Some(bare) => bare,
            None => return misformed(text),
        },
        41 | 45 => match text.strip_prefix("urn:uuid:") {
            Some(bare) => bare,
            None => return misformed(text.get(..9).unwrap_or(text)),
        },
        length => {
            return Err(JsonError::new(format!(
                "uuid: incorrect UUID length {length} in string {}",
                quoted(text)
            )));
        }
    };
    let hyphens = [8, 13, 18, 23];
    let hyphenated = bare.len() == 36;
    if hyphenated
        && hyphens
            .iter()
            .any(|index| bare.as_bytes().get(*index) != Some(&b'-'))
    {
        return misformed(bare);
    }
    Uuid::try_parse(bare).map_err(|_| JsonError::new("uuid: invalid UUID format"))
}
