//! The sets of a few neighbouring objects, in sorted runs: what a change of one of them copies.

use super::tree::{self, ARC_BYTES, index, number};
use std::ops::Range;
use std::sync::Arc;

/// How many objects share a leaf.
pub(super) const OBJECTS: u32 = 64;
/// Where their sets begin, and where those of the last one end.
const STARTS_LEN: usize = 65;
/// How long a set may get in the common run, so that a change never copies the long sets of
/// others: a longer one is kept apart.
const SMALL_MAX: u16 = 16;
/// How short a set must get to come back.
const COMES_BACK: usize = 8;

/// One end of a tuple: what a set consists of.
pub(super) trait Link: Copy {
    /// What names a set of an object.
    type Key: Copy + Ord;
    /// What names a link in its set.
    type Name: Copy + Ord;
    /// Its name.
    fn name(&self) -> Self::Name;
}

/// The sets of up to [`OBJECTS`] objects, by the place of the object and a key.
#[derive(Debug, Clone)]
pub(super) struct Leaf<L: Link> {
    /// Where the heads of each object begin.
    starts: [u32; STARTS_LEN],
    /// Sorted by object and key.
    heads: Vec<Head<L::Key>>,
    /// The small sets, in the order of their heads, each sorted by name.
    links: Vec<L>,
    /// The large ones, each sorted by name.
    large: Vec<Arc<Vec<L>>>,
}

/// One set.
#[derive(Debug, Clone, Copy)]
struct Head<K> {
    key: K,
    run: Run,
}

/// Where the links of a set are.
#[derive(Debug, Clone, Copy)]
enum Run {
    /// In the common run.
    Small { len: u16, start: u32 },
    /// Apart.
    Large { place: u32 },
}

impl<L: Link> Leaf<L> {
    /// A set; empty when it is not there.
    pub(super) fn set(&self, object: u32, key: L::Key) -> &[L] {
        let Some(head) = self.head(object, key).ok() else {
            return &[];
        };
        self.heads.get(head).map_or(&[], |head| self.run(head.run))
    }

    /// Whether an object has no set.
    pub(super) fn has_no_set(&self, object: u32) -> bool {
        self.heads_of(object).is_empty()
    }

    /// Adds a link to a set, or replaces the one of its name, which is returned.
    pub(super) fn put(&mut self, object: u32, key: L::Key, link: L) -> Option<L> {
        let place = match self.head(object, key) {
            Ok(place) => place,
            Err(place) => {
                self.insert_head(object, place, key);
                place
            }
        };
        let run = self.heads.get(place)?.run;
        let found = self.run(run).binary_search_by_key(&link.name(), L::name);
        let at = found.unwrap_or_else(|at| at);
        if found.is_ok() {
            let known = match run {
                Run::Small { start, .. } => self.links.get_mut(index(start) + at),
                Run::Large { place } => self.large_mut(place).and_then(|set| set.get_mut(at)),
            };
            return known.map(|known| std::mem::replace(known, link));
        }
        if let Run::Small { len, .. } = run
            && len >= SMALL_MAX
        {
            self.set_apart(place);
        }
        match self.heads.get(place)?.run {
            Run::Small { start, .. } => {
                self.links.reserve_exact(1);
                self.links.insert(index(start) + at, link);
                self.resize(place, 1);
            }
            Run::Large { place } => insert(self.large.get_mut(index(place))?, at, link),
        }
        None
    }

    /// Removes a link from a set, and the set with its last link.
    pub(super) fn remove(&mut self, object: u32, key: L::Key, name: L::Name) -> Option<L> {
        let place = self.head(object, key).ok()?;
        let run = self.heads.get(place)?.run;
        let at = self.run(run).binary_search_by_key(&name, L::name).ok()?;
        match run {
            Run::Small { start, len } => {
                let removed = self.links.remove(index(start) + at);
                self.resize(place, -1);
                if len == 1 {
                    self.remove_head(object, place);
                }
                Some(removed)
            }
            Run::Large { place: apart } => {
                let set = self.large_mut(apart)?;
                let removed = set.remove(at);
                if set.len() <= COMES_BACK {
                    self.take_back(place);
                }
                Some(removed)
            }
        }
    }

    /// Makes room for as many sets of so many links each, and no more.
    pub(super) fn reserve(&mut self, sets: impl Iterator<Item = usize>) {
        let (mut heads, mut links, mut large) = (0, 0, 0);
        for len in sets {
            heads += 1;
            if len <= usize::from(SMALL_MAX) {
                links += len;
            } else {
                large += 1;
            }
        }
        self.heads.reserve_exact(heads);
        self.links.reserve_exact(links);
        self.large.reserve_exact(large);
    }

    /// Adds a whole set behind all others; `links` are sorted by name.
    pub(super) fn append(&mut self, object: u32, key: L::Key, links: &[L]) {
        let run = match u16::try_from(links.len()) {
            Ok(len) if len <= SMALL_MAX => {
                let start = number(self.links.len());
                self.links.extend_from_slice(links);
                Run::Small { len, start }
            }
            _ => self.add_large(links.to_vec()),
        };
        self.heads.push(Head { key, run });
        self.move_starts(object, 1);
    }

    fn heads_of(&self, object: u32) -> Range<usize> {
        let start = |at: usize| self.starts.get(at).copied().map_or(0, index);
        start(index(object))..start(index(object) + 1)
    }

