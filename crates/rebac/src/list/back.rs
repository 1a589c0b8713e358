//! The walk backwards from a subject, by which the candidates of a list are found.

use super::Listed;
use crate::check::value::Value;
use crate::check::{Conditions, Evaluation, Failure, Node};
use crate::graph::{BackEdge, Graph, Set, Subject};
use crate::names::ObjectId;
use crate::plan::{Leading, Plan, RelationId};
use foldhash::{HashMap, HashMapExt};

/// A subproblem that was met.
#[derive(Debug, Clone, Copy)]
struct Met {
    /// The subject is in it for certain, as a check would find.
    is_certain: bool,
    /// Tuples on the way from it to the one that names the subject; perhaps there are fewer on
    /// another.
    hops: u32,
}

/// A list under way.
pub(super) struct Back<E> {
    met: HashMap<Node, Met>,
    queue: Vec<Node>,
    /// How many of the queue were taken.
    taken: usize,
    /// What leads nowhere is not followed: everybody may have most relations of a model.
    leading: Leading,
    pub(super) listed: Listed<ObjectId, E>,
}

impl<E: Clone> Back<E> {
    /// Nothing is met yet on the way to a relation.
    pub(super) fn new(plan: &Plan, relation: RelationId) -> Self {
        Self {
            met: HashMap::new(),
            queue: Vec::new(),
            taken: 0,
            leading: plan.leading_to(relation),
            listed: Listed::default(),
        }
    }

    /// The next to be looked at, if there are steps left for it.
    pub(super) fn next<G: Graph, C: Conditions<Error = E>>(
        &mut self,
        on: &mut Evaluation<'_, G, C>,
    ) -> Option<Node> {
        let node = *self.queue.get(self.taken)?;
        self.taken += 1;
        if on.step() {
            return Some(node);
        }
        self.fail(Failure::TooManySteps);
        None
    }

    /// The objects whose relation was met.
    pub(super) fn candidates(&self, relation: RelationId) -> Vec<ObjectId> {
        let met = self.met.keys().filter(|(_, one)| *one == relation);
        met.map(|(object, _)| *object).collect()
    }

    /// The tuples that name the subject or all of its type, and what it is itself.
    pub(super) fn begin<G: Graph, C: Conditions<Error = E>>(
        &mut self,
        on: &mut Evaluation<'_, G, C>,
    ) {
        let Subject { object, relation } = on.subject;
        let Some(type_name) = on.graph.type_of(object) else {
            return;
        };
        self.climb(on, on.subject, Met::NAMED);
        if let Some(relation) = relation {
            if let Some(id) = on.plan.relation(type_name, relation) {
                self.meet((object, id), Met::NAMED);
            }
            return;
        }
        let everybody = on.graph.wildcard(type_name);
        if let Some(object) = everybody.filter(|everybody| *everybody != object) {
            let everybody = Subject {
                object,
                relation: None,
            };
            self.climb(on, everybody, Met::NAMED);
        }
    }

    /// Whether some way leads on from one of these relations.
    fn leads_on(&self, mut relations: impl Iterator<Item = RelationId>) -> bool {
        relations.any(|relation| self.leading.has(relation))
    }

    /// Notes a subproblem. One that is met with certainty after all is looked at again.
    fn meet(&mut self, node: Node, met: Met) {
        if !self.leading.has(node.1) {
            return;
        }
        let known = self.met.get(&node);
        if known.is_some_and(|known| known.is_certain || !met.is_certain) {
            return;
        }
        self.met.insert(node, met);
        self.queue.push(node);
    }

    /// Follows whatever leads to a subproblem.
    pub(super) fn follow<G: Graph, C: Conditions<Error = E>>(
        &mut self,
        on: &mut Evaluation<'_, G, C>,
        (object, relation): Node,
    ) {
        let Some(met) = self.met.get(&(object, relation)).copied() else {
            return;
        };
        let (plan, graph) = (on.plan, on.graph);
        let Some(planned) = plan.planned(relation) else {
            return;
        };
        for outer in plan.computed_by(relation) {
            self.meet((object, *outer), met.within(plan, *outer));
        }
        let behind = met.behind(on.budget_left().depth);
        // Of a list without memory each of these would be loaded for every object on the way.
        if self.leads_on(plan.named_by(relation).iter().copied()) {
            let whoever = Subject {
                object,
                relation: Some(planned.name),
            };
            self.climb(on, whoever, behind);
        }
        let asked = plan.asked_from(planned.name);
        if !self.leads_on(asked.iter().map(|asking| asking.relation)) {
            return;
        }
        let itself = Subject {
            object,
            relation: None,
        };
        let back = graph.of(itself);
        let Some(edges) = on.loaded(back, Set::Of(itself)) else {
            return;
        };
        for edge in edges {
            let type_name = graph.type_of(edge.object);
            let asking = asked.iter().filter(|asking| {
                Some(asking.type_name) == type_name && asking.tupleset == edge.relation
            });
            for asking in asking {
                let met = behind.within(plan, asking.relation);
                self.take(on, (*edge, itself), (edge.object, asking.relation), met);
            }
        }
    }

