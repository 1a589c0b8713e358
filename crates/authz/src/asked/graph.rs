//! The sets of tuples as the engine asks for them.

use super::Asked;
use rebac::{BackEdge, Edge, Graph, Loaded, NameId, ObjectId, Subject};

/// The set that the question holds itself, or else that of the resident graph.
macro_rules! own_or_resident {
    ($asked:ident.$set:ident($($key:expr),*)) => {
        match (
            $asked.own.as_ref().and_then(|own| own.$set($($key),*)),
            &$asked.view.resident,
        ) {
            (Some(own), _) => Loaded::Here(own),
            (None, Some(resident)) => resident.$set($($key),*),
            (None, None) => Loaded::Missing,
        }
    };
}

impl Graph for Asked {
    fn type_of(&self, object: ObjectId) -> Option<NameId> {
        match &self.view.resident {
            Some(resident) if object.0 < self.first_own => resident.type_of(object),
            _ => self.parts(object).map(|(type_name, _)| type_name),
        }
    }

    fn wildcard(&self, type_name: NameId) -> Option<ObjectId> {
        let resident = self.view.resident.as_ref();
        let known = resident.and_then(|resident| resident.wildcard(type_name));
        known.or_else(|| self.own.as_ref()?.wildcard(type_name))
    }

    fn tuple(&self, object: ObjectId, relation: NameId, subject: Subject) -> Loaded<Option<Edge>> {
        own_or_resident!(self.tuple(object, relation, subject))
    }

    fn usersets(&self, object: ObjectId, relation: NameId) -> Loaded<&[Edge]> {
        own_or_resident!(self.usersets(object, relation))
    }

    fn objects(&self, object: ObjectId, relation: NameId) -> Loaded<&[Edge]> {
        own_or_resident!(self.objects(object, relation))
    }

    fn of(&self, subject: Subject) -> Loaded<&[BackEdge]> {
        own_or_resident!(self.of(subject))
    }
}
