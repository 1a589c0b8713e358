//! Who has the relation to the object?
//!
//! Walked forwards from the object to every subject that a tuple on the way names. Those are the
//! candidates, and each is asked for like any other question.

use super::Listed;
use crate::check::value::Value;
use crate::check::{Budget, Conditions, Evaluation, Failure, Node};
use crate::graph::{Graph, Set, Subject};
use crate::names::{NameId, ObjectId};
use crate::plan::{self, Plan, Planned, RelationId};
use std::collections::{BTreeSet, HashSet};

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct UsersQuestion {
    /// The object.
    pub object: ObjectId,
    /// The relation to it.
    pub relation: RelationId,
    /// The type of those who are wanted.
    pub type_name: NameId,
    /// Where whoever has this relation to an object of the type is wanted, rather than objects.
    pub of_relation: Option<NameId>,
    /// As many are enough.
    pub results: usize,
}

/// Lists with the sets that are loaded. Somebody who has the relation only because all of the type
/// have it is not listed, but the one that stands for all of them is.
pub fn list_users<G: Graph, C: Conditions>(
    plan: &Plan,
    graph: &G,
    conditions: &mut C,
    question: UsersQuestion,
    budget: Budget,
) -> Listed<Subject, C::Error> {
    let nobody = Subject {
        object: question.object,
        relation: None,
    };
    let mut walk = Evaluation::new(plan, graph, conditions, nobody, budget);
    let mut forth = Forth {
        question,
        met: HashSet::new(),
        queue: Vec::new(),
        candidates: BTreeSet::new(),
    };
    forth.meet((question.object, question.relation));
    let mut listed = Listed::default();
    let mut next = 0;
    while let Some(node) = forth.queue.get(next).copied() {
        next += 1;
        if !walk.step() {
            listed.fail(Failure::TooManySteps);
            break;
        }
        forth.look(&mut walk, node);
    }
    listed.missing = std::mem::take(&mut walk.missing);
    for candidate in forth.candidates {
        if listed.found.len() >= question.results {
            listed.is_cut = true;
            break;
        }
        walk.ask_of(candidate);
        match walk.answer((question.object, question.relation), 0) {
            Value::True => {
                listed.found.insert(candidate);
            }
            Value::False { .. } => {}
            Value::Unknown => listed.missing.append(&mut walk.missing),
            Value::Failed(failure) => listed.fail(failure),
        }
    }
    listed
}

/// The walk.
struct Forth {
    question: UsersQuestion,
    met: HashSet<Node>,
    queue: Vec<Node>,
    candidates: BTreeSet<Subject>,
}

impl Forth {
    fn meet(&mut self, node: Node) {
        if self.met.insert(node) {
            self.queue.push(node);
        }
    }

    fn look<G: Graph, C: Conditions>(&mut self, on: &mut Evaluation<'_, G, C>, node: Node) {
        let plan = on.plan;
        let Some(planned) = plan.planned(node.1) else {
            return;
        };
        // Whoever has the relation has it.
        self.name(
            on,
            Subject {
                object: node.0,
                relation: Some(planned.name),
            },
        );
        for leaf in planned.node.not_subtracted() {
            match leaf {
                plan::Node::Direct => self.direct(on, node.0, planned),
                plan::Node::Computed(relation) => self.meet((node.0, *relation)),
                plan::Node::From { tupleset, computed } => {
                    let set = on.graph.objects(node.0, *tupleset);
                    let edges = on.loaded(set, Set::Objects(node.0, *tupleset));
                    for edge in edges.unwrap_or_default() {
                        if let Some(next) = on.next(edge.subject.object, *computed) {
                            self.meet(next);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    fn direct<G: Graph, C: Conditions>(
        &mut self,
        on: &mut Evaluation<'_, G, C>,
        object: ObjectId,
        planned: &Planned,
    ) {
        let (graph, relation) = (on.graph, planned.name);
        if planned.has_usersets {
            let set = graph.usersets(object, relation);
            let edges = on.loaded(set, Set::Usersets(object, relation));
            for edge in edges.unwrap_or_default() {
                self.name(on, edge.subject);
                let relation = edge.subject.relation;
                let next = relation.and_then(|relation| on.next(edge.subject.object, relation));
                if let Some(next) = next {
                    self.meet(next);
                }
            }
        }
        if self.question.of_relation.is_some() {
            return;
        }
        let set = graph.objects(object, relation);
        let edges = on.loaded(set, Set::Objects(object, relation));
        for edge in edges.unwrap_or_default() {
            self.name(on, edge.subject);
        }
        if let Some(everybody) = graph.wildcard(self.question.type_name) {
            let everybody = Subject {
                object: everybody,
                relation: None,
            };
            let tuple = graph.tuple(object, relation, everybody);
            let tuple = on.loaded(tuple, Set::Tuple(object, relation, everybody));
            if tuple.flatten().is_some() {
                self.name(on, everybody);
            }
        }
    }

    /// Notes a candidate, if it is of the wanted kind.
    fn name<G: Graph, C: Conditions>(&mut self, on: &Evaluation<'_, G, C>, subject: Subject) {
        let is_wanted = subject.relation == self.question.of_relation
            && on.graph.type_of(subject.object) == Some(self.question.type_name);
        if is_wanted {
            self.candidates.insert(subject);
        }
    }
}
