//! One deadline cuts every wait: for a turn, a connection, another process, a silent server.

use crate::children::{Part, Word};
use crate::engine::{
    CONNECTIONS, Engine, SNAPSHOTS, World, call, call_within, column, on_both_engines, params,
    query,
};
use crate::proxy::Proxy;
use crate::transactions::{IDS, INSERT, make_things};
use std::time::Duration;
use store::db::Query;
use store::{Db, Error, Read, Result, Store};

on_both_engines!(
    wait_for_a_write_transaction_is_cut,
    wait_for_a_snapshot_is_cut,
    long_scan_is_cut;
    sqlite: wait_for_another_process_is_cut;
    postgres: silent_server_is_cut,
);

const SOON: Duration = Duration::from_millis(150);

#[track_caller]
fn assert_late<T: std::fmt::Debug>(outcome: &Result<T>) {
    assert!(matches!(outcome, Err(Error::Late)), "{outcome:?}");
}

fn impatient(store: &Store) -> Db {
    store.db(&call_within(SOON))
}

async fn wait_for_a_write_transaction_is_cut(world: World) {
    make_things(&world).await;
    let slots = match world.engine {
        Engine::Sqlite => 1,
        Engine::Postgres => CONNECTIONS,
    };
    let mut held = Vec::new();
    for _ in 0..slots {
        held.push(world.db().begin().await.unwrap());
    }
    assert_late(&impatient(&world.store).begin().await);
    let script = "SELECT 1".to_owned();
    assert_late(&world.store.script(script, &call_within(SOON)).await);
    match world.engine {
        Engine::Sqlite => drop(
            world
                .db()
                .rows(IDS, Vec::new())
                .await
                .expect("readers read"),
        ),
        Engine::Postgres => assert_late(&impatient(&world.store).rows(IDS, Vec::new()).await),
    }
    held.pop();
    let mut tx = world.db().begin().await.expect("a turn is free");
    tx.execute(INSERT, params![1_i64, "x"]).await.unwrap();
}

async fn wait_for_a_snapshot_is_cut(world: World) {
    make_things(&world).await;
    let slots = match world.engine {
        Engine::Sqlite => SNAPSHOTS,
        Engine::Postgres => CONNECTIONS,
    };
    let mut held = Vec::new();
    for _ in 0..slots {
        held.push(world.db().snapshot().await.expect("one is free"));
    }
    assert_late(&impatient(&world.store).snapshot().await);
    held.pop();
    world.db().snapshot().await.expect("one is free");
}

async fn wait_for_another_process_is_cut(world: World) {
    make_things(&world).await;
    let mut other = Part::Hold.start(&world.target);
    assert_eq!(other.says(), Some(Word::Ready));
    assert_late(&impatient(&world.store).begin().await);
    world
        .db()
        .rows(IDS, Vec::new())
        .await
        .expect("readers read");
    let patient = world.db();
    let waiting = async {
        let mut tx = patient.begin().await?;
        tx.execute(INSERT, params![1_i64, "x"]).await?;
        tx.commit().await
    };
    let releasing = async {
        tokio::task::spawn_blocking(|| other.release())
            .await
            .unwrap();
    };
    let (written, ()) = tokio::join!(waiting, releasing);
    written.expect("the turn comes when the other process is done");
}

/// A scan that would run for hours neither outlives its caller nor keeps its connection.
async fn long_scan_is_cut(world: World) {
    const HOURS: Query = Query(store::db::Stmt {
        name: "test",
        sqlite: "
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000000)
            SELECT count(*) FROM n",
        postgres: "SELECT count(*) FROM generate_series(1, 1000000000000)",
        scan: Some("to take long"),
    });
    const SCAN: Query = Query(store::db::Stmt {
        scan: Some("to run where scans run"),
        ..IDS.0
    });
    make_things(&world).await;
    for _ in 0..=CONNECTIONS {
        assert_late(&impatient(&world.store).rows(HOURS, Vec::new()).await);
        let in_snapshot = async {
            let mut snapshot = impatient(&world.store).snapshot().await?;
            snapshot.rows(HOURS, Vec::new()).await
        };
        assert_late(&in_snapshot.await);
        let mut snapshot = world.db().snapshot().await.expect("one is free");
        snapshot.rows(SCAN, Vec::new()).await.expect("it is clean");
    }
}

async fn silent_server_is_cut(world: World) {
    make_things(&world).await;
    let (proxy, target) = Proxy::to(world.database(), 2).await;
    let store = Store::open(&target).unwrap();
    for moment in 0..7 {
        // A connection is idle in the pool, so that the wait below is for its answer.
        let mut db = store.db(&call());
        db.rows(IDS, Vec::new())
            .await
            .expect("it goes on when the server answers");
        let db = impatient(&store);
        let silent = async {
            match moment {
                0 => db.clone().rows(IDS, Vec::new()).await.map(drop),
                1 => db.begin().await?.rows(IDS, Vec::new()).await.map(drop),
                2 => db.snapshot().await?.rows(IDS, Vec::new()).await.map(drop),
                3 => {
                    let mut tx = db.begin().await?;
                    tx.queue(INSERT, params![100_i64, "x"]);
                    tx.commit().await
                }
                4 => {
                    let script = "SELECT 1".to_owned();
                    store.script(script, &call_within(SOON)).await
                }
                5 => {
                    let fresh = Store::open(&target)?;
                    impatient(&fresh).rows(IDS, Vec::new()).await.map(drop)
                }
                // In the middle of a transaction.
                _ => {
                    let mut tx = db.begin().await?;
                    tx.execute(INSERT, params![moment, "x"]).await?;
                    proxy.stall();
                    tx.rows(IDS, Vec::new()).await.map(drop)
                }
            }
        };
        if moment < 6 {
            proxy.stall();
        }
        let outcome = silent.await;
        proxy.resume();
        assert_late(&outcome);
    }
    let mut db = store.db(&call());
    db.rows(IDS, Vec::new()).await.expect("it goes on");
    let stored = query("SELECT count(*) FROM things WHERE id < 100");
    let stored = db.rows(stored, Vec::new()).await.unwrap();
    assert_eq!(column::<i64>(stored), [0], "what was cut rolled back");
}
