//! A list that a changed copy shares with its original, but for the leaves that changed.

use std::array;
use std::fmt;
use std::sync::Arc;

/// How many leaves a branch has: a change copies this many pointers, and those of the root.
const WIDTH: u32 = 64;
/// The same, as the length of an array.
const WIDTH_LEN: usize = 64;

/// What an `Arc` keeps beside its value.
pub(super) const ARC_BYTES: usize = 16;

/// A part of the list. An empty one takes no memory of its own.
pub(super) trait Leaf: Clone + Default {
    /// The memory behind it, without itself.
    fn bytes_behind(&self) -> usize;
    /// Whether it holds nothing.
    fn is_empty(&self) -> bool;
}

/// Leaves by number. A clone costs nothing; the first change of a leaf after it copies that leaf
/// and the branch that it hangs on, and the clone keeps the old ones.
#[derive(Clone)]
pub(super) struct Tree<L> {
    root: Arc<[Branch<L>]>,
    empty: Arc<L>,
    /// The memory of all leaves that are not empty.
    leaf_bytes: usize,
}

type Branch<L> = Arc<[Arc<L>; WIDTH_LEN]>;

impl<L: Leaf> Tree<L> {
    /// A leaf; `None` behind the last one.
    pub(super) fn get(&self, number: u32) -> Option<&L> {
        let branch = self.root.get(index(number / WIDTH))?;
        branch.get(index(number % WIDTH)).map(Arc::as_ref)
    }

    /// Changes a leaf, which is empty when it was not there.
    pub(super) fn edit<R: Default>(&mut self, number: u32, change: impl FnOnce(&mut L) -> R) -> R {
        self.grow(index(number / WIDTH) + 1);
        let branch = Arc::make_mut(&mut self.root).get_mut(index(number / WIDTH));
        let leaf = branch.and_then(|branch| {
            let leaves = Arc::make_mut(branch);
            leaves.get_mut(index(number % WIDTH))
        });
        // There always is one: the tree was grown to it.
        let Some(leaf) = leaf else {
            return R::default();
        };
        let before = leaf_bytes(leaf.as_ref());
        let result = change(Arc::make_mut(leaf));
        let after = leaf_bytes(leaf.as_ref());
        if leaf.is_empty() {
            *leaf = Arc::clone(&self.empty);
        }
        self.leaf_bytes = (self.leaf_bytes + after).saturating_sub(before);
        result
    }

    /// The memory that it takes.
    pub(super) fn bytes(&self) -> usize {
        let branch_bytes = ARC_BYTES + size_of::<[Arc<L>; WIDTH_LEN]>() + size_of::<Branch<L>>();
        self.leaf_bytes + self.root.len() * branch_bytes
    }

    fn grow(&mut self, branches: usize) {
        if branches <= self.root.len() {
            return;
        }
        let new = Arc::new(array::from_fn(|_| Arc::clone(&self.empty)));
        let missing = std::iter::repeat_n(new, branches - self.root.len());
        self.root = self.root.iter().cloned().chain(missing).collect();
    }
}

impl<L: Leaf> Default for Tree<L> {
    fn default() -> Self {
        Self {
            root: Arc::new([]),
            empty: Arc::new(L::default()),
            leaf_bytes: 0,
        }
    }
}

impl<L> fmt::Debug for Tree<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let branches = self.root.len();
        f.debug_struct("Tree")
            .field("branches", &branches)
            .finish_non_exhaustive()
    }
}

/// A number as the index of a slice.
pub(super) fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// A length as a number. Every list that is measured so holds fewer than four thousand million.
pub(super) fn number(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

fn leaf_bytes<L: Leaf>(leaf: &L) -> usize {
    if leaf.is_empty() {
        return 0;
    }
    ARC_BYTES + size_of::<L>() + leaf.bytes_behind()
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Leaf for Vec<u8> {
        fn bytes_behind(&self) -> usize {
            self.capacity()
        }
        fn is_empty(&self) -> bool {
            self.as_slice().is_empty()
        }
    }

    #[test]
    fn a_clone_keeps_what_the_original_loses() {
        let mut tree: Tree<Vec<u8>> = Tree::default();
        tree.edit(5000, |leaf| leaf.push(1));
        let old = tree.clone();
        tree.edit(5000, |leaf| leaf.push(2));
        tree.edit(4999, |leaf| leaf.push(3));
        assert_eq!(old.get(5000), Some(&vec![1]));
        assert_eq!(tree.get(5000), Some(&vec![1, 2]));
        assert_eq!(tree.get(4999), Some(&vec![3]));
        assert_eq!(tree.get(0), Some(&vec![]));
        assert_eq!(tree.get(100_000), None);
    }

    #[test]
    fn emptied_leaves_give_their_memory_back() {
        let mut tree: Tree<Vec<u8>> = Tree::default();
        tree.edit(1, Vec::clear);
        let bare = tree.bytes();
        tree.edit(1, |leaf| leaf.push(1));
        assert!(tree.bytes() > bare);
        tree.edit(1, Vec::clear);
        assert_eq!(tree.bytes(), bare);
    }
}
