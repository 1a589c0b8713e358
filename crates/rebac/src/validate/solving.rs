//! Which gates of a model open, and where those that stay shut run in circles.

use super::graph::{GateKind, Graph};

/// What the relations around it make of a relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Somebody can have it.
    Fine,
    /// An operator that decides about it, named here, has less than two operands.
    TooFewOperands(&'static str),
    /// Nobody can ever have it.
    NoEntrypoint,
    /// Nobody can ever have it, for it waits for itself.
    Loop,
    /// Somebody can have it, but it waits for itself as well.
    Cycle,
}

impl Graph {
    /// The verdict about every relation, by its number.
    pub(super) fn judge(&self) -> Vec<Verdict> {
        let is_open = self.open_gates();
        let is_open = |gate: usize| is_open.get(gate).copied().unwrap_or(true);
        let numbers = 0..self.relations;
        let blamed: Vec<_> = numbers
            .clone()
            .map(|relation| self.blamed(relation, &is_open))
            .collect();
        let computed: Vec<_> = numbers
            .clone()
            .map(|relation| self.computed(relation))
            .collect();
        let in_loop = reaching_cycle(&blamed);
        let in_cycle = reaching_cycle(&computed);
        let verdict = |((relation, in_loop), in_cycle)| {
            if let Some(operator) = self.too_few(relation, &is_open) {
                Verdict::TooFewOperands(operator)
            } else if is_open(relation) {
                if in_cycle {
                    Verdict::Cycle
                } else {
                    Verdict::Fine
                }
            } else if in_loop {
                Verdict::Loop
            } else {
                Verdict::NoEntrypoint
            }
        };
        numbers.zip(in_loop).zip(in_cycle).map(verdict).collect()
    }

    /// Which gates open: each is looked at once per input, however the model loops.
    fn open_gates(&self) -> Vec<bool> {
        let mut dependents = vec![Vec::new(); self.gates.len()];
        let mut missing = Vec::with_capacity(self.gates.len());
        for (number, gate) in self.gates.iter().enumerate() {
            missing.push(if gate.kind.needs_all() {
                gate.inputs.len()
            } else {
                1
            });
            for input in &gate.inputs {
                if let Some(dependents) = dependents.get_mut(*input) {
                    dependents.push(number);
                }
            }
        }
        let mut is_open = vec![false; self.gates.len()];
        let ready = |(gate, missing): (usize, &usize)| (*missing == 0).then_some(gate);
        let mut waiting: Vec<_> = missing.iter().enumerate().filter_map(ready).collect();
        while let Some(gate) = waiting.pop() {
            match is_open.get_mut(gate) {
                Some(is_open) if !*is_open => *is_open = true,
                _ => continue,
            }
            for dependent in dependents.get(gate).into_iter().flatten() {
                let Some(missing) = missing.get_mut(*dependent) else {
                    continue;
                };
                *missing = missing.saturating_sub(1);
                if *missing == 0 {
                    waiting.push(*dependent);
                }
            }
        }
        is_open
    }

    /// The relations that keep a relation shut: of what must all be open the first that is not.
    fn blamed(&self, relation: usize, is_open: &impl Fn(usize) -> bool) -> Vec<usize> {
        if is_open(relation) {
            return Vec::new();
        }
        self.relations_within(relation, |gate| {
            let inputs = self.inputs(gate);
            if self.kind(gate).needs_all() {
                let shut = inputs.iter().position(|input| !is_open(*input));
                shut.and_then(|shut| inputs.get(shut..=shut))
                    .unwrap_or_default()
            } else {
                inputs
            }
        })
    }

    /// The relations that a relation is computed from.
    fn computed(&self, relation: usize) -> Vec<usize> {
        self.relations_within(relation, |gate| self.inputs(gate))
    }

    /// The relations that a rewrite names of its own object, going from gate to gate by `next`.
    fn relations_within<'g>(
        &self,
        relation: usize,
        next: impl Fn(usize) -> &'g [usize],
    ) -> Vec<usize> {
        let mut found = Vec::new();
        let mut waiting = vec![relation];
        while let Some(gate) = waiting.pop() {
            if self.kind(gate) == GateKind::Elsewhere {
                continue;
            }
            for input in next(gate) {
                if *input < self.relations {
                    found.push(*input);
                } else {
                    waiting.push(*input);
                }
            }
        }
        found
    }

    /// The first operator with less than two operands among those that decide. Those behind an
    /// operand that settled the matter are not looked at, for OpenFGA does not look at them.
    fn too_few(&self, relation: usize, is_open: &impl Fn(usize) -> bool) -> Option<&'static str> {
        let mut waiting = vec![relation];
        while let Some(gate) = waiting.pop() {
            let (kind, inputs) = (self.kind(gate), self.inputs(gate));
            let operator = match kind {
                GateKind::Union => Some("union"),
                GateKind::Intersection => Some("intersection"),
                _ => None,
            };
            if operator.is_some() && inputs.len() < 2 {
                return operator;
            }
            let settles = |input: &usize| is_open(*input) != kind.needs_all();
            let until = inputs.iter().position(settles).unwrap_or(inputs.len());
            let decide = inputs.iter().take(until.saturating_add(1)).rev();
            waiting.extend(decide.copied().filter(|input| {
                *input >= self.relations && self.kind(*input) != GateKind::Elsewhere
            }));
        }
        None
    }
}

/// Which nodes lead into a circle, each given with those it leads to: what is left when those that
/// lead nowhere are taken away again and again.
fn reaching_cycle(leads_to: &[Vec<usize>]) -> Vec<bool> {
    let mut led_from = vec![Vec::new(); leads_to.len()];
    for (from, to) in leads_to.iter().enumerate() {
        for to in to {
            if let Some(led_from) = led_from.get_mut(*to) {
                led_from.push(from);
            }
        }
    }
    let mut left: Vec<usize> = leads_to.iter().map(Vec::len).collect();
    let ended = |(node, left): (usize, &usize)| (*left == 0).then_some(node);
    let mut waiting: Vec<_> = left.iter().enumerate().filter_map(ended).collect();
    while let Some(node) = waiting.pop() {
        for from in led_from.get(node).into_iter().flatten() {
            let Some(left) = left.get_mut(*from) else {
                continue;
            };
            *left = left.saturating_sub(1);
            if *left == 0 {
                waiting.push(*from);
            }
        }
    }
    left.into_iter().map(|left| left > 0).collect()
}
