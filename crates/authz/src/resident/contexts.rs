//! The values that tuples give to their conditions, each kept once.

use super::index::Index;
use super::tree::{ARC_BYTES, Leaf, Tree, index};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use types::JsonObject;

/// How many contexts share a leaf.
const CONTEXTS: u32 = 64;

/// What an allocator adds to a short text, about.
const TEXT_LOSS: usize = 16;

/// How many members a node of a map takes, as `std::collections::BTreeMap` is built.
const NODE_MEMBERS: usize = 11;

/// Contexts by number and by content. Most tuples with one condition give it the same few values.
#[derive(Debug, Clone, Default)]
pub(super) struct Contexts {
    held: Tree<Held>,
    by_content: Index,
    end: u32,
    hashes: RandomState,
}

/// Neighbouring contexts, as far as they are there.
#[derive(Debug, Clone, Default)]
struct Held {
    contexts: Vec<Option<Context>>,
    len: u32,
    /// The memory of their values.
    bytes: usize,
}

#[derive(Debug, Clone)]
struct Context {
    values: Arc<JsonObject>,
    /// How many tuples have it.
    uses: u32,
}

impl Contexts {
    /// The number behind the last one.
    pub(super) fn end(&self) -> u32 {
        self.end
    }

    /// A context.
    pub(super) fn get(&self, number: u32) -> Option<&JsonObject> {
        let held = self.held.get(number / CONTEXTS)?;
        let context = held.contexts.get(index(number % CONTEXTS))?.as_ref()?;
        Some(&context.values)
    }

    /// The number of a context, for one more tuple.
    pub(super) fn add(&mut self, values: &JsonObject) -> u32 {
        let hash = self.hashes.hash_one(values);
        let is_it = |number| self.get(number) == Some(values);
        if let Some(known) = self.by_content.find(hash, is_it) {
            self.held
                .edit(known / CONTEXTS, |held| held.count(known % CONTEXTS));
            return known;
        }
        let number = self.end;
        self.end = self.end.saturating_add(1);
        self.held.edit(number / CONTEXTS, |held| {
            held.put(number % CONTEXTS, values.clone());
        });
        self.by_content.add(hash, number);
        number
    }

    /// One tuple less has a context.
    pub(super) fn release(&mut self, number: u32) {
        let released = self
            .held
            .edit(number / CONTEXTS, |held| held.release(number % CONTEXTS));
        if let Some(values) = released {
            let hash = self.hashes.hash_one(&*values);
            self.by_content.remove(hash, number);
        }
    }

    /// The memory that it takes.
    pub(super) fn bytes(&self) -> usize {
        self.held.bytes() + self.by_content.bytes()
    }
}

impl Held {
    fn put(&mut self, place: u32, values: JsonObject) {
        self.bytes += context_bytes(&values);
        self.contexts.resize(index(place), None);
        self.contexts.push(Some(Context {
            values: Arc::new(values),
            uses: 1,
        }));
        self.len += 1;
    }

    fn count(&mut self, place: u32) {
        if let Some(Some(context)) = self.contexts.get_mut(index(place)) {
            context.uses = context.uses.saturating_add(1);
        }
    }

    /// The values, when no tuple has them any more.
    fn release(&mut self, place: u32) -> Option<Arc<JsonObject>> {
        let kept = self.contexts.get_mut(index(place))?;
        let context = kept.as_mut()?;
        context.uses = context.uses.saturating_sub(1);
        if context.uses > 0 {
            return None;
        }
        let values = kept.take()?.values;
        self.len -= 1;
        self.bytes -= context_bytes(&values);
        Some(values)
    }
}

impl Leaf for Held {
    fn bytes_behind(&self) -> usize {
        self.contexts.capacity() * size_of::<Option<Context>>() + self.bytes
    }

    fn is_empty(&self) -> bool {
        self.len == 0
    }
}

/// What a context takes, which a clone of it takes as well: texts and lists as long as they are.
fn context_bytes(values: &JsonObject) -> usize {
    ARC_BYTES + size_of::<JsonObject>() + members_bytes(values)
}

fn members_bytes(members: &JsonObject) -> usize {
    let member_bytes = size_of::<String>() + size_of::<serde_json::Value>();
    // Nodes are built half full when a map grows beyond one.
    let nodes = match members.len() {
        0 => 0,
        1..=NODE_MEMBERS => 1,
        more => more.div_ceil(NODE_MEMBERS / 2 + 1),
    };
    let behind = members
        .iter()
        .map(|(name, value)| text_bytes(name) + value_bytes(value));
    nodes * (NODE_MEMBERS * member_bytes + ARC_BYTES) + behind.sum::<usize>()
}

fn value_bytes(value: &serde_json::Value) -> usize {
    use serde_json::Value;
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => text_bytes(text),
        Value::Array(items) => {
            let own = items.len() * size_of::<Value>();
            own + items.iter().map(value_bytes).sum::<usize>()
        }
        Value::Object(members) => members_bytes(members),
    }
}

fn text_bytes(text: &str) -> usize {
    if text.is_empty() {
        0
    } else {
        text.len() + TEXT_LOSS
    }
}
