//! A list that somebody listens to: every object is told once, and nobody is told in vain.

use super::{GROUPS, Named, Store};
use rebac::{Budget, ListQuestion, Listed, ObjectId, list_objects_while};
use types::Subject;

impl Store {
    /// Who may read, told to a listener.
    fn listen(
        &mut self,
        listener: impl FnMut(Option<ObjectId>) -> bool,
    ) -> Listed<ObjectId, &'static str> {
        let subject = Subject::parse("user:ann").expect("a subject");
        let relation = self.names.add("reader");
        let relation = self.plan.relation(self.names.add("doc"), relation);
        let question = ListQuestion {
            relation: relation.expect("the relation exists"),
            subject: self.world.subject(&mut self.names, &subject),
            results: usize::MAX,
        };
        let mut conditions = Named(self.broken);
        let (plan, world, budget) = (&self.plan, &self.world, Budget::default());
        list_objects_while(plan, world, &mut conditions, question, budget, listener)
    }
}

fn store() -> Store {
    let mut tuples: Vec<String> = (0..8).map(|n| format!("doc:{n}#viewer@user:ann")).collect();
    // Two of them are met on another way, too, and one is taken away.
    tuples.extend(["doc:1", "doc:2"].map(|doc| format!("{doc}#viewer@group:g#member")));
    tuples.push("group:g#member@user:ann".to_owned());
    tuples.push("doc:3#blocked@user:ann".to_owned());
    let tuples: Vec<_> = tuples.iter().map(String::as_str).collect();
    Store::new(GROUPS, &tuples)
}

#[test]
fn every_object_is_told_once() {
    let mut told = Vec::new();
    let listed = store().listen(|found| {
        told.extend(found);
        true
    });
    told.sort_unstable();
    assert_eq!(told, listed.found.into_iter().collect::<Vec<_>>());
    assert_eq!((told.len(), listed.is_cut), (7, false));
}

#[test]
fn a_list_ends_at_the_step_at_which_nobody_wants_more() {
    let mut steps = 0;
    store().listen(|_| {
        steps += 1;
        true
    });
    for last in 1..=steps {
        let (mut asked, mut told) = (0, 0);
        let listed = store().listen(|found| {
            asked += 1;
            told += usize::from(found.is_some());
            asked < last
        });
        assert_eq!(asked, last);
        assert_eq!((listed.found.len(), listed.is_cut), (told, true));
    }
}
