//! Relationship tuples: written, found, loaded, paged through, expired.

mod filters;
mod loads;

pub(super) use filters::every_filter_finds_what_it_says_page_by_page;
pub(super) use loads::{
    a_store_is_paged_through_as_a_whole, no_more_is_loaded_than_is_allowed,
    what_is_wanted_comes_in_one_round_trip,
};

use super::stores::{store_id, stored};
use crate::engine::World;
use crate::people::NOW;
use serde_json::json;
use std::slice;
use store::changes::Operation::{self, Delete, Write};
use store::stores;
use store::tuples::{self, Author, StoredTuple, TupleChange, TupleFilter};
use types::{Object, Subject, Time, Tuple, TupleCondition, TupleKey};

pub(super) const LATER: Time = Time(NOW.0 + 1);

pub(super) fn object(text: &str) -> Object {
    Object::parse(text).unwrap()
}

pub(super) fn subject(text: &str) -> Subject {
    Subject::parse(text).unwrap()
}

/// A tuple without a condition that never expires.
pub(super) fn tuple(of: &str, relation: &str, who: &str) -> Tuple {
    Tuple {
        key: TupleKey {
            subject: subject(who),
            relation: relation.to_owned(),
            object: object(of),
        },
        condition: None,
        expires_at: None,
    }
}

pub(super) fn author() -> Author {
    Author {
        actor: "user:boss".to_owned(),
        reason: Some("it's \"due\" \\ \u{1f511}".to_owned()),
    }
}

/// The first change of a version.
pub(super) fn change<'a>(
    operation: Operation,
    tuple: &'a Tuple,
    version: i64,
    author: &'a Author,
) -> TupleChange<'a> {
    TupleChange {
        operation,
        tuple,
        version,
        item: 0,
        author,
        at: NOW,
    }
}

/// Makes changes in one transaction, which is one version; the version.
pub(super) async fn make(world: &World, store: i64, changes: &[(Operation, &Tuple)]) -> i64 {
    let author = author();
    let mut tx = world.db().begin().await.unwrap();
    let version = stores::lock(&mut tx, store, 1).await.unwrap().unwrap();
    let all: Vec<_> = changes
        .iter()
        .zip(0..)
        .map(|((operation, tuple), item)| TupleChange {
            item,
            ..change(*operation, tuple, version, &author)
        })
        .collect();
    tuples::change_all(&mut tx, store, &all);
    tx.commit().await.unwrap();
    version
}

pub(super) async fn write(world: &World, store: i64, tuples: &[Tuple]) -> i64 {
    let changes: Vec<_> = tuples.iter().map(|tuple| (Write, tuple)).collect();
    make(world, store, &changes).await
}

/// Every tuple of a store, in order.
async fn everything(world: &World, store: i64) -> Vec<Tuple> {
    tuples::page(&mut world.db(), store, None, 1_000)
        .await
        .unwrap()
}

/// One of each form, with what may be hard to keep.
fn odd_tuples() -> Vec<Tuple> {
    let context = json!({
        "text": "quote \" backslash \\ nul \u{0} \u{1f511}",
        "big": u64::MAX, "small": i64::MIN, "float": 0.1, "exponent": 1e300,
        "deep": {"list": [null, true, {"a": []}]},
    });
    let with_condition = Tuple {
        condition: Some(TupleCondition {
            name: "in_office".to_owned(),
            context: context.as_object().unwrap().clone(),
        }),
        ..tuple("doc:a:b", "viewer", "user:ann")
    };
    let with_empty_context = Tuple {
        condition: Some(TupleCondition {
            name: "empty".to_owned(),
            context: types::JsonObject::new(),
        }),
        ..tuple("doc:$1", "viewer", "user:123")
    };
    // To the microsecond, and far beyond what a floating-point number of them would keep.
    let expiring = [0, -1_234_567, NOW.0, 253_402_300_799_999_999].map(|micros| Tuple {
        expires_at: Some(Time(micros)),
        ..tuple(&format!("doc:{micros}"), "owner", "user:bob")
    });
    let plain = [
        tuple("doc:1", "viewer", "user:*"),
        tuple("doc:1", "viewer", "group:staff#member"),
        tuple("doc:1", "viewer", "user:*x"),
        tuple("doc:';--", "parent", "folder:\"]"),
        tuple("doc:\u{e4}\u{1f511}", "vi\u{e9}wer", "user:\\u0041"),
    ];
    let mut all: Vec<_> = plain.into_iter().chain(expiring).collect();
    all.extend([with_condition, with_empty_context]);
    all
}

