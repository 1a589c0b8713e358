//! Stores, and their versions under writers that come at once.

use super::tuples::{author, change, tuple};
use crate::engine::{World, query};
use crate::people::NOW;
use store::changes::Operation;
use store::stores::{self, StoreRow};
use store::tuples::{TupleChange, Wanted, change_all, load_at};
use store::{Db, Read, changes, store_assertions, store_models};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use types::{ModelId, StoreId, SystemEntropy, Time};

pub(super) fn store_id() -> StoreId {
    StoreId::fresh(NOW, &SystemEntropy)
}

/// Makes a store; its number.
pub(super) async fn create(world: &World, id: StoreId, name: &str) -> i64 {
    let mut tx = world.db().begin().await.unwrap();
    let number = stores::create(&mut tx, id, name, NOW).await.unwrap();
    tx.commit().await.unwrap();
    number
}

/// Makes a store of any name; its number.
pub(crate) async fn stored(world: &World) -> i64 {
    create(world, store_id(), "any").await
}

async fn delete(world: &World, id: StoreId, at: Time) -> bool {
    let mut tx = world.db().begin().await.unwrap();
    let deleted = stores::delete(&mut tx, id, at).await.unwrap();
    tx.commit().await.unwrap();
    deleted
}

pub(super) async fn store_returns_as_it_was_written(world: &World) {
    let id = store_id();
    let number = create(world, id, "Ünïcode \u{1f511}").await;
    let expected = StoreRow {
        number,
        id,
        name: "Ünïcode \u{1f511}".to_owned(),
        created_at: NOW,
        updated_at: NOW,
        version: 0,
    };
    let found = stores::find(&mut world.db(), id).await.unwrap();
    assert_eq!(found, Some(expected));
    let mut tx = world.db().begin().await.unwrap();
    let again = stores::create(&mut tx, id, "again", NOW).await.unwrap_err();
    assert!(again.is_duplicate("stores.id"), "{again:?}");
    let nobody = stores::find(&mut world.db(), store_id()).await.unwrap();
    assert_eq!(nobody, None);
}

pub(super) async fn stores_are_listed_by_id_and_by_name(world: &World) {
    let mut ids: Vec<_> = (0..7).map(|_| store_id()).collect();
    ids.sort_unstable();
    for (number, id) in ids.iter().enumerate().rev() {
        let name = ["even", "odd"][number % 2];
        create(world, *id, name).await;
    }
    delete(world, ids[4], NOW).await;
    let listed = async |name: Option<&str>| {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page = stores::list(&mut world.db(), after, name, 2).await.unwrap();
            let Some(last) = page.last() else {
                break all;
            };
            after = Some(last.id);
            assert!(page.len() <= 2);
            all.extend(page.into_iter().map(|row| row.id));
        }
    };
    assert_eq!(listed(Some("even")).await, [ids[0], ids[2], ids[6]]);
    assert_eq!(listed(Some("odd")).await, [ids[1], ids[3], ids[5]]);
    assert_eq!(listed(Some("Odd")).await, []);
    let mut everything = listed(None).await;
    assert!(everything.is_sorted(), "there may be other stores");
    everything.retain(|id| ids.contains(id));
    ids.remove(4);
    assert_eq!(everything, ids);
}

pub(super) async fn deleted_store_is_nowhere_found(world: &World) {
    let (id, other) = (store_id(), store_id());
    let number = create(world, id, "gone").await;
    let kept = create(world, other, "kept").await;
    assert!(delete(world, id, NOW).await);
    assert!(!delete(world, id, NOW).await, "once");
    assert_eq!(stores::find(&mut world.db(), id).await.unwrap(), None);
    let other = stores::find(&mut world.db(), other).await.unwrap();
    assert_eq!(other.unwrap().number, kept);
    let named = stores::list(&mut world.db(), None, Some("gone"), 9).await;
    assert_eq!(named.unwrap(), []);
    let mut tx = world.db().begin().await.unwrap();
    assert_eq!(stores::lock(&mut tx, number, 1).await.unwrap(), None);
    let again = stores::create(&mut tx, id, "gone", NOW).await.unwrap_err();
    assert!(
        again.is_duplicate("stores.id"),
        "its id is never used again"
    );
    let mut snapshot = world.db().snapshot().await.unwrap();
    let loaded = load_at(&mut snapshot, number, &Wanted::default(), NOW, 9).await;
    assert_eq!(loaded.unwrap(), None);
}

