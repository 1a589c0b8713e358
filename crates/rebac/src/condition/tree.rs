//! A checked expression: names are resolved, operators and functions are known.

use std::sync::Arc;

use super::function::Function;
use super::pattern::Pattern;
use super::value::Value;

/// A part of an expression.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    Literal(Value),
    /// The parameter of this number, in the order of declaration.
    Parameter(usize),
    /// The variable of a surrounding fold, counted from the outermost.
    Local(usize),
    List(Vec<Self>),
    Map(Vec<(Self, Self)>),
    Field {
        operand: Box<Self>,
        name: Arc<str>,
    },
    /// Whether the operand has the field (`has()`).
    Has {
        operand: Box<Self>,
        name: Arc<str>,
    },
    /// `&&` where `decisive` is false, `||` where it is true.
    Logic {
        decisive: bool,
        sides: Box<(Self, Self)>,
    },
    /// `condition ? yes : no`
    Choice(Box<(Self, Self, Self)>),
    Call {
        function: Function,
        arguments: Vec<Self>,
    },
    /// `matches` with a pattern that is known beforehand.
    Matches {
        text: Box<Self>,
        pattern: Box<Pattern>,
    },
    Fold(Box<Fold>),
}

/// What the macros over lists and maps become. Two variables are added to those of the surrounding
/// folds: first the one that accumulates, then the item.
#[derive(Debug, Clone)]
pub(crate) struct Fold {
    pub(crate) range: Node,
    /// What is accumulated before the first item.
    pub(crate) start: Node,
    /// Whether the next item matters.
    pub(crate) proceeds: Node,
    /// What is accumulated with an item.
    pub(crate) step: Node,
    pub(crate) result: Node,
}
