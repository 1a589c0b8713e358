//! Statements and waits are counted alike on both engines: budgets of requests rest on it.

use crate::engine::{World, call, on_both_engines, params};
use crate::transactions::{APPEND, IDS, INSERT, NAME, make_things};
use store::Read;
use types::Call;

on_both_engines!(
    reads_are_one_round_trip,
    transaction_of_one_batch_is_one_round_trip,
    each_awaited_statement_is_a_round_trip,
    commit_alone_is_a_round_trip,
    what_was_never_sent_costs_nothing,
    snapshot_counts_its_begin_once,
    failing_statements_are_counted,
);

/// Statements and round trips so far.
fn spent(call: &Call) -> (u64, u64) {
    (call.cost.statements(), call.cost.round_trips())
}

async fn reads_are_one_round_trip(world: World) {
    make_things(&world).await;
    let call = call();
    let mut db = world.store.db(&call);
    db.rows(IDS, Vec::new()).await.unwrap();
    assert_eq!(spent(&call), (1, 1));
    let queries = vec![(IDS, Vec::new()), (NAME, params![1_i64]), (IDS, Vec::new())];
    assert_eq!(db.all(queries).await.unwrap().len(), 3);
    assert_eq!(spent(&call), (4, 2));
    assert!(db.all(Vec::new()).await.unwrap().is_empty());
    assert_eq!(spent(&call), (4, 2));
}

async fn transaction_of_one_batch_is_one_round_trip(world: World) {
    make_things(&world).await;
    let call = call();
    let mut tx = world.store.db(&call).begin().await.unwrap();
    tx.queue(INSERT, params![1_i64, "a"]);
    tx.queue(APPEND, params![1_i64, "b"]);
    tx.commit().await.unwrap();
    assert_eq!(spent(&call), (4, 1), "BEGIN, two writes, COMMIT");
    assert!(call.cost.database_us() > 0);
}

async fn each_awaited_statement_is_a_round_trip(world: World) {
    make_things(&world).await;
    let call = call();
    let mut tx = world.store.db(&call).begin().await.unwrap();
    assert_eq!(spent(&call), (0, 0), "BEGIN rides along");
    tx.rows(IDS, Vec::new()).await.unwrap();
    assert_eq!(spent(&call), (2, 1));
    tx.queue(INSERT, params![1_i64, "a"]);
    tx.execute(APPEND, params![1_i64, "b"]).await.unwrap();
    assert_eq!(spent(&call), (4, 2));
    tx.queue(APPEND, params![1_i64, "c"]);
    tx.commit().await.unwrap();
    assert_eq!(spent(&call), (6, 3));
}

async fn commit_alone_is_a_round_trip(world: World) {
    make_things(&world).await;
    let call = call();
    let mut tx = world.store.db(&call).begin().await.unwrap();
    tx.execute(INSERT, params![1_i64, "a"]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(spent(&call), (3, 2));
}

async fn what_was_never_sent_costs_nothing(world: World) {
    let call = call();
    let tx = world.store.db(&call).begin().await.unwrap();
    tx.commit().await.unwrap();
    drop(world.store.db(&call).begin().await.unwrap());
    drop(world.store.db(&call).snapshot().await.unwrap());
    assert_eq!(spent(&call), (0, 0));
}

async fn snapshot_counts_its_begin_once(world: World) {
    make_things(&world).await;
    let call = call();
    let mut snapshot = world.store.db(&call).snapshot().await.unwrap();
    snapshot.rows(IDS, Vec::new()).await.unwrap();
    assert_eq!(spent(&call), (2, 1));
    let queries = vec![(IDS, Vec::new()), (NAME, params![1_i64])];
    assert_eq!(snapshot.all(queries).await.unwrap().len(), 2);
    assert_eq!(spent(&call), (4, 2));
}

async fn failing_statements_are_counted(world: World) {
    make_things(&world).await;
    let call = call();
    let mut tx = world.store.db(&call).begin().await.unwrap();
    tx.queue(INSERT, params![1_i64, "a"]);
    tx.queue(INSERT, params![1_i64, "a"]);
    tx.commit().await.unwrap_err();
    assert_eq!(spent(&call), (4, 1));
}
