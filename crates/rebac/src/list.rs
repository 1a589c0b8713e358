//! Which objects of a type does the subject have the relation to?
//!
//! Walked backwards from the subject: every tuple that names it, every relation that such a tuple
//! leads to, and so on. What is met on the way is a candidate; where something can be taken away,
//! or a condition cannot be judged, it is asked for like any other question.

mod back;
mod users;

pub use users::{UsersQuestion, list_users};

use crate::check::{Budget, Conditions, Evaluation, Failure};
use crate::graph::{Graph, Set, Subject};
use crate::names::ObjectId;
use crate::plan::{Plan, RelationId};
use back::Back;
use std::collections::BTreeSet;

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct ListQuestion {
    /// The relation, and with it the type of the objects.
    pub relation: RelationId,
    /// Who has it.
    pub subject: Subject,
    /// As many objects are enough.
    pub results: usize,
}

/// A list, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<T, E> {
    /// What certainly belongs in it, in the order of the numbers.
    pub found: BTreeSet<T>,
    /// What must be loaded to know all of them.
    pub missing: BTreeSet<Set>,
    /// Why some candidate could not be judged: the first reason, unless the steps were used up.
    pub failure: Option<Failure<E>>,
    /// There may be more: the list ended with the wanted number of results.
    pub is_cut: bool,
}

impl<T, E> Default for Listed<T, E> {
    fn default() -> Self {
        Self {
            found: BTreeSet::new(),
            missing: BTreeSet::new(),
            failure: None,
            is_cut: false,
        }
    }
}

impl<T, E> Listed<T, E> {
    /// Notes why something could not be judged.
    fn fail(&mut self, failure: Failure<E>) {
        self.failure = Some(match self.failure.take() {
            Some(first) => first.or(failure),
            None => failure,
        });
    }
}

/// Lists with the sets that are loaded.
pub fn list_objects<G: Graph, C: Conditions>(
    plan: &Plan,
    graph: &G,
    conditions: &mut C,
    question: ListQuestion,
    budget: Budget,
) -> Listed<ObjectId, C::Error> {
    list_objects_while(plan, graph, conditions, question, budget, |_| true)
}

/// The same for somebody who hears of each object as it is found, and is asked at every step, too,
/// whether more is wanted: if not, the list ends there.
pub fn list_objects_while<G: Graph, C: Conditions>(
    plan: &Plan,
    graph: &G,
    conditions: &mut C,
    question: ListQuestion,
    budget: Budget,
    mut is_more_wanted: impl FnMut(Option<ObjectId>) -> bool,
) -> Listed<ObjectId, C::Error> {
    let mut evaluation = Evaluation::new(plan, graph, conditions, question.subject, budget);
    let mut back = Back::new(plan, question.relation);
    back.begin(&mut evaluation);
    while let Some(node) = back.next(&mut evaluation) {
        let mut found = None;
        if node.1 == question.relation {
            let known = back.listed.found.len();
            back.judge(&mut evaluation, node);
            found = (back.listed.found.len() > known).then_some(node.0);
        }
        if !is_more_wanted(found) || back.listed.found.len() >= question.results {
            // What leads on from here was not looked at.
            back.listed.is_cut = true;
            break;
        }
        back.follow(&mut evaluation, node);
    }
    back.listed.missing = evaluation.missing;
    back.listed
}

/// Sets that are missing when those of a list are looked up, before more candidates are judged.
const MISSING_MAX: usize = 5_000;
/// This part of the steps is kept for judging the candidates.
const JUDGING_PART: u64 = 4;

/// The same in the order of the caller, who puts the candidates into it and leaves out what is not
/// wanted. They are judged from the first on until there are as many as are enough; those behind
/// are not looked at, and nothing is missing for their sake.
pub fn list_objects_in_order<G: Graph, C: Conditions>(
    plan: &Plan,
    graph: &G,
    conditions: &mut C,
    question: ListQuestion,
    budget: Budget,
    order: impl FnOnce(&mut Vec<ObjectId>),
) -> Listed<ObjectId, C::Error> {
    let kept = budget.steps / JUDGING_PART;
    let walking = Budget {
        steps: budget.steps - kept,
        ..budget
    };
    let mut evaluation = Evaluation::new(plan, graph, conditions, question.subject, walking);
    let mut back = Back::new(plan, question.relation);
    back.begin(&mut evaluation);
    while let Some(node) = back.next(&mut evaluation) {
        back.follow(&mut evaluation, node);
    }
    evaluation.give(kept);
    let mut candidates = back.candidates(question.relation);
    order(&mut candidates);
    let mut undecided = 0;
    for object in candidates {
        let enough = back.listed.found.len() + undecided >= question.results;
        if enough || evaluation.missing.len() >= MISSING_MAX {
            back.listed.is_cut = true;
            break;
        }
        let is_decided = back.judge(&mut evaluation, (object, question.relation));
        undecided += usize::from(!is_decided);
    }
    back.listed.missing = evaluation.missing;
    back.listed
}
