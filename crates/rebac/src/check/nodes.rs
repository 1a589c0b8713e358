//! What is noted of subproblems, by subproblem.

use super::Node;
use foldhash::{HashMap, HashMapExt};

/// Up to so many subproblems are looked for one by one, which is quicker than by their hash and
/// takes one piece of memory: most questions meet no more.
const FEW: usize = 16;

/// Values by subproblem, in the order in which these were noted first.
#[derive(Debug)]
pub(super) struct Nodes<V> {
    noted: Vec<(Node, V)>,
    /// Where they are, once they are more than a few.
    places: HashMap<Node, usize>,
}

impl<V> Nodes<V> {
    pub(super) fn new() -> Self {
        Self {
            noted: Vec::new(),
            places: HashMap::new(),
        }
    }

    pub(super) const fn len(&self) -> usize {
        self.noted.len()
    }

    pub(super) fn clear(&mut self) {
        self.noted.clear();
        self.places.clear();
    }

    /// The place of a subproblem in the order.
    pub(super) fn place(&self, node: Node) -> Option<usize> {
        if self.places.is_empty() {
            return self.noted.iter().position(|(noted, _)| *noted == node);
        }
        self.places.get(&node).copied()
    }

    /// The value of a subproblem.
    pub(super) fn get(&self, node: Node) -> Option<&V> {
        let (_, value) = self.noted.get(self.place(node)?)?;
        Some(value)
    }

    /// What is noted at a place.
    pub(super) fn at_mut(&mut self, place: usize) -> Option<&mut (Node, V)> {
        self.noted.get_mut(place)
    }

    /// Notes a value, or replaces the one that is noted.
    pub(super) fn insert(&mut self, node: Node, value: V) {
        match self.place(node).and_then(|place| self.at_mut(place)) {
            Some(noted) => noted.1 = value,
            None => {
                self.add(node, value);
            }
        }
    }

    /// Notes the value of a subproblem that is not noted yet; its place.
    pub(super) fn add(&mut self, node: Node, value: V) -> usize {
        let place = self.noted.len();
        self.noted.push((node, value));
        if place >= FEW {
            let before = self.places.len();
            let late = self.noted.iter().enumerate().skip(before);
            self.places
                .extend(late.map(|(place, (node, _))| (*node, place)));
        }
        place
    }

    /// The subproblems, in the order in which they were noted.
    pub(super) fn nodes(&self) -> impl Iterator<Item = Node> {
        self.noted.iter().map(|(node, _)| *node)
    }
}

impl<V> FromIterator<(Node, V)> for Nodes<V> {
    fn from_iter<I: IntoIterator<Item = (Node, V)>>(values: I) -> Self {
        let mut nodes = Self::new();
        for (node, value) in values {
            nodes.insert(node, value);
        }
        nodes
    }
}
