//! The objects that tuples name, by number and by text.

use super::index::Index;
use super::tree::{Leaf, Tree, index, number};
use rebac::{NameId, ObjectId};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

/// The id of what stands for all objects of a type; no object may have it.
pub(crate) const EVERYBODY: &str = "*";

/// How many objects share a leaf.
const OBJECTS: u32 = 64;
/// The same, as the length of an array.
const OBJECTS_LEN: usize = 64;

/// Objects by number and by text. A number is never given twice: one that outlived its object in a
/// reader's hands finds nothing, and not another object.
#[derive(Debug, Clone, Default)]
pub(super) struct Objects {
    texts: Tree<Texts>,
    by_text: Index,
    end: u32,
    /// The few objects that stand for all of a type.
    wildcards: Arc<Vec<(NameId, ObjectId)>>,
    hashes: RandomState,
}

/// The types and ids of neighbouring objects, as far as these are there.
#[derive(Debug, Clone)]
struct Texts {
    /// Those that are not there are empty.
    spans: [Span; OBJECTS_LEN],
    ids: String,
    len: u32,
}

/// An object in a leaf.
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    /// `None` for one that is not there.
    type_name: Option<NameId>,
    /// Where its id ends; it begins where the one before it ends.
    end: u32,
}

impl Objects {
    /// The number behind the last one.
    pub(super) fn end(&self) -> u32 {
        self.end
    }

    /// The type and id of an object.
    pub(super) fn get(&self, object: ObjectId) -> Option<(NameId, &str)> {
        self.texts.get(object.0 / OBJECTS)?.get(object.0 % OBJECTS)
    }

    /// The type of an object.
    pub(super) fn type_of(&self, object: ObjectId) -> Option<NameId> {
        let leaf = self.texts.get(object.0 / OBJECTS)?;
        leaf.spans.get(index(object.0 % OBJECTS))?.type_name
    }

    /// The number of an object.
    pub(super) fn find(&self, type_name: NameId, id: &str) -> Option<ObjectId> {
        let is_it = |number| self.get(ObjectId(number)) == Some((type_name, id));
        self.by_text
            .find(self.hash(type_name, id), is_it)
            .map(ObjectId)
    }

    /// The number of what stands for all objects of a type.
    pub(super) fn wildcard(&self, type_name: NameId) -> Option<ObjectId> {
        let mut wildcards = self.wildcards.iter();
        let found = wildcards.find(|(of_type, _)| *of_type == type_name)?;
        Some(found.1)
    }

    /// The number of an object, which is new or known.
    pub(super) fn add(&mut self, type_name: NameId, id: &str) -> ObjectId {
        if let Some(known) = self.find(type_name, id) {
            return known;
        }
        // A graph that has given too many numbers is read in anew, long before the last one.
        let object = ObjectId(self.end);
        self.end = self.end.saturating_add(1);
        self.texts.edit(object.0 / OBJECTS, |texts| {
            texts.put(object.0 % OBJECTS, type_name, id);
        });
        self.by_text.add(self.hash(type_name, id), object.0);
        if id == EVERYBODY {
            Arc::make_mut(&mut self.wildcards).push((type_name, object));
        }
        object
    }

    /// Removes an object that no tuple names any more.
    pub(super) fn remove(&mut self, object: ObjectId) {
        let Some((type_name, id)) = self.get(object) else {
            return;
        };
        let hash = self.hash(type_name, id);
        if id == EVERYBODY {
            Arc::make_mut(&mut self.wildcards).retain(|(_, known)| *known != object);
        }
        self.by_text.remove(hash, object.0);
        self.texts.edit(object.0 / OBJECTS, |texts| {
            texts.remove(object.0 % OBJECTS);
        });
    }

    /// The memory that it takes.
    pub(super) fn bytes(&self) -> usize {
        let wildcards = self.wildcards.capacity() * size_of::<(NameId, ObjectId)>();
        self.texts.bytes() + self.by_text.bytes() + wildcards
    }

    fn hash(&self, type_name: NameId, id: &str) -> u64 {
        self.hashes.hash_one((type_name, id))
    }
}

impl Texts {
    fn get(&self, place: u32) -> Option<(NameId, &str)> {
        let span = self.spans.get(index(place))?;
        let type_name = span.type_name?;
        let id = self.ids.get(self.start(place)..index(span.end))?;
        Some((type_name, id))
    }

    fn start(&self, place: u32) -> usize {
        let before = place
            .checked_sub(1)
            .and_then(|at| self.spans.get(index(at)));
        before.map_or(0, |span| index(span.end))
    }

    /// Adds an object behind the last one.
    fn put(&mut self, place: u32, type_name: NameId, id: &str) {
        self.ids.push_str(id);
        let end = number(self.ids.len());
        for span in self.spans.iter_mut().skip(index(place)) {
            span.end = end;
        }
        if let Some(span) = self.spans.get_mut(index(place)) {
            span.type_name = Some(type_name);
        }
        self.len += 1;
        if place == OBJECTS - 1 {
            // A copy is as long as it must be; allocators seldom shrink a text where it is.
            self.ids = self.ids.as_str().to_owned();
        }
    }

    fn remove(&mut self, place: u32) {
        let start = self.start(place);
        let Some(span) = self.spans.get_mut(index(place)) else {
            return;
        };
        let removed = index(span.end).saturating_sub(start);
        span.type_name = None;
        self.ids.replace_range(start..start + removed, "");
        for span in self.spans.iter_mut().skip(index(place)) {
            span.end = span.end.saturating_sub(number(removed));
        }
        self.len -= 1;
    }
}

impl Default for Texts {
    fn default() -> Self {
        Self {
            spans: [Span::default(); OBJECTS_LEN],
            ids: String::new(),
            len: 0,
        }
    }
}

impl Leaf for Texts {
    fn bytes_behind(&self) -> usize {
        self.ids.capacity()
    }

    fn is_empty(&self) -> bool {
        self.len == 0
    }
}
