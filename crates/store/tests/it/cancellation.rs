//! A request may be dropped at any await: no open transaction, no dirty connection, no lost slot.

use crate::engine::{
    CONNECTIONS, Engine, SNAPSHOTS, World, call, call_within, eventually, on_both_engines, params,
    query,
};
use crate::proxy::Proxy;
use crate::transactions::{IDS, INSERT, ids, make_things};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;
use store::db::{Query, Stmt};
use store::{Db, Error, Read, Store};
use tokio::task::JoinSet;
use types::{Entropy, SystemEntropy};

on_both_engines!(
    abandoned_writers_leave_no_trace,
    abandoned_readers_leave_no_trace;
    postgres: late_statement_is_ended_on_the_server, late_cancellation_hits_nobody_else,
);

const ABANDONED: usize = 300;

/// More than any of the flows below waits.
const fn waits_max(world: &World) -> usize {
    match world.engine {
        Engine::Sqlite => 4,
        Engine::Postgres => 12,
    }
}

/// Runs `work` until it has waited `waits` times, then drops it.
async fn abandon<T>(work: impl Future<Output = T>, waits: usize) {
    let mut work = pin!(work);
    let mut left = waits;
    std::future::poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Pending if left > 0 => {
            left -= 1;
            Poll::Pending
        }
        _ => Poll::Ready(()),
    })
    .await;
}

fn random(below: usize) -> usize {
    let mut byte = [0];
    SystemEntropy.fill(&mut byte);
    usize::from(byte[0]) % below
}

/// Two rows or none, with and without a statement between BEGIN and COMMIT.
async fn write_pair(db: Db, id: i64, shape: usize) -> store::Result<()> {
    let mut tx = db.begin().await?;
    if shape != 0 {
        tx.execute(INSERT, params![id, "a"]).await?;
    } else {
        tx.queue(INSERT, params![id, "a"]);
    }
    if shape == 2 {
        tx.rows(IDS, Vec::new()).await?;
    }
    tx.queue(INSERT, params![-id, "b"]);
    tx.commit().await
}

async fn abandoned_writers_leave_no_trace(world: World) {
    make_things(&world).await;
    for round in 1..=ABANDONED {
        let id = i64::try_from(round).unwrap();
        let (waits, shape) = (random(waits_max(&world)), random(3));
        // Half of them also wait behind a neighbour who is abandoned too.
        let neighbour = write_pair(world.db(), 10_000 + id, random(3));
        let neighbour = async {
            if round % 2 == 0 {
                abandon(neighbour, random(waits_max(&world))).await;
            }
        };
        tokio::join!(neighbour, abandon(write_pair(world.db(), id, shape), waits));
        let mut tx = world.db().begin().await.expect("the next writer can begin");
        tx.rows(IDS, Vec::new())
            .await
            .expect("the connection is clean");
    }
    let stored = ids(&world).await;
    for id in &stored {
        assert!(stored.binary_search(&-id).is_ok(), "{id} was stored alone");
    }
    let ended = stored.iter().filter(|id| (1..10_000).contains(*id)).count();
    assert!(ended > 0, "some of them came to the end");
    assert!(ended < ABANDONED, "some of them did not");
    rests(&world).await;
}

async fn abandoned_readers_leave_no_trace(world: World) {
    make_things(&world).await;
    let mut scan = IDS;
    scan.0.scan = Some("to run where scans run");
    for round in 0..ABANDONED {
        let waits = random(waits_max(&world));
        let read = async {
            match round % 3 {
                0 => drop(world.db().rows(IDS, Vec::new()).await),
                1 => drop(world.db().rows(scan, Vec::new()).await),
                _ => {
                    let mut snapshot = world.db().snapshot().await.unwrap();
                    drop(snapshot.rows(IDS, Vec::new()).await);
                    drop(snapshot.rows(scan, Vec::new()).await);
                }
            }
        };
        abandon(read, waits).await;
        world.db().rows(IDS, Vec::new()).await.expect("reads go on");
    }
    rests(&world).await;
}

