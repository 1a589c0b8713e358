//! The tuples as evaluation sees them: sets that are there, or not loaded yet.

use crate::names::{NameId, ObjectId};

/// Who is related: an object, all objects of a type, or whoever has a relation to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// The object, or the one that stands for all of its type.
    pub object: ObjectId,
    /// For whoever has this relation to the object.
    pub relation: Option<NameId>,
}

/// One tuple of a set whose object and relation are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edge {
    /// Who.
    pub subject: Subject,
    /// What must hold for it to count.
    pub condition: Option<Conditional>,
}

/// The condition of a tuple.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Conditional {
    /// The name of the condition.
    pub name: NameId,
    /// Where the graph keeps the values that the tuple gives to it.
    pub context: u32,
}

/// One tuple of a set whose subject is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BackEdge {
    /// The object that the subject is related to.
    pub object: ObjectId,
    /// How.
    pub relation: NameId,
    /// What must hold for it to count.
    pub condition: Option<Conditional>,
}

// A whole store in memory is two of these a tuple and little else.
const _: () = assert!(size_of::<Edge>() == 16 && size_of::<BackEdge>() == 16);

/// What a graph knows of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loaded<T> {
    /// All of it.
    Here(T),
    /// Nothing: it must be loaded before the question can be answered.
    Missing,
}

/// A set of tuples that an evaluation reads. Its content may be empty, and the answer rests on that
/// as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Set {
    /// The tuple of exactly this object, relation and subject.
    Tuple(ObjectId, NameId, Subject),
    /// All tuples of an object and a relation whose subject is whoever has a relation.
    Usersets(ObjectId, NameId),
    /// All tuples of an object and a relation whose subject is one object.
    Objects(ObjectId, NameId),
    /// All tuples of a subject.
    Of(Subject),
}

/// The tuples of a store at one moment.
pub trait Graph {
    /// The type of an object; `None` for a number that the graph has not given.
    fn type_of(&self, object: ObjectId) -> Option<NameId>;
    /// What stands for all objects of a type; `None` where no tuple names it.
    fn wildcard(&self, type_name: NameId) -> Option<ObjectId>;
    /// The set [`Set::Tuple`]: one edge or none.
    fn tuple(&self, object: ObjectId, relation: NameId, subject: Subject) -> Loaded<Option<Edge>>;
    /// The set [`Set::Usersets`].
    fn usersets(&self, object: ObjectId, relation: NameId) -> Loaded<&[Edge]>;
    /// The set [`Set::Objects`].
    fn objects(&self, object: ObjectId, relation: NameId) -> Loaded<&[Edge]>;
    /// The set [`Set::Of`].
    fn of(&self, subject: Subject) -> Loaded<&[BackEdge]>;
}