pub(super) async fn tuple_returns_as_it_was_written(world: &World) {
    let (store, other) = (stored(world).await, stored(world).await);
    let odd = odd_tuples();
    write(world, store, &[tuple("doc:0", "viewer", "user:ann")]).await;
    let version = write(world, store, &odd).await;
    let keys: Vec<_> = odd.iter().map(|tuple| tuple.key.clone()).collect();
    let found = tuples::find_all(&mut world.db(), store, &keys).await;
    let mut found = found.unwrap();
    found.sort_by_key(|stored| keys.iter().position(|key| *key == stored.tuple.key));
    let expected = odd.iter().map(|tuple| StoredTuple {
        tuple: tuple.clone(),
        written_at: NOW,
        version,
        actor: author().actor,
        reason: author().reason,
    });
    assert_eq!(found, expected.collect::<Vec<_>>());
    let elsewhere = tuples::find_all(&mut world.db(), other, &keys).await;
    assert_eq!(elsewhere.unwrap(), []);
    assert_eq!(
        tuples::find_all(&mut world.db(), store, &[]).await.unwrap(),
        []
    );
    // Each part of a key counts.
    for near in [
        tuple("doc:2", "viewer", "user:*"),
        tuple("dok:1", "viewer", "user:*"),
        tuple("doc:1", "editor", "user:*"),
        tuple("doc:1", "viewer", "users:*"),
        tuple("doc:1", "viewer", "user:a"),
        tuple("doc:1", "viewer", "group:staff"),
    ] {
        let found = tuples::find_all(&mut world.db(), store, slice::from_ref(&near.key)).await;
        assert_eq!(found.unwrap(), [], "{}", near.key);
    }
}

pub(super) async fn the_last_change_of_a_tuple_counts(world: &World) {
    let (store, other) = (stored(world).await, stored(world).await);
    let [a, b, c] = ["doc:a", "doc:b", "doc:c"].map(|of| tuple(of, "viewer", "user:ann"));
    let again = Tuple {
        expires_at: Some(LATER),
        ..a.clone()
    };
    write(world, other, &[a.clone(), b.clone()]).await;
    write(world, store, slice::from_ref(&b)).await;
    let in_one = [
        (Write, &a),
        (Delete, &a),
        (Write, &again),
        (Delete, &b),
        (Write, &c),
        (Delete, &c),
    ];
    let version = make(world, store, &in_one).await;
    assert_eq!(everything(world, store).await, slice::from_ref(&again));
    let log = store::changes::since(&mut world.db(), store, version - 1, 9).await;
    let log: Vec<_> = log.unwrap();
    let told: Vec<_> = log
        .iter()
        .map(|line| (line.operation, &line.tuple))
        .collect();
    assert_eq!(told, in_one, "and all of them are told");
    // A tuple that is there is replaced, one that is not is not missed, and nothing is nothing.
    make(world, store, &[(Write, &a), (Delete, &b)]).await;
    let found = tuples::find_all(&mut world.db(), store, slice::from_ref(&a.key)).await;
    let found = found.unwrap();
    assert_eq!((&found[0].tuple, found[0].version), (&a, version + 1));
    make(world, store, &[]).await;
    make(world, store, &[(Delete, &a)]).await;
    assert_eq!(everything(world, store).await, []);
    assert_eq!(
        everything(world, other).await,
        [a, b],
        "of its own store only"
    );
}

pub(super) async fn expired_tuples_are_found_oldest_first(world: &World) {
    let (id, gone) = (store_id(), store_id());
    let store = super::stores::create(world, id, "there").await;
    let deleted = super::stores::create(world, gone, "gone").await;
    let expiring = |of: &str, micros: i64| Tuple {
        expires_at: Some(Time(micros)),
        ..tuple(of, "viewer", "user:ann")
    };
    // Before all that other tests write.
    let all = [
        expiring("doc:3", -30_000_000),
        expiring("doc:1", -50_000_000),
        expiring("doc:2", -40_000_000),
    ];
    write(world, store, &all).await;
    write(world, store, &[tuple("doc:never", "viewer", "user:ann")]).await;
    write(world, deleted, &[expiring("doc:0", -60_000_000)]).await;
    let mut tx = world.db().begin().await.unwrap();
    assert!(stores::delete(&mut tx, gone, NOW).await.unwrap());
    tx.commit().await.unwrap();
    let expired = async |now: i64, limit: i64| {
        let found = tuples::expired(&mut world.db(), Time(now), limit).await;
        found.unwrap()
    };
    let of = |places: &[usize]| {
        let keys = places.iter().map(|at| (id, all[*at].key.clone()));
        keys.collect::<Vec<_>>()
    };
    assert_eq!(expired(-30_000_000, 9).await, of(&[1, 2, 0]));
    assert_eq!(
        expired(-30_000_001, 9).await,
        of(&[1, 2]),
        "its last moment"
    );
    assert_eq!(expired(-30_000_000, 1).await, of(&[1]));
    // What has expired does not count, by the same clock.
    let filter = TupleFilter::default();
    let read = async |now: i64| {
        let found = tuples::read(&mut world.db(), store, &filter, None, Time(now), 9).await;
        found.unwrap().len()
    };
    assert_eq!((read(-30_000_001).await, read(-30_000_000).await), (2, 1));
    make(world, store, &[(Delete, &all[1])]).await;
    assert_eq!(expired(-30_000_000, 9).await, of(&[2, 0]));
}
