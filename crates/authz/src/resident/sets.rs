//! All tuples of a store seen from one end: sets by the number of an object and a key.

use super::leaf::{Leaf, Link, OBJECTS};
use super::tree::Tree;
use rebac::{BackEdge, Edge, NameId, ObjectId, Subject};

/// What kind of subject the tuples of a set have: evaluation asks for each kind on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// One object.
    Objects,
    /// All objects of a type.
    Wildcards,
    /// Whoever has a relation to an object.
    Usersets,
}

/// The tuples of an object are in sets by relation and kind.
impl Link for Edge {
    type Key = (NameId, Kind);
    type Name = Subject;

    fn name(&self) -> Subject {
        self.subject
    }
}

/// The tuples of a subject's object are in sets by the relation that the subject names, if any.
impl Link for BackEdge {
    type Key = Option<NameId>;
    type Name = (ObjectId, NameId);

    fn name(&self) -> Self::Name {
        (self.object, self.relation)
    }
}

/// Sets by object and key.
#[derive(Debug, Clone)]
pub(super) struct Sets<L: Link> {
    leaves: Tree<Leaf<L>>,
}

/// A link and where it belongs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<L: Link> {
    pub(super) object: ObjectId,
    pub(super) key: L::Key,
    pub(super) link: L,
}

impl<L: Link> Entry<L> {
    /// What entries are sorted by; no two tuples have the same.
    pub(super) fn order(&self) -> (ObjectId, L::Key, L::Name) {
        (self.object, self.key, self.link.name())
    }
}

impl<L: Link> Sets<L> {
    /// Adds links in their order, to leaves that have none.
    pub(super) fn append(&mut self, entries: &[Entry<L>]) {
        let mut links = Vec::new();
        for of_leaf in entries.chunk_by(|a, b| a.object.0 / OBJECTS == b.object.0 / OBJECTS) {
            let Some(first) = of_leaf.first() else {
                continue;
            };
            let sets = || of_leaf.chunk_by(|a, b| (a.object, a.key) == (b.object, b.key));
            self.leaves.edit(first.object.0 / OBJECTS, |leaf| {
                leaf.reserve(sets().map(<[_]>::len));
                for set in sets() {
                    let Some(first) = set.first() else {
                        continue;
                    };
                    links.clear();
                    links.extend(set.iter().map(|entry| entry.link));
                    leaf.append(first.object.0 % OBJECTS, first.key, &links);
                }
            });
        }
    }

    /// A set, sorted by name; empty when it is not there.
    pub(super) fn set(&self, object: ObjectId, key: L::Key) -> &[L] {
        let leaf = self.leaves.get(object.0 / OBJECTS);
        leaf.map_or(&[], |leaf| leaf.set(object.0 % OBJECTS, key))
    }

    /// A link of a set.
    pub(super) fn find(&self, object: ObjectId, key: L::Key, name: L::Name) -> Option<&L> {
        let set = self.set(object, key);
        let at = set.binary_search_by_key(&name, L::name).ok()?;
        set.get(at)
    }

    /// Whether an object has no set.
    pub(super) fn has_no_set(&self, object: ObjectId) -> bool {
        let leaf = self.leaves.get(object.0 / OBJECTS);
        leaf.is_none_or(|leaf| leaf.has_no_set(object.0 % OBJECTS))
    }

    /// Adds a link, or replaces the one of its name, which is returned.
    pub(super) fn put(&mut self, entry: Entry<L>) -> Option<L> {
        let Entry { object, key, link } = entry;
        self.leaves.edit(object.0 / OBJECTS, |leaf| {
            leaf.put(object.0 % OBJECTS, key, link)
        })
    }

    /// Removes a link.
    pub(super) fn remove(&mut self, object: ObjectId, key: L::Key, name: L::Name) -> Option<L> {
        // Looked for first: an edit copies the leaf, even when there is nothing to remove.
        self.find(object, key, name)?;
        self.leaves.edit(object.0 / OBJECTS, |leaf| {
            leaf.remove(object.0 % OBJECTS, key, name)
        })
    }

    /// The memory that it takes.
    pub(super) fn bytes(&self) -> usize {
        self.leaves.bytes()
    }
}

impl<L: Link> Default for Sets<L> {
    fn default() -> Self {
        Self {
            leaves: Tree::default(),
        }
    }
}
