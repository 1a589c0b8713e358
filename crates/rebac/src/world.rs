//! A whole graph in memory, for small stores and for trying a model out.

use crate::graph::{BackEdge, Conditional, Edge, Graph, Loaded, Subject};
use crate::names::{NameId, Names, ObjectId};
use std::collections::HashMap;
use types::{Object, TupleKey};

/// The id of the object that stands for all objects of a type; no object may have it.
const EVERYBODY: &str = "*";

/// Tuples in memory, all of them loaded.
#[derive(Debug, Clone, Default)]
pub struct World {
    objects: HashMap<(NameId, Box<str>), ObjectId>,
    /// Type and id, by the number of the object.
    texts: Vec<(NameId, Box<str>)>,
    tuples: HashMap<(ObjectId, NameId, Subject), Edge>,
    usersets: HashMap<(ObjectId, NameId), Vec<Edge>>,
    of_objects: HashMap<(ObjectId, NameId), Vec<Edge>>,
    of_subjects: HashMap<Subject, Vec<BackEdge>>,
}

impl World {
    /// The number of an object, which is new or known.
    pub fn object(&mut self, names: &mut Names, object: &Object) -> ObjectId {
        self.intern(names.add(object.type_name()), object.id())
    }

    /// A subject by the numbers of its parts, which are new or known.
    pub fn subject(&mut self, names: &mut Names, subject: &types::Subject) -> Subject {
        match subject {
            types::Subject::Object(object) => Subject {
                object: self.object(names, object),
                relation: None,
            },
            types::Subject::Userset(object, relation) => Subject {
                object: self.object(names, object),
                relation: Some(names.add(relation)),
            },
            types::Subject::Wildcard(type_name) => Subject {
                object: self.intern(names.add(type_name), EVERYBODY),
                relation: None,
            },
        }
    }

    /// Adds a tuple, or gives another condition to one that is there.
    pub fn add(&mut self, names: &mut Names, key: &TupleKey, condition: Option<Conditional>) {
        let object = self.object(names, &key.object);
        let relation = names.add(&key.relation);
        let subject = self.subject(names, &key.subject);
        let edge = Edge { subject, condition };
        let back = BackEdge {
            object,
            relation,
            condition,
        };
        let is_known = self
            .tuples
            .insert((object, relation, subject), edge)
            .is_some();
        let of_subject = self.of_subjects.entry(subject).or_default();
        if is_known {
            of_subject.retain(|known| (known.object, known.relation) != (object, relation));
        }
        of_subject.push(back);
        let sets = match key.subject {
            types::Subject::Userset(..) => &mut self.usersets,
            types::Subject::Object(_) => &mut self.of_objects,
            // It is only ever asked for by its name.
            types::Subject::Wildcard(_) => return,
        };
        let set = sets.entry((object, relation)).or_default();
        if is_known {
            set.retain(|known| known.subject != subject);
        }
        set.push(edge);
    }

    /// A subject as it is written: `user:ann`, `user:*`, `group:staff#member`.
    pub fn text(&self, names: &Names, subject: Subject) -> String {
        let index = usize::try_from(subject.object.0).unwrap_or(usize::MAX);
        let Some((type_name, id)) = self.texts.get(index) else {
            return String::new();
        };
        let object = format!("{}:{id}", names.text(*type_name));
        match subject.relation {
            Some(relation) => format!("{object}#{}", names.text(relation)),
            None => object,
        }
    }

    fn intern(&mut self, type_name: NameId, id: &str) -> ObjectId {
        let key = (type_name, Box::from(id));
        if let Some(known) = self.objects.get(&key) {
            return *known;
        }
        let object = ObjectId(u32::try_from(self.texts.len()).unwrap_or(u32::MAX));
        self.texts.push(key.clone());
        self.objects.insert(key, object);
        object
    }
}

impl Graph for World {
    fn type_of(&self, object: ObjectId) -> Option<NameId> {
        let index = usize::try_from(object.0).ok()?;
        self.texts.get(index).map(|(type_name, _)| *type_name)
    }

    fn wildcard(&self, type_name: NameId) -> Option<ObjectId> {
        self.objects.get(&(type_name, EVERYBODY.into())).copied()
    }

    fn tuple(&self, object: ObjectId, relation: NameId, subject: Subject) -> Loaded<Option<Edge>> {
        Loaded::Here(self.tuples.get(&(object, relation, subject)).copied())
    }

    fn usersets(&self, object: ObjectId, relation: NameId) -> Loaded<&[Edge]> {
        let set = self.usersets.get(&(object, relation));
        Loaded::Here(set.map_or(&[], Vec::as_slice))
    }

    fn objects(&self, object: ObjectId, relation: NameId) -> Loaded<&[Edge]> {
        let set = self.of_objects.get(&(object, relation));
        Loaded::Here(set.map_or(&[], Vec::as_slice))
    }

    fn of(&self, subject: Subject) -> Loaded<&[BackEdge]> {
        let set = self.of_subjects.get(&subject);
        Loaded::Here(set.map_or(&[], Vec::as_slice))
    }
}
