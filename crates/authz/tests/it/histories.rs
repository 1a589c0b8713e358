//! A database that went back in time, as after a restore or a failover to a server that was behind:
//! nothing rests on what it does not have any more.

use crate::engine::{World, on_both_engines};
use crate::tenant::{MEMORY, Memory, NOW, Tenant, call, call_at, question_of, server, writes};
use authz::Consistency;
use types::Time;

on_both_engines!(
    what_the_database_has_lost_is_not_known_any_more,
    another_history_with_the_same_versions_is_told_apart,
    a_writer_does_not_follow_on_a_history_that_is_gone,
    a_write_to_a_database_that_went_back_is_seen_at_once,
    a_log_with_a_gap_is_not_followed,
);

const MODEL: &str = "
model
  schema 1.1
type user
type doc
  relations
    define viewer: [user]
";

const LOST: &str = "doc:lost#viewer@user:ann";
const KEPT: &str = "doc:kept#viewer@user:ann";

/// A store that was asked about by a server, and whose database went back before its last write.
async fn restored(world: &World, memory: Memory) -> Tenant {
    let tenant = Tenant::open(world, memory, MODEL).await;
    assert_eq!(tenant.write(&[KEPT]).await, 1);
    tenant.settle().await;
    assert_eq!(tenant.write(&[LOST]).await, 2);
    assert!(tenant.check(LOST).await);
    let back = "DELETE FROM store_tuples WHERE version > 1;
        DELETE FROM store_changes WHERE version > 1;
        UPDATE stores SET version = 1;";
    world.store.script(back.to_owned(), &call()).await.unwrap();
    tenant
}

/// Writes after the moment to which the database went back.
async fn write_later(tenant: &Tenant, tuple: &str) -> i64 {
    let later = call_at(Time(NOW.0 + 1));
    let stored = tenant.authz.write(&later, tenant.id, writes(&[tuple]));
    stored.await.unwrap().version
}

/// What the database says now.
async fn check(tenant: &Tenant, question: &str) -> bool {
    let scope = tenant.fresh(Consistency::HigherConsistency);
    let (call, question) = (call(), question_of(question));
    let asked = tenant.authz.check(&call, scope, question).await;
    asked.unwrap().value
}

async fn what_the_database_has_lost_is_not_known_any_more(world: World) {
    for memory in MEMORY {
        let tenant = restored(&world, memory).await;
        assert!(!check(&tenant, LOST).await, "{memory:?}");
        assert!(check(&tenant, KEPT).await, "{memory:?}");
        tenant.settle().await;
        assert!(!tenant.check(LOST).await, "{memory:?}");
        assert_eq!(tenant.write(&["doc:new#viewer@user:ann"]).await, 2);
        assert!(tenant.check("doc:new#viewer@user:ann").await);
    }
}

async fn another_history_with_the_same_versions_is_told_apart(world: World) {
    for memory in MEMORY {
        let tenant = restored(&world, memory).await;
        let other = tenant.on(server(&world, Memory::None));
        for number in 2..=4 {
            let tuple = format!("doc:{number}#viewer@user:ann");
            assert_eq!(write_later(&other, &tuple).await, number);
        }
        assert!(!check(&tenant, LOST).await, "{memory:?}");
        assert!(check(&tenant, "doc:2#viewer@user:ann").await, "{memory:?}");
        tenant.settle().await;
        assert!(!tenant.check(LOST).await, "{memory:?}");
        assert!(tenant.check("doc:3#viewer@user:ann").await, "{memory:?}");
    }
}

async fn a_writer_does_not_follow_on_a_history_that_is_gone(world: World) {
    for memory in MEMORY {
        let tenant = restored(&world, memory).await;
        let other = tenant.on(server(&world, Memory::None));
        assert_eq!(write_later(&other, "doc:2#viewer@user:ann").await, 2);
        // As many versions as the writer knows, but others.
        assert_eq!(tenant.write(&["doc:3#viewer@user:ann"]).await, 3);
        assert!(!tenant.check(LOST).await, "{memory:?}");
        assert!(tenant.check("doc:2#viewer@user:ann").await, "{memory:?}");
        assert!(tenant.check("doc:3#viewer@user:ann").await, "{memory:?}");
    }
}

async fn a_write_to_a_database_that_went_back_is_seen_at_once(world: World) {
    for memory in MEMORY {
        let tenant = restored(&world, memory).await;
        // The version that the writer knows, of another history.
        assert_eq!(write_later(&tenant, "doc:2#viewer@user:ann").await, 2);
        assert!(tenant.check("doc:2#viewer@user:ann").await, "{memory:?}");
        assert!(tenant.check(KEPT).await, "{memory:?}");
        assert!(!tenant.check(LOST).await, "{memory:?}");
    }
}

async fn a_log_with_a_gap_is_not_followed(world: World) {
    let tenant = Tenant::open(&world, Memory::Whole, MODEL).await;
    tenant.write(&[LOST]).await;
    tenant.settle().await;
    let other = tenant.on(server(&world, Memory::None));
    other.delete(&[LOST]).await;
    other.write(&[KEPT]).await;
    let gap = "DELETE FROM store_changes WHERE version = 2;";
    world.store.script(gap.to_owned(), &call()).await.unwrap();
    assert!(
        !check(&tenant, LOST).await,
        "it was deleted by what is missing"
    );
    assert!(check(&tenant, KEPT).await);
}
