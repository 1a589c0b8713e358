//! Does the subject have the relation to the object? Yes, no, an error, or what is missing to know.
//!
//! A subproblem is an object and a relation; the subject is the same throughout. Relations made of
//! unions alone are searched breadth first, whatever circles the tuples make. The others are
//! walked, where a circle is cut: the cut answers no, and what rests on it is remembered only by
//! the subproblem at which the circle begins.

mod asking;
mod nodes;
mod search;
pub(crate) mod value;
mod walk;

pub use asking::Asking;

use crate::graph::{Conditional, Edge, Graph, Set, Subject};
use crate::names::ObjectId;
use crate::plan::{AcceptedKind, Plan, Planned, RelationId};
use nodes::Nodes;
use std::collections::BTreeSet;
use value::Value;

/// Deepest chain of tuples that is followed (OpenFGA's default).
pub const DEPTH_MAX: u32 = 25;
/// Most subproblems inside one another; computed relations count here, though not as depth.
const NESTING_MAX: usize = 1_000;

/// A subproblem: the object, and the relation to it.
pub(crate) type Node = (ObjectId, RelationId);

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Question {
    /// The object.
    pub object: ObjectId,
    /// The relation to it.
    pub relation: RelationId,
    /// Who might have it.
    pub subject: Subject,
}

/// What an evaluation may cost.
#[derive(Debug, Clone, Copy)]
pub struct Budget {
    /// Steps: subproblems entered, tuples looked at, and what their conditions take to judge.
    pub steps: u64,
    /// Tuples in a chain.
    pub depth: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            steps: 1_000_000,
            depth: DEPTH_MAX,
        }
    }
}

impl Budget {
    /// Spends no more than one of so many equal parts of the steps that are left; what is not
    /// spent of it stays.
    pub fn lend<T>(&mut self, parts: u64, spend: impl FnOnce(&mut Self) -> T) -> T {
        let lent = self.steps / parts.max(1);
        let mut share = Self {
            steps: lent,
            ..*self
        };
        let spent = spend(&mut share);
        self.steps -= lent.saturating_sub(share.steps);
        spent
    }
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer<E> {
    /// The subject has the relation.
    Allowed,
    /// The subject does not have it.
    Denied,
    /// Nobody can say.
    Failed(Failure<E>),
    /// These sets must be loaded first: all those on which the answer may still depend.
    Missing(BTreeSet<Set>),
}

/// Why nobody can say.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure<E> {
    /// A chain of tuples is longer than the budget allows.
    #[error("the relation is not resolved within the allowed depth")]
    TooDeep,
    /// The steps of the budget are used up.
    #[error("the relation takes more steps to resolve than are allowed")]
    TooManySteps,
    /// A condition could not be evaluated.
    #[error("{0}")]
    Condition(E),
}

impl<E> Failure<E> {
    /// Which of two is told: the first, unless with more steps there may be none.
    pub(crate) fn or(self, other: Self) -> Self {
        if matches!(other, Self::TooManySteps) {
            return other;
        }
        self
    }
}

/// Judges the conditions of tuples.
pub trait Conditions {
    /// Why a condition cannot be judged.
    type Error: Clone;
    /// Whether the condition of a tuple holds.
    fn holds(&mut self, conditional: Conditional) -> Result<bool, Self::Error>;
    /// The steps that judging has taken since this was asked last, beside the one for looking at
    /// each tuple.
    fn take_steps(&mut self) -> u64 {
        0
    }
}

/// Evaluates a question with the sets that are loaded.
pub fn check<G: Graph, C: Conditions>(
    plan: &Plan,
    graph: &G,
    conditions: &mut C,
    question: Question,
    mut budget: Budget,
) -> Answer<C::Error> {
    check_one_of(plan, graph, conditions, question, &mut budget)
}

/// Evaluates one of several questions that share a budget, in which what this one takes is missing
/// afterwards.
pub fn check_one_of<G: Graph, C: Conditions>(
    plan: &Plan,
    graph: &G,
    conditions: &mut C,
    question: Question,
    budget: &mut Budget,
) -> Answer<C::Error> {
    let mut evaluation = Evaluation::new(plan, graph, conditions, question.subject, *budget);
    evaluation.is_asked_once = true;
    let answer = evaluation.ask((question.object, question.relation));
    budget.steps = evaluation.budget.steps;
    answer
}

/// One evaluation under way.
pub(crate) struct Evaluation<'a, G, C: Conditions> {
    pub(crate) plan: &'a Plan,
    pub(crate) graph: &'a G,
    conditions: &'a mut C,
    pub(crate) subject: Subject,
    budget: Budget,
    pub(crate) missing: BTreeSet<Set>,
    /// Subproblems that are decided, wherever they are met again.
    known: Nodes<Decided>,
    /// The subproblems that are being walked.
    path: Vec<Node>,
    /// Nothing is asked after the first question, so that its own end need not be remembered.
    is_asked_once: bool,
}

/// A decided subproblem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Decided {
    Allowed,
    Denied { is_circular: bool },
}

impl<'a, G: Graph, C: Conditions> Evaluation<'a, G, C> {
    pub(crate) fn new(
        plan: &'a Plan,
        graph: &'a G,
        conditions: &'a mut C,
        subject: Subject,
        budget: Budget,
    ) -> Self {
        Self {
            plan,
            graph,
            conditions,
            subject,
            budget,
            missing: BTreeSet::new(),
            known: Nodes::new(),
            path: Vec::new(),
            is_asked_once: false,
        }
    }

