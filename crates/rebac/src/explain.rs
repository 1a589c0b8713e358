//! Why a question is answered as it is: the path that granted, or every branch that did not, and
//! the one tuple that would turn the answer.
//!
//! An explanation is a tree of steps. Each of its branches is judged by a check that is cut where
//! the tree already is, so that no path shows anything as its own reason.

mod build;
mod changed;
mod flip;
mod print;

pub use print::Texts;

use crate::check::value::Value;
use crate::check::{Budget, Conditions, Evaluation, Failure, Question};
use crate::graph::{Conditional, Edge, Graph, Set, Subject};
use crate::names::{NameId, ObjectId};
use crate::plan::Plan;
use std::collections::BTreeSet;

/// Most steps of an explanation; what is left out is counted.
pub const STEPS_MAX: usize = 1_000;

/// Why a question is answered as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation<E> {
    /// The answer, which is that of the check.
    pub verdict: Verdict<E>,
    /// The first is the question; every other is a child of one before it.
    pub steps: Vec<Step<E>>,
    /// What would turn the answer.
    pub flip: Flip,
}

/// The answer that is explained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict<E> {
    /// The subject has the relation.
    Allowed,
    /// The subject does not have it.
    Denied,
    /// Nobody can say.
    Failed(Failure<E>),
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step<E> {
    /// What is looked at.
    pub kind: StepKind,
    /// What came of it.
    pub outcome: Outcome<E>,
    /// What it rests on, by places in [`Explanation::steps`]: what granted, or every way that did
    /// not.
    pub children: Vec<usize>,
    /// This subproblem is explained at another step.
    pub explained_at: Option<usize>,
    /// Children that are not here, since there would be too many steps or too much to evaluate.
    pub left_out: usize,
}

/// What a step looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepKind {
    /// Whether the subject is among those who have a relation to an object.
    Relation(Subject),
    /// The subject is exactly those who have the relation.
    Itself,
    /// The tuples of the relation.
    Direct,
    /// One tuple, and behind it what it leads to.
    Tuple(Tuple),
    /// The tuples of another relation of the object, which lead to objects.
    From {
        /// That other relation of the same object.
        tupleset: Subject,
        /// The relation to the objects in it.
        computed: NameId,
    },
    /// Any of the children is enough.
    Union,
    /// All of the children are needed.
    Intersection,
    /// A base, and [`StepKind::Subtract`] behind it where that matters.
    Difference,
    /// What is taken away: where this grants, the step above does not.
    Subtract,
}

/// A tuple by the numbers of its parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tuple {
    /// The object.
    pub object: ObjectId,
    /// The relation to it.
    pub relation: NameId,
    /// Who, and what must hold.
    pub edge: Edge,
}

/// What came of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome<E> {
    /// The subject is in it.
    Granted,
    /// The subject is not in it.
    Refused(Refusal),
    /// Nobody can say.
    Failed(Failure<E>),
}

/// Why the subject is not in something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The children say it.
    Below,
    /// No tuple leads on.
    NoTuple,
    /// No tuple of the relation may name such a subject, and none leads on.
    NotAssignable,
    /// The model does not accept the tuple; an older one may have.
    NotAccepted,
    /// The condition of the tuple does not hold.
    Condition,
    /// The object that the tuple leads to does not know the relation.
    NoRelation,
    /// It leads back to a step above, where it is cut.
    Circle,
}

/// A change of one tuple that turns an allow into a denial, or a denial into an allow. It was tried
/// before it is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flip {
    /// This tuple must be added. Where it carries a condition, that must hold; its context is
    /// [`ASSUMED`], which no graph keeps.
    Add(Tuple),
    /// This tuple must be removed.
    Remove(Tuple),
    /// No tuple that was tried turns the answer alone.
    NotFound {
        /// How many were tried.
        tried: usize,
    },
    /// There is no answer to turn.
    NoAnswer,
}

/// The context of a condition that is only assumed to hold.
pub const ASSUMED: u32 = u32::MAX;

/// Explains the answer to a question with the sets that are loaded; otherwise says which sets must
/// be loaded first. The budget holds for the answer, again for its explanation, and again for what
/// would turn it.
pub fn explain<G: Graph, C: Conditions>(
    plan: &Plan,
    graph: &G,
    conditions: &mut C,
    question: Question,
    budget: Budget,
) -> Result<Explanation<C::Error>, BTreeSet<Set>> {
    let root = (question.object, question.relation);
    let mut evaluation = Evaluation::new(plan, graph, conditions, question.subject, budget);
    let value = evaluation.answer(root, 0);
    if matches!(value, Value::Unknown) {
        return Err(evaluation.missing);
    }
    let verdict = match &value {
        Value::True => Verdict::Allowed,
        Value::Failed(failure) => Verdict::Failed(failure.clone()),
        Value::False { .. } | Value::Unknown => Verdict::Denied,
    };
    let evaluation = Evaluation::new(plan, graph, conditions, question.subject, budget);
    let (steps, mut missing) = build::build(evaluation, root, value);
    let mut asker = flip::Asker {
        plan,
        graph,
        conditions,
        question,
        budget,
        missing: &mut missing,
        tried: 0,
        left: 0,
    };
    let flip = match verdict {
        Verdict::Allowed => asker.find(true, &steps),
        Verdict::Denied => asker.find(false, &steps),
        Verdict::Failed(_) => Flip::NoAnswer,
    };
    if missing.is_empty() {
        Ok(Explanation {
            verdict,
            steps,
            flip,
        })
    } else {
        Err(missing)
    }
}

impl<E> Explanation<E> {
    /// Whether something is left out.
    pub fn is_cut(&self) -> bool {
        self.steps.iter().any(|step| {
            step.left_out > 0 || matches!(step.outcome, Outcome::Failed(Failure::TooManySteps))
        })
    }

    /// The tuples that granted something, in the order of the steps: for an allow the path it
    /// rests on, for a denial what was taken away and what took it away.
    pub fn granting(&self) -> impl Iterator<Item = &Tuple> {
        granting(&self.steps)
    }
}

impl<E> Outcome<E> {
    /// Whether the subject is in it.
    pub const fn is_granted(&self) -> bool {
        matches!(self, Self::Granted)
    }
}

impl Tuple {
    /// Its condition.
    pub const fn condition(&self) -> Option<Conditional> {
        self.edge.condition
    }
}

fn granting<E>(steps: &[Step<E>]) -> impl Iterator<Item = &Tuple> {
    steps
        .iter()
        .filter_map(|step| match (&step.kind, &step.outcome) {
            (StepKind::Tuple(tuple), Outcome::Granted) => Some(tuple),
            _ => None,
        })
}
