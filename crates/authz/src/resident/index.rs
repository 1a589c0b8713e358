//! Numbers by the hash of what they stand for, in buckets that a changed copy shares.

use super::tree::{Leaf, Tree, number};

/// How many entries a bucket has on average before there is one bucket more.
const BUCKET_ENTRIES: u32 = 20;
/// How many have room in the bucket itself. Those that wait longest for their split have a third
/// more than the average.
const INLINE_ENTRIES: usize = 30;

/// Numbers by hash. It grows by linear hashing, a bucket at a time, so that no addition pays
/// for a move of everything.
#[derive(Debug, Clone)]
pub(super) struct Index {
    buckets: Tree<Bucket>,
    bucket_count: u32,
    len: u32,
}

/// Entries in no order. They stand in the leaf itself: a look-up is mostly waiting for memory, and
/// a list of its own would be one more place to wait for.
#[derive(Debug, Clone)]
struct Bucket {
    len: usize,
    entries: [Entry; INLINE_ENTRIES],
    /// Those that have no room.
    more: Vec<Entry>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Entry {
    hash: u32,
    number: u32,
}

impl Index {
    /// The first number under a hash that is the one.
    pub(super) fn find(&self, hash: u64, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        let hash = shortened(hash);
        let bucket = self.buckets.get(self.bucket_of(hash))?;
        let mut entries = bucket.iter();
        let found = entries.find(|entry| entry.hash == hash && is_it(entry.number))?;
        Some(found.number)
    }

    /// Adds a number that is not there.
    pub(super) fn add(&mut self, hash: u64, number: u32) {
        let hash = shortened(hash);
        let bucket = self.bucket_of(hash);
        self.buckets
            .edit(bucket, |bucket| bucket.push(Entry { hash, number }));
        self.len += 1;
        if self.len / BUCKET_ENTRIES > self.bucket_count {
            self.split();
        }
    }

    /// Removes a number.
    pub(super) fn remove(&mut self, hash: u64, number: u32) {
        let hash = shortened(hash);
        let entry = Entry { hash, number };
        let removed = self.buckets.edit(self.bucket_of(hash), |bucket| {
            let before = bucket.len();
            bucket.retain(|known| known != entry);
            before > bucket.len()
        });
        if removed {
            self.len -= 1;
        }
    }

    /// The memory that it takes.
    pub(super) fn bytes(&self) -> usize {
        self.buckets.bytes()
    }

    /// The bucket of a hash: as many of its low bits as there are buckets for.
    fn bucket_of(&self, hash: u32) -> u32 {
        let round = self.bucket_count.next_power_of_two();
        let bucket = hash & (round - 1);
        if bucket < self.bucket_count {
            bucket
        } else {
            bucket - round / 2
        }
    }

    /// Adds a bucket, whose entries were in the one with the same low bits until now.
    fn split(&mut self) {
        let added = self.bucket_count;
        self.bucket_count += 1;
        let round = self.bucket_count.next_power_of_two();
        let is_moved = |entry: Entry| entry.hash & (round - 1) == added;
        let moved = self.buckets.edit(added - round / 2, |bucket| {
            let mut moved = bucket.clone();
            moved.retain(is_moved);
            bucket.retain(|entry| !is_moved(entry));
            moved
        });
        self.buckets.edit(added, |bucket| *bucket = moved);
    }
}

impl Default for Index {
    fn default() -> Self {
        Self {
            buckets: Tree::default(),
            bucket_count: 1,
            len: 0,
        }
    }
}

impl Bucket {
    fn len(&self) -> usize {
        self.len + self.more.len()
    }

    fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().take(self.len).chain(&self.more)
    }

    fn push(&mut self, entry: Entry) {
        if let Some(place) = self.entries.get_mut(self.len) {
            *place = entry;
            self.len += 1;
        } else {
            self.more.push(entry);
        }
    }

    fn retain(&mut self, keeps: impl Fn(Entry) -> bool) {
        let mut kept = Self::default();
        for entry in self.iter().filter(|entry| keeps(**entry)) {
            kept.push(*entry);
        }
        *self = kept;
    }
}

impl Default for Bucket {
    fn default() -> Self {
        Self {
            len: 0,
            entries: [Entry::default(); INLINE_ENTRIES],
            more: Vec::new(),
        }
    }
}

impl Leaf for Bucket {
    fn bytes_behind(&self) -> usize {
        self.more.capacity() * size_of::<Entry>()
    }

    fn is_empty(&self) -> bool {
        self.len == 0
    }
}

fn shortened(hash: u64) -> u32 {
    number(usize::try_from(hash >> 32).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spreads small numbers over all bits (Fibonacci hashing).
    fn hash(number: u32) -> u64 {
        u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    #[test]
    fn what_was_added_is_found_until_it_is_removed() {
        let mut index = Index::default();
        for number in 0..5000 {
            index.add(hash(number), number);
        }
        assert!(index.bucket_count > 150, "{index:?}");
        let old = index.clone();
        for number in (0..5000).step_by(2) {
            index.remove(hash(number), number);
        }
        for number in 0..5000 {
            let is_it = |found| found == number;
            assert_eq!(old.find(hash(number), is_it), Some(number));
            let expected = (number % 2 == 1).then_some(number);
            assert_eq!(index.find(hash(number), is_it), expected);
        }
    }

    #[test]
    fn numbers_with_one_hash_are_told_apart() {
        let mut index = Index::default();
        for number in 0..100 {
            index.add(7, number);
        }
        assert_eq!(index.find(7, |number| number == 99), Some(99));
        assert_eq!(index.find(7, |number| number == 100), None);
    }
}