    /// Follows the tuples of a subject to the relations that they belong to.
    fn climb<G: Graph, C: Conditions<Error = E>>(
        &mut self,
        on: &mut Evaluation<'_, G, C>,
        subject: Subject,
        met: Met,
    ) {
        let (plan, graph) = (on.plan, on.graph);
        let back = graph.of(subject);
        let Some(edges) = on.loaded(back, Set::Of(subject)) else {
            return;
        };
        for edge in edges {
            let type_name = graph.type_of(edge.object);
            let id = type_name.and_then(|name| plan.relation(name, edge.relation));
            let leads = |id: &RelationId| self.leading.has(*id) && is_assignable(plan, *id);
            let Some(id) = id.filter(leads) else {
                continue;
            };
            let to = (edge.object, id);
            self.take(on, (*edge, subject), to, met.within(plan, id));
        }
    }

    /// Goes along a tuple, if it counts.
    fn take<G: Graph, C: Conditions<Error = E>>(
        &mut self,
        on: &mut Evaluation<'_, G, C>,
        (edge, subject): (BackEdge, Subject),
        to: Node,
        met: Met,
    ) {
        let type_name = on.graph.type_of(edge.object);
        let id = type_name.and_then(|name| on.plan.relation(name, edge.relation));
        let Some(planned) = id.and_then(|id| on.plan.planned(id)) else {
            return;
        };
        let forth = crate::graph::Edge {
            subject,
            condition: edge.condition,
        };
        match on.counts(planned, forth) {
            Value::True => self.meet(to, met),
            Value::False { .. } => {}
            Value::Failed(Failure::TooManySteps) => self.fail(Failure::TooManySteps),
            // Another tuple may grant what this one cannot.
            Value::Failed(_) | Value::Unknown => self.meet(to, met.uncertain()),
        }
    }

    /// Takes an object into the list, if the subject has the relation to it; false where something
    /// must be loaded to know.
    pub(super) fn judge<G: Graph, C: Conditions<Error = E>>(
        &mut self,
        on: &mut Evaluation<'_, G, C>,
        node: Node,
    ) -> bool {
        if self.met.get(&node).is_some_and(|met| met.is_certain) {
            self.listed.found.insert(node.0);
            return true;
        }
        // As a check begins: what was decided from nearer by may be too deep from here.
        on.ask_of(on.subject);
        match on.answer(node, 0) {
            Value::True => {
                self.listed.found.insert(node.0);
            }
            Value::False { .. } => {}
            Value::Unknown => return false,
            Value::Failed(failure) => self.fail(failure),
        }
        true
    }

    fn fail(&mut self, failure: Failure<E>) {
        self.listed.fail(failure);
    }
}

impl Met {
    /// A tuple names the subject.
    const NAMED: Self = Self {
        is_certain: true,
        hops: 0,
    };

    const fn uncertain(self) -> Self {
        Self {
            is_certain: false,
            ..self
        }
    }

    /// The same for what leads to it by a tuple; what lies as deep as a check does not go is not
    /// certain.
    const fn behind(self, depth: u32) -> Self {
        let hops = self.hops.saturating_add(1);
        Self {
            is_certain: self.is_certain && hops < depth,
            hops,
        }
    }

    /// The same for a relation that leads to it, which may take away.
    fn within(self, plan: &Plan, relation: RelationId) -> Self {
        Self {
            is_certain: self.is_certain && only_adds(plan, relation),
            ..self
        }
    }
}

fn only_adds(plan: &Plan, relation: RelationId) -> bool {
    plan.planned(relation)
        .is_some_and(|planned| planned.only_adds)
}

/// Tuples of it say who has it; of other relations they are left over from older models.
fn is_assignable(plan: &Plan, relation: RelationId) -> bool {
    let planned = plan.planned(relation);
    planned.is_some_and(|planned| {
        let granting = planned.node.granting();
        granting
            .iter()
            .any(|leaf| matches!(leaf, crate::plan::Node::Direct))
    })
}
