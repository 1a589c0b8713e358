//! A sorted list that a changed copy shares with its original, but for the parts that changed.

use super::tree::ARC_BYTES;
use std::sync::Arc;

/// How many items a part has at most: a change copies one part.
const PART_LEN: usize = 256;

/// Items in their order, each once. No part is empty.
#[derive(Debug, Clone)]
pub(super) struct Sorted<T> {
    parts: Arc<Vec<Arc<Vec<T>>>>,
    len: usize,
}

impl<T: Ord + Copy> Sorted<T> {
    /// A list of items that are in their order.
    pub(super) fn build(items: &[T]) -> Self {
        let parts = items.chunks(PART_LEN).map(|part| Arc::new(part.to_vec()));
        Self {
            parts: Arc::new(parts.collect()),
            len: items.len(),
        }
    }

    /// The first item.
    pub(super) fn first(&self) -> Option<T> {
        self.parts.first()?.first().copied()
    }

    /// The first item that is not smaller than another.
    pub(super) fn at_least(&self, item: T) -> Option<T> {
        let place = self.part_of(item);
        let part = self.parts.get(place)?;
        let at = part.partition_point(|known| *known < item);
        let next = || self.parts.get(place + 1)?.first();
        part.get(at).or_else(next).copied()
    }

    /// Adds an item.
    pub(super) fn insert(&mut self, item: T) {
        let place = self.part_of(item);
        let parts = Arc::make_mut(&mut self.parts);
        let Some(part) = parts.get_mut(place) else {
            parts.push(Arc::new(vec![item]));
            self.len += 1;
            return;
        };
        let Err(at) = part.binary_search(&item) else {
            return;
        };
        self.len += 1;
        let part = Arc::make_mut(part);
        part.insert(at, item);
        if part.len() > PART_LEN {
            let mut second = part.split_off(PART_LEN / 2);
            part.shrink_to_fit();
            second.shrink_to_fit();
            parts.insert(place + 1, Arc::new(second));
        }
    }

    /// Removes an item.
    pub(super) fn remove(&mut self, item: T) {
        let place = self.part_of(item);
        let parts = Arc::make_mut(&mut self.parts);
        let Some(part) = parts.get_mut(place) else {
            return;
        };
        let Ok(at) = part.binary_search(&item) else {
            return;
        };
        self.len -= 1;
        let part = Arc::make_mut(part);
        part.remove(at);
        if part.is_empty() {
            parts.remove(place);
        }
    }

    /// The memory that it takes: parts are as long as they must be, or have room for half as much
    /// again.
    pub(super) fn bytes(&self) -> usize {
        let part = ARC_BYTES + size_of::<Vec<T>>() + size_of::<Arc<Vec<T>>>();
        self.parts.len() * part + self.len * size_of::<T>() * 3 / 2
    }

    /// The part that an item is in, or belongs in: the last that does not begin behind it.
    fn part_of(&self, item: T) -> usize {
        let begins = |part: &Arc<Vec<T>>| part.first().is_some_and(|first| *first <= item);
        self.parts.partition_point(begins).saturating_sub(1)
    }
}

impl<T> Default for Sorted<T> {
    fn default() -> Self {
        Self {
            parts: Arc::new(Vec::new()),
            len: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn it_holds_what_a_set_holds() {
        let mut sorted = Sorted::build(&(0..1000).map(|n| n * 10).collect::<Vec<_>>());
        let mut set: BTreeSet<i32> = (0..1000).map(|n| n * 10).collect();
        for n in 0..3000 {
            let item = (n * 7919) % 10_007;
            if n % 3 == 0 {
                sorted.remove(item);
                set.remove(&item);
            } else {
                sorted.insert(item);
                set.insert(item);
            }
        }
        let old = sorted.clone();
        for item in (0..10_007).filter(|item| item % 5 != 0) {
            sorted.remove(item);
        }
        let all: Vec<_> = old
            .parts
            .iter()
            .flat_map(|part| part.iter())
            .copied()
            .collect();
        assert_eq!(all, set.iter().copied().collect::<Vec<_>>());
        for item in 0..10_007 {
            let expected = set.range(item..).next().copied();
            assert_eq!(old.at_least(item), expected, "{item}");
            let expected = set.range(item..).find(|item| *item % 5 == 0).copied();
            assert_eq!(sorted.at_least(item), expected, "{item}");
        }
        assert_eq!(
            sorted.first(),
            set.iter().find(|item| *item % 5 == 0).copied()
        );
        assert!(sorted.parts.iter().all(|part| !part.is_empty()));
    }
}
