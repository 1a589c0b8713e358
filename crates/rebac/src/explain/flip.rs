//! The one tuple that turns an answer: candidates, nearest first, each tried by another check.

mod link;

use super::changed::{Assuming, Change, Changed};
use super::{ASSUMED, Flip, Outcome, Refusal, Step, StepKind, Tuple, granting};
use crate::check::value::Value;
use crate::check::{Budget, Conditions, Evaluation, Node, Question, accepts};
use crate::graph::{Conditional, Edge, Graph, Loaded, Set, Subject};
use crate::names::ObjectId;
use crate::plan::{self, Plan, Planned};
use std::collections::{BTreeSet, HashSet};

/// Most tuples more that are tried, and most tuples less.
const TRIED_MAX: usize = 64;
/// Most subproblems that are looked at for a tuple to add.
const MET_MAX: usize = 1_000;

/// Asks what would turn an answer.
pub(super) struct Asker<'a, G, C> {
    pub(super) plan: &'a Plan,
    pub(super) graph: &'a G,
    pub(super) conditions: &'a mut C,
    pub(super) question: Question,
    pub(super) budget: Budget,
    pub(super) missing: &'a mut BTreeSet<Set>,
    /// Changes that were tried.
    pub(super) tried: usize,
    /// Changes of the kind at hand that may still be tried.
    pub(super) left: usize,
}

