//! The tuples as one question sees them: those of the store, kept in memory or loaded as they are
//! asked for, and those that the question brings along.

mod graph;
mod own;
mod written;

use crate::judge::{Judge, Values};
use crate::known::View;
use crate::ready::ReadyModel;
use crate::resident::{EVERYBODY, Resident};
use own::{Numbered, Own};
use rebac::condition::{Context, JsonObject};
use rebac::{Conditional, Edge, NameId, Names, ObjectId, Set, Subject};
use std::collections::BTreeSet;
use std::sync::Arc;
use store::tuples::Found;
use types::{ObjectRef, SubjectRef, Tuple};

/// The values of a tuple that is not of the resident graph have numbers from here on.
const OWN_CONTEXTS: u32 = 1 << 31;

/// The graph of one question.
///
/// A set that it holds itself stands for the whole of it. All others are those of the resident
/// graph, or missing where there is none.
#[derive(Debug)]
pub(crate) struct Asked {
    view: Arc<View>,
    /// Objects that the resident graph does not know have numbers from here on.
    first_own: u32,
    /// Apart, since most questions to a store in memory have nothing of their own.
    own: Option<Box<Own>>,
}

impl Asked {
    /// The graph of a question, with the tuples that it brings along. Where the store is not in
    /// memory, nothing of it is loaded yet.
    pub(crate) fn of(view: &Arc<View>, contextual: &[Tuple]) -> Self {
        let resident = view.resident.as_ref();
        let mut asked = Self {
            view: Arc::clone(view),
            first_own: resident.map_or(0, Resident::objects_end),
            own: None,
        };
        if resident.is_none() {
            // Whoever asks for everybody must have a number to ask with, loaded or not.
            for definition in &view.ready.model.types {
                if let Some(type_name) = view.names.find(&definition.name) {
                    asked.number(type_name, EVERYBODY);
                }
            }
        }
        if !contextual.is_empty() {
            asked.bring(contextual);
        }
        asked
    }

    /// What the question is answered from, beside what it brings along.
    pub(crate) fn view(&self) -> &View {
        &self.view
    }

    pub(crate) fn names(&self) -> &Names {
        &self.view.names
    }

    /// The number of an object whose type is known.
    pub(crate) fn object(&mut self, object: ObjectRef<'_>) -> Option<ObjectId> {
        let type_name = self.view.names.find(object.type_name())?;
        Some(self.number(type_name, object.id()))
    }

    /// A subject whose names are known.
    pub(crate) fn subject(&mut self, subject: SubjectRef<'_>) -> Option<Subject> {
        let (object, relation) = match subject {
            SubjectRef::Object(object) => (self.object(object)?, None),
            SubjectRef::Userset(object, relation) => {
                (self.object(object)?, Some(self.view.names.find(relation)?))
            }
            SubjectRef::Wildcard(type_name) => {
                let type_name = self.view.names.find(type_name)?;
                (self.number(type_name, EVERYBODY), None)
            }
        };
        Some(Subject { object, relation })
    }

    /// Adds tuples that count for this question only; one that is stored as well counts as it is
    /// written here. The model takes all of them.
    fn bring(&mut self, tuples: &[Tuple]) {
        let is_in_memory = self.view.resident.is_some();
        for tuple in tuples {
            if let Some(numbered) = self.numbered(tuple) {
                self.own_mut().bring(numbered, is_in_memory);
            }
        }
        self.own_mut().put_contextual();
    }

    /// Takes what was found for these sets: from now on they are here, empty or not.
    pub(crate) fn fill(&mut self, sets: &BTreeSet<Set>, found: &Found) {
        for set in sets {
            self.own_mut().hold(*set);
        }
        self.add_all(&found.tuples, Own::add_tuple);
        self.add_all(&found.usersets, Own::add_userset);
        self.add_all(&found.objects, Own::add_object);
        self.add_all(&found.of, Own::add_of);
        self.own_mut().put_contextual();
    }

    fn add_all(&mut self, tuples: &[Tuple], add: fn(&mut Own, Numbered)) {
        for tuple in tuples {
            if let Some(one) = self.numbered(tuple) {
                add(self.own_mut(), one);
            }
        }
    }

    fn own_mut(&mut self) -> &mut Own {
        let first = self.first_own;
        self.own.get_or_insert_with(|| Box::new(Own::new(first)))
    }

    /// A tuple in numbers; `None` where it has a name that neither the model nor the store has.
    fn numbered(&mut self, tuple: &Tuple) -> Option<Numbered> {
        let relation = self.view.names.find(&tuple.key.relation)?;
        let condition = match &tuple.condition {
            Some(condition) => {
                let name = self.view.names.find(&condition.name)?;
                let index = self.own_mut().add_context(&condition.context)?;
                let context = OWN_CONTEXTS.checked_add(index)?;
                Some(Conditional { name, context })
            }
            None => None,
        };
        let subject = self.subject(tuple.key.subject.by_ref())?;
        Some(Numbered {
            object: self.object(tuple.key.object.by_ref())?,
            relation,
            edge: Edge { subject, condition },
            is_wildcard: matches!(tuple.key.subject, types::Subject::Wildcard(_)),
        })
    }

    fn number(&mut self, type_name: NameId, id: &str) -> ObjectId {
        let known = self.view.resident.as_ref();
        if let Some(known) = known.and_then(|resident| resident.find(type_name, id)) {
            return known;
        }
        self.own_mut().number(type_name, id)
    }

    fn parts(&self, object: ObjectId) -> Option<(NameId, &str)> {
        match object.0.checked_sub(self.first_own) {
            Some(index) => self.own.as_ref()?.object(index),
            None => self.view.resident.as_ref()?.object(object),
        }
    }

    /// Who judges the conditions of tuples, with the values that the question gives to them.
    pub(crate) fn judge<'a>(
        &'a self,
        ready: &'a ReadyModel,
        request: Option<&'a JsonObject>,
    ) -> Judge<'a, Self> {
        Judge::new((ready, self.names()), self, request)
    }

    /// The values for a condition: those of a tuple, and behind them those of the question.
    pub(crate) fn values<'a>(
        &'a self,
        number: u32,
        request: Option<&'a JsonObject>,
    ) -> Context<'a> {
        Context::new(self.of_tuple(number), request)
    }
}

impl Values for Asked {
    fn of_tuple(&self, number: u32) -> Option<&JsonObject> {
        match number.checked_sub(OWN_CONTEXTS) {
            Some(index) => self.own.as_ref()?.context(index),
            None => self.view.resident.as_ref()?.context(number),
        }
    }
}
