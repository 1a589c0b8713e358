//! The tuples as one question sees them: those of the store, kept in memory or loaded as they are
//! asked for, and those that the question brings along.

mod graph;
mod judge;
mod written;

use crate::ready::ReadyModel;
use crate::resident::Resident;
use judge::Judge;
use rebac::condition::{Context, JsonObject};
use rebac::{BackEdge, Conditional, Edge, Graph, Loaded, NameId, Names, ObjectId, Set, Subject};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use store::tuples::Found;
use types::{Object, Tuple};

/// The id of what stands for all objects of a type.
const EVERYBODY: &str = "*";
/// The values of a tuple that is not of the resident graph have numbers from here on.
const OWN_CONTEXTS: u32 = 1 << 31;

/// The graph of one question.
///
/// A set that it holds itself stands for the whole of it. All others are those of the resident
/// graph, or missing where there is none.
#[derive(Debug)]
pub(crate) struct Asked {
    names: Arc<Names>,
    resident: Option<Resident>,
    /// Objects that the resident graph does not know have numbers from here on.
    first_own: u32,
    own: Vec<(NameId, Box<str>)>,
    own_numbers: HashMap<(NameId, Box<str>), ObjectId>,
    contexts: Vec<JsonObject>,
    tuples: HashMap<(ObjectId, NameId, Subject), Option<Edge>>,
    usersets: HashMap<(ObjectId, NameId), Vec<Edge>>,
    objects: HashMap<(ObjectId, NameId), Vec<Edge>>,
    of: HashMap<Subject, Vec<BackEdge>>,
    contextual: Vec<Numbered>,
}

/// A tuple in numbers.
#[derive(Debug, Clone, Copy)]
struct Numbered {
    object: ObjectId,
    relation: NameId,
    edge: Edge,
    is_wildcard: bool,
}

impl Asked {
    /// The graph of a question to a store that is kept in memory as a whole.
    pub(crate) fn resident(resident: Resident) -> Self {
        let first_own = resident.objects_end();
        Self::new(Arc::clone(resident.names()), Some(resident), first_own)
    }

    /// The graph of a question to a store of which nothing is loaded yet.
    pub(crate) fn on_demand(names: Arc<Names>, ready: &ReadyModel) -> Self {
        let mut asked = Self::new(names, None, 0);
        // Whoever asks for everybody must have a number to ask with, loaded or not.
        for definition in &ready.model.types {
            if let Some(type_name) = asked.names.find(&definition.name) {
                asked.number(type_name, EVERYBODY);
            }
        }
        asked
    }

    fn new(names: Arc<Names>, resident: Option<Resident>, first_own: u32) -> Self {
        Self {
            names,
            resident,
            first_own,
            own: Vec::new(),
            own_numbers: HashMap::new(),
            contexts: Vec::new(),
            tuples: HashMap::new(),
            usersets: HashMap::new(),
            objects: HashMap::new(),
            of: HashMap::new(),
            contextual: Vec::new(),
        }
    }

    pub(crate) fn names(&self) -> &Names {
        &self.names
    }

    /// The number of an object whose type is known.
    pub(crate) fn object(&mut self, object: &Object) -> Option<ObjectId> {
        let type_name = self.names.find(object.type_name())?;
        Some(self.number(type_name, object.id()))
    }

    /// A subject whose names are known.
    pub(crate) fn subject(&mut self, subject: &types::Subject) -> Option<Subject> {
        let (object, relation) = match subject {
            types::Subject::Object(object) => (self.object(object)?, None),
            types::Subject::Userset(object, relation) => {
                (self.object(object)?, Some(self.names.find(relation)?))
            }
            types::Subject::Wildcard(type_name) => {
                let type_name = self.names.find(type_name)?;
                (self.number(type_name, EVERYBODY), None)
            }
        };
        Some(Subject { object, relation })
    }

    /// Adds tuples that count for this question only; one that is stored as well counts as it is
    /// written here. The model takes all of them.
    pub(crate) fn bring(&mut self, tuples: &[Tuple]) {
        for tuple in tuples {
            if let Some(numbered) = self.numbered(tuple) {
                self.contextual.push(numbered);
            }
        }
        if let Some(resident) = self.resident.clone() {
            for index in 0..self.contextual.len() {
                let Some(Numbered {
                    object,
                    relation,
                    edge,
                    ..
                }) = self.contextual.get(index).copied()
                else {
                    continue;
                };
                let set = (object, relation);
                if let Loaded::Here(edges) = resident.usersets(object, relation) {
                    self.usersets.entry(set).or_insert_with(|| edges.to_vec());
                }
                if let Loaded::Here(edges) = resident.objects(object, relation) {
                    self.objects.entry(set).or_insert_with(|| edges.to_vec());
                }
                if let Loaded::Here(edges) = resident.of(edge.subject) {
                    let of = self.of.entry(edge.subject);
                    of.or_insert_with(|| edges.to_vec());
                }
            }
        }
        self.put_contextual();
    }

