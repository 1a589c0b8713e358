//! Subproblems that may take away: walked depth first, circles cut where the path meets itself.

use super::value::{CLOSED, Value};
use super::{Conditions, Decided, Evaluation, Failure, NESTING_MAX, Node};
use crate::graph::{Edge, Graph, Set};
use crate::names::NameId;
use crate::plan::{self, Planned};

impl<G: Graph, C: Conditions> Evaluation<'_, G, C> {
    /// The value of a subproblem that lies this many tuples deep.
    pub(crate) fn answer(&mut self, node: Node, depth: u32) -> Value<C::Error> {
        if !self.step() {
            return Value::Failed(Failure::TooManySteps);
        }
        // What is known is known however deep it is met.
        if let Some(decided) = self.known.get(node) {
            return decided.value();
        }
        if depth >= self.budget.depth || self.path.len() >= NESTING_MAX {
            return Value::Failed(Failure::TooDeep);
        }
        let plan = self.plan;
        let Some(planned) = plan.planned(node.1) else {
            return Value::NO;
        };
        if self.is_target(node, planned) {
            return Value::True;
        }
        if planned.only_adds {
            return self.search(node, depth);
        }
        let above = self.path.iter().position(|above| *above == node);
        if above.is_some() {
            return Value::False { circle: above };
        }
        let index = self.path.len();
        self.path.push(node);
        let value = self.rewrite(node, planned, &planned.node, depth);
        self.path.pop();
        let value = closed(value, index);
        if let Some(decided) = Decided::of(&value) {
            self.known.insert(node, decided);
        }
        value
    }

    /// The value of a part of a subproblem's rewrite.
    pub(crate) fn rewrite(
        &mut self,
        node: Node,
        planned: &Planned,
        rewrite: &plan::Node,
        depth: u32,
    ) -> Value<C::Error> {
        match rewrite {
            plan::Node::Nothing => Value::NO,
            plan::Node::Direct => self.direct(node, planned, depth),
            plan::Node::Computed(relation) => self.answer((node.0, *relation), depth),
            plan::Node::From { tupleset, computed } => {
                self.from(node, (*tupleset, *computed), depth)
            }
            plan::Node::Union(children) => {
                let mut value = Value::NO;
                for child in children {
                    value = value.or(self.rewrite(node, planned, child, depth));
                    if value.is_true() {
                        break;
                    }
                }
                value
            }
            plan::Node::Intersection(children) => {
                let mut value = Value::True;
                for child in children {
                    value = value.and(self.rewrite(node, planned, child, depth));
                    if value.is_no() {
                        break;
                    }
                }
                value
            }
            plan::Node::Difference(parts) => {
                let base = self.rewrite(node, planned, &parts.0, depth);
                if base.is_no() {
                    return base;
                }
                base.but_not(self.rewrite(node, planned, &parts.1, depth))
            }
        }
    }

    fn direct(&mut self, node: Node, planned: &Planned, depth: u32) -> Value<C::Error> {
        let value = self.named(node.0, planned);
        if value.is_true() || !planned.has_usersets {
            return value;
        }
        let graph = self.graph;
        let edges = graph.usersets(node.0, planned.name);
        let Some(edges) = self.loaded(edges, Set::Usersets(node.0, planned.name)) else {
            return value.or(Value::Unknown);
        };
        self.follow(value, planned, edges, depth, |edge| edge.subject.relation)
    }

    fn from(
        &mut self,
        node: Node,
        (tupleset, computed): (NameId, NameId),
        depth: u32,
    ) -> Value<C::Error> {
        let (plan, graph) = (self.plan, self.graph);
        let id = graph
            .type_of(node.0)
            .and_then(|name| plan.relation(name, tupleset));
        let Some(planned) = id.and_then(|id| plan.planned(id)) else {
            return Value::NO;
        };
        let edges = graph.objects(node.0, tupleset);
        let Some(edges) = self.loaded(edges, Set::Objects(node.0, tupleset)) else {
            return Value::Unknown;
        };
        self.follow(Value::NO, planned, edges, depth, |_| Some(computed))
    }

    /// The first value, or what one of the edges leads to.
    fn follow(
        &mut self,
        mut value: Value<C::Error>,
        planned: &Planned,
        edges: &[Edge],
        depth: u32,
        relation: impl Fn(&Edge) -> Option<NameId>,
    ) -> Value<C::Error> {
        for edge in edges {
            let next = relation(edge).and_then(|relation| self.next(edge.subject.object, relation));
            let Some(next) = next else {
                continue;
            };
            let led = match self.counts(planned, *edge) {
                Value::True => self.answer(next, depth + 1),
                other => other,
            };
            value = value.or(led);
            if value.is_true() {
                break;
            }
        }
        value
    }
}

impl Decided {
    /// What may be remembered: nothing that depends on the path, an error, or what is unknown.
    fn of<E>(value: &Value<E>) -> Option<Self> {
        match value {
            Value::True => Some(Self::Allowed),
            Value::False { circle: None } => Some(Self::Denied { is_circular: false }),
            Value::False {
                circle: Some(CLOSED),
            } => Some(Self::Denied { is_circular: true }),
            Value::False { .. } | Value::Failed(_) | Value::Unknown => None,
        }
    }

    const fn value<E>(self) -> Value<E> {
        match self {
            Self::Allowed => Value::True,
            Self::Denied { is_circular: true } => Value::False {
                circle: Some(CLOSED),
            },
            Self::Denied { is_circular: false } => Value::NO,
        }
    }
}

/// The value of the subproblem at this index of the path: a circle that begins at it or below
/// depends on nothing above.
fn closed<E>(value: Value<E>, index: usize) -> Value<E> {
    match value {
        Value::False { circle: Some(cut) } if cut >= index => Value::False {
            circle: Some(CLOSED),
        },
        other => other,
    }
}
