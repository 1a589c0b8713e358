//! The evaluation of a checked expression, within a limit of cost.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::effort::Effort;
use super::fault::Fault;
use super::function::Function;
use super::meter::{self, Exhausted, Meter};
use super::operator;
use super::pattern::Pattern;
use super::tree::{Fold, Node};
use super::value::{Key, Value, find};

/// Why there is no value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stop {
    /// `&&` and `||` may make up for it.
    Fault(Fault),
    /// Nothing makes up for it.
    Exhausted,
}

type Outcome = Result<Value, Stop>;

/// One evaluation.
pub(crate) struct Run<'a> {
    parameters: &'a [Value],
    /// The variables of the surrounding folds, outermost first. What is accumulated may be a fault
    /// that a later item makes up for.
    locals: Vec<Outcome>,
    meter: Meter,
    effort: &'a mut Effort,
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Exhausted> for Stop {
    fn from(Exhausted: Exhausted) -> Self {
        Self::Exhausted
    }
}

/// Whether the expression holds, and what it cost to know.
pub(crate) fn evaluate(
    root: &Node,
    parameters: &[Value],
    cost_limit: u64,
    effort: &mut Effort,
) -> Result<(bool, u64), Stop> {
    let mut run = Run {
        parameters,
        locals: Vec::new(),
        meter: Meter::new(cost_limit),
        effort,
    };
    let holds = run.truth(root)?;
    Ok((holds, run.meter.spent()))
}

