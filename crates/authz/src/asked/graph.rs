//! The sets of tuples as the engine asks for them.

use super::Asked;
use rebac::{BackEdge, Edge, Graph, Loaded, NameId, ObjectId, Subject};

/// The set that the question holds itself, made of the stored one where it adds to that; or else
/// that of the resident graph.
macro_rules! own_or_resident {
    ($asked:ident.$set:ident($($key:expr),*)) => {{
        let resident = $asked.view.resident.as_ref();
        let stored = || match resident.map(|resident| resident.$set($($key),*)) {
            Some(Loaded::Here(stored)) => stored,
            Some(Loaded::Missing) | None => &[],
        };
        match ($asked.own.as_ref().and_then(|own| own.$set($($key,)* stored)), resident) {
            (Some(own), _) => Loaded::Here(own),
            (None, Some(resident)) => resident.$set($($key),*),
            (None, None) => Loaded::Missing,
        }
    }};
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
        let own = self.own.as_ref();
        match (
            own.and_then(|own| own.tuple(object, relation, subject)),
            &self.view.resident,
        ) {
            (Some(own), _) => Loaded::Here(own),
            (None, Some(resident)) => resident.tuple(object, relation, subject),
            (None, None) => Loaded::Missing,
        }
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
