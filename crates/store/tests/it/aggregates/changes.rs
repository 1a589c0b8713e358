//! The log of changes.

use super::stores::stored;
use super::tuples::{author, make, tuple};
use crate::engine::World;
use crate::people::NOW;
use store::changes::Operation::{Delete, Write};
use store::changes::{self, ChangeRow};
use store::stores;
use store::tuples::{TupleChange, change_all, find_all_to_change};
use types::{Time, Tuple};

/// Three versions of a log: two tuples, a deletion, and one of another type.
async fn logged(world: &World) -> (i64, Vec<ChangeRow>) {
    let (store, other) = (stored(world).await, stored(world).await);
    let [a, b, c] = [
        tuple("doc:1", "viewer", "user:ann"),
        tuple("doc:2", "viewer", "group:staff#member"),
        tuple("file:1", "viewer", "user:*"),
    ];
    let expiring = Tuple {
        expires_at: Some(NOW),
        ..a.clone()
    };
    make(world, other, &[(Write, &c), (Write, &b)]).await;
    let author = author();
    let mut log = Vec::new();
    for (seconds, all) in [
        (0, vec![(Write, &expiring), (Write, &b)]),
        (1, vec![(Delete, &expiring), (Write, &a)]),
        (2, vec![(Write, &c)]),
    ] {
        let at = Time(NOW.0 + seconds * 1_000_000);
        let mut tx = world.db().begin().await.unwrap();
        let version = stores::lock(&mut tx, store, 1).await.unwrap().unwrap();
        let mut changes = Vec::new();
        for ((operation, tuple), item) in all.into_iter().zip(0..) {
            changes.push(TupleChange {
                operation,
                tuple,
                version,
                item,
                author: &author,
                at,
            });
            log.push(ChangeRow {
                version,
                item,
                operation,
                tuple: tuple.clone(),
                at,
                actor: author.actor.clone(),
                reason: author.reason.clone(),
            });
        }
        // In whatever order they are given.
        changes.reverse();
        change_all(&mut tx, store, &changes);
        tx.commit().await.unwrap();
    }
    (store, log)
}

pub(super) async fn changes_after_a_version_come_in_order(world: &World) {
    let (store, log) = logged(world).await;
    let since = async |version: i64, limit: i64| {
        let found = changes::since(&mut world.db(), store, version, limit).await;
        found.unwrap()
    };
    assert_eq!(since(0, 9).await, log);
    assert_eq!(since(0, 3).await, log[..3], "a version may be cut");
    assert_eq!(since(1, 9).await, log[2..]);
    assert_eq!(since(2, 9).await, log[4..]);
    assert_eq!(since(3, 9).await, []);
}

pub(super) async fn changes_are_read_by_type_and_time(world: &World) {
    let (store, log) = logged(world).await;
    let read = async |of_type: Option<&str>, from: Option<Time>, limit: i64| {
        let (mut db, mut pages) = (world.db(), Vec::new());
        // No item is before the first one of the first version.
        let mut after = (0, -1);
        if let Some(from) = from {
            let place = changes::place_before(&mut db, store, from).await.unwrap();
            let Some(place) = place else {
                return pages;
            };
            after = place;
        }
        loop {
            let page = changes::read(&mut db, store, of_type, after, limit).await;
            let page = page.unwrap();
            let Some(last) = page.last() else {
                return pages;
            };
            after = (last.version, last.item);
            assert!(page.len() <= usize::try_from(limit).unwrap());
            pages.extend(page);
        }
    };
    let (docs, files) = log.split_at(4);
    for limit in [1, 2, 9] {
        assert_eq!(read(None, None, limit).await, log);
        assert_eq!(read(Some("doc"), None, limit).await, docs);
        assert_eq!(read(Some("file"), None, limit).await, files);
        assert_eq!(read(Some("do"), None, limit).await, []);
        let second = Some(Time(NOW.0 + 1_000_000));
        assert_eq!(read(None, second, limit).await, log[2..]);
        assert_eq!(read(Some("doc"), second, limit).await, log[2..4]);
        let between = Some(Time(NOW.0 + 1_000_001));
        assert_eq!(read(Some("doc"), between, limit).await, []);
        assert_eq!(read(None, between, limit).await, files);
        assert_eq!(read(None, Some(Time(i64::MAX)), limit).await, []);
    }
}

pub(super) async fn the_last_change_of_a_version_tells_histories_apart(world: &World) {
    let (store, log) = logged(world).await;
    for version in 1..=3 {
        let mut of_version = log.iter().filter(|line| line.version == version);
        let at = changes::last_at(&mut world.db(), store, version).await;
        assert_eq!(at.unwrap(), of_version.next_back().map(|line| line.at));
    }
    assert_eq!(
        changes::last_at(&mut world.db(), store, 4).await.unwrap(),
        None
    );
    // A writer hears of the last one with the tuples that it asks for, and takes versions behind.
    let mut tx = world.db().begin().await.unwrap();
    let all = find_all_to_change(&mut tx, store, &[]).await;
    let last = log.last().map(|line| (line.version, line.at));
    assert_eq!(all.unwrap(), (vec![], last));
    assert_eq!(stores::lock(&mut tx, store, 0).await.unwrap(), Some(3));
    stores::advance(&mut tx, store, 2);
    assert_eq!(stores::lock(&mut tx, store, 0).await.unwrap(), Some(5));
}
