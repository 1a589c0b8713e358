//! Loading what an evaluation lacks, and whole stores.

use super::filters::place;
use super::{LATER, NOW, object, stored, subject, tuple, write};
use crate::engine::{World, call};
use store::tuples::{self, Wanted};
use types::Tuple;

/// A world in which each kind of question has something to leave out.
fn loadable() -> Vec<Tuple> {
    let expired = |tuple: Tuple| Tuple {
        expires_at: Some(NOW),
        ..tuple
    };
    vec![
        tuple("doc:1", "viewer", "user:ann"),
        Tuple {
            expires_at: Some(LATER),
            ..tuple("doc:1", "viewer", "user:bob")
        },
        tuple("doc:1", "viewer", "user:*"),
        tuple("doc:1", "viewer", "group:staff#member"),
        tuple("doc:1", "editor", "group:staff#member"),
        tuple("doc:2", "viewer", "group:staff#member"),
        tuple("doc:2", "viewer", "group:staff"),
        tuple("file:1", "viewer", "group:staff#member"),
        expired(tuple("doc:1", "viewer", "user:cid")),
        expired(tuple("doc:1", "viewer", "group:gone#member")),
        expired(tuple("doc:3", "viewer", "user:ann")),
    ]
}

/// The same in any order.
#[track_caller]
fn assert_same(found: Vec<Tuple>, expected: &[Tuple]) {
    let sorted = |mut tuples: Vec<Tuple>| {
        tuples.sort_by(|a, b| a.key.cmp(&b.key));
        tuples
    };
    assert_eq!(sorted(found), sorted(expected.to_vec()));
}

pub(in super::super) async fn what_is_wanted_comes_in_one_round_trip(world: &World) {
    let (store, other) = (stored(world).await, stored(world).await);
    let all = loadable();
    let version = write(world, store, &all).await;
    write(world, other, &all).await;
    let set = |of: &str, relation: &str| (object(of), relation.to_owned());
    let wanted = Wanted {
        tuples: [0, 1, 2, 3, 8].map(|at| all[at].key.clone()).to_vec(),
        usersets: vec![
            set("doc:1", "viewer"),
            set("doc:2", "viewer"),
            set("doc:9", "viewer"),
        ],
        objects: vec![set("doc:1", "viewer"), set("doc:2", "viewer")],
        of: vec![
            subject("group:staff#member"),
            subject("user:ann"),
            subject("user:*"),
        ],
    };
    let call = call();
    let mut snapshot = world.store.db(&call).snapshot().await.unwrap();
    let loaded = tuples::load_at(&mut snapshot, store, &wanted, NOW, 100).await;
    let (at, found) = loaded.unwrap().unwrap();
    assert_eq!(at, version);
    let spent = (call.cost.round_trips(), call.cost.statements());
    assert_eq!(spent, (1, 6), "BEGIN, the version, one for each kind");
    let of = |places: &[usize]| places.iter().map(|at| all[*at].clone()).collect::<Vec<_>>();
    assert_same(found.tuples, &of(&[0, 1, 2, 3]));
    assert_same(found.usersets, &of(&[3, 5]));
    assert_same(found.objects, &of(&[0, 1, 6]));
    assert_same(found.of, &of(&[0, 2, 3, 4, 5, 7]));
    // The next round of the same evaluation names only what it still lacks.
    let wanted = Wanted {
        objects: vec![set("doc:1", "viewer")],
        ..Wanted::default()
    };
    let loaded = tuples::load_at(&mut snapshot, store, &wanted, LATER, 100).await;
    let (at, found) = loaded.unwrap().unwrap();
    assert_eq!(at, version);
    assert_same(found.objects, &of(&[0]));
    assert_eq!(
        (found.tuples, found.usersets, found.of),
        (vec![], vec![], vec![])
    );
    let spent = (call.cost.round_trips(), call.cost.statements());
    assert_eq!(spent, (2, 8));
}

/// Far more than is read where the caller is.
pub(in super::super) async fn no_more_is_loaded_than_is_allowed(world: &World) {
    const TUPLES: usize = 700;
    let store = stored(world).await;
    let all: Vec<_> = (0..TUPLES)
        .map(|n| tuple("doc:1", "viewer", &format!("user:{n}")))
        .collect();
    write(world, store, &all).await;
    let wanted = Wanted {
        objects: vec![(object("doc:1"), "viewer".to_owned())],
        ..Wanted::default()
    };
    for (rows_max, expected) in [(1_000, TUPLES), (TUPLES, TUPLES), (600, 601), (10, 11)] {
        let mut snapshot = world.db().snapshot().await.unwrap();
        let loaded = tuples::load_at(&mut snapshot, store, &wanted, NOW, rows_max).await;
        let (_, found) = loaded.unwrap().unwrap();
        assert_eq!(found.len(), expected, "one more than is allowed shows it");
    }
}

pub(in super::super) async fn a_store_is_paged_through_as_a_whole(world: &World) {
    let (store, other) = (stored(world).await, stored(world).await);
    let all = loadable();
    write(world, store, &all).await;
    write(world, other, &all[..3]).await;
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = tuples::page(&mut world.db(), store, after.as_ref(), 2).await;
        let page = page.unwrap();
        let Some(last) = page.last() else {
            break;
        };
        after = Some(last.key.clone());
        paged.extend(page);
    }
    let mut expected = all.clone();
    expected.sort_by_key(|tuple| place(&tuple.key));
    assert_eq!(paged, expected, "expired ones too");
    let sets = [
        ("doc:1", "viewer"),
        ("doc:2", "viewer"),
        ("doc:1", "editor"),
        ("doc:9", "viewer"),
    ];
    let sets = sets.map(|(of, relation)| (object(of), relation.to_owned()));
    let counted = tuples::count_objects(&mut world.db(), store, &sets, NOW).await;
    let mut counted = counted.unwrap();
    counted.sort_unstable();
    let expected = [("1", 2), ("2", 1)];
    assert_eq!(counted, expected.map(|(id, count)| (id.to_owned(), count)));
    for (most, expected) in [(0, 0), (10, 10), (11, 11), (12, 11)] {
        let counted = tuples::count_up_to(&mut world.db(), store, most).await;
        assert_eq!(counted.unwrap(), expected);
    }
}
