//! Building the steps of an explanation: what granted first, then what did not, nearest first.

mod edges;

use super::{Outcome, Refusal, STEPS_MAX, Step, StepKind};
use crate::check::value::Value;
use crate::check::{Conditions, Evaluation, Node};
use crate::graph::{Graph, Subject};
use crate::names::NameId;
use crate::plan::{self, Planned};
use std::collections::{BTreeSet, HashMap, VecDeque};

/// The steps of a root whose value is known, and the sets that are missing to tell them.
pub(super) fn build<G: Graph, C: Conditions>(
    on: Evaluation<'_, G, C>,
    root: Node,
    value: Value<C::Error>,
) -> (Vec<Step<C::Error>>, BTreeSet<crate::graph::Set>) {
    let mut builder = Builder {
        on,
        steps: Vec::new(),
        granted: VecDeque::new(),
        others: VecDeque::new(),
        shown: HashMap::new(),
    };
    let from = Way {
        path: &[],
        depth: 0,
        step: 0,
    };
    builder.lead(from, root, outcome_of(value));
    while let Some(task) = builder.next_task() {
        builder.expand(&task);
    }
    (builder.steps, builder.on.missing)
}

/// Steps under way.
struct Builder<'a, G, C: Conditions> {
    on: Evaluation<'a, G, C>,
    steps: Vec<Step<C::Error>>,
    /// What granted is told first, so that no crowd of others keeps it out.
    granted: VecDeque<Task>,
    others: VecDeque<Task>,
    /// Where a subproblem that did not grant is explained.
    shown: HashMap<Node, usize>,
}

/// A subproblem that has a step and is to be explained.
struct Task {
    step: usize,
    node: Node,
    depth: u32,
    /// The subproblems above it.
    path: Vec<Node>,
}

/// Where the builder comes from when it goes on to another subproblem.
#[derive(Clone, Copy)]
struct Way<'p> {
    /// The subproblems on the way, the one left being the last.
    path: &'p [Node],
    /// How many tuples deep the next one lies.
    depth: u32,
    /// The step above.
    step: usize,
}

/// The subproblem that is being explained.
#[derive(Clone, Copy)]
struct At<'p> {
    node: Node,
    planned: &'p Planned,
    depth: u32,
    /// The subproblems down to this one, itself included.
    path: &'p [Node],
}

impl At<'_> {
    const fn whoever(&self, relation: NameId) -> Subject {
        Subject {
            object: self.node.0,
            relation: Some(relation),
        }
    }
}

