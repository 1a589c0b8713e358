//! The rules that a model must keep before anything is asked of it.
//!
//! They are OpenFGA's, in its order: shapes and limits, then names, then every relation sorted by
//! type and name, then every condition. All problems are found; the first is the one that OpenFGA
//! would answer with. Where its tests look at a message, ours has the same words.
//!
//! Nothing here recurses along a model, and everything takes time in proportion to its size, so
//! that a model of loops cannot hold a server (CVE-2023-35933, CVE-2023-43645).

mod graph;
mod index;
mod lints;
mod names;
mod relations;
mod solving;

use std::fmt;

use crate::model::{Condition, Model};
use crate::place::Item;

use graph::Graph;
use index::Index;
use solving::Verdict;

pub use crate::condition::{EXPRESSION_BYTES_MAX, PARAMETERS_MAX};
pub use lints::lint;

/// The most types a model may have.
pub const TYPES_MAX: usize = 100;
/// The most conditions a model may have.
pub const CONDITIONS_MAX: usize = 25;
/// The longest name of a condition or a parameter, in bytes.
pub const CONDITION_CHARACTERS_MAX: usize = 50;
/// The most problems that are reported of one model.
pub const PROBLEMS_MAX: usize = 100;
/// The longest message of a problem, in characters.
pub const MESSAGE_CHARACTERS_MAX: usize = 1_000;

/// Something in a model that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What it is about.
    pub item: Item,
    /// Which rule it breaks.
    pub kind: Kind,
    /// What is wrong, with names.
    pub message: String,
}

/// The rules of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A model has a type.
    NoTypes,
    /// A model has at most [`TYPES_MAX`] types.
    TooManyTypes,
    /// A model has at most [`CONDITIONS_MAX`] conditions.
    TooManyConditions,
    /// A condition has at most [`PARAMETERS_MAX`] parameters.
    TooManyParameters,
    /// An expression has at most [`EXPRESSION_BYTES_MAX`] bytes.
    ExpressionTooLong,
    /// The name of a type has 1 to 254 bytes, without white space, control characters, `:#@`.
    TypeName,
    /// The name of a relation is like that of a type, of at most 50 bytes.
    RelationName,
    /// The name of a condition is like that of a relation.
    ConditionName,
    /// The name of a parameter is like that of a relation.
    ParameterName,
    /// A type is defined once.
    DuplicateType,
    /// A relation is defined once in its type.
    DuplicateRelation,
    /// A condition is defined once.
    DuplicateCondition,
    /// A parameter is named once in its condition.
    DuplicateParameter,
    /// No type is called `self` or `this`.
    ReservedType,
    /// No relation is called `self` or `this`.
    ReservedRelation,
    /// No relation is computed from itself.
    ComputedFromItself,
    /// A relation that a rewrite names exists.
    UndefinedRelation,
    /// The relation behind `from` is direct and nothing else.
    TuplesetNotDirect,
    /// The relation before `from` exists on a type that the one behind it leads to.
    UndefinedTarget,
    /// A relation with [`Rewrite::Direct`](crate::Rewrite::Direct) in it says what may be assigned.
    NothingAssignable,
    /// Any other says nothing of it.
    NotAssignable,
    /// An assignable type exists, and its relation where it names one.
    UndefinedAssignable,
    /// The relation behind `from` takes objects only, neither usersets nor wildcards.
    TuplesetAssignable,
    /// The condition of an assignable type exists.
    UndefinedCondition,
    /// A union or an intersection has two operands or more.
    TooFewOperands,
    /// Somebody can come to have a relation: some way leads to an assignable object or wildcard.
    NoEntrypoint,
    /// As [`Kind::NoEntrypoint`], where the ways end in a circle.
    Loop,
    /// Computed relations lead in no circle, even where somebody could have them.
    Cycle,
    /// The expression of a condition makes sense and gives a truth value.
    Expression,
    /// An assignable type stands once in its list. [`lint`] only.
    RepeatedAssignable,
    /// An operand stands once in its operator. [`lint`] only.
    RepeatedOperand,
    /// A condition is used. [`lint`] only.
    UnusedCondition,
}

/// The problems of a model found so far.
#[derive(Debug, Default)]
struct Problems {
    kept: Vec<Problem>,
}

/// Checks a model against every rule of OpenFGA's server. The expressions of conditions are left
/// to `check_condition`, which says why one is wrong.
pub fn validate(
    model: &Model,
    check_condition: impl Fn(&Condition) -> Result<(), String>,
) -> Result<(), Vec<Problem>> {
    let mut problems = Problems::default();
    names::check_shapes(model, &mut problems);
    if !problems.kept.is_empty() {
        // Past the limits or with names of any length, what follows could cost anything.
        return Err(problems.kept);
    }
    names::check_duplicates(model, &mut problems);
    let index = Index::new(model);
    names::check_reserved(&index, &mut problems);
    check_relations(&index, &mut problems);
    check_conditions(model, &check_condition, &mut problems);
    problems.into_result()
}

fn check_relations(index: &Index<'_>, problems: &mut Problems) {
    let own: Vec<_> = index
        .relations()
        .iter()
        .map(|entry| relations::check(index, entry))
        .collect();
    // A relation with a problem of its own counts as reachable: what depends on it is not
    // reported for the same mistake.
    let is_sound: Vec<bool> = own.iter().map(Vec::is_empty).collect();
    let verdicts = Graph::new(index, &is_sound).judge();
    for ((entry, own), verdict) in index.relations().iter().zip(own).zip(verdicts) {
        for problem in own {
            problems.push(problem.item, problem.kind, problem.message);
        }
        let (kind, reason) = match verdict {
            Verdict::Fine => continue,
            Verdict::TooFewOperands(operator) => {
                let (type_name, relation) = (entry.type_name, &entry.relation.name);
                let message =
                    format!("'{type_name}#{relation}' as {operator} has less than 2 children");
                problems.push(entry.item(), Kind::TooFewOperands, message);
                continue;
            }
            Verdict::NoEntrypoint => (Kind::NoEntrypoint, "no entrypoints defined"),
            Verdict::Loop => (Kind::Loop, "potential loop"),
            Verdict::Cycle => (Kind::Cycle, "an authorization model cannot contain a cycle"),
        };
        problems.push(entry.item(), kind, entry.is_invalid(reason));
    }
}

fn check_conditions(
    model: &Model,
    check: &impl Fn(&Condition) -> Result<(), String>,
    problems: &mut Problems,
) {
    let mut conditions: Vec<_> = model.conditions.iter().collect();
    conditions.sort_by_key(|condition| &condition.name);
    for condition in conditions {
        let name = &condition.name;
        if let Err(reason) = check(condition) {
            let item = Item::Expression(name.clone());
            let message = format!("failed to compile expression on condition '{name}' - {reason}");
            problems.push(item, Kind::Expression, message);
        }
    }
}

impl Problems {
    /// Notes a problem, unless there are enough.
    fn push(&mut self, item: Item, kind: Kind, message: String) {
        if self.kept.len() < PROBLEMS_MAX {
            let message = match message.char_indices().nth(MESSAGE_CHARACTERS_MAX) {
                None => message,
                Some((end, _)) => message.get(..end).unwrap_or_default().to_owned(),
            };
            self.kept.push(Problem {
                item,
                kind,
                message,
            });
        }
    }

    fn into_result(self) -> Result<(), Vec<Problem>> {
        if self.kept.is_empty() {
            Ok(())
        } else {
            Err(self.kept)
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