impl Run<'_> {
    fn truth(&mut self, node: &Node) -> Result<bool, Stop> {
        match self.value(node)? {
            Value::Bool(value) => Ok(value),
            _ => Err(Fault::NoSuchOverload.into()),
        }
    }

    fn value(&mut self, node: &Node) -> Outcome {
        match node {
            Node::Literal(value) => Ok(value.clone()),
            Node::Parameter(index) => {
                self.meter.charge(meter::NAME)?;
                let value = self.parameters.get(*index).cloned();
                value.ok_or(Stop::Fault(Fault::NoSuchOverload))
            }
            Node::Local(index) => {
                self.meter.charge(meter::NAME)?;
                let local = self.locals.get(*index).cloned();
                local.unwrap_or(Err(Stop::Fault(Fault::NoSuchOverload)))
            }
            Node::List(items) => self.list(items),
            Node::Map(entries) => self.map(entries),
            Node::Field { operand, name } => self.field(operand, name),
            Node::Has { operand, name } => self.has(operand, name),
            Node::Logic { decisive, sides } => self.logic(*decisive, sides),
            Node::Choice(parts) => self.choice(parts),
            Node::Call {
                function,
                arguments,
            } => self.call(*function, arguments),
            Node::Matches { text, pattern } => self.matches(text, pattern),
            Node::Fold(fold) => self.fold(fold),
        }
    }

    fn list(&mut self, items: &[Node]) -> Outcome {
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            values.push(self.value(item)?);
        }
        self.meter.charge(meter::LIST)?;
        Ok(Value::List(Arc::new(values)))
    }

    fn map(&mut self, entries: &[(Node, Node)]) -> Outcome {
        let mut values = BTreeMap::new();
        for (key, value) in entries {
            let key = self.value(key)?;
            let value = self.value(value)?;
            let repeated = find(&values, &key).is_some();
            let key = Key::of(&key).ok_or(Fault::UnsupportedKey)?;
            if repeated {
                return Err(Fault::RepeatedKey.into());
            }
            values.insert(key, value);
        }
        self.meter.charge(meter::MAP)?;
        Ok(Value::Map(Arc::new(values)))
    }

    fn field(&mut self, operand: &Node, name: &Arc<str>) -> Outcome {
        let Value::Map(entries) = self.value(operand)? else {
            return Err(Fault::NoSuchOverload.into());
        };
        self.meter.charge(meter::FIELD)?;
        let value = entries.get(&Key::String(Arc::clone(name))).cloned();
        value.ok_or_else(|| Stop::Fault(Fault::NoSuchKey(name.as_ref().to_owned())))
    }

    fn has(&mut self, operand: &Node, name: &Arc<str>) -> Outcome {
        let Value::Map(entries) = self.value(operand)? else {
            return Err(Fault::NoSuchOverload.into());
        };
        self.meter.charge(meter::FIELD)?;
        let found = entries.contains_key(&Key::String(Arc::clone(name)));
        Ok(Value::Bool(found))
    }

    /// `&&` and `||`: a side that decides does so beside a fault, too, whichever comes first.
    fn logic(&mut self, decisive: bool, sides: &(Node, Node)) -> Outcome {
        let left = self.truth(&sides.0);
        if matches!(left, Err(Stop::Exhausted)) || left == Ok(decisive) {
            return left.map(Value::Bool);
        }
        let right = self.truth(&sides.1);
        if matches!(right, Err(Stop::Exhausted)) || right == Ok(decisive) {
            return right.map(Value::Bool);
        }
        left.and(right).map(Value::Bool)
    }

    fn choice(&mut self, parts: &(Node, Node, Node)) -> Outcome {
        let (condition, yes, no) = parts;
        if self.truth(condition)? {
            self.value(yes)
        } else {
            self.value(no)
        }
    }

    fn call(&mut self, function: Function, nodes: &[Node]) -> Outcome {
        if function == Function::NotStrictlyFalse {
            return self.not_strictly_false(nodes);
        }
        let mut arguments = Vec::with_capacity(nodes.len());
        for node in nodes {
            arguments.push(self.value(node)?);
        }
        self.meter.charge(meter::price(function, &arguments))?;
        if let (Function::Matches, [Value::String(text), Value::String(pattern)]) =
            (function, arguments.as_slice())
        {
            let found = self.effort.matches_given(text, pattern);
            return Ok(Value::Bool(found.map_err(Fault::Pattern)?));
        }
        Ok(operator::apply(function, &arguments)?)
    }

    /// How a fold asks whether its next item matters: a fault does not end it.
    fn not_strictly_false(&mut self, nodes: &[Node]) -> Outcome {
        let Some(node) = nodes.first() else {
            return Err(Fault::NoSuchOverload.into());
        };
        let asked = self.truth(node);
        if matches!(asked, Err(Stop::Exhausted)) {
            return Err(Stop::Exhausted);
        }
        self.meter.charge(1)?;
        Ok(Value::Bool(asked != Ok(false)))
    }

    fn matches(&mut self, text: &Node, pattern: &Pattern) -> Outcome {
        let text = self.value(text)?;
        let cost = meter::match_price(text.length() as u64, pattern.length as u64);
        self.meter.charge(cost)?;
        match &text {
            Value::String(text) => Ok(Value::Bool(self.effort.matches(text, pattern))),
            _ => Err(Fault::NoSuchOverload.into()),
        }
    }

    fn fold(&mut self, fold: &Fold) -> Outcome {
        let range = self.value(&fold.range)?;
        let start = self.value(&fold.start);
        if matches!(start, Err(Stop::Exhausted)) {
            return start;
        }
        let scope = self.locals.len();
        self.locals.push(start);
        self.locals.push(Ok(Value::Null));
        let result = self.steps(fold, &range, scope);
        self.locals.truncate(scope);
        result
    }

    fn steps(&mut self, fold: &Fold, range: &Value, scope: usize) -> Outcome {
        match range {
            Value::List(items) => {
                for item in items.iter() {
                    if !self.step(fold, item.clone(), scope)? {
                        break;
                    }
                }
            }
            Value::Map(entries) => {
                for key in entries.keys() {
                    if !self.step(fold, key.value(), scope)? {
                        break;
                    }
                }
            }
            _ => return Err(Fault::NoSuchOverload.into()),
        }
        self.value(&fold.result)
    }

    /// Accumulates one item, unless no further item matters.
    fn step(&mut self, fold: &Fold, item: Value, scope: usize) -> Result<bool, Stop> {
        if let Some(local) = self.locals.get_mut(scope + 1) {
            *local = Ok(item);
        }
        if !self.truth(&fold.proceeds)? {
            return Ok(false);
        }
        let accumulated = self.value(&fold.step);
        if matches!(accumulated, Err(Stop::Exhausted)) {
            return Err(Stop::Exhausted);
        }
        if let Some(local) = self.locals.get_mut(scope) {
            *local = accumulated;
        }
        Ok(true)
    }
}
