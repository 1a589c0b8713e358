//! The static check of operators and functions.

use cel::common::ast::CallExpr;

use super::check::{Checked, Checker};
use super::error::CompileError;
use super::function::Function;
use super::kind::{Kind, Type};
use super::pattern::Pattern;
use super::tree::Node;
use super::value::Value;
use crate::place::Place;

const BOOL: Type = Type::One(Kind::Bool);

impl Checker<'_> {
    pub(crate) fn check_call(&mut self, id: u64, call: &CallExpr) -> Result<Checked, CompileError> {
        let mut arguments = Vec::new();
        let mut types = Vec::new();
        for argument in call.target.as_deref().into_iter().chain(&call.args) {
            let (node, found) = self.check(argument)?;
            arguments.push(node);
            types.push(found);
        }
        let member = call.target.is_some();
        let name = call.func_name.as_str();
        if let Some(special) = self.check_special(id, name, &mut arguments, &types) {
            return special;
        }
        let Some((function, callable)) = Function::named(name, member) else {
            return Err(CompileError::Undeclared {
                place: self.parsed.place(id),
                name: name.to_owned(),
            });
        };
        let result = if callable {
            result_type(function, &types)
        } else {
            None
        };
        let Some(result) = result else {
            return Err(no_overload(self.parsed.place(id), name, member, &types));
        };
        Ok((called(function, arguments, self.parsed.place(id))?, result))
    }

    /// What does not evaluate all its arguments.
    fn check_special(
        &self,
        id: u64,
        name: &str,
        arguments: &mut Vec<Node>,
        types: &[Type],
    ) -> Option<Result<Checked, CompileError>> {
        let decisive = match name {
            "_&&_" => false,
            "_||_" => true,
            "_?_:_" => return Some(self.check_choice(id, arguments, types)),
            _ => return None,
        };
        let fit = types.iter().all(|found| found.fits(Kind::Bool));
        let (Some(right), Some(left), true) = (arguments.pop(), arguments.pop(), fit) else {
            return Some(Err(no_overload(self.parsed.place(id), name, false, types)));
        };
        let sides = Box::new((left, right));
        Some(Ok((Node::Logic { decisive, sides }, BOOL)))
    }

    fn check_choice(
        &self,
        id: u64,
        arguments: &mut Vec<Node>,
        types: &[Type],
    ) -> Result<Checked, CompileError> {
        let joined = match types {
            [condition, yes, no] if condition.fits(Kind::Bool) => yes.join(no),
            _ => None,
        };
        let parts = (arguments.pop(), arguments.pop(), arguments.pop(), joined);
        let (Some(no), Some(yes), Some(condition), Some(joined)) = parts else {
            return Err(no_overload(self.parsed.place(id), "_?_:_", false, types));
        };
        Ok((Node::Choice(Box::new((condition, yes, no))), joined))
    }
}

/// A call. A `matches` whose pattern is written in the expression has it compiled here, once.
fn called(function: Function, arguments: Vec<Node>, place: Place) -> Result<Node, CompileError> {
    let arguments = match (function, <[Node; 2]>::try_from(arguments)) {
        (Function::Matches, Ok([text, Node::Literal(Value::String(pattern))])) => {
            let pattern = Pattern::new(&pattern)
                .map_err(|message| CompileError::Pattern { place, message })?;
            return Ok(Node::Matches {
                text: Box::new(text),
                pattern: Box::new(pattern),
            });
        }
        (_, Ok(two)) => two.into(),
        (_, Err(arguments)) => arguments,
    };
    Ok(Node::Call {
        function,
        arguments,
    })
}

/// The type of what a function makes of arguments of these types; none if it does not take them.
fn result_type(function: Function, types: &[Type]) -> Option<Type> {
    let general = match (function, types) {
        (Function::Equals | Function::NotEquals, [a, b]) => a.join(b).map(|_| BOOL),
        (Function::In, [item, Type::List(known) | Type::Map(known, _)]) => {
            item.join(known).map(|_| BOOL)
        }
        (Function::In, [_, Type::Dyn | Type::Never]) => Some(BOOL),
        (Function::Index, [Type::List(item), index]) if index.fits(Kind::Int) => {
            Some((**item).clone())
        }
        (Function::Index, [Type::Map(known, value), key]) => {
            known.join(key).map(|_| (**value).clone())
        }
        (Function::Size, [Type::List(_) | Type::Map(..)]) => Some(Type::One(Kind::Int)),
        (Function::Add, [Type::List(a), Type::List(b)]) => a.join(b).map(Type::list),
        (Function::Add, [Type::List(_), Type::Dyn] | [Type::Dyn, Type::List(_)]) => {
            Some(Type::list(Type::Dyn))
        }
        (Function::ToDyn, [_])
        | (Function::Index, [Type::Dyn | Type::Never, _])
        | (Function::Add, [Type::Dyn | Type::Never, Type::Dyn | Type::Never]) => Some(Type::Dyn),
        _ => None,
    };
    general.or_else(|| scalar_result(function, types))
}

/// The same among the overloads for values without parts. Where a type is known only when it is
/// evaluated, several may remain; what they agree on is known.
fn scalar_result(function: Function, types: &[Type]) -> Option<Type> {
    let mut results = function
        .overloads()
        .iter()
        .filter(|(wanted, _)| {
            wanted.len() == types.len()
                && wanted
                    .iter()
                    .zip(types)
                    .all(|(kind, found)| found.fits(*kind))
        })
        .map(|(_, result)| *result);
    let first = results.next()?;
    Some(if results.all(|result| result == first) {
        Type::One(first)
    } else {
        Type::Dyn
    })
}

fn no_overload(place: Place, function: &str, member: bool, types: &[Type]) -> CompileError {
    let names: Vec<String> = types.iter().map(Type::to_string).collect();
    let arguments = match names.split_first() {
        Some((target, rest)) if member => format!("{target}.({})", rest.join(", ")),
        _ => format!("({})", names.join(", ")),
    };
    CompileError::NoMatchingOverload {
        place,
        function: function.to_owned(),
        arguments,
    }
}
