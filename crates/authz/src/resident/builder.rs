//! Building a store's graph from all its tuples at once.

use super::change::kind;
use super::expiries::{Expiries, Key};
use super::sets::Entry;
use super::{Resident, State};
use rebac::{BackEdge, Edge, Names};
use std::collections::HashMap;
use std::fmt;
use std::mem;
use std::sync::Arc;
use types::{Time, Tuple};

/// Takes all tuples of a store, in any order, and makes the graph of them.
pub struct Builder {
    state: State,
    entries: Vec<Entry<Edge>>,
    expiries: HashMap<Key, Time>,
}

impl Builder {
    /// Begins with the names of the store.
    pub(super) fn new(names: Names) -> Self {
        Self {
            state: State {
                names: Arc::new(names),
                ..State::default()
            },
            entries: Vec::new(),
            expiries: HashMap::new(),
        }
    }

    /// Adds a tuple; the last one of a key counts.
    pub fn add(&mut self, tuple: &Tuple) {
        let key = self.state.add_key(&tuple.key);
        let condition = tuple.condition.as_ref();
        let condition = condition.map(|condition| self.state.add_condition(condition));
        let link = Edge {
            subject: key.subject,
            condition,
        };
        self.entries.push(Entry {
            object: key.object,
            key: (key.relation, kind(&tuple.key.subject)),
            link,
        });
        match tuple.expires_at {
            Some(expires_at) => self.expiries.insert(key, expires_at),
            None => self.expiries.remove(&key),
        };
    }

    /// The memory that it takes, about; the graph takes no more.
    pub fn bytes(&self) -> usize {
        let State {
            objects, contexts, ..
        } = &self.state;
        let entries = self.entries.capacity() * size_of::<Entry<Edge>>();
        objects.bytes() + contexts.bytes() + entries
    }

    /// The graph of the tuples, at this version of the store.
    pub fn finish(self, version: i64) -> Resident {
        let Self {
            mut state,
            mut entries,
            expiries,
        } = self;
        // Stable, so that of two with one key the one that was added last stays the last.
        entries.sort_by_key(Entry::order);
        entries.dedup_by(|later, kept| {
            let is_same = later.order() == kept.order();
            if is_same {
                state.release_condition(kept.link.condition);
                mem::swap(later, kept);
            }
            is_same
        });
        state.tuples = u64::try_from(entries.len()).unwrap_or(u64::MAX);
        state.edges.append(&entries);
        // Takes the memory of the entries over.
        let mut back: Vec<_> = entries.into_iter().map(turned).collect();
        back.sort_unstable_by_key(Entry::order);
        state.back_edges.append(&back);
        state.expiries = Expiries::build(expiries);
        state.version = version;
        Resident(Arc::new(state))
    }
}

impl fmt::Debug for Builder {
    /// Not the tuples: there may be millions.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").finish_non_exhaustive()
    }
}

/// The same tuple from its other end.
fn turned(entry: Entry<Edge>) -> Entry<BackEdge> {
    Entry {
        object: entry.link.subject.object,
        key: entry.link.subject.relation,
        link: BackEdge {
            object: entry.object,
            relation: entry.key.0,
            condition: entry.link.condition,
        },
    }
}