impl<G: Graph, C: Conditions> Builder<'_, G, C> {
    fn next_task(&mut self) -> Option<Task> {
        self.granted.pop_front().or_else(|| self.others.pop_front())
    }

    /// Adds a step; none when there are enough.
    fn add(&mut self, above: usize, kind: StepKind, outcome: Outcome<C::Error>) -> Option<usize> {
        let place = self.steps.len();
        if place >= STEPS_MAX {
            self.leave_out(above);
            return None;
        }
        self.steps.push(Step {
            kind,
            outcome,
            children: Vec::new(),
            explained_at: None,
            left_out: 0,
        });
        // The first has nothing above it.
        if let Some(above) = self.steps.get_mut(above).filter(|_| place > 0) {
            above.children.push(place);
        }
        Some(place)
    }

    fn leave_out(&mut self, above: usize) {
        if let Some(above) = self.steps.get_mut(above) {
            above.left_out += 1;
        }
    }

    fn refuse(&mut self, step: usize, refusal: Refusal) {
        if let Some(step) = self.steps.get_mut(step) {
            step.outcome = Outcome::Refused(refusal);
        }
    }

    /// Goes on to a subproblem, which is explained later, or is explained already.
    fn lead(&mut self, way: Way<'_>, node: Node, outcome: Outcome<C::Error>) {
        let Some(planned) = self.on.plan.planned(node.1) else {
            return;
        };
        let whoever = Subject {
            object: node.0,
            relation: Some(planned.name),
        };
        let is_granted = outcome.is_granted();
        let Some(step) = self.add(way.step, StepKind::Relation(whoever), outcome) else {
            return;
        };
        if way.path.contains(&node) {
            return self.refuse(step, Refusal::Circle);
        }
        if !is_granted {
            let shown = *self.shown.entry(node).or_insert(step);
            if shown != step {
                if let Some(step) = self.steps.get_mut(step) {
                    step.explained_at = Some(shown);
                }
                return;
            }
        }
        let task = Task {
            step,
            node,
            depth: way.depth,
            path: way.path.to_vec(),
        };
        if is_granted {
            self.granted.push_back(task);
        } else {
            self.others.push_back(task);
        }
    }

    fn expand(&mut self, task: &Task) {
        let outcome = self.steps.get(task.step).map(|step| step.outcome.clone());
        let (plan, node) = (self.on.plan, task.node);
        let (Some(outcome), Some(planned)) = (outcome, plan.planned(node.1)) else {
            return;
        };
        if self.on.is_target(node, planned) {
            self.add(task.step, StepKind::Itself, Outcome::Granted);
            return;
        }
        if task.depth >= self.on.budget_left().depth {
            return;
        }
        let path: Vec<_> = task.path.iter().copied().chain([node]).collect();
        let at = At {
            node,
            planned,
            depth: task.depth,
            path: &path,
        };
        self.rewrite(at, task.step, &planned.node, outcome);
    }

    /// What came of a subproblem that lies behind this path; none if that is not known.
    fn ask(&mut self, path: &[Node], node: Node, depth: u32) -> Option<Outcome<C::Error>> {
        if path.contains(&node) {
            return Some(Outcome::Refused(Refusal::Circle));
        }
        self.on.cut_at(path);
        known(self.on.answer(node, depth))
    }

    /// What came of a part of the rewrite.
    fn value(&mut self, at: At<'_>, part: &plan::Node) -> Value<C::Error> {
        self.on.cut_at(at.path);
        self.on.rewrite(at.node, at.planned, part, at.depth)
    }

    fn rewrite(
        &mut self,
        at: At<'_>,
        above: usize,
        rewrite: &plan::Node,
        outcome: Outcome<C::Error>,
    ) {
        match rewrite {
            plan::Node::Nothing => {}
            plan::Node::Direct => self.direct(at, above, &outcome),
            plan::Node::Computed(relation) => {
                let way = Way {
                    path: at.path,
                    depth: at.depth,
                    step: above,
                };
                self.lead(way, (at.node.0, *relation), outcome);
            }
            plan::Node::From { tupleset, computed } => {
                self.tupleset(at, above, (*tupleset, *computed), &outcome);
            }
            plan::Node::Union(children) => self.union(at, above, children, &outcome),
            plan::Node::Intersection(children) => self.intersection(at, above, children, outcome),
            plan::Node::Difference(parts) => self.difference(at, above, parts, outcome),
        }
    }

    fn union(
        &mut self,
        at: At<'_>,
        above: usize,
        children: &[plan::Node],
        outcome: &Outcome<C::Error>,
    ) {
        let Some(step) = self.add(above, StepKind::Union, outcome.clone()) else {
            return;
        };
        match outcome {
            Outcome::Granted => {
                for child in children {
                    if self.value(at, child).is_true() {
                        return self.rewrite(at, step, child, Outcome::Granted);
                    }
                }
                self.leave_out(step);
            }
            Outcome::Refused(_) => {
                for child in children {
                    self.rewrite(at, step, child, Outcome::Refused(Refusal::Below));
                }
            }
            Outcome::Failed(_) => self.each(at, step, children),
        }
    }

    fn intersection(
        &mut self,
        at: At<'_>,
        above: usize,
        children: &[plan::Node],
        outcome: Outcome<C::Error>,
    ) {
        let is_granted = outcome.is_granted();
        let Some(step) = self.add(above, StepKind::Intersection, outcome) else {
            return;
        };
        if !is_granted {
            return self.each(at, step, children);
        }
        for child in children {
            self.rewrite(at, step, child, Outcome::Granted);
        }
    }

    /// Each of the children with its own outcome.
    fn each(&mut self, at: At<'_>, above: usize, children: &[plan::Node]) {
        for child in children {
            if let Some(outcome) = known(self.value(at, child)) {
                self.rewrite(at, above, child, outcome);
            }
        }
    }

    fn difference(
        &mut self,
        at: At<'_>,
        above: usize,
        parts: &(plan::Node, plan::Node),
        outcome: Outcome<C::Error>,
    ) {
        let is_granted = outcome.is_granted();
        let Some(step) = self.add(above, StepKind::Difference, outcome) else {
            return;
        };
        let (base, subtract) = parts;
        let taken = if is_granted {
            self.rewrite(at, step, base, Outcome::Granted);
            Value::NO
        } else {
            let value = self.value(at, base);
            let is_no = value.is_no();
            if let Some(outcome) = known(value) {
                self.rewrite(at, step, base, outcome);
            }
            if is_no {
                return;
            }
            let taken = self.value(at, subtract);
            if taken.is_no() {
                return;
            }
            taken
        };
        let is_circular = !is_granted && matches!(taken, Value::False { .. });
        let Some(taken) = known(taken) else {
            return;
        };
        let said = if is_circular {
            Outcome::Refused(Refusal::Circle)
        } else {
            taken.clone()
        };
        if let Some(step) = self.add(step, StepKind::Subtract, said) {
            self.rewrite(at, step, subtract, taken);
        }
    }
}

/// What a value says; none if it is not known.
fn known<E>(value: Value<E>) -> Option<Outcome<E>> {
    match value {
        Value::True => Some(Outcome::Granted),
        Value::False { .. } => Some(Outcome::Refused(Refusal::Below)),
        Value::Failed(failure) => Some(Outcome::Failed(failure)),
        Value::Unknown => None,
    }
}

fn outcome_of<E>(value: Value<E>) -> Outcome<E> {
    known(value).unwrap_or(Outcome::Refused(Refusal::Below))
}
