//! The static check: every name is known and every operator fits, before anything is evaluated.

use std::collections::BTreeSet;
use std::sync::Arc;

use cel::common::ast::{EntryExpr, Expr, IdedEntryExpr, LiteralValue, SelectExpr};
use cel::parser::Expression;

use super::check_fold::checked_fold;
use super::error::CompileError;
use super::kind::{Kind, Type};
use super::parse::Parsed;
use super::tree::Node;
use super::value::Value;
use crate::model::ParameterType;

/// How deep an expression may be. Whoever evaluates it descends as deep; the usual way to reach it
/// is a sum of as many terms, which costs about as much as an evaluation may.
pub(crate) const DEPTH_MAX: usize = 96;

/// A part of the tree and what is known of its value.
pub(crate) type Checked = (Node, Type);

/// The state of the check of one expression.
pub(crate) struct Checker<'a> {
    parameters: &'a [(String, ParameterType)],
    pub(crate) parsed: &'a Parsed,
    /// The variables of the surrounding folds, outermost first.
    pub(crate) locals: Vec<(String, Type)>,
    used: BTreeSet<usize>,
    depth: usize,
}

/// Checks a whole expression, which has to say yes or no; also returns the parameters it uses.
pub(crate) fn check(
    parameters: &[(String, ParameterType)],
    parsed: &Parsed,
) -> Result<(Node, BTreeSet<usize>), CompileError> {
    let mut checker = Checker {
        parameters,
        parsed,
        locals: Vec::new(),
        used: BTreeSet::new(),
        depth: 0,
    };
    let (node, found) = checker.check(&parsed.expression)?;
    if found != Type::One(Kind::Bool) {
        return Err(CompileError::NotBool {
            found: found.to_string(),
        });
    }
    Ok((node, checker.used))
}

impl Checker<'_> {
    /// Checks a part of the expression.
    pub(crate) fn check(&mut self, expression: &Expression) -> Result<Checked, CompileError> {
        if self.depth >= DEPTH_MAX {
            return Err(CompileError::TooDeep { limit: DEPTH_MAX });
        }
        self.depth += 1;
        let checked = self.check_one(expression);
        self.depth -= 1;
        checked
    }

    fn check_one(&mut self, expression: &Expression) -> Result<Checked, CompileError> {
        match &expression.expr {
            Expr::Literal(literal) => Ok(checked_literal(literal)),
            Expr::Ident(name) => self.check_name(expression.id, name),
            Expr::Select(select) => self.check_select(expression.id, select),
            Expr::List(list) => self.check_list(&list.elements),
            Expr::Map(map) => self.check_map(expression.id, &map.entries),
            Expr::Call(call) => self.check_call(expression.id, call),
            Expr::Comprehension(fold) => checked_fold(self, fold),
            Expr::Struct(_) => Err(self.unsupported(expression.id, "messages")),
            Expr::Unspecified => Err(CompileError::Syntax {
                place: self.parsed.place(expression.id),
                message: "Syntax error: incomplete expression".to_owned(),
            }),
        }
    }

    pub(crate) fn unsupported(&self, id: u64, what: &'static str) -> CompileError {
        CompileError::Unsupported {
            place: self.parsed.place(id),
            what,
        }
    }

    fn check_name(&mut self, id: u64, name: &str) -> Result<Checked, CompileError> {
        // A leading dot asks for the parameter that a macro's variable of the same name hides.
        let global = name.strip_prefix('.');
        let hidden = global.is_some();
        let name = global.unwrap_or(name);
        let local = self.locals.iter().rposition(|(own, _)| own == name);
        if let Some(index) = local.filter(|_| !hidden)
            && let Some((_, known)) = self.locals.get(index)
        {
            return Ok((Node::Local(index), known.clone()));
        }
        let parameter = self.parameters.iter().position(|(own, _)| own == name);
        let known = parameter.and_then(|index| Some((index, self.parameters.get(index)?)));
        let Some((index, (_, known))) = known else {
            return Err(CompileError::Undeclared {
                place: self.parsed.place(id),
                name: name.to_owned(),
            });
        };
        self.used.insert(index);
        Ok((Node::Parameter(index), Type::of(known)))
    }

    fn check_select(&mut self, id: u64, select: &SelectExpr) -> Result<Checked, CompileError> {
        let (operand, found) = self.check(&select.operand)?;
        let field = match found {
            Type::Map(_, value) => *value,
            Type::Dyn | Type::Never => Type::Dyn,
            Type::One(_) | Type::List(_) => {
                return Err(CompileError::NoFields {
                    place: self.parsed.place(id),
                    found: found.to_string(),
                });
            }
        };
        let operand = Box::new(operand);
        let name = Arc::from(select.field.as_str());
        Ok(if select.test {
            (Node::Has { operand, name }, Type::One(Kind::Bool))
        } else {
            (Node::Field { operand, name }, field)
        })
    }

    fn check_list(&mut self, elements: &[Expression]) -> Result<Checked, CompileError> {
        let mut items = Vec::with_capacity(elements.len());
        let mut known = Type::Never;
        for element in elements {
            let (item, found) = self.check(element)?;
            known = known.join(&found).unwrap_or(Type::Dyn);
            items.push(item);
        }
        Ok((Node::List(items), Type::list(known)))
    }

    fn check_map(&mut self, id: u64, written: &[IdedEntryExpr]) -> Result<Checked, CompileError> {
        let mut entries = Vec::with_capacity(written.len());
        let (mut keys, mut values) = (Type::Never, Type::Never);
        for entry in written {
            let EntryExpr::MapEntry(entry) = &entry.expr else {
                return Err(self.unsupported(id, "messages"));
            };
            let (key, key_type) = self.check(&entry.key)?;
            let (value, value_type) = self.check(&entry.value)?;
            keys = keys.join(&key_type).unwrap_or(Type::Dyn);
            values = values.join(&value_type).unwrap_or(Type::Dyn);
            entries.push((key, value));
        }
        Ok((Node::Map(entries), Type::map(keys, values)))
    }
}

fn checked_literal(literal: &LiteralValue) -> Checked {
    let (value, kind) = match literal {
        LiteralValue::Null => (Value::Null, Kind::Null),
        LiteralValue::Boolean(value) => (Value::Bool(*value.inner()), Kind::Bool),
        LiteralValue::Int(value) => (Value::Int(*value.inner()), Kind::Int),
        LiteralValue::UInt(value) => (Value::Uint(*value.inner()), Kind::Uint),
        LiteralValue::Double(value) => (Value::Double(*value.inner()), Kind::Double),
        LiteralValue::String(value) => (Value::text(value.inner()), Kind::String),
        LiteralValue::Bytes(value) => (Value::Bytes(Arc::from(value.inner())), Kind::Bytes),
    };
    (Node::Literal(value), Type::One(kind))
}
