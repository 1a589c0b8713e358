//! Small random models, judged by the rules and by following every way by hand.

use crate::amount::cases;
use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use rebac::{AssignableKind, Kind, Model, Relation, Rewrite, validate};

use super::{direct, model, relation, type_of};

const NAMES: [&str; 4] = ["a", "b", "c", "d"];
const TYPES: [&str; 2] = ["one", "two"];

type Seen = BTreeSet<(String, String)>;

/// A rewrite that does not name the relation whose it is, which is another rule's matter.
fn rewrite(own: &str) -> impl Strategy<Value = Rewrite> {
    let others: Vec<_> = NAMES.into_iter().filter(|name| *name != own).collect();
    let other = prop::sample::select(others).prop_map(str::to_owned);
    let name = prop::sample::select(NAMES.to_vec()).prop_map(str::to_owned);
    let leaf = prop_oneof![
        2 => Just(Rewrite::Direct),
        2 => other.prop_map(Rewrite::Computed),
        2 => name.prop_map(|computed| Rewrite::From { computed, tupleset: "parent".to_owned() }),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(Rewrite::Union),
            vec(inner.clone(), 2..4).prop_map(Rewrite::Intersection),
            (inner.clone(), inner).prop_map(|sides| Rewrite::Difference(Box::new(sides))),
        ]
    })
}

fn is_assignable(rewrite: &Rewrite) -> bool {
    match rewrite {
        Rewrite::Direct => true,
        Rewrite::Computed(_) | Rewrite::From { .. } => false,
        Rewrite::Union(all) | Rewrite::Intersection(all) => all.iter().any(is_assignable),
        Rewrite::Difference(sides) => is_assignable(&sides.0) || is_assignable(&sides.1),
    }
}

fn body(own: &'static str) -> impl Strategy<Value = Relation> {
    let all = vec!["user", "one#a", "one#b", "two#c", "two#d"];
    let assignables = prop::sample::subsequence(all, 1..3);
    (rewrite(own), assignables).prop_map(move |(rewrite, assignables)| {
        let is_assignable = is_assignable(&rewrite);
        let assignables = if is_assignable {
            assignables
        } else {
            Vec::new()
        };
        relation(own, rewrite, &assignables)
    })
}

fn relations() -> impl Strategy<Value = Vec<Relation>> {
    let parent = prop::sample::subsequence(TYPES.to_vec(), 1..=2);
    let bodies = NAMES.map(body);
    (bodies, parent).prop_map(|(bodies, parent)| {
        let parent = direct("parent", &parent);
        bodies.into_iter().chain([parent]).collect()
    })
}

fn models() -> impl Strategy<Value = Model> {
    (relations(), relations())
        .prop_map(|(one, two)| model(vec![type_of("one", one), type_of("two", two)]))
}

/// Whether somebody can have a relation, following every way that does not come back.
fn is_reachable(model: &Model, type_name: &str, relation: &str, seen: &Seen) -> bool {
    let mut seen = seen.clone();
    if !seen.insert((type_name.to_owned(), relation.to_owned())) {
        return false;
    }
    let Some(relation) = model.relation(type_name, relation) else {
        return false;
    };
    leads_in(model, type_name, relation, &relation.rewrite, &seen)
}

fn leads_in(
    model: &Model,
    type_name: &str,
    relation: &Relation,
    rewrite: &Rewrite,
    seen: &Seen,
) -> bool {
    let within = |rewrite: &Rewrite| leads_in(model, type_name, relation, rewrite, seen);
    match rewrite {
        Rewrite::Direct => relation.assignable.iter().any(|one| match &one.kind {
            AssignableKind::Userset(named) => is_reachable(model, &one.type_name, named, seen),
            AssignableKind::Object | AssignableKind::Wildcard => true,
        }),
        Rewrite::Computed(named) => is_reachable(model, type_name, named, seen),
        Rewrite::From { computed, tupleset } => {
            let leading = &model.relation(type_name, tupleset).unwrap().assignable;
            let mut targets = leading.iter();
            targets.any(|one| is_reachable(model, &one.type_name, computed, seen))
        }
        Rewrite::Union(all) => all.iter().any(within),
        Rewrite::Intersection(all) => all.iter().all(within),
        Rewrite::Difference(sides) => within(&sides.0) && within(&sides.1),
    }
}

/// Whether the relations that one is computed from come back to one of those on the way.
fn is_circular(model: &Model, type_name: &str, rewrite: &Rewrite, way: &[&str]) -> bool {
    let within = |rewrite: &Rewrite| is_circular(model, type_name, rewrite, way);
    match rewrite {
        Rewrite::Direct | Rewrite::From { .. } => false,
        Rewrite::Computed(named) => {
            let relation = model.relation(type_name, named).unwrap();
            let way: Vec<_> = way.iter().copied().chain([named.as_str()]).collect();
            let is_new = !way[..way.len() - 1].contains(&named.as_str());
            !is_new || is_circular(model, type_name, &relation.rewrite, &way)
        }
        Rewrite::Union(all) | Rewrite::Intersection(all) => all.iter().any(within),
        Rewrite::Difference(sides) => within(&sides.0) || within(&sides.1),
    }
}

/// The type, the relation and whether nobody can have it, of every relation that is refused.
fn by_hand(model: &Model) -> Vec<(String, String, bool)> {
    let mut refused = Vec::new();
    for type_name in TYPES {
        for name in NAMES {
            let rewrite = &model.relation(type_name, name).unwrap().rewrite;
            let is_open = is_reachable(model, type_name, name, &Seen::new());
            if !is_open || is_circular(model, type_name, rewrite, &[name]) {
                refused.push((type_name.to_owned(), name.to_owned(), !is_open));
            }
        }
    }
    refused
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn the_verdicts_are_those_of_following_every_way(model in models()) {
        let found = validate(&model, |_| Ok(())).err().unwrap_or_default();
        let found: Vec<_> = found
            .into_iter()
            .map(|problem| match problem.item {
                rebac::Item::Relation { type_name, relation } => {
                    (type_name, relation, problem.kind != Kind::Cycle)
                }
                other => panic!("{other:?}"),
            })
            .collect();
        prop_assert_eq!(found, by_hand(&model));
    }
}
