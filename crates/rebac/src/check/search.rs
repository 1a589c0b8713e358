//! Subproblems of unions alone: whatever can be reached, breadth first, each subproblem once.

use super::nodes::Nodes;
use super::value::{CLOSED, Value};
use super::{Conditions, Decided, Evaluation, Failure, Node};
use crate::graph::{Edge, Graph, Set};
use crate::names::NameId;
use crate::plan::{self, Planned};
use std::collections::VecDeque;

/// A search under way.
struct Search<E> {
    /// The subproblems that were met. The number of each is its place.
    met: Nodes<Met>,
    /// What is to be looked at, by number, those of least depth in front. One that was met again
    /// at a smaller depth stands in it twice.
    queue: VecDeque<usize>,
    /// Which subproblem leads to which, by number.
    leads: Vec<(usize, usize)>,
    /// What the subproblems said so far, apart from where they lead.
    value: Value<E>,
}

/// A subproblem that was met.
struct Met {
    /// The smallest so far; when it is looked at, the smallest there is.
    depth: u32,
    is_looked_at: bool,
}

/// A subproblem that is being looked at.
#[derive(Clone, Copy)]
struct Place {
    number: usize,
    node: Node,
    depth: u32,
}

impl<E> Search<E> {
    fn new(root: Node, depth: u32) -> Self {
        let mut search = Self {
            met: Nodes::new(),
            queue: VecDeque::new(),
            leads: Vec::new(),
            value: Value::NO,
        };
        search.add_met(root, depth);
        search.queue.push_back(0);
        search
    }

    /// The next to be looked at.
    fn next(&mut self) -> Option<Place> {
        loop {
            let number = self.queue.pop_front()?;
            let (node, met) = self.met.at_mut(number)?;
            if !std::mem::replace(&mut met.is_looked_at, true) {
                return Some(Place {
                    number,
                    node: *node,
                    depth: met.depth,
                });
            }
        }
    }

    /// Notes where a subproblem leads by a tuple.
    fn meet_behind(&mut self, from: Place, node: Node) {
        if let Some(number) = self.meet(from, node, from.depth + 1) {
            self.queue.push_back(number);
        }
    }

    /// Notes another relation of the same object that a subproblem leads to. It lies no deeper, so
    /// it is looked at before whatever does.
    fn meet_beside(&mut self, from: Place, node: Node) {
        if let Some(number) = self.meet(from, node, from.depth) {
            self.queue.push_front(number);
        }
    }

    /// The number of a subproblem that is to be looked at, at this depth.
    fn meet(&mut self, from: Place, node: Node, depth: u32) -> Option<usize> {
        let known = self.met.place(node);
        let number = known.unwrap_or_else(|| self.add_met(node, depth));
        self.leads.push((from.number, number));
        if known.is_none() {
            return Some(number);
        }
        let (_, met) = self.met.at_mut(number)?;
        let is_nearer = !met.is_looked_at && depth < met.depth;
        met.depth = met.depth.min(depth);
        is_nearer.then_some(number)
    }

    fn add_met(&mut self, node: Node, depth: u32) -> usize {
        let met = Met {
            depth,
            is_looked_at: false,
        };
        self.met.add(node, met)
    }

    fn add(&mut self, value: Value<E>) {
        let before = std::mem::replace(&mut self.value, Value::NO);
        self.value = before.or(value);
    }
}

