//! A model in OpenFGA's layout, so that reading it again gives the same model.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::{NESTING_MAX, braces, names};
use crate::model::{
    Assignable, AssignableKind, Condition, Model, ParameterType, Relation, Rewrite, TypeDefinition,
};

/// Why a model has no form in the language. Each variant names what is to be changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unprintable {
    /// A name that the grammar does not take.
    #[error(
        "{item} cannot be written in the language: its name is a keyword or has signs that no \
             name may have"
    )]
    Name {
        /// Which.
        item: String,
    },
    /// Two of the same name.
    #[error("{item} is defined twice")]
    Duplicate {
        /// Which.
        item: String,
    },
    /// What may be assigned directly stands later than first, or twice.
    #[error("{item}: what may be assigned directly must stand once and first")]
    DirectNotFirst {
        /// Which relation.
        item: String,
    },
    /// The rewrite and what may be assigned do not fit each other.
    #[error(
        "{item}: what may be assigned must be listed where the relation is direct, and only \
             there"
    )]
    Assignable {
        /// Which relation.
        item: String,
    },
    /// A union or an intersection of fewer than two.
    #[error("{item}: a union or an intersection must have two operands or more")]
    Operands {
        /// Which relation.
        item: String,
    },
    /// A rewrite or a parameter's type is nested deeper than can be read again.
    #[error("{item} is nested deeper than {NESTING_MAX}")]
    Nesting {
        /// Which relation or parameter.
        item: String,
    },
    /// A parameter of a type that the language does not have.
    #[error("{item} has the type any, which has no form in the language")]
    Parameter {
        /// Which parameter.
        item: String,
    },
    /// An expression that would be read as another.
    #[error(
        "{item}: its expression is empty, has blanks around it, a `#` comment, or a brace or \
             text without end"
    )]
    Expression {
        /// Which condition.
        item: String,
    },
}

/// Prints a model: types, relations, conditions and parameters in their order. From which module
/// and file something came is not written.
///
/// # Errors
///
/// When the model, which may have been written as JSON, has no form in the language.
pub fn print(model: &Model) -> Result<String, Unprintable> {
    let mut text = format!("model\n  schema {}\n", model.schema.as_str());
    let mut seen = BTreeSet::new();
    for definition in &model.types {
        let item = || format!("type `{}`", definition.name);
        unique(&mut seen, &definition.name, item)?;
        print_type(&mut text, definition)?;
    }
    seen.clear();
    for condition in &model.conditions {
        let item = || format!("condition `{}`", condition.name);
        unique(&mut seen, &condition.name, item)?;
        print_condition(&mut text, condition)?;
    }
    Ok(text)
}

fn print_type(text: &mut String, definition: &TypeDefinition) -> Result<(), Unprintable> {
    let type_name = &definition.name;
    check_name(type_name, || format!("type `{type_name}`"))?;
    let _ = writeln!(text, "\ntype {type_name}");
    if !definition.relations.is_empty() {
        text.push_str("  relations\n");
    }
    let mut seen = BTreeSet::new();
    for relation in &definition.relations {
        let item = || format!("relation `{}` of type `{type_name}`", relation.name);
        check_name(&relation.name, item)?;
        unique(&mut seen, &relation.name, item)?;
        let mut printer = Expression {
            text,
            relation,
            item: &item,
            has_direct: false,
        };
        let _ = write!(printer.text, "    define {}: ", relation.name);
        printer.rewrite(&relation.rewrite, 0, true)?;
        if printer.has_direct == relation.assignable.is_empty() {
            return Err(Unprintable::Assignable { item: item() });
        }
        text.push('\n');
    }
    Ok(())
}

struct Expression<'a> {
    text: &'a mut String,
    relation: &'a Relation,
    item: &'a dyn Fn() -> String,
    has_direct: bool,
}

