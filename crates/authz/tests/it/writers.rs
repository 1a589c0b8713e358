//! Many writers of one store, and writers whose callers have gone away.

use crate::engine::{World, on_both_engines};
use crate::tenant::{
    MEMORY, Memory, Tenant, call, call_within, deletes, refusal, server, tuple, writes,
};
use authz::{Error, OnMissing, Page, Refusal, Write};
use std::collections::BTreeSet;
use std::time::Duration;
use store::changes::{ChangeRow, Operation};
use tokio::task::JoinSet;

on_both_engines!(
    every_one_of_many_writers_is_stored_once,
    writers_of_two_servers_take_turns,
    one_key_is_written_by_one_of_many,
    a_refused_write_does_not_touch_its_neighbours,
    what_a_writer_began_ends_without_its_caller,
    a_writer_who_cannot_wait_is_told_so,
    finishing_waits_for_writers,
);

const MODEL: &str = "
model
  schema 1.1
type user
type doc
  relations
    define viewer: [user]
    define blocked: [user]
    define can_view: viewer but not blocked
";
const WRITERS: usize = 64;

/// All changes of a store, in the order in which they are told.
async fn log(tenant: &Tenant) -> Vec<ChangeRow> {
    let page = Page {
        size: 10_000,
        after: None,
    };
    let call = call();
    let log = tenant
        .authz
        .changes(
            &call,
            tenant.id,
            authz::reading::ChangeFilter::default(),
            page,
        )
        .await;
    log.unwrap().items
}

/// The tuples that the log of changes leads to.
fn replayed(log: &[ChangeRow]) -> Vec<String> {
    let mut tuples = BTreeSet::new();
    for change in log {
        let key = change.tuple.key.to_string();
        let is_new = match change.operation {
            Operation::Write => tuples.insert(key),
            Operation::Delete => tuples.remove(&key),
        };
        assert!(is_new, "{change:?} changes nothing");
    }
    tuples.into_iter().collect()
}

/// Versions from 1 on without a gap, in the order of the log, and their items from 0 on.
#[track_caller]
fn assert_dense(log: &[ChangeRow]) {
    let mut last = (0, 0);
    for change in log {
        let at = (change.version, change.item);
        let follows = [(last.0 + 1, 0), (last.0, last.1 + 1)];
        assert!(follows.contains(&at), "{at:?} follows on {last:?}");
        last = at;
    }
}

async fn every_one_of_many_writers_is_stored_once(world: World) {
    for memory in MEMORY {
        let tenant = Tenant::open(&world, memory, MODEL).await;
        tenant.settle().await;
        let mut writers = JoinSet::new();
        for number in 0..WRITERS {
            let tenant = tenant.clone();
            writers.spawn(async move {
                let key = format!("doc:{number:02}#viewer@user:ann");
                let version = tenant.write(&[&key]).await;
                // Whoever was told that it is stored finds it.
                assert!(tenant.check(&key).await, "{key}");
                (version, key)
            });
        }
        let mut told = writers.join_all().await;
        told.sort();
        let log = log(&tenant).await;
        assert_dense(&log);
        let logged = log
            .iter()
            .map(|change| (change.version, change.tuple.key.to_string()));
        assert_eq!(told, logged.collect::<Vec<_>>());
        let versions: Vec<_> = told.iter().map(|(version, _)| *version).collect();
        assert_eq!(versions, (1..=64).collect::<Vec<_>>());
        assert_eq!(tenant.tuples().await, replayed(&log));
    }
}

async fn writers_of_two_servers_take_turns(world: World) {
    for memory in MEMORY {
        let one = Tenant::open(&world, memory, MODEL).await;
        let other = one.on(server(&world, memory));
        one.settle().await;
        other.settle().await;
        let mut writers = JoinSet::new();
        for number in 0..WRITERS {
            let tenant = [&one, &other][number % 2].clone();
            writers.spawn(async move {
                // Every third is deleted again.
                let key = format!("doc:{number:02}#viewer@user:ann");
                let mut version = tenant.write(&[&key]).await;
                if number % 3 == 0 {
                    version = tenant.delete(&[&key]).await;
                }
                assert_eq!(tenant.check(&key).await, number % 3 != 0, "{key}");
                version
            });
        }
        let mut told = writers.join_all().await;
        told.sort_unstable();
        told.dedup();
        assert_eq!(told.len(), WRITERS);
        let log = log(&one).await;
        assert_dense(&log);
        assert_eq!(log.len(), WRITERS + WRITERS.div_ceil(3));
        let tuples = replayed(&log);
        assert_eq!(one.tuples().await, tuples);
        for tenant in [one, other] {
            let last = *told.last().unwrap();
            let scope = tenant.fresh(authz::Consistency::AtLeast(last));
            let question = crate::tenant::objects_question("user:ann", "viewer", "doc");
            let listed = tenant.authz.list_objects(&call(), scope, question).await;
            let found = listed.unwrap().value.found;
            let keys = found.iter().map(|doc| format!("{doc}#viewer@user:ann"));
            assert_eq!(keys.collect::<Vec<_>>(), tuples, "{memory:?}");
        }
    }
}