/// Writes one tuple; the version that it got.
async fn write_one(db: Db, store: i64, versions: i64, object: String) -> i64 {
    let mut tx = db.begin().await.unwrap();
    let last = stores::lock(&mut tx, store, versions).await.unwrap();
    let last = last.unwrap();
    let (tuple, author) = (tuple(&object, "viewer", "user:ann"), author());
    let all: Vec<_> = (last - versions + 1..=last)
        .map(|version| change(Operation::Write, &tuple, version, &author))
        .collect();
    change_all(&mut tx, store, &all);
    tx.commit().await.unwrap();
    last
}

/// Whoever looks at any moment sees all versions up to one, and that one on the store.
pub(super) async fn writers_at_once_take_versions_in_the_order_of_their_commits(world: &World) {
    const WRITES: i64 = 20;
    let id = store_id();
    let store = create(world, id, "any").await;
    let mut writers = JoinSet::new();
    for writer in 1..=2 {
        let db = world.db();
        writers.spawn(async move {
            let mut taken = Vec::new();
            for write in 0..WRITES {
                let object = format!("doc:{writer}-{write}");
                let last = write_one(db.clone(), store, writer, object).await;
                taken.extend(last - writer + 1..=last);
            }
            taken
        });
    }
    let (stop, mut stopped) = oneshot::channel::<()>();
    let db = world.db();
    let mut reader = JoinSet::new();
    reader.spawn(async move {
        let mut looks = 0;
        loop {
            let is_last = stopped.try_recv().is_ok();
            let mut snapshot = db.snapshot().await.unwrap();
            let log = changes::since(&mut snapshot, store, 0, 1_000)
                .await
                .unwrap();
            let row = stores::find(&mut snapshot, id).await.unwrap().unwrap();
            drop(snapshot);
            let seen: Vec<_> = log.iter().map(|line| line.version).collect();
            assert_eq!(seen, (1..=row.version).collect::<Vec<_>>());
            looks += 1;
            if is_last {
                return looks;
            }
            tokio::task::yield_now().await;
        }
    });
    let mut taken = writers.join_all().await.concat();
    stop.send(()).unwrap();
    assert!(reader.join_all().await[0] > 0);
    taken.sort_unstable();
    assert_eq!(taken, (1..=WRITES * 3).collect::<Vec<_>>());
}

pub(super) async fn writer_waits_for_the_one_before(world: &World) {
    let store = stored(world).await;
    let mut first = world.db().begin().await.unwrap();
    assert_eq!(stores::lock(&mut first, store, 2).await.unwrap(), Some(2));
    let mut second = JoinSet::new();
    second.spawn(write_one(world.db(), store, 1, "doc:1".to_owned()));
    first.commit().await.unwrap();
    assert_eq!(second.join_all().await, [3]);
    let mut dropped = world.db().begin().await.unwrap();
    assert_eq!(stores::lock(&mut dropped, store, 1).await.unwrap(), Some(4));
    drop(dropped);
    let next = write_one(world.db(), store, 1, "doc:2".to_owned()).await;
    assert_eq!(next, 4, "what was rolled back leaves no gap");
}

