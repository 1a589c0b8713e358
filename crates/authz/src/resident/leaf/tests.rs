//! Sets of objects that share a leaf stay apart.

use super::*;

impl Link for u16 {
    type Key = u8;
    type Name = u16;
    fn name(&self) -> u16 {
        *self
    }
}

#[test]
fn sets_stay_apart_while_others_get_long_and_short() {
    let mut leaf = Leaf::<u16>::default();
    let keys = [(3, 0), (3, 1), (60, 0)];
    for (link, (object, key)) in (0..40).flat_map(|link| keys.map(|key| (link, key))) {
        assert_eq!(leaf.put(object, key, link), None);
    }
    leaf.put(7, 0, 7);
    let all: Vec<u16> = (0..40).collect();
    for left in [4, 0] {
        for link in left..40 {
            leaf.remove(3, 0, link);
        }
        assert_eq!(leaf.large.len(), 2);
        assert_eq!(leaf.set(3, 0), &all[..usize::from(left)]);
        assert_eq!(leaf.set(3, 1), all);
        assert_eq!(leaf.set(7, 0), [7]);
        assert_eq!(leaf.set(60, 0), all);
    }
}
