//! Printing a tree.

use super::evaluate::{Computed, Evaluation};
use super::tree::{Branch, BranchKind, Node, Target};
use super::value::{is_true, text_of};
use super::{Position, TemplateError};
use serde_json::Value;
use std::borrow::Cow;

/// Prints `nodes` with `root` as the dot, at most `bytes_max` bytes.
pub(super) fn render(
    nodes: &[Node],
    root: &Value,
    bytes_max: usize,
) -> Result<String, TemplateError> {
    let mut rendering = Rendering {
        evaluation: Evaluation::new(root),
        output: String::new(),
        bytes_max,
    };
    rendering.nodes(nodes, &Cow::Borrowed(root))?;
    Ok(rendering.output)
}

struct Rendering<'a> {
    evaluation: Evaluation<'a>,
    output: String,
    bytes_max: usize,
}

impl<'a> Rendering<'a> {
    fn nodes(&mut self, nodes: &'a [Node], dot: &Computed<'a>) -> Result<(), TemplateError> {
        for node in nodes {
            match node {
                Node::Text(text, position) => self.print(text, *position)?,
                Node::Branch(branch) => self.branch(branch, dot)?,
                Node::Action(action) => {
                    let value = self.evaluation.pipe(&action.pipe, dot)?;
                    match action.pipe.target {
                        Target::Declare(_) => self.evaluation.variables.push(value),
                        Target::Assign(place) => {
                            if let Some(variable) = self.evaluation.variables.get_mut(place) {
                                *variable = value;
                            }
                        }
                        Target::Nothing => {
                            let text = action.escape.apply(text_of(&value));
                            self.print(&text, action.pipe.position)?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    fn print(&mut self, text: &str, at: Position) -> Result<(), TemplateError> {
        self.evaluation.spend(1, at)?;
        if self.output.len().saturating_add(text.len()) > self.bytes_max {
            return Err(at.fault("the output is too long"));
        }
        self.output.push_str(text);
        Ok(())
    }

    fn branch(&mut self, branch: &'a Branch, dot: &Computed<'a>) -> Result<(), TemplateError> {
        let outer = self.evaluation.variables.len();
        let value = self.evaluation.pipe(&branch.pipe, dot)?;
        match (branch.kind, &branch.pipe.target) {
            (BranchKind::Range, Target::Declare(2)) => {
                self.evaluation.variables.push(Cow::Owned(Value::Null));
                self.evaluation.variables.push(Cow::Owned(Value::Null));
            }
            (_, Target::Declare(_)) => self.evaluation.variables.push(value.clone()),
            (_, Target::Assign(place)) => {
                if let Some(variable) = self.evaluation.variables.get_mut(*place) {
                    variable.clone_from(&value);
                }
            }
            (_, Target::Nothing) => {}
        }
        match branch.kind {
            _ if !is_true(&value) => self.part(&branch.otherwise, dot)?,
            BranchKind::If => self.part(&branch.body, dot)?,
            BranchKind::With => self.part(&branch.body, &value)?,
            BranchKind::Range => self.range(branch, value, outer)?,
        }
        self.evaluation.variables.truncate(outer);
        Ok(())
    }

    /// A part of a block; what is declared in it ends with it.
    fn part(&mut self, nodes: &'a [Node], dot: &Computed<'a>) -> Result<(), TemplateError> {
        let inner = self.evaluation.variables.len();
        self.nodes(nodes, dot)?;
        self.evaluation.variables.truncate(inner);
        Ok(())
    }

    /// Elements of a list, or values of a map in the order of its keys. The loop's variables stand
    /// at `place`.
    fn range(
        &mut self,
        branch: &'a Branch,
        value: Computed<'a>,
        place: usize,
    ) -> Result<(), TemplateError> {
        for (key, element) in elements(value, branch.pipe.position)? {
            self.evaluation.spend(1, branch.pipe.position)?;
            if let Target::Declare(count) = branch.pipe.target {
                let variables = self.evaluation.variables.iter_mut().skip(place);
                let new = [Cow::Owned(key), element.clone()];
                for (variable, new) in variables.zip(new.into_iter().skip(2 - count.min(2))) {
                    *variable = new;
                }
            }
            self.part(&branch.body, &element)?;
        }
        Ok(())
    }
}

/// What a range goes through, with its keys.
fn elements(
    value: Computed<'_>,
    at: Position,
) -> Result<Vec<(Value, Computed<'_>)>, TemplateError> {
    Ok(match value {
        Cow::Borrowed(Value::Array(list)) => (0_usize..)
            .zip(list)
            .map(|(index, element)| (Value::from(index), Cow::Borrowed(element)))
            .collect(),
        Cow::Borrowed(Value::Object(map)) => map
            .iter()
            .map(|(key, element)| (Value::from(key.as_str()), Cow::Borrowed(element)))
            .collect(),
        Cow::Owned(Value::Array(list)) => (0_usize..)
            .zip(list)
            .map(|(index, element)| (Value::from(index), Cow::Owned(element)))
            .collect(),
        Cow::Owned(Value::Object(map)) => map
            .into_iter()
            .map(|(key, element)| (Value::from(key), Cow::Owned(element)))
            .collect(),
        _ => return Err(at.fault("range over something that is neither a list nor a map")),
    })
}
