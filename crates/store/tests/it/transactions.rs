//! What a transaction promises: its own writes, all or nothing, order, an end at the first error.

use crate::engine::{World, call, column, command, on_both_engines, params, query};
use store::db::{Command, Query};
use store::{Error, Read};

on_both_engines!(
    tx_sees_its_own_writes,
    dropped_tx_rolls_back,
    errors_end_the_transaction,
    ended_tx_lets_the_next_one_begin,
    queued_writes_run_in_order,
    failing_queued_write_fails_the_commit,
    failing_queued_write_fails_the_next_statement,
    commit_is_seen_by_every_connection,
    commit_of_nothing_succeeds,
);

const TABLE: &str = "CREATE TABLE things (id BIGINT PRIMARY KEY, name TEXT NOT NULL)";
const TABLE_SQLITE: &str =
    "CREATE TABLE things (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT";

pub(crate) const INSERT: Command = command("INSERT INTO things (id, name) VALUES ($1, $2)");
pub(crate) const APPEND: Command = command("UPDATE things SET name = name || $2 WHERE id = $1");
pub(crate) const NAME: Query = query("SELECT name FROM things WHERE id = $1");
pub(crate) const IDS: Query = query("SELECT id FROM things ORDER BY id LIMIT 1000");

pub(crate) async fn make_things(world: &World) {
    let postgres = TABLE.replace("TABLE things", "TABLE claviger.things");
    world.script_of(TABLE_SQLITE, &postgres).await;
}

pub(crate) async fn ids(world: &World) -> Vec<i64> {
    column(world.db().rows(IDS, Vec::new()).await.unwrap())
}

async fn tx_sees_its_own_writes(world: World) {
    make_things(&world).await;
    let mut tx = world.db().begin().await.unwrap();
    tx.execute(INSERT, params![1_i64, "one"]).await.unwrap();
    tx.queue(INSERT, params![2_i64, "two"]);
    assert_eq!(
        column::<i64>(tx.rows(IDS, Vec::new()).await.unwrap()),
        [1, 2]
    );
    assert_eq!(ids(&world).await, [0_i64; 0], "nobody else sees them yet");
    tx.commit().await.unwrap();
    assert_eq!(ids(&world).await, [1, 2]);
}

async fn dropped_tx_rolls_back(world: World) {
    make_things(&world).await;
    let mut tx = world.db().begin().await.unwrap();
    tx.execute(INSERT, params![1_i64, "gone"]).await.unwrap();
    drop(tx);
    let mut tx = world.db().begin().await.unwrap();
    assert_eq!(
        column::<i64>(tx.rows(IDS, Vec::new()).await.unwrap()),
        [0_i64; 0]
    );
}

async fn errors_end_the_transaction(world: World) {
    make_things(&world).await;
    let mut tx = world.db().begin().await.unwrap();
    tx.execute(INSERT, params![1_i64, "one"]).await.unwrap();
    let twice = tx.execute(INSERT, params![1_i64, "again"]).await;
    assert!(twice.is_err_and(|e| e.is_duplicate("things.id")));
    let after = tx.execute(INSERT, params![2_i64, "two"]).await;
    assert!(matches!(after, Err(Error::Aborted)), "{after:?}");
    let commit = tx.commit().await;
    assert!(matches!(commit, Err(Error::Aborted)), "{commit:?}");
    assert_eq!(ids(&world).await, [0_i64; 0]);
}

/// A flow that holds its dead transaction while it begins another must not wait for itself.
async fn ended_tx_lets_the_next_one_begin(world: World) {
    make_things(&world).await;
    let mut dead = world.db().begin().await.unwrap();
    dead.execute(INSERT, params![1_i64, "one"]).await.unwrap();
    dead.execute(INSERT, params![1_i64, "one"])
        .await
        .unwrap_err();
    let mut tx = world.db().begin().await.unwrap();
    tx.execute(INSERT, params![1_i64, "one"]).await.unwrap();
    tx.commit().await.unwrap();
    drop(dead);
    assert_eq!(ids(&world).await, [1]);
}

async fn queued_writes_run_in_order(world: World) {
    make_things(&world).await;
    let mut tx = world.db().begin().await.unwrap();
    tx.queue(INSERT, params![1_i64, "a"]);
    tx.queue(APPEND, params![1_i64, "b"]);
    let read = tx.rows(NAME, params![1_i64]).await.unwrap();
    assert_eq!(
        column::<String>(read),
        ["ab"],
        "before the next awaited statement"
    );
    tx.queue(APPEND, params![1_i64, "c"]);
    let names = vec![(NAME, params![1_i64]), (IDS, Vec::new())];
    let mut sets = tx.all(names).await.unwrap();
    assert_eq!(column::<i64>(sets.pop().unwrap()), [1]);
    assert_eq!(column::<String>(sets.pop().unwrap()), ["abc"]);
    tx.queue(APPEND, params![1_i64, "d"]);
    tx.queue(APPEND, params![1_i64, "e"]);
    tx.commit().await.unwrap();
    let read = world.db().rows(NAME, params![1_i64]).await.unwrap();
    assert_eq!(column::<String>(read), ["abcde"], "at the commit");
}

async fn failing_queued_write_fails_the_commit(world: World) {
    make_things(&world).await;
    let mut tx = world.db().begin().await.unwrap();
    tx.queue(INSERT, params![1_i64, "one"]);
    tx.queue(INSERT, params![1_i64, "again"]);
    tx.queue(INSERT, params![2_i64, "two"]);
    let commit = tx.commit().await;
    assert!(commit.is_err_and(|e| e.is_duplicate("things.id")));
    assert_eq!(ids(&world).await, [0_i64; 0]);
    // And with the BEGIN sent before.
    let mut tx = world.db().begin().await.unwrap();
    tx.execute(INSERT, params![1_i64, "one"]).await.unwrap();
    tx.queue(INSERT, params![1_i64, "again"]);
    tx.commit().await.unwrap_err();
    assert_eq!(ids(&world).await, [0_i64; 0]);
}

async fn failing_queued_write_fails_the_next_statement(world: World) {
    make_things(&world).await;
    let mut tx = world.db().begin().await.unwrap();
    tx.queue(INSERT, params![1_i64, "one"]);
    tx.queue(INSERT, params![1_i64, "again"]);
    let next = tx.rows(IDS, Vec::new()).await;
    assert!(next.is_err_and(|e| e.is_duplicate("things.id")));
    tx.commit().await.unwrap_err();
    assert_eq!(ids(&world).await, [0_i64; 0]);
}

async fn commit_is_seen_by_every_connection(world: World) {
    make_things(&world).await;
    let another = world.another_store();
    for id in 0..20_i64 {
        let mut tx = world.db().begin().await.unwrap();
        tx.queue(INSERT, params![id, "x"]);
        tx.commit().await.unwrap();
        for mut db in [world.db(), another.db(&call())] {
            let read = db.rows(NAME, params![id]).await.unwrap();
            assert_eq!(column::<String>(read), ["x"], "read your own commit");
        }
    }
}

async fn commit_of_nothing_succeeds(world: World) {
    world.db().begin().await.unwrap().commit().await.unwrap();
    let mut tx = world.db().begin().await.unwrap();
    tx.all(Vec::new()).await.unwrap();
    tx.commit().await.unwrap();
}
