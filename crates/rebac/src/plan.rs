//! A valid model made ready for evaluation: names resolved, unions flattened, and what only adds
//! told apart from what takes away.

mod ways;

pub(crate) use ways::Leading;

use crate::model::{AssignableKind, Model, Relation, Rewrite};
use crate::names::{NameId, Names};
use foldhash::{HashMap, HashMapExt};

/// The number of a relation of a type in one plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelationId(u32);

/// A model, ready.
#[derive(Debug, Clone)]
pub struct Plan {
    ids: HashMap<(NameId, NameId), RelationId>,
    relations: Vec<Planned>,
    /// The relations whose rewrite names a relation of the same object, by that relation.
    computed_by: HashMap<RelationId, Vec<RelationId>>,
    /// The relations whose rewrite asks for a relation of the objects in a tupleset, by its name.
    asked_from: HashMap<NameId, Vec<Asking>>,
    /// The relations whose tuples may name whoever has a relation, by that relation.
    named_by: HashMap<RelationId, Vec<RelationId>>,
    /// By each relation those from which a way leads straight to it.
    before: Vec<Vec<RelationId>>,
}

/// A relation of a type that asks `computed from tupleset`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asking {
    pub(crate) type_name: NameId,
    pub(crate) relation: RelationId,
    pub(crate) tupleset: NameId,
}

/// One relation.
#[derive(Debug, Clone)]
pub(crate) struct Planned {
    pub(crate) name: NameId,
    pub(crate) node: Node,
    pub(crate) assignable: Vec<Accepted>,
    /// Tuples of it may lead to whoever has another relation.
    pub(crate) has_usersets: bool,
    /// It and everything it leads to is made of unions alone: a question of what can be reached.
    pub(crate) only_adds: bool,
}

/// A rewrite with its names resolved.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    Direct,
    Computed(RelationId),
    From {
        tupleset: NameId,
        computed: NameId,
    },
    Union(Vec<Self>),
    Intersection(Vec<Self>),
    Difference(Box<(Self, Self)>),
    /// It names a relation that there is not; a valid model has none.
    Nothing,
}

/// What a tuple of a relation may look like; others do not count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Accepted {
    pub(crate) type_name: NameId,
    pub(crate) kind: AcceptedKind,
    pub(crate) condition: Option<NameId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AcceptedKind {
    Object,
    Wildcard,
    Userset(NameId),
}

impl Plan {
    /// Makes a model ready; it must be valid. Its names are added to those of the store.
    pub fn new(model: &Model, names: &mut Names) -> Self {
        let mut ids = HashMap::new();
        let mut relations = Vec::new();
        for definition in &model.types {
            for relation in &definition.relations {
                let key = (names.add(&definition.name), names.add(&relation.name));
                let id = RelationId(u32::try_from(relations.len()).unwrap_or(u32::MAX));
                ids.insert(key, id);
                relations.push((key, relation));
            }
        }
        let planned = relations
            .iter()
            .map(|((type_name, name), relation)| Planned {
                name: *name,
                node: node(&ids, *type_name, &relation.rewrite, names),
                assignable: assignable(relation, names),
                has_usersets: relation
                    .assignable
                    .iter()
                    .any(|one| matches!(one.kind, AssignableKind::Userset(_))),
                only_adds: true,
            });
        let relations = planned.collect();
        let mut plan = Self {
            ids,
            relations,
            computed_by: HashMap::new(),
            asked_from: HashMap::new(),
            named_by: HashMap::new(),
            before: Vec::new(),
        };
        plan.find_what_only_adds();
        plan.find_ways_back();
        plan
    }

    /// The relations of the same object that name this one.
    pub(crate) fn computed_by(&self, relation: RelationId) -> &[RelationId] {
        self.computed_by.get(&relation).map_or(&[], Vec::as_slice)
    }

    /// The relations that ask for one of this name in a tupleset.
    pub(crate) fn asked_from(&self, computed: NameId) -> &[Asking] {
        self.asked_from.get(&computed).map_or(&[], Vec::as_slice)
    }

    /// The relations whose tuples may name whoever has this one.
    pub(crate) fn named_by(&self, relation: RelationId) -> &[RelationId] {
        self.named_by.get(&relation).map_or(&[], Vec::as_slice)
    }

    /// The relation of a type.
    pub fn relation(&self, type_name: NameId, relation: NameId) -> Option<RelationId> {
        self.ids.get(&(type_name, relation)).copied()
    }

    pub(crate) fn planned(&self, id: RelationId) -> Option<&Planned> {
        self.relations.get(usize::try_from(id.0).ok()?)
    }