impl Expression<'_> {
    /// Prints a rewrite that stands in `depth` others; whether it `is_first` of the expression.
    fn rewrite(
        &mut self,
        rewrite: &Rewrite,
        depth: usize,
        is_first: bool,
    ) -> Result<(), Unprintable> {
        let item = || (self.item)();
        match rewrite {
            Rewrite::Direct if !is_first => Err(Unprintable::DirectNotFirst { item: item() }),
            Rewrite::Direct => self.direct(),
            Rewrite::Computed(name) => self.reference(name),
            Rewrite::From { computed, tupleset } => {
                self.reference(computed)?;
                self.text.push_str(" from ");
                self.reference(tupleset)
            }
            // Outermost, it needs no parentheses: as many are written as it stands in others.
            _ if depth > NESTING_MAX => Err(Unprintable::Nesting { item: item() }),
            Rewrite::Union(operands) | Rewrite::Intersection(operands) if operands.len() < 2 => {
                Err(Unprintable::Operands { item: item() })
            }
            Rewrite::Union(operands) => self.operands(operands, " or ", depth, is_first),
            Rewrite::Intersection(operands) => self.operands(operands, " and ", depth, is_first),
            Rewrite::Difference(pair) => {
                let (base, subtract) = pair.as_ref();
                self.operands([base, subtract], " but not ", depth, is_first)
            }
        }
    }

    fn operands<'r>(
        &mut self,
        operands: impl IntoIterator<Item = &'r Rewrite>,
        operator: &str,
        depth: usize,
        is_first: bool,
    ) -> Result<(), Unprintable> {
        if depth > 0 {
            self.text.push('(');
        }
        for (index, operand) in operands.into_iter().enumerate() {
            if index > 0 {
                self.text.push_str(operator);
            }
            self.rewrite(operand, depth + 1, is_first && index == 0)?;
        }
        if depth > 0 {
            self.text.push(')');
        }
        Ok(())
    }

    fn reference(&mut self, name: &str) -> Result<(), Unprintable> {
        check_name(name, || format!("`{name}` in {}", (self.item)()))?;
        self.text.push_str(name);
        Ok(())
    }

    fn direct(&mut self) -> Result<(), Unprintable> {
        self.has_direct = true;
        self.text.push('[');
        let relation = self.relation;
        for (index, assignable) in relation.assignable.iter().enumerate() {
            if index > 0 {
                self.text.push_str(", ");
            }
            self.assignable(assignable)?;
        }
        self.text.push(']');
        Ok(())
    }

    fn assignable(&mut self, assignable: &Assignable) -> Result<(), Unprintable> {
        self.reference(&assignable.type_name)?;
        match &assignable.kind {
            AssignableKind::Object => {}
            AssignableKind::Wildcard => self.text.push_str(":*"),
            AssignableKind::Userset(relation) => {
                self.text.push('#');
                self.reference(relation)?;
            }
        }
        if let Some(condition) = &assignable.condition {
            self.text.push_str(" with ");
            self.reference(condition)?;
        }
        Ok(())
    }
}

fn print_condition(text: &mut String, condition: &Condition) -> Result<(), Unprintable> {
    let name = &condition.name;
    let item = || format!("condition `{name}`");
    check_name(name, item)?;
    let _ = write!(text, "\ncondition {name}(");
    let mut seen = BTreeSet::new();
    for (index, (parameter, parameter_type)) in condition.parameters.iter().enumerate() {
        let item = || format!("parameter `{parameter}` of condition `{name}`");
        if !names::is_parameter_name(parameter) {
            return Err(Unprintable::Name { item: item() });
        }
        unique(&mut seen, parameter, item)?;
        let comma = if index > 0 { ", " } else { "" };
        let _ = write!(text, "{comma}{parameter}: ");
        print_parameter_type(text, parameter_type, &item)?;
    }
    if condition.expression.is_empty() || !braces::is_readable(&condition.expression) {
        return Err(Unprintable::Expression { item: item() });
    }
    let _ = writeln!(text, ") {{\n  {}\n}}", condition.expression);
    Ok(())
}

fn print_parameter_type(
    text: &mut String,
    outermost: &ParameterType,
    item: &dyn Fn() -> String,
) -> Result<(), Unprintable> {
    let mut parameter_type = outermost;
    let mut depth = 0;
    let word = loop {
        let (word, element) = match parameter_type {
            ParameterType::Bool => break "bool",
            ParameterType::String => break "string",
            ParameterType::Int => break "int",
            ParameterType::Uint => break "uint",
            ParameterType::Double => break "double",
            ParameterType::Duration => break "duration",
            ParameterType::Timestamp => break "timestamp",
            ParameterType::IpAddress => break "ipaddress",
            ParameterType::Any => return Err(Unprintable::Parameter { item: item() }),
            ParameterType::List(element) => ("list<", element),
            ParameterType::Map(element) => ("map<", element),
        };
        if depth >= NESTING_MAX {
            return Err(Unprintable::Nesting { item: item() });
        }
        text.push_str(word);
        parameter_type = element;
        depth += 1;
    };
    text.push_str(word);
    text.extend(std::iter::repeat_n('>', depth));
    Ok(())
}

fn check_name(name: &str, item: impl Fn() -> String) -> Result<(), Unprintable> {
    if names::is_name(name) {
        return Ok(());
    }
    Err(Unprintable::Name { item: item() })
}

fn unique<'n>(
    seen: &mut BTreeSet<&'n str>,
    name: &'n str,
    item: impl Fn() -> String,
) -> Result<(), Unprintable> {
    if seen.insert(name) {
        return Ok(());
    }
    Err(Unprintable::Duplicate { item: item() })
}
