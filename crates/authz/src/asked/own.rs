//! What one question knows beside the store in memory: what was loaded for it and what it brings
//! along.

use crate::resident::EVERYBODY;
use foldhash::{HashMap, HashMapExt};
use rebac::condition::JsonObject;
use rebac::{BackEdge, Edge, NameId, ObjectId, Set, Subject};
use std::collections::{self, hash_map::Entry};
use std::sync::OnceLock;

/// Objects, values and sets of one question alone.
#[derive(Debug)]
pub(super) struct Own {
    /// Types and ids of objects, by their numbers; these begin at `first`.
    objects: Vec<(NameId, Box<str>)>,
    /// By what callers have chosen, hence in a map of the standard library.
    numbers: collections::HashMap<(NameId, Box<str>), ObjectId>,
    first: u32,
    /// The few objects that stand for all of a type.
    wildcards: Vec<(NameId, ObjectId)>,
    contexts: Vec<JsonObject>,
    tuples: HashMap<(ObjectId, NameId, Subject), Option<Edge>>,
    usersets: HashMap<(ObjectId, NameId), Content<Edge>>,
    of_objects: HashMap<(ObjectId, NameId), Content<Edge>>,
    of_subjects: HashMap<Subject, Content<BackEdge>>,
    /// The tuples that the question brings along.
    contextual: Vec<Numbered>,
}

/// What a set holds. Where the store is in memory, a set to which the question adds is put together
/// when it is first asked for: it may be long, and most are not.
type Content<E> = OnceLock<Vec<E>>;

/// A tuple in numbers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Numbered {
    pub(super) object: ObjectId,
    pub(super) relation: NameId,
    pub(super) edge: Edge,
    pub(super) is_wildcard: bool,
}

impl Own {
    /// Nothing yet; objects have numbers from `first` on.
    pub(super) fn new(first: u32) -> Self {
        Self {
            objects: Vec::new(),
            numbers: collections::HashMap::new(),
            first,
            wildcards: Vec::new(),
            contexts: Vec::new(),
            tuples: HashMap::new(),
            usersets: HashMap::new(),
            of_objects: HashMap::new(),
            of_subjects: HashMap::new(),
            contextual: Vec::new(),
        }
    }

    /// The number of an object, which is new or known.
    pub(super) fn number(&mut self, type_name: NameId, id: &str) -> ObjectId {
        let index = u32::try_from(self.objects.len()).unwrap_or(u32::MAX);
        let number = match self.numbers.entry((type_name, id.into())) {
            Entry::Occupied(known) => return *known.get(),
            Entry::Vacant(place) => {
                self.objects.push(place.key().clone());
                *place.insert(ObjectId(self.first.saturating_add(index)))
            }
        };
        if id == EVERYBODY {
            self.wildcards.push((type_name, number));
        }
        number
    }

    /// What stands for all objects of a type.
    pub(super) fn wildcard(&self, type_name: NameId) -> Option<ObjectId> {
        let mut wildcards = self.wildcards.iter();
        let found = wildcards.find(|(of_type, _)| *of_type == type_name)?;
        Some(found.1)
    }

    /// The type and id of an object by its index.
    pub(super) fn object(&self, index: u32) -> Option<(NameId, &str)> {
        let (type_name, id) = self.objects.get(usize::try_from(index).ok()?)?;
        Some((*type_name, id))
    }

    /// Keeps the values of a tuple; their index.
    pub(super) fn add_context(&mut self, context: &JsonObject) -> Option<u32> {
        let index = u32::try_from(self.contexts.len()).ok()?;
        self.contexts.push(context.clone());
        Some(index)
    }

    pub(super) fn context(&self, index: u32) -> Option<&JsonObject> {
        self.contexts.get(usize::try_from(index).ok()?)
    }

    pub(super) fn tuple(
        &self,
        object: ObjectId,
        relation: NameId,
        subject: Subject,
    ) -> Option<Option<Edge>> {
        self.tuples.get(&(object, relation, subject)).copied()
    }

