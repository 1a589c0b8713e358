//! A model as gates: a relation opens when something that opens it is open.
//!
//! The first gates are the relations, by their numbers, so that a gate's input below the number of
//! relations is another relation.

use std::collections::BTreeMap;

use super::index::{Entry, Index};
use crate::model::{AssignableKind, Rewrite};

/// All gates of a model.
#[derive(Debug)]
pub(super) struct Graph {
    /// How many of the gates are relations.
    pub(super) relations: usize,
    /// The gates.
    pub(super) gates: Vec<Gate>,
}

/// A gate and what opens it.
#[derive(Debug)]
pub(super) struct Gate {
    /// What it is made of.
    pub(super) kind: GateKind,
    /// The gates that it waits for, in the order in which they are written.
    pub(super) inputs: Vec<usize>,
}

/// The kinds of gates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GateKind {
    /// A relation: opens with its rewrite.
    Relation,
    /// A union: opens with any input.
    Union,
    /// An intersection: opens with all inputs.
    Intersection,
    /// A difference: as an intersection, because nobody would subtract nothing.
    Difference,
    /// What other objects lead to: opens with any input, whose circles are circles of tuples, not
    /// of the model.
    Elsewhere,
    /// Always open.
    Open,
}

/// What builds a graph.
#[derive(Debug)]
struct Builder<'i, 'm> {
    index: &'i Index<'m>,
    gates: Vec<Gate>,
    /// The gates of `computed from tupleset`, by type, tupleset and computed relation: many
    /// relations may say the same.
    from: BTreeMap<(&'m str, &'m str, &'m str), usize>,
    /// The one gate that is always open.
    open: usize,
}

impl GateKind {
    /// Whether all inputs must be open; otherwise one suffices.
    pub(super) const fn needs_all(self) -> bool {
        matches!(self, Self::Intersection | Self::Difference | Self::Open)
    }
}

impl Graph {
    /// The graph of all relations; those that are not sound are open.
    pub(super) fn new(index: &Index<'_>, is_sound: &[bool]) -> Self {
        let relations = index.relations().len();
        let kind_of = |is_sound: &bool| {
            if *is_sound {
                GateKind::Relation
            } else {
                GateKind::Open
            }
        };
        let gate = |kind| Gate {
            kind,
            inputs: Vec::new(),
        };
        let mut gates: Vec<_> = is_sound.iter().map(kind_of).map(gate).collect();
        gates.push(gate(GateKind::Open));
        let mut builder = Builder {
            index,
            gates,
            from: BTreeMap::new(),
            open: relations,
        };
        for (number, (entry, is_sound)) in index.relations().iter().zip(is_sound).enumerate() {
            if *is_sound {
                builder.add(number, entry);
            }
        }
        Self {
            relations,
            gates: builder.gates,
        }
    }

    /// The gates that one waits for.
    pub(super) fn inputs(&self, gate: usize) -> &[usize] {
        self.gates
            .get(gate)
            .map_or(&[], |gate| gate.inputs.as_slice())
    }

    /// The kind of a gate.
    pub(super) fn kind(&self, gate: usize) -> GateKind {
        self.gates
            .get(gate)
            .map_or(GateKind::Open, |gate| gate.kind)
    }
}

impl<'m> Builder<'_, 'm> {
    fn add(&mut self, number: usize, entry: &Entry<'m>) {
        let mut waiting = vec![(&entry.relation.rewrite, number)];
        while let Some((rewrite, parent)) = waiting.pop() {
            let gate = match rewrite {
                Rewrite::Direct => self.direct(entry),
                Rewrite::Computed(named) => self.relation(entry.type_name, named),
                Rewrite::From { computed, tupleset } => self.from(entry, computed, tupleset),
                Rewrite::Union(children) => {
                    let gate = self.push(GateKind::Union, Vec::new());
                    waiting.extend(children.iter().rev().map(|child| (child, gate)));
                    gate
                }
                Rewrite::Intersection(children) => {
                    let gate = self.push(GateKind::Intersection, Vec::new());
                    waiting.extend(children.iter().rev().map(|child| (child, gate)));
                    gate
                }
                Rewrite::Difference(sides) => {
                    let gate = self.push(GateKind::Difference, Vec::new());
                    waiting.extend([(&sides.1, gate), (&sides.0, gate)]);
                    gate
                }
            };
            if let Some(parent) = self.gates.get_mut(parent) {
                parent.inputs.push(gate);
            }
        }
    }

    fn direct(&mut self, entry: &Entry<'m>) -> usize {
        let mut inputs = Vec::new();
        for assignable in &entry.relation.assignable {
            match &assignable.kind {
                AssignableKind::Object | AssignableKind::Wildcard => return self.open,
                AssignableKind::Userset(relation) => {
                    inputs.push(self.relation(&assignable.type_name, relation));
                }
            }
        }
        self.push(GateKind::Elsewhere, inputs)
    }

    fn from(&mut self, entry: &Entry<'m>, computed: &'m str, tupleset: &'m str) -> usize {
        let key = (entry.type_name, tupleset, computed);
        if let Some(gate) = self.from.get(&key) {
            return *gate;
        }
        let inputs = match self.index.find(entry.type_name, tupleset) {
            None => vec![self.open],
            Some(leading) => {
                let targets = leading.targets.iter();
                targets
                    .filter_map(|target| self.index.number(target, computed))
                    .collect()
            }
        };
        let gate = self.push(GateKind::Elsewhere, inputs);
        self.from.insert(key, gate);
        gate
    }

    fn relation(&self, type_name: &str, relation: &str) -> usize {
        self.index.number(type_name, relation).unwrap_or(self.open)
    }

    fn push(&mut self, kind: GateKind, inputs: Vec<usize>) -> usize {
        self.gates.push(Gate { kind, inputs });
        self.gates.len() - 1
    }
}