/// A statement that would take hours does not keep its connection once its caller is gone.
async fn late_statement_is_ended_on_the_server(world: World) {
    const SLOW: Query = query("SELECT CAST(pg_sleep(10000) AS TEXT)");
    // The server itself shall not end it.
    const UNLIMITED: Query = query("SELECT set_config('statement_timeout', '0', FALSE)");
    let mut all = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut tx = world.db().begin().await.unwrap();
        tx.rows(UNLIMITED, Vec::new()).await.unwrap();
        all.push(tx);
    }
    for tx in all {
        tx.commit().await.unwrap();
    }
    let mut all = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let call = call_within(Duration::from_millis(300));
        let mut db = world.store.db(&call);
        all.spawn(async move { db.rows(SLOW, Vec::new()).await });
        let db = world.store.db(&call);
        all.spawn(async move { db.begin().await?.rows(SLOW, Vec::new()).await });
    }
    for late in all.join_all().await {
        assert!(matches!(late, Err(Error::Late)), "{late:?}");
    }
    rests(&world).await;
}

/// The request to cancel travels on a line of its own. Here it arrives when the statement has ended
/// by itself and the next caller waits for another one.
async fn late_cancellation_hits_nobody_else(world: World) {
    const LOCK: Query = query("SELECT CAST(pg_advisory_xact_lock(7) AS TEXT)");
    const WAITERS: &str = "
        SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database
        WHERE d.datname = current_database() AND l.locktype = 'advisory' AND NOT l.granted";
    let (proxy, target) = Proxy::to(world.database(), 1).await;
    let store = Store::open(&target).unwrap();
    store.ping(&call()).await.unwrap();
    let hold = async || {
        let mut holder = world.db().begin().await.unwrap();
        holder.rows(LOCK, Vec::new()).await.unwrap();
        holder
    };
    let holder = hold().await;
    proxy.shut_to_the_next();
    let impatient = call_within(Duration::from_millis(150));
    let late = store.db(&impatient).rows(LOCK, Vec::new()).await;
    assert!(matches!(late, Err(Error::Late)), "{late:?}");
    proxy.next_has_come().await;
    holder.commit().await.unwrap();
    store.ping(&call()).await.unwrap();
    let holder = hold().await;
    let mut next = store.db(&call());
    let cancelled = async {
        let waits = async || world.number(WAITERS).await == 1;
        eventually("the next caller waits for the lock", waits).await;
        proxy.admit_to_its_end().await;
        holder.commit().await.unwrap();
    };
    let (outcome, ()) = tokio::join!(next.rows(LOCK, Vec::new()), cancelled);
    outcome.expect("nobody has cancelled it");
}

/// A caller may leave before the scan that it asked for has a thread to run on.
#[test]
fn scan_whose_caller_has_left_never_begins() {
    const MINUTES: Query = Query(Stmt {
        name: "test",
        sqlite: "
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300000000)
            SELECT count(*) FROM n",
        postgres: "",
        scan: Some("to take long"),
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .max_blocking_threads(1)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let world = World::migrated(Engine::Sqlite).await;
        make_things(&world).await;
        let (release, held) = std::sync::mpsc::sync_channel::<()>(0);
        let thread = tokio::task::spawn_blocking(move || held.recv());
        for _ in 0..SNAPSHOTS {
            let scan = async { world.db().rows(MINUTES, Vec::new()).await };
            abandon(scan, 0).await;
        }
        drop(release);
        thread.await.unwrap().unwrap_err();
        let mut scan = IDS;
        scan.0.scan = Some("to run where scans run");
        let outcome = world.db().rows(scan, Vec::new()).await;
        outcome.expect("the connections are free");
    });
}

/// Waits until what was abandoned has come to rest, then uses everything at once.
async fn rests(world: &World) {
    const BUSY: &str = "
        SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
            AND backend_type = 'client backend' AND state <> 'idle'";
    let slots = match world.engine {
        Engine::Sqlite => 1,
        Engine::Postgres => {
            eventually("every session is idle", async || {
                world.number(BUSY).await == 0
            })
            .await;
            CONNECTIONS
        }
    };
    let mut all = Vec::new();
    for _ in 0..slots {
        let mut tx = world.db().begin().await.expect("the pool is whole");
        tx.rows(IDS, Vec::new()).await.unwrap_or_default();
        all.push(tx);
    }
    drop(all);
    let mut all = Vec::new();
    for _ in 0..SNAPSHOTS {
        all.push(world.db().snapshot().await.expect("snapshots are whole"));
    }
    drop(all);
    // Another process may write: the file's lock is free, no row is locked.
    let another = world.another_store();
    let tx = another.db(&call()).begin().await.expect("others can write");
    tx.commit().await.unwrap();
}