    /// Takes what was found for these sets: from now on they are here, empty or not.
    pub(crate) fn fill(&mut self, sets: &BTreeSet<Set>, found: &Found) {
        for set in sets {
            match *set {
                Set::Tuple(object, relation, subject) => {
                    self.tuples.insert((object, relation, subject), None);
                }
                Set::Usersets(object, relation) => {
                    self.usersets.insert((object, relation), Vec::new());
                }
                Set::Objects(object, relation) => {
                    self.objects.insert((object, relation), Vec::new());
                }
                Set::Of(subject) => {
                    self.of.insert(subject, Vec::new());
                }
            }
        }
        for tuple in &found.tuples {
            if let Some(one) = self.numbered(tuple) {
                let key = (one.object, one.relation, one.edge.subject);
                self.tuples.insert(key, Some(one.edge));
            }
        }
        for tuple in &found.usersets {
            if let Some(one) = self.numbered(tuple) {
                let set = self.usersets.entry((one.object, one.relation));
                set.or_default().push(one.edge);
            }
        }
        for tuple in &found.objects {
            if let Some(one) = self.numbered(tuple) {
                let set = self.objects.entry((one.object, one.relation));
                set.or_default().push(one.edge);
            }
        }
        for tuple in &found.of {
            if let Some(one) = self.numbered(tuple) {
                self.of
                    .entry(one.edge.subject)
                    .or_default()
                    .push(one.back());
            }
        }
        self.put_contextual();
    }

    /// Whatever sets are here hold the tuples that the question brings along.
    fn put_contextual(&mut self) {
        for one in std::mem::take(&mut self.contextual) {
            let set = (one.object, one.relation);
            let Edge { subject, .. } = one.edge;
            let key = (one.object, one.relation, subject);
            self.tuples.insert(key, Some(one.edge));
            let sets = match subject.relation {
                Some(_) => &mut self.usersets,
                None => &mut self.objects,
            };
            if let Some(edges) = sets.get_mut(&set).filter(|_| !one.is_wildcard) {
                edges.retain(|known| known.subject != subject);
                edges.push(one.edge);
            }
            if let Some(edges) = self.of.get_mut(&subject) {
                edges.retain(|known| (known.object, known.relation) != set);
                edges.push(one.back());
            }
            self.contextual.push(one);
        }
    }

    /// A tuple in numbers; `None` where it has a name that neither the model nor the store has.
    fn numbered(&mut self, tuple: &Tuple) -> Option<Numbered> {
        let relation = self.names.find(&tuple.key.relation)?;
        let condition = match &tuple.condition {
            Some(condition) => {
                let name = self.names.find(&condition.name)?;
                let index = u32::try_from(self.contexts.len()).ok()?;
                let context = OWN_CONTEXTS.checked_add(index)?;
                self.contexts.push(condition.context.clone());
                Some(Conditional { name, context })
            }
            None => None,
        };
        let subject = self.subject(&tuple.key.subject)?;
        Some(Numbered {
            object: self.object(&tuple.key.object)?,
            relation,
            edge: Edge { subject, condition },
            is_wildcard: matches!(tuple.key.subject, types::Subject::Wildcard(_)),
        })
    }

    fn number(&mut self, type_name: NameId, id: &str) -> ObjectId {
        let known = self.resident.as_ref();
        if let Some(known) = known.and_then(|resident| resident.find(type_name, id)) {
            return known;
        }
        let key = (type_name, Box::from(id));
        if let Some(known) = self.own_numbers.get(&key) {
            return *known;
        }
        let index = u32::try_from(self.own.len()).unwrap_or(u32::MAX);
        let number = ObjectId(self.first_own.saturating_add(index));
        self.own.push(key.clone());
        self.own_numbers.insert(key, number);
        number
    }

    fn parts(&self, object: ObjectId) -> Option<(NameId, &str)> {
        let Some(index) = object.0.checked_sub(self.first_own) else {
            return self.resident.as_ref()?.object(object);
        };
        let (type_name, id) = self.own.get(usize::try_from(index).ok()?)?;
        Some((*type_name, id))
    }

    /// Who judges the conditions of tuples, with the values that the question gives to them.
    pub(crate) const fn judge<'a>(
        &'a self,
        ready: &'a ReadyModel,
        request: Option<&'a JsonObject>,
    ) -> Judge<'a> {
        Judge {
            asked: self,
            ready,
            request,
        }
    }

    /// The values for a condition: those of a tuple, and behind them those of the question.
    pub(crate) fn values<'a>(
        &'a self,
        number: u32,
        request: Option<&'a JsonObject>,
    ) -> Context<'a> {
        Context::new(self.context(number), request)
    }

    fn context(&self, number: u32) -> Option<&JsonObject> {
        match number.checked_sub(OWN_CONTEXTS) {
            Some(index) => self.contexts.get(usize::try_from(index).ok()?),
            None => self.resident.as_ref()?.context(number),
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
