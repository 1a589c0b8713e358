//! TEMPORARY stand-in.
use rebac::condition::JsonObject;
use rebac::{BackEdge, Edge, Graph, Loaded, NameId, Names, ObjectId, Subject};
use std::sync::Arc;
use types::{Time, Tuple};
/// x
#[derive(Debug, Clone)]
pub struct Resident {
    names: Arc<Names>,
}
/// x
#[derive(Debug)]
pub struct Builder(Names);
impl Builder {
    /// x
    pub fn add(&mut self, _: &Tuple) {}
    /// x
    pub fn finish(self, _: i64) -> Resident {
        Resident {
            names: Arc::new(self.0),
        }
    }
}
impl Resident {
    /// x
    pub fn builder(names: Names) -> Builder {
        Builder(names)
    }
    /// x
    pub fn version(&self) -> i64 {
        0
    }
    /// x
    pub fn names(&self) -> &Arc<Names> {
        &self.names
    }
    /// x
    pub fn with_names(&self, names: Arc<Names>) -> Self {
        Self { names }
    }
    /// x
    pub fn find(&self, _: NameId, _: &str) -> Option<ObjectId> {
        None
    }
    /// x
    pub fn object(&self, _: ObjectId) -> Option<(NameId, &str)> {
        None
    }
    /// x
    pub fn objects_end(&self) -> u32 {
        0
    }
    /// x
    pub fn context(&self, _: u32) -> Option<&JsonObject> {
        None
    }
    /// x
    pub fn apply<'a>(&self, _: i64, _: impl IntoIterator<Item = (bool, &'a Tuple)>) -> Self {
        self.clone()
    }
    /// x
    pub fn next_expiry(&self) -> Option<Time> {
        None
    }
    /// x
    pub fn without_expired(&self, _: Time) -> Self {
        self.clone()
    }
    /// x
    pub fn bytes(&self) -> usize {
        0
    }
}
impl Graph for Resident {
    fn type_of(&self, _: ObjectId) -> Option<NameId> {
        None
    }
    fn wildcard(&self, _: NameId) -> Option<ObjectId> {
        None
    }
    fn tuple(&self, _: ObjectId, _: NameId, _: Subject) -> Loaded<Option<Edge>> {
        Loaded::Here(None)
    }
    fn usersets(&self, _: ObjectId, _: NameId) -> Loaded<&[Edge]> {
        Loaded::Here(&[])
    }
    fn objects(&self, _: ObjectId, _: NameId) -> Loaded<&[Edge]> {
        Loaded::Here(&[])
    }
    fn of(&self, _: Subject) -> Loaded<&[BackEdge]> {
        Loaded::Here(&[])
    }
}