    /// The place of a set's head, or where it belongs.
    fn head(&self, object: u32, key: L::Key) -> Result<usize, usize> {
        let range = self.heads_of(object);
        let from = range.start;
        let heads = self.heads.get(range).unwrap_or(&[]);
        match heads.binary_search_by_key(&key, |head| head.key) {
            Ok(at) => Ok(from + at),
            Err(at) => Err(from + at),
        }
    }

    fn run(&self, run: Run) -> &[L] {
        let links = match run {
            Run::Small { start, len } => {
                let start = index(start);
                self.links.get(start..start + usize::from(len))
            }
            Run::Large { place } => self.large.get(index(place)).map(|set| set.as_slice()),
        };
        links.unwrap_or(&[])
    }

    fn large_mut(&mut self, place: u32) -> Option<&mut Vec<L>> {
        self.large.get_mut(index(place)).map(Arc::make_mut)
    }

    fn add_large(&mut self, links: Vec<L>) -> Run {
        let place = number(self.large.len());
        self.large.push(Arc::new(links));
        Run::Large { place }
    }

    /// Where the small set of a head begins, or would begin.
    fn start_at(&self, place: usize) -> u32 {
        let behind = self.heads.get(place..).unwrap_or(&[]);
        let mut starts = behind.iter().filter_map(|head| match head.run {
            Run::Small { start, .. } => Some(start),
            Run::Large { .. } => None,
        });
        starts.next().unwrap_or_else(|| number(self.links.len()))
    }

    fn insert_head(&mut self, object: u32, place: usize, key: L::Key) {
        let start = self.start_at(place);
        let run = Run::Small { len: 0, start };
        self.heads.reserve_exact(1);
        self.heads.insert(place, Head { key, run });
        self.move_starts(object, 1);
    }

    fn remove_head(&mut self, object: u32, place: usize) {
        self.heads.remove(place);
        self.move_starts(object, -1);
    }

    /// The sets of later objects begin that much later.
    fn move_starts(&mut self, object: u32, by: i32) {
        for start in self.starts.iter_mut().skip(index(object) + 1) {
            *start = start.saturating_add_signed(by);
        }
    }

    /// A small set got longer or shorter: those behind it begin later or earlier.
    fn resize(&mut self, place: usize, by: i16) {
        let mut heads = self.heads.iter_mut().skip(place);
        if let Some(Head {
            run: Run::Small { len, .. },
            ..
        }) = heads.next()
        {
            *len = len.saturating_add_signed(by);
        }
        for head in heads {
            if let Run::Small { start, .. } = &mut head.run {
                *start = start.saturating_add_signed(i32::from(by));
            }
        }
    }

    /// Moves a small set out of the common run.
    fn set_apart(&mut self, place: usize) {
        let Some(Run::Small { start, len }) = self.heads.get(place).map(|head| head.run) else {
            return;
        };
        let from = index(start);
        let links = self.links.drain(from..from + usize::from(len)).collect();
        self.resize(place, len.cast_signed().saturating_neg());
        let run = self.add_large(links);
        if let Some(head) = self.heads.get_mut(place) {
            head.run = run;
        }
    }

    /// Moves a set that got short into the common run.
    fn take_back(&mut self, place: usize) {
        let Some(Run::Large { place: apart }) = self.heads.get(place).map(|head| head.run) else {
            return;
        };
        let start = self.start_at(place);
        let set = self.large.swap_remove(index(apart));
        let moved = number(self.large.len());
        for head in &mut self.heads {
            if let Run::Large { place } = &mut head.run
                && *place == moved
            {
                *place = apart;
            }
        }
        if let Some(head) = self.heads.get_mut(place) {
            head.run = Run::Small { len: 0, start };
        }
        let at = index(start);
        self.links.splice(at..at, set.iter().copied());
        self.resize(place, i16::try_from(set.len()).unwrap_or(i16::MAX));
    }
}

/// Adds a link to a large set, which is copied at most once.
fn insert<L: Link>(set: &mut Arc<Vec<L>>, at: usize, link: L) {
    if let Some(set) = Arc::get_mut(set).filter(|set| set.len() < set.capacity()) {
        return set.insert(at, link);
    }
    let (before, behind) = set.split_at(at);
    let mut longer = Vec::with_capacity(set.len() + set.len() / 8 + 1);
    longer.extend_from_slice(before);
    longer.push(link);
    longer.extend_from_slice(behind);
    *set = Arc::new(longer);
}

impl<L: Link> Default for Leaf<L> {
    fn default() -> Self {
        Self {
            starts: [0; STARTS_LEN],
            heads: Vec::new(),
            links: Vec::new(),
            large: Vec::new(),
        }
    }
}

impl<L: Link> tree::Leaf for Leaf<L> {
    fn bytes_behind(&self) -> usize {
        let large = self.large.iter().map(|set| {
            let list = ARC_BYTES + size_of::<Vec<L>>();
            list + set.capacity() * size_of::<L>()
        });
        self.heads.capacity() * size_of::<Head<L::Key>>()
            + self.links.capacity() * size_of::<L>()
            + self.large.capacity() * size_of::<Arc<Vec<L>>>()
            + large.sum::<usize>()
    }

    fn is_empty(&self) -> bool {
        self.heads.is_empty()
    }
}

#[cfg(test)]
mod tests;
