//! A server whose database is gone answers from what it knows, for as long as its lease, and then
//! says so.

use crate::engine::{World, on_engine};
use crate::still::{LEASE, Still};
use crate::tenant::{MEMORY, Memory, Tenant, call, question_of, writes};
use authz::{Authz, Consistency, Error};
use std::sync::Arc;
use std::time::Duration;
use types::{Clock, SystemEntropy};

// A database in a file does not go away.
on_engine!(on_postgres Postgres: without_its_database_a_server_answers_within_the_lease_alone);

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
const CAN_VIEW: &str = "doc:1#can_view@user:ann";

async fn may(tenant: &Tenant, consistency: Consistency) -> authz::Result<bool> {
    let scope = tenant.fresh(consistency);
    let question = question_of(CAN_VIEW);
    let answered = tenant.authz.check(&call(), scope, question).await;
    answered.map(|answered| answered.value)
}

async fn without_its_database_a_server_answers_within_the_lease_alone(world: World) {
    for memory in MEMORY {
        let one = Tenant::open(&world, memory, MODEL).await;
        one.write(&["doc:1#viewer@user:ann"]).await;
        let (database, clock) = (world.another_store(), Still::new());
        let authz = Authz::new(
            database.clone(),
            Arc::clone(&clock) as Arc<dyn Clock>,
            Arc::new(SystemEntropy),
            memory.settings(),
        );
        let other = one.on(authz);
        other.settle().await;
        assert!(other.check(CAN_VIEW).await);
        database.close();
        if memory == Memory::Whole {
            for _ in 0..3 {
                assert!(other.check(CAN_VIEW).await);
                clock.advance(Duration::from_millis(600));
            }
        } else {
            assert_unavailable(may(&other, Consistency::MinimizeLatency).await);
        }
        assert_unavailable(may(&other, Consistency::HigherConsistency).await);
        assert_unavailable(may(&other, Consistency::AtLeast(2)).await);
        clock.advance(LEASE);
        for _ in 0..3 {
            assert_unavailable(may(&other, Consistency::MinimizeLatency).await);
            assert_unavailable(may(&other, Consistency::AtLeast(1)).await);
        }
        let written = other.try_write(writes(&["doc:2#viewer@user:ann"])).await;
        assert_unavailable(written);
        assert_eq!(one.tuples().await, ["doc:1#viewer@user:ann"]);
    }
}

#[track_caller]
fn assert_unavailable<T: std::fmt::Debug>(outcome: authz::Result<T>) {
    match outcome {
        Err(Error::Unavailable { .. }) => {}
        other => panic!("{other:?}"),
    }
}
