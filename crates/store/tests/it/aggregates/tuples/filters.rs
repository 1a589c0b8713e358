//! Reading by every shape of filter, compared with looking at each tuple.

use super::{LATER, NOW, stored, subject, tuple, write};
use crate::engine::World;
use std::collections::BTreeSet;
use store::tuples::{TupleFilter, read};
use types::{Subject, Time, Tuple, TupleKey};

const TYPES: [&str; 2] = ["doc", "dod"];
const IDS: [&str; 4] = ["1", "10", "Z", "\u{e4}:a"];
const RELATIONS: [&str; 3] = ["editor", "owner", "viewer"];
const SUBJECTS: [&str; 6] = [
    "group:1",
    "group:1#a",
    "group:1#b",
    "user:*",
    "user:1",
    "user:Z",
];

/// Where a tuple comes in a list of all of them.
pub(super) fn place(key: &TupleKey) -> [String; 6] {
    let (subject_type, subject_id, subject_relation) = key.subject.parts();
    [
        key.object.type_name(),
        key.object.id(),
        &key.relation,
        subject_type,
        subject_id,
        subject_relation,
    ]
    .map(str::to_owned)
}

/// Two thirds of all possible tuples, some of which expire now or later.
fn some_tuples() -> Vec<Tuple> {
    let mut all = Vec::new();
    for of_type in TYPES {
        for id in IDS {
            for relation in RELATIONS {
                for who in SUBJECTS {
                    all.push(tuple(&format!("{of_type}:{id}"), relation, who));
                }
            }
        }
    }
    for (number, tuple) in all.iter_mut().enumerate() {
        tuple.expires_at = [None, None, Some(NOW), Some(LATER), None][number % 5];
    }
    let mut number = 0;
    all.retain(|_| {
        number += 1;
        number % 3 != 0 || number % 7 == 0
    });
    all
}

/// Nothing, each of what there is, and what there is not.
fn choices(there: &[&str]) -> Vec<Option<String>> {
    let there = there.iter().map(|text| Some((*text).to_owned()));
    [None, Some("none".to_owned())]
        .into_iter()
        .chain(there)
        .collect()
}

fn all_filters() -> Vec<TupleFilter> {
    let mut subjects: Vec<Option<Subject>> = vec![None, Some(subject("user:none"))];
    subjects.extend(SUBJECTS.map(|text| Some(subject(text))));
    let mut filters = Vec::new();
    for object_type in choices(&TYPES) {
        for object_id in choices(&IDS) {
            if object_type.is_none() && object_id.is_some() {
                continue;
            }
            for relation in choices(&RELATIONS) {
                for subject in &subjects {
                    filters.push(TupleFilter {
                        object_type: object_type.clone(),
                        object_id: object_id.clone(),
                        relation: relation.clone(),
                        subject: subject.clone(),
                    });
                }
            }
        }
    }
    filters
}

fn lets_through(filter: &TupleFilter, tuple: &Tuple) -> bool {
    let TupleKey {
        subject,
        relation,
        object,
    } = &tuple.key;
    let is = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|w| w == found);
    is(&filter.object_type, object.type_name())
        && is(&filter.object_id, object.id())
        && is(&filter.relation, relation)
        && filter
            .subject
            .as_ref()
            .is_none_or(|wanted| wanted == subject)
        && tuple.expires_at.is_none_or(|at| at > NOW)
}

/// All pages of two.
async fn pages(world: &World, store: i64, filter: &TupleFilter) -> Vec<TupleKey> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = read(&mut world.db(), store, filter, after.as_ref(), NOW, 2).await;
        let page = page.unwrap();
        assert!(page.len() <= 2);
        let Some(last) = page.last() else {
            return found;
        };
        after = Some(last.tuple.key.clone());
        found.extend(page.into_iter().map(|stored| stored.tuple.key));
        assert!(found.len() < 1_000, "it goes round in circles: {filter:?}");
    }
}

pub(in super::super) async fn every_filter_finds_what_it_says_page_by_page(world: &World) {
    let (store, other) = (stored(world).await, stored(world).await);
    let all = some_tuples();
    write(world, store, &all).await;
    write(world, other, &[tuple("doc:1", "viewer", "user:other")]).await;
    let filters = all_filters();
    let mut sizes = BTreeSet::new();
    for filter in &filters {
        let mut expected: Vec<_> = all
            .iter()
            .filter(|tuple| lets_through(filter, tuple))
            .map(|tuple| tuple.key.clone())
            .collect();
        expected.sort_by_key(place);
        let mut found = pages(world, store, filter).await;
        if filter.subject.is_some() {
            let order = |key: &TupleKey| {
                let [of_type, id, relation, ..] = place(key);
                [of_type, relation, id]
            };
            assert!(found.is_sorted_by_key(order), "{filter:?}");
            found.sort_by_key(place);
        }
        assert_eq!(found, expected, "{filter:?}");
        sizes.insert(found.len());
    }
    assert!(filters.len() > 500 && sizes.len() > 15, "{sizes:?}");
    let nowhere = TupleFilter {
        object_id: Some("1".to_owned()),
        ..TupleFilter::default()
    };
    let refused = read(&mut world.db(), store, &nowhere, None, Time(0), 2).await;
    refused.unwrap_err();
}
