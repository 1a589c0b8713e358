//! Deleting what tuples are about, and tuples that end by themselves.

use crate::engine::{World, on_both_engines};
use crate::tenant::{MEMORY, Memory, NOW, Tenant, call, call_at, deletes, refusal, writes};
use authz::write::Matching;
use authz::{OnDuplicate, Refusal, Write};
use std::time::Duration;
use store::tuples::Author;
use types::{Object, Subject, Time};

on_both_engines!(
    tuples_are_deleted_by_object_subject_and_type,
    many_tuples_are_deleted_a_little_at_a_time,
    a_tuple_counts_until_it_ends,
    a_tuple_that_has_ended_can_be_written_again,
    the_end_of_a_tuple_can_be_moved,
    a_subtracted_tuple_that_ends_gives_access_back,
);

const MODEL: &str = "
model
  schema 1.1
type user
type group
  relations
    define member: [user, group#member]
type doc
  relations
    define viewer: [user, group#member]
    define blocked: [user]
    define can_view: viewer but not blocked
";

fn author() -> Author {
    Author {
        actor: "test".to_owned(),
        reason: None,
    }
}

async fn delete(tenant: &Tenant, which: Matching) -> u64 {
    let Tenant { authz, id, .. } = tenant;
    let deleted = authz.delete_matching(&call(), *id, &which, author()).await;
    deleted.unwrap()
}

async fn tuples_are_deleted_by_object_subject_and_type(world: World) {
    for memory in MEMORY {
        let tenant = Tenant::open(&world, memory, MODEL).await;
        tenant.settle().await;
        let all = [
            "doc:1#blocked@user:bob",
            "doc:1#viewer@group:g#member",
            "doc:1#viewer@user:ann",
            "doc:2#viewer@user:ann",
            "group:g#member@user:ann",
            "group:g#member@user:bob",
        ];
        tenant.write(&all).await;
        let object = |text| Object::parse(text).unwrap();
        assert_eq!(delete(&tenant, Matching::Object(object("doc:1"))).await, 3);
        assert!(!tenant.check("doc:1#viewer@user:ann").await, "{memory:?}");
        assert_eq!(tenant.tuples().await, all[3..]);
        let ann = Subject::parse("user:ann").unwrap();
        assert_eq!(delete(&tenant, Matching::Subject(ann.clone())).await, 2);
        assert_eq!(tenant.tuples().await, all[5..]);
        assert!(!tenant.check("doc:2#viewer@user:ann").await, "{memory:?}");
        assert_eq!(delete(&tenant, Matching::Subject(ann)).await, 0);
        assert_eq!(delete(&tenant, Matching::Type("doc".to_owned())).await, 0);
        assert_eq!(delete(&tenant, Matching::Type("group".to_owned())).await, 1);
        assert!(!tenant.check("group:g#member@user:bob").await, "{memory:?}");
        assert_eq!(tenant.tuples().await, [""; 0]);
    }
}

async fn many_tuples_are_deleted_a_little_at_a_time(world: World) {
    let tenant = Tenant::open(&world, Memory::Whole, MODEL).await;
    tenant.settle().await;
    let keys: Vec<_> = (0..1_200)
        .map(|number| format!("doc:1#viewer@user:u{number}"))
        .collect();
    tenant.write_many(&keys).await;
    tenant.write(&["doc:2#viewer@user:u1"]).await;
    let object = Object::parse("doc:1").unwrap();
    assert_eq!(delete(&tenant, Matching::Object(object)).await, 1_200);
    assert_eq!(tenant.tuples().await, ["doc:2#viewer@user:u1"]);
    assert_eq!(tenant.users("doc:1", "viewer", "user").await, [""; 0]);
}

fn ending(key: &str, at: Time, on_duplicate: OnDuplicate) -> Write {
    Write {
        expires_at: Some(at),
        on_duplicate,
        ..writes(&[key])
    }
}

const fn second(number: u64) -> Duration {
    Duration::from_secs(number)
}

async fn a_tuple_counts_until_it_ends(world: World) {
    for memory in MEMORY {
        for is_read_in_first in [true, false] {
            let tenant = Tenant::open(&world, memory, MODEL).await;
            if is_read_in_first {
                tenant.settle().await;
            }
            let end = NOW + second(60);
            let in_group = ending("group:g#member@user:ann", end, OnDuplicate::Error);
            tenant.try_write(in_group).await.unwrap();
            tenant.write(&["doc:1#viewer@group:g#member"]).await;
            tenant.settle().await;
            let may = async |at| {
                let question = "doc:1#viewer@user:ann";
                tenant.try_check(&call_at(at), question).await.unwrap()
            };
            let just_before = Time(end.0 - 1);
            assert!(may(NOW).await, "{memory:?}");
            assert!(may(just_before).await, "{memory:?}");
            assert!(!may(end).await, "{memory:?}");
            assert!(!may(end + second(1)).await, "{memory:?}");
            let filter = authz::reading::ReadFilter::default();
            for (at, left) in [(just_before, 2), (end, 1)] {
                let page = authz::Page {
                    size: 9,
                    after: None,
                };
                let call = call_at(at);
                let read = tenant.authz.read(&call, tenant.id, &filter, page).await;
                assert_eq!(read.unwrap().items.len(), left);
            }
            // To delete, it is not there.
            let Tenant { authz, id, .. } = &tenant;
            let late = call_at(end);
            let gone = deletes(&["group:g#member@user:ann"]);
            let refused = refusal(authz.write(&late, *id, gone).await);
            assert!(matches!(refused, Refusal::DoesNotExist(_)), "{refused:?}");
        }
    }
}

async fn a_tuple_that_has_ended_can_be_written_again(world: World) {
    for memory in MEMORY {
        let tenant = Tenant::open(&world, memory, MODEL).await;
        tenant.settle().await;
        let key = "doc:1#viewer@user:ann";
        let end = NOW + second(60);
        let first = ending(key, end, OnDuplicate::Error);
        tenant.try_write(first.clone()).await.unwrap();
        let again = refusal(tenant.try_write(first).await);
        assert_eq!(again, Refusal::AlreadyExists(key.to_owned()));
        let Tenant { authz, id, .. } = &tenant;
        let late = call_at(end);
        let stored = authz.write(&late, *id, writes(&[key])).await.unwrap();
        assert_eq!(stored.version, 2);
        let much_later = call_at(end + second(3_600));
        for call in [late, much_later] {
            assert!(tenant.try_check(&call, key).await.unwrap(), "{memory:?}");
        }
    }
}

async fn the_end_of_a_tuple_can_be_moved(world: World) {
    for memory in MEMORY {
        let tenant = Tenant::open(&world, memory, MODEL).await;
        tenant.settle().await;
        let key = "doc:1#viewer@user:ann";
        let may = async |at| tenant.try_check(&call_at(at), key).await.unwrap();
        for (version, seconds) in [(1, 60), (2, 120), (3, 30)] {
            let end = NOW + second(seconds);
            let write = ending(key, end, OnDuplicate::Replace);
            assert_eq!(tenant.try_write(write).await.unwrap().version, version);
            assert!(may(NOW + second(29)).await, "{memory:?} {seconds}");
        }
        // Moved again before anybody has asked behind the end.
        assert!(!may(NOW + second(30)).await, "{memory:?}");
        assert!(!may(NOW + second(119)).await, "{memory:?}");
    }
}

async fn a_subtracted_tuple_that_ends_gives_access_back(world: World) {
    for memory in MEMORY {
        let tenant = Tenant::open(&world, memory, MODEL).await;
        tenant.write(&["doc:1#viewer@user:ann"]).await;
        let end = NOW + second(60);
        let block = ending("doc:1#blocked@user:ann", end, OnDuplicate::Error);
        tenant.try_write(block).await.unwrap();
        tenant.settle().await;
        let question = "doc:1#can_view@user:ann";
        assert!(!tenant.check(question).await, "{memory:?}");
        let later = tenant.try_check(&call_at(end), question).await;
        assert!(later.unwrap(), "{memory:?}");
    }
}
