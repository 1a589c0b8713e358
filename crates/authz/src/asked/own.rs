//! What one question knows beside the store in memory: what was loaded for it and what it brings
//! along.

use super::EVERYBODY;
use foldhash::{HashMap, HashMapExt};
use rebac::condition::JsonObject;
use rebac::{BackEdge, Edge, NameId, ObjectId, Set, Subject};
use std::collections::{self, hash_map::Entry};

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
    usersets: HashMap<(ObjectId, NameId), Vec<Edge>>,
    of_objects: HashMap<(ObjectId, NameId), Vec<Edge>>,
    of_subjects: HashMap<Subject, Vec<BackEdge>>,
    /// The tuples that the question brings along.
    contextual: Vec<Numbered>,
}

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

    pub(super) fn usersets(&self, object: ObjectId, relation: NameId) -> Option<&[Edge]> {
        let set = self.usersets.get(&(object, relation));
        set.map(Vec::as_slice)
    }

    pub(super) fn objects(&self, object: ObjectId, relation: NameId) -> Option<&[Edge]> {
        let set = self.of_objects.get(&(object, relation));
        set.map(Vec::as_slice)
    }

    pub(super) fn of(&self, subject: Subject) -> Option<&[BackEdge]> {
        self.of_subjects.get(&subject).map(Vec::as_slice)
    }

    /// Holds a set that has nothing in it so far.
    pub(super) fn hold(&mut self, set: Set) {
        match set {
            Set::Tuple(object, relation, subject) => {
                self.tuples.insert((object, relation, subject), None);
            }
            Set::Usersets(object, relation) => {
                self.usersets.insert((object, relation), Vec::new());
            }
            Set::Objects(object, relation) => {
                self.of_objects.insert((object, relation), Vec::new());
            }
            Set::Of(subject) => {
                self.of_subjects.insert(subject, Vec::new());
            }
        }
    }

    /// Adds to a single tuple's set.
    pub(super) fn add_tuple(&mut self, one: Numbered) {
        let key = (one.object, one.relation, one.edge.subject);
        self.tuples.insert(key, Some(one.edge));
    }

    /// Adds to a set of usersets.
    pub(super) fn add_userset(&mut self, one: Numbered) {
        let set = self.usersets.entry((one.object, one.relation));
        set.or_default().push(one.edge);
    }

    /// Adds to a set of objects.
    pub(super) fn add_object(&mut self, one: Numbered) {
        let set = self.of_objects.entry((one.object, one.relation));
        set.or_default().push(one.edge);
    }

    /// Adds to the set of a subject.
    pub(super) fn add_of(&mut self, one: Numbered) {
        let set = self.of_subjects.entry(one.edge.subject);
        set.or_default().push(one.back());
    }

    /// Takes a tuple that the question brings along, and copies of the sets that it belongs to,
    /// where these are known.
    pub(super) fn bring(
        &mut self,
        one: Numbered,
        (usersets, objects, of): (&[Edge], &[Edge], &[BackEdge]),
    ) {
        let set = (one.object, one.relation);
        let usersets = || usersets.to_vec();
        self.usersets.entry(set).or_insert_with(usersets);
        let objects = || objects.to_vec();
        self.of_objects.entry(set).or_insert_with(objects);
        let of_subject = self.of_subjects.entry(one.edge.subject);
        of_subject.or_insert_with(|| of.to_vec());
    }

    /// Notes a tuple that the question brings along.
    pub(super) fn add_contextual(&mut self, one: Numbered) {
        self.contextual.push(one);
    }

    pub(super) fn contextual(&self) -> Vec<Numbered> {
        self.contextual.clone()
    }

    /// Whatever sets are here hold the tuples that the question brings along.
    pub(super) fn put_contextual(&mut self) {
        for one in &self.contextual {
            let set = (one.object, one.relation);
            let Edge { subject, .. } = one.edge;
            let key = (one.object, one.relation, subject);
            self.tuples.insert(key, Some(one.edge));
            let sets = match subject.relation {
                Some(_) => &mut self.usersets,
                None => &mut self.of_objects,
            };
            if let Some(edges) = sets.get_mut(&set).filter(|_| !one.is_wildcard) {
                edges.retain(|known| known.subject != subject);
                edges.push(one.edge);
            }
            if let Some(edges) = self.of_subjects.get_mut(&subject) {
                edges.retain(|known| (known.object, known.relation) != set);
                edges.push(one.back());
            }
        }
    }
}

impl Numbered {
    const fn back(&self) -> BackEdge {
        BackEdge {
            object: self.object,
            relation: self.relation,
            condition: self.edge.condition,
        }
    }
}
