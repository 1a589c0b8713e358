//! A whole store's tuples in memory: a graph that stays as it is while the next one is made of it.

mod builder;
mod change;
mod contexts;
mod expiries;
mod index;
mod leaf;
mod objects;
mod sets;
mod sorted;
mod tree;

pub use builder::Builder;
pub(crate) use objects::EVERYBODY;

use contexts::Contexts;
use expiries::Expiries;
use objects::Objects;
use rebac::{BackEdge, Edge, Graph, Loaded, NameId, Names, ObjectId, Subject};
use sets::{Kind, Sets};
use std::fmt;
use std::sync::Arc;
use types::{JsonObject, Time, Tuple};

/// Allocators round what they are asked for up: by about one part in as many, at the sizes here.
const ALLOCATION_LOSS: usize = 16;

/// The tuples of a store at one version. It never changes, and a clone costs nothing: what brings
/// it forward makes a new one that shares nearly all of its memory, and whoever reads the old one
/// reads on.
///
/// A number of an object or a context means the same in every graph that was made from one build;
/// in those that do not have it, it means nothing.
#[derive(Clone)]
pub struct Resident(Arc<State>);

/// What there is to know. Its parts are cheap to clone, and share what is not changed.
#[derive(Debug, Clone, Default)]
struct State {
    version: i64,
    names: Arc<Names>,
    objects: Objects,
    contexts: Contexts,
    /// By the object of a tuple.
    edges: Sets<Edge>,
    /// By the object of its subject.
    back_edges: Sets<BackEdge>,
    expiries: Expiries,
    tuples: u64,
}

impl Resident {
    /// Begins to build the graph of a store from its names and tuples.
    pub fn builder(names: Names) -> Builder {
        Builder::new(names)
    }

    /// The store's version that it stands at.
    pub fn version(&self) -> i64 {
        self.0.version
    }

    /// The names that its numbers stand for: those it was given, and those its tuples added.
    pub fn names(&self) -> &Arc<Names> {
        &self.0.names
    }

    /// The same tuples with more names, because the store got another model: `names` are these
    /// [`Resident::names`] and others behind them.
    #[must_use]
    pub fn with_names(&self, names: Arc<Names>) -> Resident {
        let mut next = self.next();
        next.names = names;
        Resident(Arc::new(next))
    }

    /// The number of an object that a tuple names; the id `*` is that of everybody of the type.
    pub fn find(&self, type_name: NameId, id: &str) -> Option<ObjectId> {
        self.0.objects.find(type_name, id)
    }

    /// The type and id of an object; the id `*` is that of everybody of the type.
    pub fn object(&self, object: ObjectId) -> Option<(NameId, &str)> {
        self.0.objects.get(object)
    }

    /// The number from which on none has been given to an object.
    pub fn objects_end(&self) -> u32 {
        self.0.objects.end()
    }

    /// The number from which on none has been given to an object or a context.
    pub(crate) fn numbers_end(&self) -> u32 {
        self.0.objects.end().max(self.0.contexts.end())
    }

    /// Whether this is the very same graph.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The values that a tuple gives to its condition, by their number in
    /// [`rebac::Conditional::context`].
    pub fn context(&self, number: u32) -> Option<&JsonObject> {
        self.0.contexts.get(number)
    }

    /// The graph after some changes, in their order, at a later version of the store. A change is
    /// a write, which replaces the tuple of the same key, or (`true`) a delete, for which the key
    /// alone counts.
    #[must_use]
    pub fn apply<'a>(
        &self,
        version: i64,
        changes: impl IntoIterator<Item = (bool, &'a Tuple)>,
    ) -> Resident {
        let mut next = self.next();
        next.version = version;
        for (is_delete, tuple) in changes {
            if is_delete {
                next.delete(&tuple.key);
            } else {
                next.write(tuple);
            }
        }
        Resident(Arc::new(next))
    }

    /// When the next tuple expires.
    pub fn next_expiry(&self) -> Option<Time> {
        self.0.expiries.next()
    }

    /// The graph without the tuples that have expired: whose `expires_at` is not after `now`. None
    /// where it has none of these.
    #[must_use]
    pub fn without_expired(&self, now: Time) -> Option<Resident> {
        if self.next_expiry().is_none_or(|next| next > now) {
            return None;
        }
        let mut next = self.next();
        next.delete_expired(now);
        Some(Resident(Arc::new(next)))
    }

    /// How many tuples there are.
    pub fn tuples(&self) -> u64 {
        self.0.tuples
    }

    /// The memory that it takes, as far as it is its own: names are shared with the models.
    pub fn bytes(&self) -> usize {
        let state = &self.0;
        let asked_for = size_of::<State>()
            + state.objects.bytes()
            + state.contexts.bytes()
            + state.edges.bytes()
            + state.back_edges.bytes()
            + state.expiries.bytes();
        asked_for + asked_for / ALLOCATION_LOSS
    }

    fn next(&self) -> State {
        State::clone(&self.0)
    }
}

impl Graph for Resident {
    fn type_of(&self, object: ObjectId) -> Option<NameId> {
        self.0.objects.type_of(object)
    }

    fn wildcard(&self, type_name: NameId) -> Option<ObjectId> {
        self.0.objects.wildcard(type_name)
    }

    fn tuple(&self, object: ObjectId, relation: NameId, subject: Subject) -> Loaded<Option<Edge>> {
        let find = |kind| self.0.edges.find(object, (relation, kind), subject);
        let found = match subject.relation {
            Some(_) => find(Kind::Usersets),
            // Whether it is everybody is not asked: an object without such tuples costs little.
            None => find(Kind::Objects).or_else(|| find(Kind::Wildcards)),
        };
        Loaded::Here(found.copied())
    }

    fn usersets(&self, object: ObjectId, relation: NameId) -> Loaded<&[Edge]> {
        Loaded::Here(self.0.edges.set(object, (relation, Kind::Usersets)))
    }

    fn objects(&self, object: ObjectId, relation: NameId) -> Loaded<&[Edge]> {
        Loaded::Here(self.0.edges.set(object, (relation, Kind::Objects)))
    }

    fn of(&self, subject: Subject) -> Loaded<&[BackEdge]> {
        Loaded::Here(self.0.back_edges.set(subject.object, subject.relation))
    }
}

impl fmt::Debug for Resident {
    /// Not the tuples: there may be millions.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resident")
            .field("version", &self.version())
            .field("tuples", &self.tuples())
            .field("bytes", &self.bytes())
            .finish_non_exhaustive()
    }
}