impl<G: Graph, C: Conditions> Evaluation<'_, G, C> {
    /// The value of a subproblem of unions alone.
    pub(super) fn search(&mut self, root: Node, depth: u32) -> Value<C::Error> {
        let mut search = Search::new(root, depth);
        let is_last = self.is_asked_once && self.path.is_empty();
        while let Some(place) = search.next() {
            self.look(&mut search, place);
            if search.value.is_true() {
                if !is_last {
                    self.known.insert(root, Decided::Allowed);
                }
                return Value::True;
            }
        }
        if search.value.is_no() && !is_last {
            return self.remember(&search, root);
        }
        search.value
    }

    /// Looks at one subproblem: what it says itself, and where it leads.
    fn look(&mut self, search: &mut Search<C::Error>, place: Place) {
        if !self.step() {
            return search.add(Value::Failed(Failure::TooManySteps));
        }
        // What is known is known however deep it is met.
        match self.known.get(place.node) {
            Some(Decided::Allowed) => return search.add(Value::True),
            Some(Decided::Denied { is_circular }) => {
                if *is_circular {
                    search.leads.push((place.number, place.number));
                }
                return;
            }
            None => {}
        }
        if place.depth >= self.budget.depth {
            return search.add(Value::Failed(Failure::TooDeep));
        }
        let plan = self.plan;
        let Some(planned) = plan.planned(place.node.1) else {
            return;
        };
        if self.is_target(place.node, planned) {
            return search.add(Value::True);
        }
        self.look_at(search, place, planned, &planned.node);
    }

    fn look_at(
        &mut self,
        search: &mut Search<C::Error>,
        place: Place,
        planned: &Planned,
        rewrite: &plan::Node,
    ) {
        let (object, _) = place.node;
        match rewrite {
            plan::Node::Direct => {
                search.add(self.named(object, planned));
                if planned.has_usersets && !search.value.is_true() {
                    self.usersets(search, place, planned);
                }
            }
            plan::Node::Computed(relation) => {
                search.meet_beside(place, (object, *relation));
            }
            plan::Node::From { tupleset, computed } => {
                self.tupleset(search, place, *tupleset, *computed);
            }
            plan::Node::Union(children) => {
                for child in children {
                    self.look_at(search, place, planned, child);
                    if search.value.is_true() {
                        break;
                    }
                }
            }
            // Relations with these are walked, and no valid model has the first.
            plan::Node::Nothing | plan::Node::Intersection(_) | plan::Node::Difference(_) => {}
        }
    }

    fn usersets(&mut self, search: &mut Search<C::Error>, place: Place, planned: &Planned) {
        let (graph, object) = (self.graph, place.node.0);
        let edges = graph.usersets(object, planned.name);
        match self.loaded(edges, Set::Usersets(object, planned.name)) {
            Some(edges) => self.spread(search, place, planned, edges, |e| e.subject.relation),
            None => search.add(Value::Unknown),
        }
    }

    fn tupleset(
        &mut self,
        search: &mut Search<C::Error>,
        place: Place,
        tupleset: NameId,
        computed: NameId,
    ) {
        let (plan, graph, object) = (self.plan, self.graph, place.node.0);
        let id = graph
            .type_of(object)
            .and_then(|name| plan.relation(name, tupleset));
        let Some(planned) = id.and_then(|id| plan.planned(id)) else {
            return;
        };
        let edges = graph.objects(object, tupleset);
        match self.loaded(edges, Set::Objects(object, tupleset)) {
            Some(edges) => self.spread(search, place, planned, edges, |_| Some(computed)),
            None => search.add(Value::Unknown),
        }
    }

    fn spread(
        &mut self,
        search: &mut Search<C::Error>,
        place: Place,
        planned: &Planned,
        edges: &[Edge],
        relation: impl Fn(&Edge) -> Option<NameId>,
    ) {
        for edge in edges {
            let next = relation(edge).and_then(|relation| self.next(edge.subject.object, relation));
            let Some(next) = next else {
                continue;
            };
            match self.counts(planned, *edge) {
                Value::True => search.meet_behind(place, next),
                other => search.add(other),
            }
        }
    }

    /// Nobody was found: not at the root, and not at any subproblem that was met.
    fn remember(&mut self, search: &Search<C::Error>, root: Node) -> Value<C::Error> {
        let circular = on_or_before_circles(search.met.len(), &search.leads);
        for (node, is_circular) in search.met.nodes().zip(circular) {
            self.known.insert(node, Decided::Denied { is_circular });
        }
        match self.known.get(root) {
            Some(Decided::Denied { is_circular: true }) => Value::False {
                circle: Some(CLOSED),
            },
            _ => Value::NO,
        }
    }
}

/// Which of `count` numbers lie on a circle or lead to one: those that are left when whatever leads
/// nowhere is taken away, again and again.
fn on_or_before_circles(count: usize, leads: &[(usize, usize)]) -> Vec<bool> {
    if leads.iter().all(|(from, to)| from < to) {
        return vec![false; count];
    }
    let mut circular = vec![true; count];
    let mut open = vec![0_usize; count];
    let mut led_by = vec![Vec::new(); count];
    for (from, to) in leads {
        if let (Some(open), Some(led_by)) = (open.get_mut(*from), led_by.get_mut(*to)) {
            *open += 1;
            led_by.push(*from);
        }
    }
    let mut ends: Vec<usize> = (0..count).filter(|n| open.get(*n) == Some(&0)).collect();
    while let Some(end) = ends.pop() {
        if let Some(circular) = circular.get_mut(end) {
            *circular = false;
        }
        for from in led_by.get(end).into_iter().flatten() {
            if let Some(open) = open.get_mut(*from) {
                *open -= 1;
                if *open == 0 {
                    ends.push(*from);
                }
            }
        }
    }
    circular
}