impl<G: Graph, C: Conditions> Asker<'_, G, C> {
    /// The first change that turns the answer. A denial is turned by a tuple more if that can be.
    pub(super) fn find<E>(&mut self, is_allowed: bool, steps: &[Step<E>]) -> Flip {
        let found = if is_allowed {
            self.share(|asker| asker.removal(is_allowed, steps))
                .or_else(|| self.share(|asker| asker.addition(is_allowed)))
        } else {
            self.share(|asker| asker.addition(is_allowed))
                .or_else(|| self.share(|asker| asker.removal(is_allowed, steps)))
        };
        found.unwrap_or(Flip::NotFound { tried: self.tried })
    }

    /// Looks for a change of one kind with half of the steps that are left: one kind, of which
    /// there may be any number in vain, leaves enough to the other.
    fn share(&mut self, look: impl FnOnce(&mut Self) -> Option<Flip>) -> Option<Flip> {
        let spared = self.budget.steps / 2;
        self.budget.steps -= spared;
        self.left = TRIED_MAX;
        let found = look(self);
        self.budget.steps += spared;
        found
    }

    /// Only what the explanation rests on can turn the answer by going away: what granted, and for
    /// a denial a circle in what is taken away.
    fn removal<E>(&mut self, is_allowed: bool, steps: &[Step<E>]) -> Option<Flip> {
        let circular = steps
            .iter()
            .filter_map(|step| match (&step.kind, &step.outcome) {
                (StepKind::Tuple(tuple), Outcome::Refused(Refusal::Below)) => Some(tuple),
                _ => None,
            });
        let mut tuples: Vec<_> = granting(steps)
            .chain(circular.filter(|_| !is_allowed))
            .collect();
        // One that names the subject itself touches nobody else.
        tuples.sort_by_key(|tuple| tuple.edge.subject != self.question.subject);
        let mut seen = BTreeSet::new();
        for tuple in tuples {
            if seen.insert(*tuple) && self.turns(*tuple, Change::Removed, is_allowed) {
                return Some(Flip::Remove(*tuple));
            }
        }
        None
    }

    /// A tuple that names the subject, at the relation asked for or at one that it leads to;
    /// otherwise a tuple that leads to what the subject has.
    fn addition(&mut self, is_allowed: bool) -> Option<Flip> {
        let root = (self.question.object, self.question.relation);
        let mut met = HashSet::from([root]);
        let mut near = vec![root];
        let mut next = 0;
        while let Some(node) = near.get(next).copied() {
            next += 1;
            let Some(planned) = self.plan.planned(node.1) else {
                continue;
            };
            let leaves = leaves(planned, is_allowed);
            if leaves.iter().any(|leaf| matches!(leaf, plan::Node::Direct))
                && let Some(tuple) = self.proposed(node.0, planned, self.question.subject)
                && self.turns(tuple, Change::Added, is_allowed)
            {
                return Some(Flip::Add(tuple));
            }
            let mut led = Vec::new();
            for leaf in leaves {
                self.follow(node, planned, leaf, &mut led);
            }
            if !self.missing.is_empty() || self.left == 0 {
                return None;
            }
            led.retain(|next| met.len() < MET_MAX && met.insert(*next));
            near.append(&mut led);
        }
        self.link(&near, is_allowed)
    }

    /// The subproblems that a leaf leads to by the tuples there are.
    fn follow(&mut self, node: Node, planned: &Planned, leaf: &plan::Node, nearby: &mut Vec<Node>) {
        let (plan, graph, object) = (self.plan, self.graph, node.0);
        let relation_of = |object, relation| {
            let type_name = graph.type_of(object)?;
            plan.relation(type_name, relation)
        };
        match leaf {
            plan::Node::Direct if planned.has_usersets => {
                let set = Set::Usersets(object, planned.name);
                let edges = self.loaded(graph.usersets(object, planned.name), set);
                let led = edges.iter().filter_map(|edge| {
                    let next = edge.subject.object;
                    Some((next, relation_of(next, edge.subject.relation?)?))
                });
                nearby.extend(led.take(MET_MAX));
            }
            plan::Node::Computed(relation) => nearby.push((object, *relation)),
            plan::Node::From { tupleset, computed } => {
                let set = Set::Objects(object, *tupleset);
                let edges = self.loaded(graph.objects(object, *tupleset), set);
                let led = edges.iter().filter_map(|edge| {
                    let next = edge.subject.object;
                    Some((next, relation_of(next, *computed)?))
                });
                nearby.extend(led.take(MET_MAX));
            }
            _ => {}
        }
    }

    fn loaded<'e>(&mut self, edges: Loaded<&'e [Edge]>, set: Set) -> &'e [Edge] {
        match edges {
            Loaded::Here(edges) => edges,
            Loaded::Missing => {
                self.missing.insert(set);
                &[]
            }
        }
    }

    /// Whether the answer is another one with this change.
    fn turns(&mut self, tuple: Tuple, change: Change, is_allowed: bool) -> bool {
        if self.left == 0 || self.budget.steps == 0 || !self.missing.is_empty() {
            return false;
        }
        self.left -= 1;
        self.tried += 1;
        let graph = Changed::new(self.graph, tuple, change);
        let mut conditions = Assuming(self.conditions);
        let subject = self.question.subject;
        let mut evaluation =
            Evaluation::new(self.plan, &graph, &mut conditions, subject, self.budget);
        let value = evaluation.answer((self.question.object, self.question.relation), 0);
        self.budget = evaluation.budget_left();
        match value {
            Value::True => !is_allowed,
            Value::False { .. } => is_allowed,
            Value::Failed(_) => false,
            Value::Unknown => {
                self.missing.append(&mut evaluation.missing);
                false
            }
        }
    }

    /// The tuple that would name a subject, if the model accepts one and it is not there.
    fn proposed(&mut self, object: ObjectId, planned: &Planned, subject: Subject) -> Option<Tuple> {
        let edges = planned.assignable.iter().map(|one| Edge {
            subject,
            condition: one.condition.map(|name| Conditional {
                name,
                context: ASSUMED,
            }),
        });
        let accepted = edges.filter(|edge| accepts(self.graph, planned, *edge));
        // Without a condition, if that is accepted.
        let edge = accepted.min_by_key(|edge| edge.condition.is_some())?;
        let relation = planned.name;
        match self.graph.tuple(object, relation, subject) {
            Loaded::Here(Some(_)) => None,
            Loaded::Here(None) => Some(Tuple {
                object,
                relation,
                edge,
            }),
            Loaded::Missing => {
                self.missing.insert(Set::Tuple(object, relation, subject));
                None
            }
        }
    }
}

/// The leaves of a relation by which a tuple more may turn the answer: of what is taken away only
/// where that may deny.
fn leaves(planned: &Planned, is_allowed: bool) -> Vec<&plan::Node> {
    if is_allowed {
        planned.node.leaves()
    } else {
        planned.node.not_subtracted()
    }
}
