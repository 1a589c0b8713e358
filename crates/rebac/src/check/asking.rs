//! Many questions, each of which knows what those before it found out.

use super::{Answer, Budget, Conditions, Evaluation};
use crate::graph::{Graph, Subject};
use crate::names::ObjectId;
use crate::plan::{Plan, RelationId};
use std::fmt;

/// Asks many questions over the same tuples, about one subject after another. What is found out
/// about a subproblem counts however deep another question meets it: an answer is never wrong by
/// that, and may come where the question alone would have been too deep.
pub struct Asking<'a, G, C: Conditions>(Evaluation<'a, G, C>);

impl<'a, G: Graph, C: Conditions> Asking<'a, G, C> {
    /// Nothing has been asked yet.
    pub fn new(plan: &'a Plan, graph: &'a G, conditions: &'a mut C, subject: Subject) -> Self {
        let budget = Budget::default();
        Self(Evaluation::new(plan, graph, conditions, subject, budget))
    }

    /// Asks about another subject from now on; about the same one nothing is forgotten.
    pub fn ask_of(&mut self, subject: Subject) {
        if subject != self.0.subject {
            self.0.ask_of(subject);
        }
    }

    /// Whether the subject has this relation to this object. What it takes is missing in the budget
    /// afterwards.
    pub fn ask(
        &mut self,
        object: ObjectId,
        relation: RelationId,
        budget: &mut Budget,
    ) -> Answer<C::Error> {
        self.0.budget = *budget;
        self.0.missing.clear();
        let answer = self.0.ask((object, relation));
        budget.steps = self.0.budget.steps;
        answer
    }
}

impl<G, C: Conditions> fmt::Debug for Asking<'_, G, C> {
    /// Not what is known: a question may have met thousands of subproblems.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Asking").finish_non_exhaustive()
    }
}
