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
        let type_name = self.names().text(type_name);
        match subject.relation {
            Some(relation) => format!("{type_name}:{id}#{}", self.names().text(relation)),
            None => format!("{type_name}:{id}"),
        }
    }

    /// What is to be loaded for these sets; `None` where one of them has no name, which must not
    /// be taken for a set with nothing in it.
    pub(crate) fn wanted(&self, sets: &BTreeSet<Set>) -> Option<Wanted> {
        let mut wanted = Wanted::default();
        let set = |object, relation| {
            let relation = self.names().text(relation).to_owned();
            Some((self.written_object(object)?, relation))
        };
        for one in sets {
            match *one {
                Set::Tuple(object, relation, subject) => {
                    wanted.tuples.push(self.key(object, relation, subject)?);
                }
                Set::Usersets(object, relation) => wanted.usersets.push(set(object, relation)?),
                Set::Objects(object, relation) => wanted.objects.push(set(object, relation)?),
                Set::Of(subject) => wanted.of.push(self.written_subject(subject)?),
            }
        }
        Some(wanted)
    }

    fn written_object(&self, object: ObjectId) -> Option<Object> {
        let (type_name, id) = self.parts(object)?;
        Object::from_parts(self.names().text(type_name).to_owned(), id.to_owned()).ok()
    }

    fn written_subject(&self, subject: Subject) -> Option<types::Subject> {
        let (type_name, id) = self.parts(subject.object)?;
        let relation = subject.relation.map(|name| self.names().text(name));
        let relation = relation.unwrap_or_default().to_owned();
        types::Subject::from_parts(
            self.names().text(type_name).to_owned(),
            id.to_owned(),
            relation,
        )
        .ok()
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
            relation: self.names().text(relation).to_owned(),
            object: self.written_object(object)?,
        })
    }
}
