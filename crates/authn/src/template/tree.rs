//! A parsed template.

use super::Position;
use super::escape::Escape;
use super::function::Function;
use serde_json::Value;

/// A piece of a template in the order of output.
#[derive(Debug, Clone)]
pub(super) enum Node {
    /// Text that is printed as it stands.
    Text(String, Position),
    /// A pipeline whose value is printed, or a declaration.
    Action(Action),
    /// `if`, `with` or `range`.
    Branch(Branch),
}

/// A pipeline outside of a block's head.
#[derive(Debug, Clone)]
pub(super) struct Action {
    /// What is computed.
    pub(super) pipe: Pipe,
    /// How it is made safe for the place where it is printed.
    pub(super) escape: Escape,
}

/// A block with a condition.
#[derive(Debug, Clone)]
pub(super) struct Branch {
    /// What the condition does.
    pub(super) kind: BranchKind,
    /// The condition.
    pub(super) pipe: Pipe,
    /// Printed when it holds; for `range` once per element.
    pub(super) body: Vec<Node>,
    /// Printed when it does not hold.
    pub(super) otherwise: Vec<Node>,
}

/// The three blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BranchKind {
    /// Prints its body or its `else` part.
    If,
    /// Like `if`, and the value becomes the dot.
    With,
    /// Prints its body for every element, which becomes the dot.
    Range,
}

/// Commands of which each gets the value of the one before as its last argument.
#[derive(Debug, Clone)]
pub(super) struct Pipe {
    /// What happens to the value, besides.
    pub(super) target: Target,
    /// At least one.
    pub(super) commands: Vec<Command>,
    /// Where it begins.
    pub(super) position: Position,
}

/// The variables that a pipeline sets. A variable is known by its place on the stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// None: the value is printed or tested.
    Nothing,
    /// `$x := ...`; two of them in `range $i, $x := ...`.
    Declare(usize),
    /// `$x = ...`.
    Assign(usize),
}

/// One command of a pipeline.
#[derive(Debug, Clone)]
pub(super) enum Command {
    /// A value by itself.
    Value(Operand),
    /// A function and its arguments.
    Call(Function, Vec<Operand>),
}

/// An argument.
#[derive(Debug, Clone)]
pub(super) enum Operand {
    /// A constant.
    Literal(Value),
    /// The dot, or a field below it.
    Dot(Vec<String>),
    /// A variable, or a field below it.
    Variable(usize, Vec<String>),
    /// A pipeline in parentheses, or a field below its value.
    Group(Box<Pipe>, Vec<String>),
}
