//! Group commit of SQLite: one write to the disk for many transactions, and honest answers.

use crate::engine::{Engine, Home, World, call, params};
use crate::transactions::{IDS, INSERT, ids, make_things};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use store::migrate::{self, UnknownSchema};
use store::{Db, Error, Read, Result, Store, Target};
use tokio::task::JoinSet;

const WRITERS: i64 = 64;

/// The writers below meet in the queue of the writer before the first of them runs.
fn on_one_thread(test: impl AsyncFn(World)) {
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    runtime.block_on(async {
        let world = World::migrated(Engine::Sqlite).await;
        make_things(&world).await;
        test(world).await;
    });
}

/// Starts `WRITERS` transactions that all wait while another one holds the writer, then lets them
/// go; what each was answered.
async fn together<F>(db: Db, write: impl Fn(i64, Db) -> F) -> Vec<(i64, Result<()>)>
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let holder = db.begin().await.unwrap();
    let waiting = Arc::new(AtomicUsize::new(0));
    let mut writers = JoinSet::new();
    for id in 0..WRITERS {
        let (waiting, work) = (Arc::clone(&waiting), write(id, db.clone()));
        writers.spawn(async move {
            waiting.fetch_add(1, Ordering::Relaxed);
            (id, work.await)
        });
    }
    // On one thread, a task that counted itself has run until it had to wait.
    while waiting.load(Ordering::Relaxed) < usize::try_from(WRITERS).unwrap() {
        tokio::task::yield_now().await;
    }
    drop(holder);
    writers.join_all().await
}

async fn insert(id: i64, name: String, db: Db) -> Result<()> {
    let mut tx = db.begin().await?;
    tx.execute(INSERT, params![id, name]).await?;
    tx.commit().await
}

#[test]
fn many_transactions_share_one_commit() {
    on_one_thread(async |world| {
        let wal = wal_of(&world);
        let before = commits(&wal);
        let outcomes = together(world.db(), |id, db| insert(id, "x".to_owned(), db)).await;
        assert!(outcomes.iter().all(|(_, outcome)| outcome.is_ok()));
        assert_eq!(ids(&world).await, (0..WRITERS).collect::<Vec<_>>());
        assert_eq!(
            commits(&wal) - before,
            1,
            "commits for {WRITERS} transactions"
        );
    });
}

#[test]
fn failing_member_of_a_group_harms_no_other() {
    on_one_thread(async |world| {
        let outcomes = together(world.db(), |id, db| async move {
            let mut tx = db.begin().await?;
            tx.execute(INSERT, params![id, "x"]).await?;
            match id % 4 {
                // A duplicate, a change of mind, a duplicate at the commit.
                0 => tx.execute(INSERT, params![id, "again"]).await.map(drop)?,
                1 => return Err(Error::Aborted),
                2 => tx.queue(INSERT, params![id, "again"]),
                _ => {}
            }
            tx.commit().await
        });
        for (id, outcome) in outcomes.await {
            assert_eq!(outcome.is_ok(), id % 4 == 3, "{id}: {outcome:?}");
        }
        let stored: Vec<_> = (0..WRITERS).filter(|id| id % 4 == 3).collect();
        assert_eq!(ids(&world).await, stored);
    });
}

/// The file may grow by a few pages only: some of the group find it full.
#[test]
fn full_file_loses_nothing_that_was_acknowledged() {
    on_one_thread(async |world| {
        let pages = world
            .number("SELECT page_count FROM pragma_page_count()")
            .await;
        let limit = format!("PRAGMA max_page_count = {}", pages + 20);
        world.script(&limit).await;
        let big = |id, db| insert(id, "x".repeat(8_000), db);
        let outcomes = together(world.db(), big).await;
        acknowledged_is_stored(&world, &outcomes).await;
        assert!(outcomes.iter().any(|(_, outcome)| outcome.is_ok()));
        assert!(outcomes.iter().any(|(_, outcome)| outcome.is_err()));
        world.script("PRAGMA max_page_count = 1000000").await;
        insert(1_000, "x".repeat(8_000), world.db())
            .await
            .expect("it goes on");
    });
}

/// The disk is full when the group commits: everybody in it hears so, and it goes on afterwards.
#[test]
fn full_disk_fails_the_whole_group() {
    let Some(disk) = SmallDisk::mount() else {
        crate::engine::say("NOT RUN, may not mount a tmpfs: full_disk_fails_the_whole_group");
        return;
    };
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    runtime.block_on(async {
        let target = Target::Sqlite {
            path: disk.path().join("claviger.db"),
            ephemeral: false,
        };
        let store = Store::open(&target).unwrap();
        migrate::run(&store, &call(), UnknownSchema::Refuse)
            .await
            .unwrap();
        let home = Home::Folder(tempfile::tempdir().unwrap());
        let engine = Engine::Sqlite;
        let world = World {
            engine,
            store,
            target,
            home,
        };
        make_things(&world).await;
        insert(-1, "acknowledged".to_owned(), world.db())
            .await
            .unwrap();
        let ballast = disk.path().join("ballast");
        std::fs::write(&ballast, vec![0; SmallDisk::BYTES]).unwrap_err();
        let outcomes = together(world.db(), |id, db| insert(id, "x".repeat(500), db)).await;
        for (id, outcome) in &outcomes {
            let unavailable = matches!(outcome, Err(Error::Unavailable(_)));
            assert!(unavailable, "{id}: {outcome:?}");
        }
        assert_eq!(ids(&world).await, [-1]);
        std::fs::remove_file(&ballast).unwrap();
        insert(1, "y".to_owned(), world.db())
            .await
            .expect("it goes on");
        drop(world.store);
        let reopened = Store::open(&world.target).unwrap();
        let rows = reopened.db(&call()).rows(IDS, Vec::new()).await.unwrap();
        assert_eq!(crate::engine::column::<i64>(rows), [-1, 1]);
    });
}

/// Who was told "done" is stored, who was told "unavailable" is not.
async fn acknowledged_is_stored(world: &World, outcomes: &[(i64, Result<()>)]) {
    let stored = ids(world).await;
    for (id, outcome) in outcomes {
        let honest = match outcome {
            Ok(()) => stored.contains(id),
            Err(Error::Unavailable(_)) => !stored.contains(id),
            Err(_) => false,
        };
        assert!(honest, "{id}: {outcome:?}");
    }
}

fn wal_of(world: &World) -> PathBuf {
    world.folder().join("claviger.db-wal")
}

/// How many transactions the write-ahead log holds: frames that carry the size of the database
/// close one (<https://sqlite.org/fileformat2.html#the_write_ahead_log>).
fn commits(wal: &Path) -> usize {
    const HEADER: usize = 32;
    const FRAME_HEADER: usize = 24;
    let log = std::fs::read(wal).unwrap();
    let number = |at: usize| u32::from_be_bytes(log[at..at + 4].try_into().unwrap());
    let frame = FRAME_HEADER + usize::try_from(number(8)).unwrap();
    let salt = (number(16), number(20));
    (HEADER..log.len())
        .step_by(frame)
        .take_while(|at| (number(at + 8), number(at + 12)) == salt)
        .filter(|at| number(at + 4) != 0)
        .count()
}

/// A file system of a few pages.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    const BYTES: usize = 8 << 20;

    /// `None` where only an administrator may.
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let options = format!("size={}", Self::BYTES);
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", &options, "tmpfs"])
            .arg(folder.path());
        let mounted = mount.output().is_ok_and(|output| output.status.success());
        mounted.then(|| Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let unmounted = Command::new("umount").arg("-l").arg(self.path()).status();
        assert!(unmounted.unwrap().success());
    }
}
