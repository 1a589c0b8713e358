//! The sets of tuples as the engine asks for them.

use super::{Asked, EVERYBODY};
use rebac::{BackEdge, Edge, Graph, Loaded, NameId, ObjectId, Subject};

/// The set that the question holds itself, or else that of the resident graph.
macro_rules! own_or_resident {
    ($self:ident.$own:ident[$key:expr], $resident:ident => $set:expr) => {
        match ($self.$own.get(&$key), &$self.resident) {
            (Some(own), _) => Loaded::Here(own.as_slice()),
            (None, Some($resident)) => $set,
            (None, None) => Loaded::Missing,
        }
    };
}

impl Graph for Asked {
    fn type_of(&self, object: ObjectId) -> Option<NameId> {
        self.parts(object).map(|(type_name, _)| type_name)
    }

    fn wildcard(&self, type_name: NameId) -> Option<ObjectId> {
        let resident = self.resident.as_ref();
        let known = resident.and_then(|resident| resident.wildcard(type_name));
        known.or_else(|| {
            // A key of a map must be owned; only questions with an own everybody come here.
            let own = (!self.own.is_empty()).then(|| (type_name, Box::from(EVERYBODY)))?;
            self.own_numbers.get(&own).copied()
        })
    }

    fn tuple(&self, object: ObjectId, relation: NameId, subject: Subject) -> Loaded<Option<Edge>> {
        match (
            self.tuples.get(&(object, relation, subject)),
            &self.resident,
        ) {
            (Some(own), _) => Loaded::Here(*own),
            (None, Some(resident)) => resident.tuple(object, relation, subject),
            (None, None) => Loaded::Missing,
        }
    }

    fn usersets(&self, object: ObjectId, relation: NameId) -> Loaded<&[Edge]> {
        own_or_resident!(self.usersets[(object, relation)],
            resident => resident.usersets(object, relation))
    }

    fn objects(&self, object: ObjectId, relation: NameId) -> Loaded<&[Edge]> {
        own_or_resident!(self.objects[(object, relation)],
            resident => resident.objects(object, relation))
    }

    fn of(&self, subject: Subject) -> Loaded<&[BackEdge]> {
        own_or_resident!(self.of[subject], resident => resident.of(subject))
    }
}
