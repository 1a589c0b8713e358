//! A graph with one tuple more or less, and conditions that an assumption is added to.

use super::{ASSUMED, Tuple};
use crate::check::Conditions;
use crate::graph::{BackEdge, Conditional, Edge, Graph, Loaded, Subject};
use crate::names::{NameId, ObjectId};

/// What happens to the tuple.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    Added,
    Removed,
}

/// A graph in which one tuple is there, or is not there, unlike in the one below.
pub(super) struct Changed<'a, G> {
    graph: &'a G,
    tuple: Tuple,
    change: Change,
    usersets: Loaded<Vec<Edge>>,
    objects: Loaded<Vec<Edge>>,
    of: Loaded<Vec<BackEdge>>,
}

impl<'a, G: Graph> Changed<'a, G> {
    pub(super) fn new(graph: &'a G, tuple: Tuple, change: Change) -> Self {
        let Tuple {
            object,
            relation,
            edge,
        } = tuple;
        let type_name = graph.type_of(edge.subject.object);
        let everybody = type_name.and_then(|name| graph.wildcard(name));
        let is_userset = edge.subject.relation.is_some();
        let is_wildcard = !is_userset && everybody == Some(edge.subject.object);
        let with = |set: Loaded<&[Edge]>, belongs: bool| {
            let is_same = |known: &Edge| known.subject == edge.subject;
            changed(
                set,
                is_same,
                (belongs && change == Change::Added).then_some(edge),
            )
        };
        let back = BackEdge {
            object,
            relation,
            condition: edge.condition,
        };
        let is_same = |known: &BackEdge| (known.object, known.relation) == (object, relation);
        Self {
            graph,
            tuple,
            change,
            usersets: with(graph.usersets(object, relation), is_userset),
            objects: with(graph.objects(object, relation), !is_userset && !is_wildcard),
            of: changed(
                graph.of(edge.subject),
                is_same,
                (change == Change::Added).then_some(back),
            ),
        }
    }

    fn is_here(&self, object: ObjectId, relation: NameId) -> bool {
        (object, relation) == (self.tuple.object, self.tuple.relation)
    }
}

/// A set without the tuple that is the same, and with the new one.
fn changed<T: Copy>(
    set: Loaded<&[T]>,
    is_same: impl Fn(&T) -> bool,
    new: Option<T>,
) -> Loaded<Vec<T>> {
    match set {
        Loaded::Here(known) => {
            let others = known.iter().copied().filter(|one| !is_same(one));
            Loaded::Here(others.chain(new).collect())
        }
        Loaded::Missing => Loaded::Missing,
    }
}

fn as_slice<T>(set: &Loaded<Vec<T>>) -> Loaded<&[T]> {
    match set {
        Loaded::Here(content) => Loaded::Here(content),
        Loaded::Missing => Loaded::Missing,
    }
}

impl<G: Graph> Graph for Changed<'_, G> {
    fn type_of(&self, object: ObjectId) -> Option<NameId> {
        self.graph.type_of(object)
    }

    fn wildcard(&self, type_name: NameId) -> Option<ObjectId> {
        self.graph.wildcard(type_name)
    }

    fn tuple(&self, object: ObjectId, relation: NameId, subject: Subject) -> Loaded<Option<Edge>> {
        if self.is_here(object, relation) && subject == self.tuple.edge.subject {
            return Loaded::Here((self.change == Change::Added).then_some(self.tuple.edge));
        }
        self.graph.tuple(object, relation, subject)
    }

    fn usersets(&self, object: ObjectId, relation: NameId) -> Loaded<&[Edge]> {
        if self.is_here(object, relation) {
            return as_slice(&self.usersets);
        }
        self.graph.usersets(object, relation)
    }

    fn objects(&self, object: ObjectId, relation: NameId) -> Loaded<&[Edge]> {
        if self.is_here(object, relation) {
            return as_slice(&self.objects);
        }
        self.graph.objects(object, relation)
    }

    fn of(&self, subject: Subject) -> Loaded<&[BackEdge]> {
        if subject == self.tuple.edge.subject {
            return as_slice(&self.of);
        }
        self.graph.of(subject)
    }
}

/// Conditions of which those of a tuple that is only proposed hold.
pub(super) struct Assuming<'a, C>(pub(super) &'a mut C);

impl<C: Conditions> Conditions for Assuming<'_, C> {
    type Error = C::Error;

    fn holds(&mut self, conditional: Conditional) -> Result<bool, Self::Error> {
        if conditional.context == ASSUMED {
            return Ok(true);
        }
        self.0.holds(conditional)
    }
    fn take_steps(&mut self) -> u64 {
        self.0.take_steps()
    }
}
