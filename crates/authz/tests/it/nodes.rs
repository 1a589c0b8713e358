//! Two servers over one database: what one does, the other knows, at the latest after its lease.

use crate::engine::{World, on_both_engines};
use crate::still::{LEASE, Still};
use crate::tenant::{
    MEMORY, Memory, Tenant, call, model, question_of, refusal, server_at, tuple, writes,
};
use authz::{Consistency, Page, Refusal};
use std::sync::Arc;
use std::time::Duration;
use store::tuples::Author;
use types::Clock;

on_both_engines!(
    what_another_server_wrote_is_known_after_the_lease,
    higher_consistency_knows_what_another_server_wrote,
    an_answer_is_at_least_of_the_version_that_is_asked_for,
    a_server_knows_what_it_wrote_itself,
    a_store_deleted_on_another_server_is_gone,
    a_model_of_another_server_becomes_the_newest,
    a_busy_writer_hears_of_a_model_of_another_server,
    a_server_that_is_far_behind_catches_up,
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
const CAN_VIEW: &str = "doc:1#can_view@user:ann";

/// A store on two servers, both of which know it well, and the clock of the second.
async fn two(world: &World, memory: Memory) -> (Tenant, Tenant, Arc<Still>) {
    let one = Tenant::open(world, memory, MODEL).await;
    one.write(&["doc:1#viewer@user:ann"]).await;
    let clock = Still::new();
    let other = one.on(server_at(
        world,
        memory,
        Arc::clone(&clock) as Arc<dyn Clock>,
    ));
    one.settle().await;
    other.settle().await;
    assert!(one.check(CAN_VIEW).await);
    assert!(other.check(CAN_VIEW).await);
    (one, other, clock)
}

async fn may(tenant: &Tenant, consistency: Consistency) -> authz::Result<bool> {
    let scope = tenant.fresh(consistency);
    let question = question_of(CAN_VIEW);
    let answered = tenant.authz.check(&call(), scope, question).await;
    answered.map(|answered| answered.value)
}

async fn what_another_server_wrote_is_known_after_the_lease(world: World) {
    for memory in MEMORY {
        let (one, other, clock) = two(&world, memory).await;
        one.write(&["doc:1#blocked@user:ann"]).await;
        assert!(!one.check(CAN_VIEW).await);
        // What is in memory stands until somebody looks; what is loaded is as it is now.
        assert_eq!(other.check(CAN_VIEW).await, memory == Memory::Whole);
        clock.advance(LEASE);
        assert!(!other.check(CAN_VIEW).await, "{memory:?}");
        one.delete(&["doc:1#blocked@user:ann"]).await;
        clock.advance(LEASE);
        assert!(other.check(CAN_VIEW).await, "{memory:?}");
    }
}

async fn higher_consistency_knows_what_another_server_wrote(world: World) {
    for memory in MEMORY {
        let (one, other, _) = two(&world, memory).await;
        for _ in 0..10 {
            one.write(&["doc:1#blocked@user:ann"]).await;
            let fresh = may(&other, Consistency::HigherConsistency).await;
            assert!(!fresh.unwrap(), "{memory:?}");
            // From here on everybody is told so.
            assert!(!other.check(CAN_VIEW).await, "{memory:?}");
            other.delete(&["doc:1#blocked@user:ann"]).await;
            let fresh = may(&one, Consistency::HigherConsistency).await;
            assert!(fresh.unwrap(), "{memory:?}");
        }
    }
}

async fn an_answer_is_at_least_of_the_version_that_is_asked_for(world: World) {
    for memory in MEMORY {
        let (one, other, _) = two(&world, memory).await;
        let version = one.write(&["doc:1#blocked@user:ann"]).await;
        assert_eq!(version, 2);
        let scope = other.fresh(Consistency::AtLeast(version));
        let question = question_of(CAN_VIEW);
        let answered = other.authz.check(&call(), scope, question).await.unwrap();
        assert_eq!((answered.value, answered.version), (false, 2), "{memory:?}");
        let ahead = refusal(may(&other, Consistency::AtLeast(3)).await);
        let (asked, reached) = (3, 2);
        assert_eq!(ahead, Refusal::VersionAhead { asked, reached });
        // It was only early.
        one.delete(&["doc:1#blocked@user:ann"]).await;
        assert!(may(&other, Consistency::AtLeast(3)).await.unwrap());
        assert!(may(&other, Consistency::AtLeast(1)).await.unwrap());
    }
}

async fn a_server_knows_what_it_wrote_itself(world: World) {
    for memory in MEMORY {
        let (one, other, _) = two(&world, memory).await;
        for number in 0..10 {
            // The other one has written meanwhile, which this one has not heard of.
            one.write(&[&format!("doc:{number}#viewer@user:bob")]).await;
            other.write(&["doc:1#blocked@user:ann"]).await;
            assert!(!other.check(CAN_VIEW).await, "{memory:?}");
            let bobs = format!("doc:{number}#viewer@user:bob");
            assert!(
                other.check(&bobs).await,
                "{memory:?}: versions come in order"
            );
            one.write(&[&format!("doc:{number}#blocked@user:bob")])
                .await;
            other.delete(&["doc:1#blocked@user:ann"]).await;
            assert!(other.check(CAN_VIEW).await, "{memory:?}");
        }
    }
}

async fn a_store_deleted_on_another_server_is_gone(world: World) {
    for memory in MEMORY {
        let (one, other, clock) = two(&world, memory).await;
        let (model_id, _) = other.authz.model_of(&call(), other.scope()).await.unwrap();
        assert!(one.authz.delete_store(&call(), one.id).await.unwrap());
        let Tenant { authz, id, .. } = &other;
        let written = other.try_write(writes(&["doc:2#viewer@user:ann"])).await;
        assert_eq!(refusal(written), Refusal::StoreNotFound, "{memory:?}");
        assert_gone(&other).await;

        let another = one.on(server_at(
            &world,
            memory,
            Arc::clone(&clock) as Arc<dyn Clock>,
        ));
        assert_gone(&another).await;

        let (one, other, _) = two(&world, memory).await;
        assert!(one.authz.delete_store(&call(), one.id).await.unwrap());
        let fresh = may(&other, Consistency::HigherConsistency).await;
        assert_eq!(refusal(fresh), Refusal::NoModel, "{memory:?}");

        let (one, other, _) = two(&world, memory).await;
        assert!(one.authz.delete_store(&call(), one.id).await.unwrap());
        let written = other
            .authz
            .write_model(&call(), other.id, model(MODEL))
            .await;
        assert_eq!(refusal(written), Refusal::StoreNotFound, "{memory:?}");
        let found = authz.find_model(&call(), *id, model_id).await;
        assert_eq!(refusal(found), Refusal::ModelNotFound(model_id));

        let (one, other, clock) = two(&world, memory).await;
        assert!(one.authz.delete_store(&call(), one.id).await.unwrap());
        clock.advance(LEASE);
        assert_gone(&other).await;
    }
}

/// Nobody who reads, lists or asks finds anything.
async fn assert_gone(tenant: &Tenant) {
    let Tenant { authz, id, memory } = tenant;
    assert_eq!(tenant.tuples().await, [""; 0], "{memory:?}");
    let all = Page {
        size: 9,
        after: None,
    };
    let changes = authz
        .changes(&call(), *id, authz::reading::ChangeFilter::default(), all)
        .await
        .unwrap();
    assert_eq!(changes.items, [], "{memory:?}");
    let all = Page {
        size: 9,
        after: None,
    };
    let models = authz.list_models(&call(), *id, all).await.unwrap();
    assert_eq!(models.items, [], "{memory:?}");
    let asked = tenant.try_check(&call(), CAN_VIEW).await;
    assert_eq!(refusal(asked), Refusal::NoModel, "{memory:?}");
    let found = refusal(authz.find_store(&call(), *id).await);
    assert_eq!(found, Refusal::StoreNotFound);
}

/// Everybody is let in whom the first model would not.
const OPEN: &str = "
model
  schema 1.1
type user
type doc
  relations
    define viewer: [user]
    define blocked: [user]
    define can_view: viewer or blocked
";

async fn a_model_of_another_server_becomes_the_newest(world: World) {
    for memory in MEMORY {
        let (one, other, clock) = two(&world, memory).await;
        one.write(&["doc:1#blocked@user:ann"]).await;
        let fresh = may(&other, Consistency::HigherConsistency).await;
        assert!(!fresh.unwrap());
        let id = one.model(OPEN).await;
        let by_name = other.of_model(id);
        let question = question_of(CAN_VIEW);
        let answered = other.authz.check(&call(), by_name, question).await;
        assert!(
            answered.unwrap().value,
            "{memory:?}: it is known by its name"
        );
        assert!(!other.check(CAN_VIEW).await, "{memory:?}: within the lease");
        clock.advance(LEASE);
        assert!(other.check(CAN_VIEW).await, "{memory:?}");
        one.model(MODEL).await;
        let fresh = may(&other, Consistency::HigherConsistency).await;
        assert!(!fresh.unwrap(), "{memory:?}");
    }
}

async fn a_busy_writer_hears_of_a_model_of_another_server(world: World) {
    for memory in MEMORY {
        let (one, other, clock) = two(&world, memory).await;
        one.write(&["doc:1#blocked@user:ann"]).await;
        one.model(OPEN).await;
        // It writes all the time, and each write is told of the newest version, not of models.
        for number in 0..50 {
            clock.advance(Duration::from_millis(50));
            other
                .write(&[&format!("doc:{number}#viewer@user:bob")])
                .await;
        }
        assert!(other.check(CAN_VIEW).await, "{memory:?}");
    }
}

async fn a_server_that_is_far_behind_catches_up(world: World) {
    let (one, other, clock) = two(&world, Memory::Whole).await;
    let keys = (0..6_500).map(|number| format!("doc:{number}#viewer@user:bob"));
    let tuples: Vec<_> = keys.map(|key| tuple(&key)).collect();
    let author = Author {
        actor: "test".to_owned(),
        reason: None,
    };
    let Tenant { authz, id, .. } = &one;
    authz
        .import(&call(), *id, &tuples, &author, |_| {})
        .await
        .unwrap();
    one.write(&["doc:1#blocked@user:ann"]).await;
    let end = one.write(&["doc:6499#blocked@user:bob"]).await;
    clock.advance(LEASE);
    assert!(!other.check(CAN_VIEW).await);
    assert_eq!(other.authz.version_in_memory(*id), Some(end));
    assert!(other.check("doc:6498#can_view@user:bob").await);
    assert!(!other.check("doc:6499#can_view@user:bob").await);
    let mine = other.on(one.authz.clone());
    for tenant in [&mine, &other] {
        let filter = authz::reading::ReadFilter::default();
        let page = Page {
            size: 10_000,
            after: None,
        };
        let read = tenant.authz.read(&call(), *id, &filter, page).await;
        assert_eq!(read.unwrap().items.len(), 6_503);
    }
}
