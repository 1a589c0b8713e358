//! The steps of tuples: those that name the subject, and those that lead on.

use super::super::{Outcome, Refusal, StepKind, Tuple};
use super::{At, Builder, Way, known};
use crate::check::{Conditions, Node, accepts};
use crate::graph::{Edge, Graph, Set, Subject};
use crate::names::NameId;
use crate::plan::{AcceptedKind, Planned};

/// What a tuple of an explained relation does.
#[derive(Clone, Copy)]
enum Leads {
    /// It names the subject.
    Nowhere,
    /// It leads to a subproblem.
    To(Node),
    /// It leads to an object that does not know the relation.
    Astray,
}

/// The tuples of one relation.
#[derive(Clone, Copy)]
struct Tuples<'p> {
    planned: &'p Planned,
    /// The step that they stand under.
    step: usize,
}

impl<G: Graph, C: Conditions> Builder<'_, G, C> {
    pub(super) fn direct(&mut self, at: At<'_>, above: usize, outcome: &Outcome<C::Error>) {
        let Some(step) = self.add(above, StepKind::Direct, outcome.clone()) else {
            return;
        };
        let tuples = Tuples {
            planned: at.planned,
            step,
        };
        let relation = at.planned.name;
        let mut edges = Vec::new();
        for subject in self.names_of_subject(at.planned) {
            let edge = self.on.graph.tuple(at.node.0, relation, subject);
            let set = Set::Tuple(at.node.0, relation, subject);
            let edge = self.on.loaded(edge, set).flatten();
            edges.extend(edge.map(|edge| (edge, Leads::Nowhere)));
        }
        if outcome.is_granted() && self.grant(at, tuples, &edges) {
            return;
        }
        if at.planned.has_usersets {
            let graph = self.on.graph;
            let found = graph.usersets(at.node.0, relation);
            let set = Set::Usersets(at.node.0, relation);
            let found = self.on.loaded(found, set).unwrap_or_default();
            let others = found.iter().filter(|edge| edge.subject != self.on.subject);
            let others = others.map(|edge| (*edge, self.leads(*edge, edge.subject.relation)));
            edges.extend(others);
        }
        if !outcome.is_granted() {
            self.refusing(at, tuples, &edges, outcome);
        } else if !self.grant(at, tuples, &edges) {
            self.leave_out(step);
        }
    }

    pub(super) fn tupleset(
        &mut self,
        at: At<'_>,
        above: usize,
        (tupleset, computed): (NameId, NameId),
        outcome: &Outcome<C::Error>,
    ) {
        let kind = StepKind::From {
            tupleset: at.whoever(tupleset),
            computed,
        };
        let Some(step) = self.add(above, kind, outcome.clone()) else {
            return;
        };
        let (plan, graph) = (self.on.plan, self.on.graph);
        let id = graph
            .type_of(at.node.0)
            .and_then(|name| plan.relation(name, tupleset));
        let Some(planned) = id.and_then(|id| plan.planned(id)) else {
            return self.refuse(step, Refusal::NoRelation);
        };
        let tuples = Tuples { planned, step };
        let set = Set::Objects(at.node.0, tupleset);
        let edges = self.on.loaded(graph.objects(at.node.0, tupleset), set);
        let edges = edges.unwrap_or_default().iter();
        let edges: Vec<_> = edges
            .map(|edge| (*edge, self.leads(*edge, Some(computed))))
            .collect();
        if !outcome.is_granted() {
            self.refusing(at, tuples, &edges, outcome);
        } else if !self.grant(at, tuples, &edges) {
            self.leave_out(step);
        }
    }

    /// The subject itself, and all of its type where the relation may be public.
    fn names_of_subject(&self, planned: &Planned) -> Vec<Subject> {
        let subject = self.on.subject;
        let mut names = vec![subject];
        let type_name = self.on.graph.type_of(subject.object);
        let Some(type_name) = type_name.filter(|_| subject.relation.is_none()) else {
            return names;
        };
        let mut accepted = planned.assignable.iter();
        let is_public =
            accepted.any(|one| one.type_name == type_name && one.kind == AcceptedKind::Wildcard);
        let wildcard = self.on.graph.wildcard(type_name);
        if let Some(object) = wildcard.filter(|all| is_public && *all != subject.object) {
            names.push(Subject {
                object,
                relation: None,
            });
        }
        names
    }

    fn leads(&self, edge: Edge, relation: Option<NameId>) -> Leads {
        let next = relation.and_then(|relation| self.on.next(edge.subject.object, relation));
        next.map_or(Leads::Astray, Leads::To)
    }

    /// Shows the first tuple that grants; false if there is none.
    fn grant(&mut self, at: At<'_>, tuples: Tuples<'_>, edges: &[(Edge, Leads)]) -> bool {
        for (edge, leads) in edges {
            if !self.on.counts(tuples.planned, *edge).is_true() {
                continue;
            }
            let is_granted = match leads {
                Leads::Nowhere => true,
                Leads::Astray => false,
                Leads::To(next) => {
                    let outcome = self.ask(at.path, *next, at.depth + 1);
                    outcome.is_some_and(|outcome| outcome.is_granted())
                }
            };
            if is_granted {
                self.tuple(at, tuples, (*edge, *leads), Outcome::Granted);
                return true;
            }
        }
        false
    }

    /// Shows every tuple, none of which grants, and what is wrong with it.
    fn refusing(
        &mut self,
        at: At<'_>,
        tuples: Tuples<'_>,
        edges: &[(Edge, Leads)],
        above: &Outcome<C::Error>,
    ) {
        if edges.is_empty() {
            let refusal = if self.is_assignable(tuples) {
                Refusal::NoTuple
            } else {
                Refusal::NotAssignable
            };
            return self.refuse(tuples.step, refusal);
        }
        for (edge, leads) in edges {
            if let Some(outcome) = self.judged(at, tuples.planned, (*edge, *leads), above) {
                self.tuple(at, tuples, (*edge, *leads), outcome);
            }
        }
    }

    /// Whether a tuple of the relation may name the subject; those of a tupleset never do.
    fn is_assignable(&self, tuples: Tuples<'_>) -> bool {
        let kind = self.steps.get(tuples.step).map(|step| step.kind);
        if kind != Some(StepKind::Direct) {
            return true;
        }
        let subject = self.on.subject;
        let type_name = self.on.graph.type_of(subject.object);
        tuples.planned.assignable.iter().any(|one| {
            Some(one.type_name) == type_name
                && match one.kind {
                    AcceptedKind::Userset(relation) => subject.relation == Some(relation),
                    AcceptedKind::Object | AcceptedKind::Wildcard => subject.relation.is_none(),
                }
        })
    }

    fn judged(
        &mut self,
        at: At<'_>,
        planned: &Planned,
        (edge, leads): (Edge, Leads),
        above: &Outcome<C::Error>,
    ) -> Option<Outcome<C::Error>> {
        if !accepts(self.on.graph, planned, edge) {
            return Some(Outcome::Refused(Refusal::NotAccepted));
        }
        match known(self.on.counts(planned, edge))? {
            Outcome::Granted => {}
            Outcome::Refused(_) => return Some(Outcome::Refused(Refusal::Condition)),
            failed @ Outcome::Failed(_) => return Some(failed),
        }
        match leads {
            Leads::Nowhere => Some(Outcome::Granted),
            Leads::Astray => Some(Outcome::Refused(Refusal::NoRelation)),
            Leads::To(next) => match above {
                // Of what is refused by an or, everything is.
                Outcome::Refused(_) => Some(Outcome::Refused(Refusal::Below)),
                _ => self.ask(at.path, next, at.depth + 1),
            },
        }
    }

    fn tuple(
        &mut self,
        at: At<'_>,
        tuples: Tuples<'_>,
        (edge, leads): (Edge, Leads),
        outcome: Outcome<C::Error>,
    ) {
        let tuple = Tuple {
            object: at.node.0,
            relation: tuples.planned.name,
            edge,
        };
        let kind = StepKind::Tuple(tuple);
        let goes_on = match &outcome {
            Outcome::Granted | Outcome::Refused(Refusal::Below | Refusal::Circle) => true,
            Outcome::Failed(_) => self.on.counts(tuples.planned, edge).is_true(),
            Outcome::Refused(_) => false,
        };
        let Some(step) = self.add(tuples.step, kind, outcome.clone()) else {
            return;
        };
        if let Leads::To(next) = leads
            && goes_on
        {
            let way = Way {
                path: at.path,
                depth: at.depth + 1,
                step,
            };
            self.lead(way, next, outcome);
        }
    }
}
