//! The types that fields have in Go, and what does not fit them.

use super::decode::Node;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::gotrue) enum Kind {
    /// `string` or `*string`.
    Text,
    /// `bool` or `*bool`.
    Bool,
    /// `uuid.UUID`.
    Uuid,
    /// `map[string]interface {}`.
    Object,
}

impl Kind {
    /// What was found and what was wanted, when a node does not fit. `null` fits everything but a
    /// UUID.
    pub(super) fn mismatch(self, node: &Node) -> Option<(String, &'static str)> {
        let found = || Some((node.kind().to_owned(), self.name()));
        match (self, node) {
            (Self::Uuid, Node::Null) => found(),
            (_, Node::Null)
            | (Self::Text | Self::Uuid, Node::Text(_))
            | (Self::Bool, Node::Bool(_)) => None,
            (Self::Object, Node::Object(_)) => node
                .number_out_of_range()
                .map(|number| (format!("number {number}"), "float64")),
            _ => found(),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Bool => "bool",
            Self::Uuid => "uuid.UUID",
            Self::Object => "map[string]interface {}",
        }
    }
}
