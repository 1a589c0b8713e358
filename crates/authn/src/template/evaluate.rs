//! Pipelines: from the variables of a mail to one value, with limits on time and size.

use super::function::{Function, element};
use super::tree::{Command, Operand, Pipe};
use super::value::is_true;
use super::{Position, TemplateError};
use serde_json::Value;
use std::borrow::Cow;
use types::limits::{MAIL_PART_BYTES_MAX, TEMPLATE_STEPS_MAX};

/// Bytes of a computed text that count as one step.
const BYTES_PER_STEP: usize = 16;

/// A value that is borrowed from the mail's variables or the template where possible.
pub(super) type Computed<'a> = Cow<'a, Value>;

/// The state of one rendering.
#[derive(Debug)]
pub(super) struct Evaluation<'a> {
    /// The stack of variables; the first one is the root.
    pub(super) variables: Vec<Computed<'a>>,
    steps: usize,
}

impl<'a> Evaluation<'a> {
    pub(super) fn new(root: &'a Value) -> Self {
        Self {
            variables: vec![Cow::Borrowed(root)],
            steps: 0,
        }
    }

    /// Counts `steps`; an error when there were too many.
    pub(super) fn spend(&mut self, steps: usize, at: Position) -> Result<(), TemplateError> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps > TEMPLATE_STEPS_MAX {
            return Err(at.fault("rendering takes too many steps"));
        }
        Ok(())
    }

    /// The value of a pipeline.
    pub(super) fn pipe(
        &mut self,
        pipe: &'a Pipe,
        dot: &Computed<'a>,
    ) -> Result<Computed<'a>, TemplateError> {
        let mut piped = None;
        for command in &pipe.commands {
            self.spend(1, pipe.position)?;
            piped = Some(match command {
                Command::Value(operand) => self.operand(operand, dot)?,
                Command::Call(function, operands) => {
                    let value = self.call(*function, operands, dot, piped, pipe.position)?;
                    let length = value.as_str().map_or(0, str::len);
                    if length > MAIL_PART_BYTES_MAX {
                        return Err(pipe.position.fault("a value is too long"));
                    }
                    self.spend(length / BYTES_PER_STEP, pipe.position)?;
                    value
                }
            });
        }
        Ok(piped.unwrap_or(Cow::Owned(Value::Null)))
    }

    /// `piped` is the last argument.
    fn call(
        &mut self,
        function: Function,
        operands: &'a [Operand],
        dot: &Computed<'a>,
        piped: Option<Computed<'a>>,
        at: Position,
    ) -> Result<Computed<'a>, TemplateError> {
        let mut arguments = Vec::with_capacity(operands.len() + 1);
        for operand in operands {
            let value = self.operand(operand, dot)?;
            // `and` and `or` leave the arguments behind the decisive one alone.
            if decides(function, &value) {
                return Ok(value);
            }
            arguments.push(value);
        }
        arguments.extend(piped);
        match function {
            Function::And | Function::Or => Ok(arguments.pop().unwrap_or_default()),
            Function::Index => {
                let mut arguments = arguments.into_iter();
                let value = arguments.next().unwrap_or_default();
                arguments.try_fold(value, |value, key| {
                    part(value, |value| element(value, &key)).map_err(|message| at.fault(message))
                })
            }
            function => {
                let arguments: Vec<&Value> = arguments.iter().map(AsRef::as_ref).collect();
                let value = function.call(&arguments);
                value.map(Cow::Owned).map_err(|message| at.fault(message))
            }
        }
    }

    fn operand(
        &mut self,
        operand: &'a Operand,
        dot: &Computed<'a>,
    ) -> Result<Computed<'a>, TemplateError> {
        Ok(match operand {
            Operand::Literal(value) => Cow::Borrowed(value),
            Operand::Dot(path) => field(dot.clone(), path),
            Operand::Variable(place, path) => field(
                self.variables.get(*place).cloned().unwrap_or_default(),
                path,
            ),
            Operand::Group(pipe, path) => field(self.pipe(pipe, dot)?, path),
        })
    }
}

fn decides(function: Function, value: &Value) -> bool {
    match function {
        Function::And => !is_true(value),
        Function::Or => is_true(value),
        _ => false,
    }
}

/// A field below a value; nothing when it is missing or the value has no fields.
fn field<'a>(value: Computed<'a>, path: &[String]) -> Computed<'a> {
    path.iter().fold(value, |value, name| {
        let named = part(value, |value| value.get(name).ok_or(()));
        named.unwrap_or_default()
    })
}

/// A part of a value, borrowed when the value is.
fn part<'a, E>(
    value: Computed<'a>,
    choose: impl for<'v> FnOnce(&'v Value) -> Result<&'v Value, E>,
) -> Result<Computed<'a>, E> {
    match value {
        Cow::Borrowed(value) => choose(value).map(Cow::Borrowed),
        Cow::Owned(value) => choose(&value).map(|part| Cow::Owned(part.clone())),
    }
}
