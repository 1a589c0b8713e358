//! Numbers back as they are written: for answers, and for what is to be loaded.

use super::Asked;
use rebac::{NameId, ObjectId, Set, Subject};
use std::collections::BTreeSet;
use store::tuples::Wanted;
use types::{Object, TupleKey};

impl Asked {
    /// A subject as it is written.
    pub(crate) fn text(&self, subject: Subject) -> String {
        let Some((type_name, id)) = self.parts(subject.object) else {
            return String::new();
        };
        let type_name = self.names.text(type_name);
        match subject.relation {
            Some(relation) => format!("{type_name}:{id}#{}", self.names.text(relation)),
            None => format!("{type_name}:{id}"),
        }
    }

    /// What is to be loaded for these sets.
    pub(crate) fn wanted(&self, sets: &BTreeSet<Set>) -> Wanted {
        let mut wanted = Wanted::default();
        for set in sets {
            match *set {
                Set::Tuple(object, relation, subject) => {
                    wanted.tuples.extend(self.key(object, relation, subject));
                }
                Set::Usersets(object, relation) => {
                    let object = self.written_object(object);
                    let relation = self.names.text(relation).to_owned();
                    wanted.usersets.extend(object.map(|one| (one, relation)));
                }
                Set::Objects(object, relation) => {
                    let object = self.written_object(object);
                    let relation = self.names.text(relation).to_owned();
                    wanted.objects.extend(object.map(|one| (one, relation)));
                }
                Set::Of(subject) => wanted.of.extend(self.written_subject(subject)),
            }
        }
        wanted
    }

    fn written_object(&self, object: ObjectId) -> Option<Object> {
        let (type_name, id) = self.parts(object)?;
        Object::parse(&format!("{}:{id}", self.names.text(type_name))).ok()
    }

    fn written_subject(&self, subject: Subject) -> Option<types::Subject> {
        types::Subject::parse(&self.text(subject)).ok()
    }

    /// The key of a tuple in numbers.
    pub(crate) fn key(
        &self,
        object: ObjectId,
        relation: NameId,
        subject: Subject,
    ) -> Option<TupleKey> {
        Some(TupleKey {
            subject: self.written_subject(subject)?,
            relation: self.names.text(relation).to_owned(),
            object: self.written_object(object)?,
        })
    }
}
