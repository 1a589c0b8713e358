//! A snapshot shows one point in time while writers go on.

use crate::engine::{World, column, command, on_both_engines, params, query};
use crate::transactions::{IDS, INSERT, NAME, make_things};
use store::db::{Command, Query};
use store::{Error, Read, Snapshot};

on_both_engines!(
    snapshot_stands_still,
    snapshot_never_tears_a_transaction,
    snapshot_ends_at_its_first_error,
    snapshot_writes_nothing,
);

/// A query that runs where scans run.
const SCAN: Query = Query(store::db::Stmt {
    scan: Some("to run where scans run"),
    ..IDS.0
});

async fn snapshot_stands_still(world: World) {
    make_things(&world).await;
    let mut early = world.db().snapshot().await.unwrap();
    // On PostgreSQL the first query fixes the point in time.
    assert_eq!(
        column::<i64>(early.rows(IDS, Vec::new()).await.unwrap()),
        [0_i64; 0]
    );
    for id in 1..=3_i64 {
        let mut tx = world.db().begin().await.unwrap();
        tx.queue(INSERT, params![id, "x"]);
        tx.commit().await.unwrap();
        for query in [IDS, SCAN] {
            let seen = early.rows(query, Vec::new()).await.unwrap();
            assert_eq!(column::<i64>(seen), [0_i64; 0]);
        }
        let mut late = world.db().snapshot().await.unwrap();
        let sets = late
            .all(vec![(IDS, Vec::new()), (NAME, params![id])])
            .await
            .unwrap();
        assert_eq!(
            sets.iter().map(Vec::len).sum::<usize>(),
            usize::try_from(id).unwrap() + 1
        );
    }
}

/// A transaction moves one unit between two rows; wherever a snapshot begins and whatever is
/// committed between its reads, the sum never changes.
async fn snapshot_never_tears_a_transaction(world: World) {
    make_things(&world).await;
    let mut tx = world.db().begin().await.unwrap();
    tx.queue(INSERT, params![1_000_000_i64, "a"]);
    tx.queue(INSERT, params![-1_000_000_i64, "b"]);
    tx.commit().await.unwrap();
    for moved in 0..20 {
        let before = Reader::start(&world).await;
        let mut tx = world.db().begin().await.unwrap();
        tx.execute(ADD, params!["a", 1_i64]).await.unwrap();
        let amidst = Reader::start(&world).await;
        tx.execute(ADD, params!["b", -1_i64]).await.unwrap();
        tx.commit().await.unwrap();
        let after = Reader::start(&world).await;
        let old = 1_000_000 + moved;
        assert_eq!(before.end().await, (old, -old));
        assert_eq!(amidst.end().await, (old, -old));
        assert_eq!(after.end().await, (old + 1, -old - 1));
    }
}

const ADD: Command = command("UPDATE things SET id = id + $2 WHERE name = $1");
const OF: Query = query("SELECT id FROM things WHERE name = $1");

/// A snapshot that has read one of the two rows.
struct Reader {
    snapshot: Snapshot,
    first: i64,
}

impl Reader {
    async fn start(world: &World) -> Self {
        let mut snapshot = world.db().snapshot().await.unwrap();
        let rows = snapshot.rows(OF, params!["a"]).await.unwrap();
        let first = column(rows)[0];
        Self { snapshot, first }
    }

    async fn end(mut self) -> (i64, i64) {
        let rows = self.snapshot.rows(OF, params!["b"]).await.unwrap();
        (self.first, column(rows)[0])
    }
}

async fn snapshot_ends_at_its_first_error(world: World) {
    make_things(&world).await;
    let mut snapshot = world.db().snapshot().await.unwrap();
    snapshot
        .rows(query("SELECT nothing"), Vec::new())
        .await
        .unwrap_err();
    let after = snapshot.rows(IDS, Vec::new()).await;
    assert!(matches!(after, Err(Error::Aborted)), "{after:?}");
    let mut next = world.db().snapshot().await.unwrap();
    next.rows(IDS, Vec::new()).await.unwrap();
}

async fn snapshot_writes_nothing(world: World) {
    make_things(&world).await;
    const DISGUISED: Query = Query(INSERT.0);
    let mut snapshot = world.db().snapshot().await.unwrap();
    snapshot
        .rows(DISGUISED, params![1_i64, "x"])
        .await
        .unwrap_err();
    assert_eq!(world.number("SELECT count(*) FROM things").await, 0);
}