    /// The answer to a question that somebody asks.
    fn ask(&mut self, node: Node) -> Answer<C::Error> {
        match self.answer(node, 0) {
            Value::True => Answer::Allowed,
            Value::False { .. } => Answer::Denied,
            Value::Failed(failure) => Answer::Failed(failure),
            Value::Unknown => Answer::Missing(std::mem::take(&mut self.missing)),
        }
    }

    /// Asks about another subject from now on.
    pub(crate) fn ask_of(&mut self, subject: Subject) {
        self.subject = subject;
        self.known.clear();
    }

    /// Forgets what is decided, and cuts whatever leads back to one of these subproblems: they are
    /// the path to what is asked next.
    pub(crate) fn cut_at(&mut self, path: &[Node]) {
        let cut = Decided::Denied { is_circular: true };
        self.known = path.iter().map(|node| (*node, cut)).collect();
    }

    /// What is left of the budget.
    pub(crate) const fn budget_left(&self) -> Budget {
        self.budget
    }

    /// Gives more steps.
    pub(crate) const fn give(&mut self, steps: u64) {
        self.budget.steps = self.budget.steps.saturating_add(steps);
    }

    /// Takes a step; false when there is none left.
    pub(crate) const fn step(&mut self) -> bool {
        let is_left = self.budget.steps > 0;
        self.budget.steps = self.budget.steps.saturating_sub(1);
        is_left
    }

    /// Whether the subject of the question is whoever has this relation to this object.
    pub(crate) fn is_target(&self, (object, _): Node, planned: &Planned) -> bool {
        self.subject.object == object && self.subject.relation == Some(planned.name)
    }

    /// Whether an edge counts: the model allows it, and its condition holds.
    pub(crate) fn counts(&mut self, planned: &Planned, edge: Edge) -> Value<C::Error> {
        if !self.step() {
            return Value::Failed(Failure::TooManySteps);
        }
        if !accepts(self.graph, planned, edge) {
            return Value::NO;
        }
        let Some(conditional) = edge.condition else {
            return Value::True;
        };
        let holds = self.conditions.holds(conditional);
        let taken = self.conditions.take_steps();
        let Some(left) = self.budget.steps.checked_sub(taken) else {
            self.budget.steps = 0;
            return Value::Failed(Failure::TooManySteps);
        };
        self.budget.steps = left;
        match holds {
            Ok(true) => Value::True,
            Ok(false) => Value::NO,
            Err(error) => Value::Failed(Failure::Condition(error)),
        }
    }

    /// Whether a tuple names the subject itself, or all of its type.
    fn named(&mut self, object: ObjectId, planned: &Planned) -> Value<C::Error> {
        let named = self.named_as(object, planned, self.subject);
        if named.is_true() || self.subject.relation.is_some() {
            return named;
        }
        let Some(type_name) = self.graph.type_of(self.subject.object) else {
            return named;
        };
        let is_public = |accepted: &crate::plan::Accepted| {
            accepted.type_name == type_name && accepted.kind == AcceptedKind::Wildcard
        };
        let wildcard = self.graph.wildcard(type_name);
        match wildcard.filter(|_| planned.assignable.iter().any(is_public)) {
            Some(wildcard) if wildcard != self.subject.object => {
                let everybody = Subject {
                    object: wildcard,
                    relation: None,
                };
                named.or(self.named_as(object, planned, everybody))
            }
            _ => named,
        }
    }

    fn named_as(
        &mut self,
        object: ObjectId,
        planned: &Planned,
        subject: Subject,
    ) -> Value<C::Error> {
        let edge = self.graph.tuple(object, planned.name, subject);
        let set = Set::Tuple(object, planned.name, subject);
        match self.loaded(edge, set) {
            None => Value::Unknown,
            Some(None) => Value::NO,
            Some(Some(edge)) => self.counts(planned, edge),
        }
    }

    /// What is loaded; notes what is not.
    pub(crate) fn loaded<T>(&mut self, loaded: crate::graph::Loaded<T>, set: Set) -> Option<T> {
        match loaded {
            crate::graph::Loaded::Here(content) => Some(content),
            crate::graph::Loaded::Missing => {
                self.missing.insert(set);
                None
            }
        }
    }

    /// The subproblem that a tuple leads to: whoever has this relation to its subject.
    pub(crate) fn next(&self, object: ObjectId, relation: crate::names::NameId) -> Option<Node> {
        let type_name = self.graph.type_of(object)?;
        Some((object, self.plan.relation(type_name, relation)?))
    }
}

/// Whether the model accepts a tuple of this relation; left-overs of older models do not count.
pub(crate) fn accepts<G: Graph>(graph: &G, planned: &Planned, edge: Edge) -> bool {
    let Some(type_name) = graph.type_of(edge.subject.object) else {
        return false;
    };
    let is_wildcard = graph.wildcard(type_name) == Some(edge.subject.object);
    let kind = match edge.subject.relation {
        Some(relation) => AcceptedKind::Userset(relation),
        None if is_wildcard => AcceptedKind::Wildcard,
        None => AcceptedKind::Object,
    };
    let condition = edge.condition.map(|conditional| conditional.name);
    planned.assignable.iter().any(|accepted| {
        accepted.type_name == type_name && accepted.kind == kind && accepted.condition == condition
    })
}