pub(super) async fn a_version_is_told_with_its_last_change(world: &World) {
    let id = store_id();
    let number = create(world, id, "any").await;
    let told = async || stores::version(&mut world.db(), id).await.unwrap();
    assert_eq!(told().await, Some((0, None)));
    write_one(world.db(), number, 1, "doc:1".to_owned()).await;
    let mut tx = world.db().begin().await.unwrap();
    let version = stores::lock(&mut tx, number, 1).await.unwrap().unwrap();
    let (tuple, author) = (tuple("doc:2", "viewer", "user:ann"), author());
    let items = [(0, 5), (1, 7)].map(|(item, later)| TupleChange {
        item,
        at: Time(NOW.0 + later),
        ..change(Operation::Write, &tuple, version, &author)
    });
    change_all(&mut tx, number, &items[..1]);
    change_all(&mut tx, number, &items[1..]);
    tx.commit().await.unwrap();
    assert_eq!(told().await, Some((2, Some(Time(NOW.0 + 7)))));
    let mut tx = world.db().begin().await.unwrap();
    stores::lock(&mut tx, number, 1).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(told().await, Some((3, None)), "it changed nothing");
    assert!(delete(world, id, NOW).await);
    assert_eq!(told().await, None);
}

/// Removes up to two rows of deleted stores.
async fn remove_two(world: &World) -> u64 {
    let mut tx = world.db().begin().await.unwrap();
    let removed = stores::remove_some_of_deleted(&mut tx, 2).await.unwrap();
    tx.commit().await.unwrap();
    removed
}

/// Fills a store with three tuples, their log, a model and its assertions: nine rows with its own.
async fn filled(world: &World, id: StoreId) -> i64 {
    let number = create(world, id, "filled").await;
    let model = ModelId::fresh(NOW, &SystemEntropy);
    let mut tx = world.db().begin().await.unwrap();
    store_models::insert(&mut tx, number, model, "1.1", "{}", NOW);
    store_assertions::put(&mut tx, number, model, "[]");
    tx.commit().await.unwrap();
    for object in ["doc:1", "doc:2", "doc:3"] {
        write_one(world.db(), number, 1, object.to_owned()).await;
    }
    number
}

pub(super) async fn deleted_store_leaves_nothing_after_a_while(world: &World) {
    while remove_two(world).await > 0 {}
    let (first, second, kept) = (store_id(), store_id(), store_id());
    let numbers = [
        filled(world, first).await,
        filled(world, second).await,
        filled(world, kept).await,
    ];
    assert_eq!(remove_two(world).await, 0, "nothing of what is there");
    // The one that was deleted first goes first, whichever was made first.
    delete(world, second, NOW).await;
    delete(world, first, Time(NOW.0 + 1)).await;
    let mut removed = Vec::new();
    while removed.last() != Some(&0) {
        removed.push(remove_two(world).await);
        let (later, sooner) = (rows(world, numbers[0]).await, rows(world, numbers[1]).await);
        let gone = removed.iter().sum::<u64>();
        assert_eq!(later + sooner + gone, 18, "each round removes what it says");
        assert!(sooner == 0 || later == 9, "one store after the other");
    }
    assert_eq!(removed, [2, 2, 2, 2, 1, 2, 2, 2, 2, 1, 0]);
    assert_eq!(rows(world, numbers[2]).await, 9, "the other store's stay");
    let next = create(world, store_id(), "next").await;
    assert!(next > numbers[2], "no number is given twice");
    // The greatest number of all goes, and is not given again either.
    let last = store_id();
    let gone = create(world, last, "last").await;
    delete(world, last, NOW).await;
    assert_eq!(remove_two(world).await, 1);
    assert!(create(world, store_id(), "after it").await > gone);
}

/// How many rows a store has in all tables.
async fn rows(world: &World, store: i64) -> u64 {
    let count = query(
        "SELECT (SELECT count(*) FROM stores WHERE number = $1)
            + (SELECT count(*) FROM store_models WHERE store = $1)
            + (SELECT count(*) FROM store_assertions WHERE store = $1)
            + (SELECT count(*) FROM store_tuples WHERE store = $1)
            + (SELECT count(*) FROM store_changes WHERE store = $1)",
    );
    let row = world.db().row(count, vec![store.into()]).await;
    let count: i64 = row.unwrap().unwrap().take().unwrap();
    u64::try_from(count).unwrap()
}
