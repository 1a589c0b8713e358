//! Tuples that would lead from what is asked for to what the subject already has.

use super::{Asker, Change, Flip, leaves};
use crate::check::{Budget, Conditions, Node};
use crate::graph::{Graph, Subject};
use crate::list::{ListQuestion, list_objects};
use crate::names::{NameId, ObjectId};
use crate::plan::{self, AcceptedKind, Planned, RelationId};
use std::collections::HashMap;

/// Most relations of which it is listed where the subject has them.
const LISTS_MAX: usize = 8;
/// Each list may take one of as many parts of the steps.
const PARTS: u64 = 8;
/// As many objects of each are tried.
const RESULTS_MAX: usize = 4;

/// A tuple that may be added: of this object and relation, to objects of another relation.
struct Link<'p> {
    object: ObjectId,
    planned: &'p Planned,
    /// What the subject must have to the other object.
    has: RelationId,
    /// Where the tuple names whoever has a relation to the other object.
    whoever: Option<NameId>,
}

impl<'a, G: Graph, C: Conditions> Asker<'a, G, C> {
    /// The first tuple of the subproblems nearby that turns the answer by leading to an object to
    /// which the subject has what counts there.
    pub(super) fn link(&mut self, near: &[Node], is_allowed: bool) -> Option<Flip> {
        let mut lists = HashMap::new();
        for node in near {
            for link in self.links(*node, is_allowed) {
                for object in self.objects(&mut lists, link.has) {
                    let subject = Subject {
                        object,
                        relation: link.whoever,
                    };
                    if let Some(tuple) = self.proposed(link.object, link.planned, subject)
                        && self.turns(tuple, Change::Added, is_allowed)
                    {
                        return Some(Flip::Add(tuple));
                    }
                }
            }
        }
        None
    }

    /// The tuples that the model accepts at a subproblem and that lead on.
    fn links(&self, (object, relation): Node, is_allowed: bool) -> Vec<Link<'a>> {
        let (plan, graph) = (self.plan, self.graph);
        let mut links = Vec::new();
        let Some(planned) = plan.planned(relation) else {
            return links;
        };
        for leaf in leaves(planned, is_allowed) {
            match leaf {
                plan::Node::Direct => {
                    links.extend(planned.assignable.iter().filter_map(|one| {
                        let AcceptedKind::Userset(whoever) = one.kind else {
                            return None;
                        };
                        Some(Link {
                            object,
                            planned,
                            has: plan.relation(one.type_name, whoever)?,
                            whoever: Some(whoever),
                        })
                    }));
                }
                plan::Node::From { tupleset, computed } => {
                    let type_name = graph.type_of(object);
                    let id = type_name.and_then(|name| plan.relation(name, *tupleset));
                    let Some(planned) = id.and_then(|id| plan.planned(id)) else {
                        continue;
                    };
                    let accepted = planned.assignable.iter();
                    let accepted = accepted.filter(|one| one.kind == AcceptedKind::Object);
                    links.extend(accepted.filter_map(|one| {
                        Some(Link {
                            object,
                            planned,
                            has: plan.relation(one.type_name, *computed)?,
                            whoever: None,
                        })
                    }));
                }
                _ => {}
            }
        }
        links
    }

    /// Objects to which the subject has a relation.
    fn objects(
        &mut self,
        lists: &mut HashMap<RelationId, Vec<ObjectId>>,
        relation: RelationId,
    ) -> Vec<ObjectId> {
        if let Some(known) = lists.get(&relation) {
            return known.clone();
        }
        if lists.len() >= LISTS_MAX {
            return Vec::new();
        }
        let question = ListQuestion {
            relation,
            subject: self.question.subject,
            results: RESULTS_MAX,
        };
        let budget = Budget {
            steps: self.budget.steps / PARTS,
            ..self.budget
        };
        let mut listed = list_objects(self.plan, self.graph, self.conditions, question, budget);
        self.missing.append(&mut listed.missing);
        let objects: Vec<_> = listed.found.into_iter().collect();
        lists.insert(relation, objects.clone());
        objects
    }
}
