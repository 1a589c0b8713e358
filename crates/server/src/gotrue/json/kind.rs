//! The types that fields have in Go, and what does not fit them.

use super::decode::Node;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `string` or `*string`.
    Text,
    /// `bool` or `*bool`.
    Bool,
    /// `int`.
    Int,
    /// `uuid.UUID`.
    Uuid,
    /// `map[string]interface {}`.
    Object,
    /// `[]string`.
    ListOfText,
    /// A struct of that type with these fields.
    Struct(&'static str, &'static [(&'static str, Kind)]),
}

impl Kind {
    /// What was found and what was wanted, when a node does not fit. `null` fits everything but a
    /// UUID.
    pub(super) fn mismatch(self, node: &Node) -> Option<(String, &'static str)> {
        let (found, number) = node.kind();
        let found = || Some((found.to_owned(), self.name()));
        match (self, node) {
            (Self::Uuid, Node::Null) => found(),
            (_, Node::Null)
            | (Self::Text | Self::Uuid, Node::Text(_))
            | (Self::Bool, Node::Bool(_))
            | (Self::Struct(..), Node::Object(_)) => None,
            (Self::Int, Node::Number(_)) if node.int().is_some() => None,
            (Self::Int, Node::Number(_)) => Some((
                format!("number {}", number.unwrap_or_default()),
                self.name(),
            )),
            (Self::Object, Node::Object(_)) => node
                .number_out_of_range()
                .map(|number| (format!("number {number}"), "float64")),
            (Self::ListOfText, Node::List(list)) => {
                list.iter().find_map(|element| Self::Text.mismatch(element))
            }
            _ => found(),
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Uuid => "uuid.UUID",
            Self::Object => "map[string]interface {}",
            Self::ListOfText => "[]string",
            Self::Struct(structure, _) => structure,
        }
    }
}