async fn one_key_is_written_by_one_of_many(world: World) {
    let one = Tenant::open(&world, Memory::None, MODEL).await;
    let other = one.on(server(&world, Memory::None));
    let mut writers = JoinSet::new();
    for number in 0..32 {
        let tenant = [&one, &other][number % 2].clone();
        let write = writes(&["doc:1#viewer@user:ann"]);
        writers.spawn(async move { tenant.try_write(write).await });
    }
    let (stored, refused): (Vec<_>, Vec<_>) = writers
        .join_all()
        .await
        .into_iter()
        .partition(Result::is_ok);
    assert_eq!((stored.len(), refused.len()), (1, 31));
    for outcome in refused {
        let exists = Refusal::AlreadyExists("doc:1#viewer@user:ann".to_owned());
        assert_eq!(refusal(outcome), exists);
    }
    assert_eq!(log(&one).await.len(), 1);
}

async fn a_refused_write_does_not_touch_its_neighbours(world: World) {
    let tenant = Tenant::open(&world, Memory::None, MODEL).await;
    tenant.write(&["doc:00#viewer@user:eve"]).await;
    let mut writers = JoinSet::new();
    for number in 0..WRITERS {
        let tenant = tenant.clone();
        writers.spawn(async move {
            let own = format!("doc:{number:02}#viewer@user:ann");
            let mut write = writes(&[&own]);
            if number % 4 == 1 {
                // Half of it would fit.
                write.writes.push(tuple("doc:00#viewer@user:eve"));
            }
            (number, tenant.try_write(write).await)
        });
    }
    let mut expected = vec!["doc:00#viewer@user:eve".to_owned()];
    let mut versions = BTreeSet::new();
    for (number, outcome) in writers.join_all().await {
        if number % 4 == 1 {
            let exists = Refusal::AlreadyExists("doc:00#viewer@user:eve".to_owned());
            assert_eq!(refusal(outcome), exists);
        } else {
            assert!(versions.insert(outcome.unwrap().version));
            expected.push(format!("doc:{number:02}#viewer@user:ann"));
        }
    }
    expected.sort();
    assert_eq!(tenant.tuples().await, expected);
    let log = log(&tenant).await;
    assert_dense(&log);
    assert_eq!(log.len(), expected.len());
}

async fn what_a_writer_began_ends_without_its_caller(world: World) {
    for memory in MEMORY {
        let tenant = Tenant::open(&world, memory, MODEL).await;
        tenant.settle().await;
        // Ann is blocked, or a viewer, never both and never neither.
        tenant.write(&["doc:1#viewer@user:ann"]).await;
        let mut is_viewer = true;
        for round in 0..40 {
            let mut change = writes(&["doc:1#blocked@user:ann"]);
            change.deletes = vec![tuple("doc:1#viewer@user:ann")];
            if !is_viewer {
                std::mem::swap(&mut change.writes, &mut change.deletes);
            }
            let mut caller = Box::pin(tenant.try_write(change));
            // Its caller looks at it a few times, and goes away.
            for _ in 0..round {
                tokio::select! {
                    biased;
                    _ = &mut caller => break,
                    () = tokio::task::yield_now() => {}
                }
            }
            drop(caller);
            // The next writer comes after it, whatever became of it.
            let marker = format!("doc:marker#viewer@user:u{round}");
            let version = tenant.write(&[&marker]).await;
            let log = log(&tenant).await;
            assert_dense(&log);
            assert_eq!(log.last().unwrap().version, version);
            let stored = replayed(&log);
            assert_eq!(tenant.tuples().await, stored);
            is_viewer = stored.contains(&"doc:1#viewer@user:ann".to_owned());
            let is_blocked = stored.contains(&"doc:1#blocked@user:ann".to_owned());
            assert_ne!(is_viewer, is_blocked, "half of a change was stored");
            assert_eq!(tenant.check("doc:1#can_view@user:ann").await, is_viewer);
        }
    }
}

/// Asks a future once whether it is done.
async fn is_waiting<T>(future: &mut (impl Future<Output = T> + Unpin)) -> bool {
    tokio::select! {
        biased;
        _ = future => false,
        () = std::future::ready(()) => true,
    }
}

async fn a_writer_who_cannot_wait_is_told_so(world: World) {
    let tenant = Tenant::open(&world, Memory::None, MODEL).await;
    // Somebody else holds the store.
    let held = tenant.hold(&world).await;
    let hurried = call_within(Duration::from_millis(80));
    let write = writes(&["doc:1#viewer@user:ann"]);
    let outcome = tenant.authz.write(&hurried, tenant.id, write).await;
    assert!(matches!(outcome, Err(Error::Late)), "{outcome:?}");
    held.commit().await.unwrap();
    // It was stored after all, or not: the next writer finds out.
    let gone = Write {
        on_missing: OnMissing::Ignore,
        ..deletes(&["doc:1#viewer@user:ann"])
    };
    tenant.try_write(gone).await.unwrap();
    assert_eq!(tenant.tuples().await, [""; 0]);
    assert_eq!(replayed(&log(&tenant).await), [""; 0]);
}

async fn finishing_waits_for_writers(world: World) {
    let tenant = Tenant::open(&world, Memory::None, MODEL).await;
    // The model is known from here on, so that a write is queued as soon as it is looked at.
    tenant.write(&["doc:1#viewer@user:ann"]).await;
    // Somebody else holds the store, so that the write cannot end before it is waited for.
    let held = tenant.hold(&world).await;
    let mut caller = Box::pin(tenant.try_write(writes(&["doc:2#viewer@user:ann"])));
    assert!(is_waiting(&mut caller).await, "a held store was written");
    drop(caller);
    let mut finish = Box::pin(tenant.authz.finish());
    assert!(is_waiting(&mut finish).await, "a writer was not waited for");
    held.commit().await.unwrap();
    finish.await;
    let stored = ["doc:1#viewer@user:ann", "doc:2#viewer@user:ann"];
    assert_eq!(tenant.tuples().await, stored);
}
