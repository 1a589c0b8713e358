//! Conditions: what must hold for a tuple to count, in the Common Expression Language.
//!
//! A condition is compiled once, when its model is, and evaluated as often as a tuple that carries
//! it is met. Compiling parses the expression and checks its types; evaluating reads the parameters
//! from JSON and computes, within a limit of cost. There is no clock: time is a parameter.
//!
//! The language is CEL's without messages, optional values, `type()` and time zones. [`cel`] has
//! the parser; its interpreter knows neither types beforehand nor a limit, so both are here.

mod calendar;
mod check;
mod check_call;
mod check_fold;
mod coerce;
mod context;
mod convert;
mod duration;
mod effort;
mod error;
mod evaluate;
mod fault;
mod function;
mod kind;
mod meter;
mod operator;
mod parse;
mod pattern;
mod timestamp;
mod tree;
mod value;

use std::collections::{BTreeMap, BTreeSet};

pub use context::{Context, JsonObject};
pub use effort::Effort;
pub use error::{CompileError, ContextError, EvaluationError, ParameterError};
pub use fault::Fault;

use crate::model::{Condition, ParameterType};
use evaluate::Stop;
use tree::Node;
use value::Value;

/// How many parameters a condition may have.
pub const PARAMETERS_MAX: usize = 25;
/// How long an expression may be.
pub const EXPRESSION_BYTES_MAX: usize = 512;
/// How deep the type of a parameter may be nested.
pub const TYPE_DEPTH_MAX: usize = 8;
/// What an evaluation may cost unless the caller says otherwise.
pub const COST_MAX: u64 = 100;

/// A condition that is ready to be evaluated.
#[derive(Debug, Clone)]
pub struct Compiled {
    parameters: Vec<(String, ParameterType)>,
    /// The parameters that the expression names, by their place in `parameters`.
    used: BTreeSet<usize>,
    root: Node,
}

/// What came of an evaluation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evaluation {
    /// Whether the condition holds.
    pub holds: bool,
    /// What it cost to know, in the units of [`COST_MAX`].
    pub cost: u64,
}

impl Compiled {
    /// Parses and checks a condition.
    pub fn new(condition: &Condition) -> Result<Self, CompileError> {
        check_limits(condition)?;
        let parsed = parse::parse(&condition.expression)?;
        let (root, used) = check::check(&condition.parameters, &parsed)?;
        Ok(Self {
            parameters: condition.parameters.clone(),
            used,
            root,
        })
    }

    /// The declared parameters, in the order of their declaration.
    pub fn parameters(&self) -> &[(String, ParameterType)] {
        &self.parameters
    }

    /// Whether the condition holds. Every declared parameter has to be given, even one that the
    /// expression could do without; what is not declared is ignored.
    pub fn evaluate(&self, context: &Context<'_>) -> Result<bool, EvaluationError> {
        self.judge(context, &mut Effort::default())
    }

    /// The same for one of many tuples that a question meets, which pays for it by its steps.
    pub fn judge(
        &self,
        context: &Context<'_>,
        effort: &mut Effort,
    ) -> Result<bool, EvaluationError> {
        let names = self.parameters.iter().map(|(name, _)| name.as_str());
        effort.charge_reading(context, names);
        let evaluation = self.run(context, COST_MAX, effort);
        effort.charge(evaluation.as_ref().ok().map(|one| one.cost));
        Ok(evaluation?.holds)
    }

    /// The same with another limit, and with what it cost.
    pub fn evaluate_within(
        &self,
        context: &Context<'_>,
        cost_limit: u64,
    ) -> Result<Evaluation, EvaluationError> {
        self.run(context, cost_limit, &mut Effort::default())
    }

    fn run(
        &self,
        context: &Context<'_>,
        cost_limit: u64,
        effort: &mut Effort,
    ) -> Result<Evaluation, EvaluationError> {
        let parameters = self.read(context)?;
        match evaluate::evaluate(&self.root, &parameters, cost_limit, effort) {
            Ok((holds, cost)) => Ok(Evaluation { holds, cost }),
            Err(Stop::Fault(fault)) => Err(fault.into()),
            Err(Stop::Exhausted) => Err(EvaluationError::TooExpensive { limit: cost_limit }),
        }
    }

    /// The values in a context that the expression can depend on, by the names of their parameters,
    /// as they were given: what an explanation of an answer shows.
    pub fn values_used<'s, 'c>(
        &'s self,
        context: &Context<'c>,
    ) -> BTreeMap<&'s str, &'c serde_json::Value> {
        let declared = self
            .used
            .iter()
            .filter_map(|index| self.parameters.get(*index));
        declared
            .filter_map(|(name, _)| Some((name.as_str(), context.get(name)?)))
            .collect()
    }

    /// The values of the parameters, in the order of their declaration. A value of the wrong type
    /// is reported before one that is missing.
    fn read(&self, context: &Context<'_>) -> Result<Vec<Value>, EvaluationError> {
        let mut values = Vec::with_capacity(self.parameters.len());
        let mut missing = Vec::new();
        for (name, wanted) in &self.parameters {
            match context.get(name) {
                Some(found) => values.push(coerce::coerce(name, wanted, found)?),
                None => missing.push(name.clone()),
            }
        }
        if missing.is_empty() {
            Ok(values)
        } else {
            Err(EvaluationError::MissingParameters(missing))
        }
    }
}

/// Whether values may be stored with a tuple that carries the condition: only declared parameters,
/// each of its type. Not all need be there: a request may bring the others.
pub fn check_tuple_context(compiled: &Compiled, context: &JsonObject) -> Result<(), ContextError> {
    for (name, found) in context {
        let declared = compiled.parameters.iter().find(|(own, _)| own == name);
        let Some((name, wanted)) = declared else {
            return Err(ContextError::UnknownParameter(name.clone()));
        };
        coerce::coerce(name, wanted, found)?;
    }
    Ok(())
}

fn check_limits(condition: &Condition) -> Result<(), CompileError> {
    let parameters = condition.parameters.len();
    if parameters > PARAMETERS_MAX {
        return Err(CompileError::TooManyParameters {
            found: parameters,
            limit: PARAMETERS_MAX,
        });
    }
    let bytes = condition.expression.len();
    if bytes > EXPRESSION_BYTES_MAX {
        return Err(CompileError::TooLong {
            found: bytes,
            limit: EXPRESSION_BYTES_MAX,
        });
    }
    // Before anything descends into a type that came from outside.
    for (_, declared) in &condition.parameters {
        let mut levels = 0;
        let mut inner = declared;
        while let ParameterType::List(next) | ParameterType::Map(next) = inner {
            levels += 1;
            inner = next;
        }
        if levels > TYPE_DEPTH_MAX {
            return Err(CompileError::TooDeep {
                limit: TYPE_DEPTH_MAX,
            });
        }
    }
    Ok(())
}
