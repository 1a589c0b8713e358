//! A world as somebody sees it who has loaded only some of its sets.

use rebac::{BackEdge, Edge, Graph, Loaded, NameId, ObjectId, Set, World};
use std::collections::BTreeSet;

/// A world of which only some sets are loaded.
pub(crate) struct Partly<'a> {
    pub(crate) world: &'a World,
    pub(crate) loaded: BTreeSet<Set>,
}

impl Partly<'_> {
    fn only<T>(&self, set: Set, content: Loaded<T>) -> Loaded<T> {
        if self.loaded.contains(&set) {
            content
        } else {
            Loaded::Missing
        }
    }
}

impl Graph for Partly<'_> {
    fn type_of(&self, object: ObjectId) -> Option<NameId> {
        self.world.type_of(object)
    }

    fn wildcard(&self, type_name: NameId) -> Option<ObjectId> {
        self.world.wildcard(type_name)
    }

    fn tuple(
        &self,
        object: ObjectId,
        relation: NameId,
        subject: rebac::Subject,
    ) -> Loaded<Option<Edge>> {
        let set = Set::Tuple(object, relation, subject);
        self.only(set, self.world.tuple(object, relation, subject))
    }

    fn usersets(&self, object: ObjectId, relation: NameId) -> Loaded<&[Edge]> {
        let set = Set::Usersets(object, relation);
        self.only(set, self.world.usersets(object, relation))
    }

    fn objects(&self, object: ObjectId, relation: NameId) -> Loaded<&[Edge]> {
        let set = Set::Objects(object, relation);
        self.only(set, self.world.objects(object, relation))
    }

    fn of(&self, subject: rebac::Subject) -> Loaded<&[BackEdge]> {
        self.only(Set::Of(subject), self.world.of(subject))
    }
}
