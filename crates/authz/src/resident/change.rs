//! Writing and deleting tuples in a graph that is not shared yet.

use super::State;
use super::expiries::Key;
use super::objects::EVERYBODY;
use super::sets::{Entry, Kind};
use rebac::{BackEdge, Conditional, Edge, NameId, Names, ObjectId, Subject};
use std::sync::Arc;
use types::{Object, Time, Tuple, TupleCondition, TupleKey};

impl State {
    /// Writes a tuple: it is new, or it replaces the one of its key.
    pub(super) fn write(&mut self, tuple: &Tuple) {
        let key = self.add_key(&tuple.key);
        let kind = kind(&tuple.key.subject);
        let condition = (tuple.condition.as_ref()).map(|condition| self.add_condition(condition));
        let replaced = self.edges.put(Entry {
            object: key.object,
            key: (key.relation, kind),
            link: Edge {
                subject: key.subject,
                condition,
            },
        });
        self.back_edges.put(Entry {
            object: key.subject.object,
            key: key.subject.relation,
            link: BackEdge {
                object: key.object,
                relation: key.relation,
                condition,
            },
        });
        match replaced {
            Some(edge) => self.release_condition(edge.condition),
            None => self.tuples += 1,
        }
        self.expiries.set(key, tuple.expires_at);
    }

    /// Deletes a tuple, if it is there.
    pub(super) fn delete(&mut self, key: &TupleKey) {
        if let Some(key) = self.find_key(key) {
            self.delete_numbered(key);
        }
    }

    /// Deletes the tuples that have expired.
    pub(super) fn delete_expired(&mut self, now: Time) {
        while let Some(key) = self.expiries.take_expired(now) {
            self.delete_numbered(key);
        }
    }

    /// A tuple's key in numbers, of which some may be new.
    pub(super) fn add_key(&mut self, key: &TupleKey) -> Key {
        Key {
            object: self.add_object(&key.object),
            relation: self.add_name(&key.relation),
            subject: self.add_subject(&key.subject),
        }
    }

    /// A tuple's condition in numbers. Its context is counted: one day it must be released.
    pub(super) fn add_condition(&mut self, condition: &TupleCondition) -> Conditional {
        Conditional {
            name: self.add_name(&condition.name),
            context: self.contexts.add(&condition.context),
        }
    }

    /// A tuple does not have this condition any more.
    pub(super) fn release_condition(&mut self, condition: Option<Conditional>) {
        if let Some(condition) = condition {
            self.contexts.release(condition.context);
        }
    }

    fn delete_numbered(&mut self, key: Key) {
        let set = (key.relation, self.kind_of(key.subject));
        let Some(edge) = self.edges.remove(key.object, set, key.subject) else {
            return;
        };
        let back = (key.object, key.relation);
        let Subject { object, relation } = key.subject;
        self.back_edges.remove(object, relation, back);
        self.release_condition(edge.condition);
        self.expiries.set(key, None);
        self.tuples = self.tuples.saturating_sub(1);
        self.remove_unused(key.object);
        self.remove_unused(object);
    }

    fn remove_unused(&mut self, object: ObjectId) {
        if self.edges.has_no_set(object) && self.back_edges.has_no_set(object) {
            self.objects.remove(object);
        }
    }

    fn add_name(&mut self, name: &str) -> NameId {
        let known = self.names.find(name);
        known.unwrap_or_else(|| Arc::make_mut(&mut self.names).add(name))
    }

    fn add_object(&mut self, object: &Object) -> ObjectId {
        let type_name = self.add_name(object.type_name());
        self.objects.add(type_name, object.id())
    }

    fn add_subject(&mut self, subject: &types::Subject) -> Subject {
        match subject {
            types::Subject::Object(object) => Subject {
                object: self.add_object(object),
                relation: None,
            },
            types::Subject::Userset(object, relation) => Subject {
                object: self.add_object(object),
                relation: Some(self.add_name(relation)),
            },
            types::Subject::Wildcard(type_name) => {
                let type_name = self.add_name(type_name);
                Subject {
                    object: self.objects.add(type_name, EVERYBODY),
                    relation: None,
                }
            }
        }
    }

    fn find_key(&self, key: &TupleKey) -> Option<Key> {
        let names: &Names = &self.names;
        let find = |type_name: &str, id: &str| self.objects.find(names.find(type_name)?, id);
        let object = |object: &Object| find(object.type_name(), object.id());
        let (of, relation) = match &key.subject {
            types::Subject::Object(subject) => (object(subject)?, None),
            types::Subject::Userset(subject, relation) => {
                (object(subject)?, Some(names.find(relation)?))
            }
            types::Subject::Wildcard(type_name) => (find(type_name, EVERYBODY)?, None),
        };
        Some(Key {
            object: object(&key.object)?,
            relation: names.find(&key.relation)?,
            subject: Subject {
                object: of,
                relation,
            },
        })
    }

    fn kind_of(&self, subject: Subject) -> Kind {
        let text = || self.objects.get(subject.object);
        match subject.relation {
            Some(_) => Kind::Usersets,
            None if text().is_some_and(|(_, id)| id == EVERYBODY) => Kind::Wildcards,
            None => Kind::Objects,
        }
    }
}

/// The kind of sets that a tuple with this subject is in.
pub(super) fn kind(subject: &types::Subject) -> Kind {
    match subject {
        types::Subject::Object(_) => Kind::Objects,
        types::Subject::Wildcard(_) => Kind::Wildcards,
        types::Subject::Userset(..) => Kind::Usersets,
    }
}
