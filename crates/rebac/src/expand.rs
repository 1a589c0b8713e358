//! What makes up a relation to an object: its rewrite with the tuples behind it, one level deep.
//!
//! Nothing is resolved further, and no condition is judged: a tuple stands here if the model
//! accepts it today.

use crate::check::{Budget, accepts};
use crate::graph::{Edge, Graph, Loaded, Set, Subject};
use crate::names::{NameId, ObjectId};
use crate::plan::{AcceptedKind, Node, Plan, Planned, RelationId};
use std::collections::BTreeSet;

/// The tree of a relation: each node of it speaks of the same object and relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    /// Whoever has the relation to the object: what every node is called.
    pub name: Subject,
    /// The rewrite.
    pub root: Branch,
}

/// A node of a tree. Subjects stand in the order of their numbers, each once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Branch {
    /// Those whom the tuples of the relation name.
    Users(Vec<Subject>),
    /// Whoever has another relation to the same object.
    Computed(Subject),
    /// Whoever has a relation to the objects that another relation leads to.
    From {
        /// That other relation of the same object.
        tupleset: Subject,
        /// Whoever has the relation to an object in it.
        computed: Vec<Subject>,
    },
    /// Whoever is in any of these.
    Union(Vec<Self>),
    /// Whoever is in all of these.
    Intersection(Vec<Self>),
    /// Whoever is in the first and not in the second.
    Difference(Box<(Self, Self)>),
}

/// What came of an expansion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expanded {
    /// The tree.
    Done(Tree),
    /// These sets must be loaded first.
    Missing(BTreeSet<Set>),
    /// There are more tuples than the budget has steps.
    TooManySteps,
}

/// Expands a relation to an object with the sets that are loaded.
pub fn expand<G: Graph>(
    plan: &Plan,
    graph: &G,
    (object, relation): (ObjectId, RelationId),
    budget: Budget,
) -> Expanded {
    let mut expansion = Expansion {
        plan,
        graph,
        object,
        missing: BTreeSet::new(),
        steps: budget.steps,
        is_exhausted: false,
    };
    let Some(planned) = plan.planned(relation) else {
        return Expanded::Done(Tree {
            name: expansion.itself(),
            root: Branch::Union(Vec::new()),
        });
    };
    let tree = Tree {
        name: expansion.whoever(planned.name),
        root: expansion.branch(planned, &planned.node),
    };
    if expansion.is_exhausted {
        Expanded::TooManySteps
    } else if expansion.missing.is_empty() {
        Expanded::Done(tree)
    } else {
        Expanded::Missing(expansion.missing)
    }
}

/// An expansion under way.
struct Expansion<'a, G> {
    plan: &'a Plan,
    graph: &'a G,
    object: ObjectId,
    missing: BTreeSet<Set>,
    /// Tuples that may still be looked at.
    steps: u64,
    is_exhausted: bool,
}

impl<G: Graph> Expansion<'_, G> {
    const fn itself(&self) -> Subject {
        Subject {
            object: self.object,
            relation: None,
        }
    }

    const fn whoever(&self, relation: NameId) -> Subject {
        Subject {
            object: self.object,
            relation: Some(relation),
        }
    }

    fn branch(&mut self, planned: &Planned, rewrite: &Node) -> Branch {
        match rewrite {
            Node::Direct => Branch::Users(self.users(planned)),
            Node::Computed(relation) => match self.plan.planned(*relation) {
                Some(other) => Branch::Computed(self.whoever(other.name)),
                None => Branch::Union(Vec::new()),
            },
            Node::From { tupleset, computed } => Branch::From {
                tupleset: self.whoever(*tupleset),
                computed: self.computed(*tupleset, *computed),
            },
            Node::Union(children) => Branch::Union(self.branches(planned, children)),
            Node::Intersection(children) => Branch::Intersection(self.branches(planned, children)),
            Node::Difference(parts) => Branch::Difference(Box::new((
                self.branch(planned, &parts.0),
                self.branch(planned, &parts.1),
            ))),
            // No valid model has it, and nobody is in it.
            Node::Nothing => Branch::Union(Vec::new()),
        }
    }

    fn branches(&mut self, planned: &Planned, children: &[Node]) -> Vec<Branch> {
        let mut branches = Vec::with_capacity(children.len());
        for child in children {
            branches.push(self.branch(planned, child));
        }
        branches
    }

    fn users(&mut self, planned: &Planned) -> Vec<Subject> {
        let (graph, object, relation) = (self.graph, self.object, planned.name);
        let mut users = BTreeSet::new();
        let accepted = planned.assignable.iter();
        let has_objects = accepted.clone().any(|one| one.kind == AcceptedKind::Object);
        if has_objects {
            let set = graph.objects(object, relation);
            self.take(planned, set, Set::Objects(object, relation), &mut users);
        }
        if planned.has_usersets {
            let set = graph.usersets(object, relation);
            self.take(planned, set, Set::Usersets(object, relation), &mut users);
        }
        let public = accepted.filter(|one| one.kind == AcceptedKind::Wildcard);
        for everybody in public.filter_map(|one| graph.wildcard(one.type_name)) {
            let everybody = Subject {
                object: everybody,
                relation: None,
            };
            let set = Set::Tuple(object, relation, everybody);
            match graph.tuple(object, relation, everybody) {
                Loaded::Here(edge) => {
                    self.take(planned, Loaded::Here(edge.as_slice()), set, &mut users);
                }
                Loaded::Missing => self.take(planned, Loaded::Missing, set, &mut users),
            }
        }
        users.into_iter().collect()
    }

    /// Whoever has the relation `computed` to an object of the tupleset, whether or not its type
    /// knows the relation: so does OpenFGA.
    fn computed(&mut self, tupleset: NameId, computed: NameId) -> Vec<Subject> {
        let (plan, graph, object) = (self.plan, self.graph, self.object);
        let type_name = graph.type_of(object);
        let id = type_name.and_then(|name| plan.relation(name, tupleset));
        let Some(planned) = id.and_then(|id| plan.planned(id)) else {
            return Vec::new();
        };
        let mut objects = BTreeSet::new();
        let set = graph.objects(object, tupleset);
        self.take(planned, set, Set::Objects(object, tupleset), &mut objects);
        let whoever = |found: Subject| Subject {
            object: found.object,
            relation: Some(computed),
        };
        objects.into_iter().map(whoever).collect()
    }

    /// Takes those whom the tuples of a set name, as far as the model accepts them.
    fn take(
        &mut self,
        planned: &Planned,
        edges: Loaded<&[Edge]>,
        set: Set,
        subjects: &mut BTreeSet<Subject>,
    ) {
        let Loaded::Here(edges) = edges else {
            self.missing.insert(set);
            return;
        };
        let steps = self.steps.checked_sub(edges.len() as u64);
        self.is_exhausted |= steps.is_none();
        let Some(steps) = steps else {
            return;
        };
        self.steps = steps;
        let accepted = edges
            .iter()
            .filter(|edge| accepts(self.graph, planned, **edge));
        subjects.extend(accepted.map(|edge| edge.subject));
    }
}