    /// Whatever leads to an intersection or a difference is not made of unions alone.
    fn find_what_only_adds(&mut self) {
        let leads_to: Vec<_> = (self.relations.iter())
            .map(|planned| {
                let mut found = Found::default();
                self.follow(planned, &planned.node, &mut found);
                found
            })
            .collect();
        let mut only_adds: Vec<_> = leads_to.iter().map(|found| !found.is_more).collect();
        loop {
            let is_lost = |found: &Found| {
                let lost = |id: &RelationId| {
                    let known = usize::try_from(id.0).ok().and_then(|id| only_adds.get(id));
                    known == Some(&false)
                };
                found.relations.iter().any(lost)
            };
            let next: Vec<_> = (only_adds.iter().zip(&leads_to))
                .map(|(adds, found)| *adds && !is_lost(found))
                .collect();
            if next == only_adds {
                break;
            }
            only_adds = next;
        }
        for (planned, adds) in self.relations.iter_mut().zip(only_adds) {
            planned.only_adds = adds;
        }
    }

    /// Collects what a rewrite leads to.
    fn follow(&self, planned: &Planned, node: &Node, found: &mut Found) {
        match node {
            Node::Nothing => {}
            Node::Direct => {
                for accepted in &planned.assignable {
                    if let AcceptedKind::Userset(relation) = accepted.kind {
                        found
                            .relations
                            .extend(self.relation(accepted.type_name, relation));
                    }
                }
            }
            Node::Computed(id) => found.relations.push(*id),
            // The tupleset's types are not looked at: any relation of this name may be meant.
            Node::From { computed, .. } => {
                let named = self.ids.iter().filter(|((_, name), _)| name == computed);
                found.relations.extend(named.map(|(_, id)| *id));
            }
            Node::Union(children) => {
                for child in children {
                    self.follow(planned, child, found);
                }
            }
            Node::Intersection(_) | Node::Difference(_) => found.is_more = true,
        }
    }
}

impl Node {
    /// The leaves at least one of which grants whenever the rewrite does: of an intersection the
    /// first part's, of a difference the base's.
    pub(crate) fn granting(&self) -> Vec<&Self> {
        match self {
            Self::Nothing => Vec::new(),
            Self::Direct | Self::Computed(_) | Self::From { .. } => vec![self],
            Self::Union(children) => children.iter().flat_map(Self::granting).collect(),
            Self::Intersection(children) => {
                children.first().map(Self::granting).unwrap_or_default()
            }
            Self::Difference(parts) => parts.0.granting(),
        }
    }
}

impl Node {
    /// All leaves.
    pub(crate) fn leaves(&self) -> Vec<&Self> {
        match self {
            Self::Difference(parts) => {
                let mut leaves = parts.0.leaves();
                leaves.extend(parts.1.leaves());
                leaves
            }
            Self::Union(children) | Self::Intersection(children) => {
                children.iter().flat_map(Self::leaves).collect()
            }
            Self::Nothing => Vec::new(),
            Self::Direct | Self::Computed(_) | Self::From { .. } => vec![self],
        }
    }

    /// The leaves by which somebody may come in: all but those that are taken away.
    pub(crate) fn not_subtracted(&self) -> Vec<&Self> {
        match self {
            Self::Nothing => Vec::new(),
            Self::Direct | Self::Computed(_) | Self::From { .. } => vec![self],
            Self::Union(children) | Self::Intersection(children) => {
                children.iter().flat_map(Self::not_subtracted).collect()
            }
            Self::Difference(parts) => parts.0.not_subtracted(),
        }
    }
}

/// What a rewrite leads to.
#[derive(Debug, Default)]
struct Found {
    relations: Vec<RelationId>,
    /// An intersection or a difference is in it.
    is_more: bool,
}

fn assignable(relation: &Relation, names: &mut Names) -> Vec<Accepted> {
    let accepted = |one: &crate::model::Assignable| Accepted {
        type_name: names.add(&one.type_name),
        kind: match &one.kind {
            AssignableKind::Object => AcceptedKind::Object,
            AssignableKind::Wildcard => AcceptedKind::Wildcard,
            AssignableKind::Userset(relation) => AcceptedKind::Userset(names.add(relation)),
        },
        condition: one.condition.as_ref().map(|name| names.add(name)),
    };
    relation.assignable.iter().map(accepted).collect()
}

fn node(
    ids: &HashMap<(NameId, NameId), RelationId>,
    type_name: NameId,
    rewrite: &Rewrite,
    names: &mut Names,
) -> Node {
    let mut all = |children: &[Rewrite]| -> Vec<Node> {
        (children.iter())
            .map(|child| node(ids, type_name, child, names))
            .collect()
    };
    match rewrite {
        Rewrite::Direct => Node::Direct,
        Rewrite::Computed(relation) => {
            let id = ids.get(&(type_name, names.add(relation)));
            id.map_or(Node::Nothing, |id| Node::Computed(*id))
        }
        Rewrite::From { computed, tupleset } => Node::From {
            tupleset: names.add(tupleset),
            computed: names.add(computed),
        },
        Rewrite::Union(children) => Node::Union(all(children)),
        Rewrite::Intersection(children) => Node::Intersection(all(children)),
        Rewrite::Difference(parts) => {
            let (base, subtract) = parts.as_ref();
            let base = node(ids, type_name, base, names);
            Node::Difference(Box::new((base, node(ids, type_name, subtract, names))))
        }
    }
}