    /// A set of usersets that is not the stored one.
    pub(super) fn usersets<'s>(
        &self,
        object: ObjectId,
        relation: NameId,
        stored: impl FnOnce() -> &'s [Edge],
    ) -> Option<&[Edge]> {
        let set = self.usersets.get(&(object, relation))?;
        Some(set.get_or_init(|| {
            let brought = self.contextual.iter().filter(|one| one.is_userset());
            with_edges(stored(), brought, (object, relation))
        }))
    }

    /// A set of objects that is not the stored one.
    pub(super) fn objects<'s>(
        &self,
        object: ObjectId,
        relation: NameId,
        stored: impl FnOnce() -> &'s [Edge],
    ) -> Option<&[Edge]> {
        let set = self.of_objects.get(&(object, relation))?;
        Some(set.get_or_init(|| {
            let brought = self.contextual.iter().filter(|one| one.is_object());
            with_edges(stored(), brought, (object, relation))
        }))
    }

    /// The set of a subject that is not the stored one.
    pub(super) fn of<'s>(
        &self,
        subject: Subject,
        stored: impl FnOnce() -> &'s [BackEdge],
    ) -> Option<&[BackEdge]> {
        let set = self.of_subjects.get(&subject)?;
        Some(set.get_or_init(|| {
            let mut edges = stored().to_vec();
            let brought = self.contextual.iter();
            for one in brought.filter(|one| one.edge.subject == subject) {
                put_back(&mut edges, one.back());
            }
            edges
        }))
    }

    /// Holds a set that has nothing in it so far.
    pub(super) fn hold(&mut self, set: Set) {
        match set {
            Set::Tuple(object, relation, subject) => {
                self.tuples.insert((object, relation, subject), None);
            }
            Set::Usersets(object, relation) => {
                self.usersets.insert((object, relation), Vec::new().into());
            }
            Set::Objects(object, relation) => {
                self.of_objects
                    .insert((object, relation), Vec::new().into());
            }
            Set::Of(subject) => {
                self.of_subjects.insert(subject, Vec::new().into());
            }
        }
    }

    /// Adds to a single tuple's set.
    pub(super) fn add_tuple(&mut self, one: Numbered) {
        let key = (one.object, one.relation, one.edge.subject);
        self.tuples.insert(key, Some(one.edge));
    }

    /// Adds to a set of usersets that was held.
    pub(super) fn add_userset(&mut self, one: Numbered) {
        let set = self.usersets.get_mut(&(one.object, one.relation));
        add(set, one.edge);
    }

    /// Adds to a set of objects that was held.
    pub(super) fn add_object(&mut self, one: Numbered) {
        let set = self.of_objects.get_mut(&(one.object, one.relation));
        add(set, one.edge);
    }

    /// Adds to the set of a subject that was held.
    pub(super) fn add_of(&mut self, one: Numbered) {
        add(self.of_subjects.get_mut(&one.edge.subject), one.back());
    }

    /// Notes a tuple that the question brings along. Where the store is in memory, the sets that it
    /// belongs to are not the stored ones any more.
    pub(super) fn bring(&mut self, one: Numbered, is_in_memory: bool) {
        self.contextual.push(one);
        if !is_in_memory {
            return;
        }
        let set = (one.object, one.relation);
        if one.is_userset() {
            self.usersets.entry(set).or_default();
        }
        if one.is_object() {
            self.of_objects.entry(set).or_default();
        }
        self.of_subjects.entry(one.edge.subject).or_default();
    }

    /// Whatever sets are here hold the tuples that the question brings along.
    pub(super) fn put_contextual(&mut self) {
        for one in &self.contextual {
            let set = (one.object, one.relation);
            let key = (one.object, one.relation, one.edge.subject);
            self.tuples.insert(key, Some(one.edge));
            let sets = if one.is_userset() {
                &mut self.usersets
            } else {
                &mut self.of_objects
            };
            let edges = sets.get_mut(&set).filter(|_| !one.is_wildcard);
            if let Some(edges) = edges.and_then(OnceLock::get_mut) {
                put(edges, one.edge);
            }
            let edges = self.of_subjects.get_mut(&one.edge.subject);
            if let Some(edges) = edges.and_then(OnceLock::get_mut) {
                put_back(edges, one.back());
            }
        }
    }
}

/// Adds to a set that is held.
fn add<E>(set: Option<&mut Content<E>>, edge: E) {
    if let Some(edges) = set.and_then(OnceLock::get_mut) {
        edges.push(edge);
    }
}

/// A stored set with the tuples of it that a question brings along.
fn with_edges<'n>(
    stored: &[Edge],
    brought: impl Iterator<Item = &'n Numbered>,
    set: (ObjectId, NameId),
) -> Vec<Edge> {
    let mut edges = stored.to_vec();
    for one in brought.filter(|one| (one.object, one.relation) == set) {
        put(&mut edges, one.edge);
    }
    edges
}

/// Adds an edge, or replaces the one of its subject.
fn put(edges: &mut Vec<Edge>, edge: Edge) {
    edges.retain(|known| known.subject != edge.subject);
    edges.push(edge);
}

/// Adds an edge, or replaces the one of its object and relation.
fn put_back(edges: &mut Vec<BackEdge>, edge: BackEdge) {
    let set = (edge.object, edge.relation);
    edges.retain(|known| (known.object, known.relation) != set);
    edges.push(edge);
}

impl Numbered {
    /// Its subject is whoever has a relation.
    const fn is_userset(&self) -> bool {
        self.edge.subject.relation.is_some()
    }

    /// Its subject is one object.
    const fn is_object(&self) -> bool {
        !self.is_userset() && !self.is_wildcard
    }

    const fn back(&self) -> BackEdge {
        BackEdge {
            object: self.object,
            relation: self.relation,
            condition: self.edge.condition,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rebac::Names;

    /// A long set to which a question adds is not copied before it is asked for, and then once.
    #[test]
    fn a_stored_set_is_taken_over_when_it_is_asked_for() {
        let relation = Names::default().add("viewer");
        let edge = |number| Edge {
            subject: Subject {
                object: ObjectId(number),
                relation: None,
            },
            condition: None,
        };
        let mut own = Own::new(100);
        let brought = Numbered {
            object: ObjectId(1),
            relation,
            edge: edge(7),
            is_wildcard: false,
        };
        own.bring(brought, true);
        own.put_contextual();
        assert!(own.of_objects.values().all(|set| set.get().is_none()));
        let stored = [edge(5), edge(7)];
        let first = own.objects(ObjectId(1), relation, || &stored).unwrap();
        assert_eq!(first, [edge(5), edge(7)]);
        let again = own.objects(ObjectId(1), relation, || unreachable!());
        assert_eq!(again.unwrap(), first);
        // Nothing was added to these.
        assert_eq!(own.usersets(ObjectId(1), relation, || &stored), None);
        assert_eq!(own.objects(ObjectId(2), relation, || &stored), None);
    }
}
