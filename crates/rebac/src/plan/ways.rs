//! Ways back through a plan: which relations a relation leads to, and which lead to it.

use super::{AcceptedKind, Asking, Node, Plan, Planned, RelationId};

/// Which relations lead to one.
#[derive(Debug)]
pub(crate) struct Leading(Vec<bool>);

impl Leading {
    /// Whether a way leads from this one.
    pub(crate) fn has(&self, relation: RelationId) -> bool {
        let place = usize::try_from(relation.0).ok();
        place.and_then(|at| self.0.get(at)).copied() == Some(true)
    }
}

impl Plan {
    /// Finds by which relations another is come to.
    pub(super) fn find_ways_back(&mut self) {
        for ((type_name, _), relation) in &self.ids {
            let planned = usize::try_from(relation.0).ok();
            let Some(planned) = planned.and_then(|index| self.relations.get(index)) else {
                continue;
            };
            for leaf in planned.node.granting() {
                match leaf {
                    Node::Computed(named) => {
                        self.computed_by.entry(*named).or_default().push(*relation);
                    }
                    Node::From { tupleset, computed } => {
                        self.asked_from.entry(*computed).or_default().push(Asking {
                            type_name: *type_name,
                            relation: *relation,
                            tupleset: *tupleset,
                        });
                    }
                    _ => {}
                }
            }
            for whoever in self.usersets(planned) {
                self.named_by.entry(whoever).or_default().push(*relation);
            }
        }
        self.before = (self.relations.iter())
            .map(|planned| self.straight_before(planned))
            .collect();
    }

    /// By each relation whether some way leads from it to this one, which leads to itself.
    pub(crate) fn leading_to(&self, relation: RelationId) -> Leading {
        let mut leading = vec![false; self.relations.len()];
        let mut open = vec![relation];
        while let Some(one) = open.pop() {
            let place = usize::try_from(one.0).ok();
            let Some(is_met) = place.and_then(|at| leading.get_mut(at)) else {
                continue;
            };
            if !std::mem::replace(is_met, true) {
                let before = place.and_then(|at| self.before.get(at));
                open.extend(before.into_iter().flatten());
            }
        }
        Leading(leading)
    }

    /// The relations that grant this one whenever they hold, or at least one of which does.
    fn straight_before(&self, planned: &Planned) -> Vec<RelationId> {
        let mut before = Vec::new();
        for leaf in planned.node.granting() {
            match leaf {
                Node::Computed(named) => before.push(*named),
                // The tupleset's types are not looked at: any relation of this name may be meant.
                Node::From { computed, .. } => {
                    let named = self.ids.iter().filter(|((_, name), _)| name == computed);
                    before.extend(named.map(|(_, id)| *id));
                }
                Node::Direct => before.extend(self.usersets(planned)),
                _ => {}
            }
        }
        before
    }

    /// The relations of which tuples of this one may name whoever has them.
    fn usersets(&self, planned: &Planned) -> Vec<RelationId> {
        let usersets = planned.assignable.iter().filter_map(|one| match one.kind {
            AcceptedKind::Userset(name) => self.relation(one.type_name, name),
            AcceptedKind::Object | AcceptedKind::Wildcard => None,
        });
        usersets.collect()
    }
}
