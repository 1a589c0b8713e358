//! Lists that are told as they are found: before all are, of one version, each object once.

use crate::engine::{World, on_both_engines};
use crate::tenant::{
    MEMORY, Memory, Tenant, call, call_within, conditional, objects_question, tuple, writes,
};
use authz::{Error, Listing, ObjectStream, ObjectsQuestion, Refusal, StreamedObjects};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;
use types::Call;

on_both_engines!(
    a_list_that_is_found_at_once_is_whole_and_sorted,
    objects_are_told_while_others_are_looked_for,
    a_stream_is_of_one_version_and_tells_each_object_once,
    a_stream_that_nobody_reads_ends_in_time,
    a_stream_that_was_dropped_holds_nothing,
    why_a_stream_is_not_complete_is_told_last,
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
    define banned: [user]
    define reader: viewer but not banned
    define timed: [user, user with early]
condition early(hour: int) {
  hour < 12
}
";

async fn streamed(
    tenant: &Tenant,
    call: &Call,
    question: ObjectsQuestion,
    waiting_max: usize,
) -> StreamedObjects {
    let streamed = tenant
        .authz
        .stream_objects(call, tenant.scope(), question, waiting_max);
    streamed.await.unwrap()
}

/// What is found at first, and the objects to come.
fn underway(streamed: StreamedObjects) -> (Vec<String>, ObjectStream) {
    match streamed.listing {
        Listing::Underway(first, rest) => (first, rest),
        whole @ Listing::Whole(..) => panic!("{whole:?}"),
    }
}

/// The rest of a stream, and why it is not complete.
async fn rest(mut stream: ObjectStream) -> (Vec<String>, Option<Error>) {
    let mut found = Vec::new();
    while let Some(piece) = stream.next().await {
        match piece {
            Ok(piece) => found.extend(piece),
            Err(error) => {
                assert!(stream.next().await.is_none(), "an error is the last word");
                return (found, Some(error));
            }
        }
    }
    (found, None)
}

/// Ann views so many documents.
async fn documents(world: &World, memory: Memory, count: usize) -> Tenant {
    let tenant = Tenant::open(world, memory, MODEL).await;
    let viewers = (0..count).map(|number| format!("doc:{number:02}#viewer@user:ann"));
    tenant.write_many(&viewers.collect::<Vec<_>>()).await;
    tenant.settle().await;
    tenant
}

async fn a_list_that_is_found_at_once_is_whole_and_sorted(world: World) {
    let tenant = documents(&world, Memory::Whole, 20).await;
    tenant.write(&["doc:07#banned@user:ann"]).await;
    for (relation, after, expected) in [
        ("viewer", None, 0..20),
        ("reader", Some("doc:07"), 8..20),
        ("banned", Some("doc:07"), 0..0),
    ] {
        let mut question = objects_question("user:ann", relation, "doc");
        question.after = after.map(str::to_owned);
        let streamed = streamed(&tenant, &call(), question, 100).await;
        let Listing::Whole(list, None) = streamed.listing else {
            panic!("{streamed:?}");
        };
        let expected: Vec<_> = expected.map(|number| format!("doc:{number:02}")).collect();
        assert_eq!((list.found, list.is_complete), (expected, true));
    }
}

/// The first object is told apart from the last, for which the database must be asked more often.
async fn objects_are_told_while_others_are_looked_for(world: World) {
    let tenant = Tenant::open(&world, Memory::None, MODEL).await;
    let mut tuples = vec!["doc:near#viewer@user:ann".to_owned()];
    let group = |number| format!("group:{number}#member");
    tuples.extend((1..8).map(|number| format!("{}@{}", group(number), group(number + 1))));
    tuples.push(format!("{}@user:ann", group(8)));
    tuples.push(format!("doc:far#viewer@{}", group(1)));
    tenant.write_many(&tuples).await;
    let call = call();
    let question = objects_question("user:ann", "viewer", "doc");
    let (first, stream) = underway(streamed(&tenant, &call, question, 100).await);
    assert_eq!(first, ["doc:near"]);
    let (others, error) = rest(stream).await;
    assert_eq!(others, ["doc:far"]);
    assert!(error.is_none(), "{error:?}");
    let asked = call.cost.round_trips();
    assert!(asked >= 8, "{asked}: each group is one step further");
}

async fn a_stream_is_of_one_version_and_tells_each_object_once(world: World) {
    for memory in MEMORY {
        let tenant = documents(&world, memory, 20).await;
        for (waiting_max, relation) in [(1, "viewer"), (3, "reader"), (19, "viewer")] {
            let question = objects_question("user:ann", relation, "doc");
            let expected = tenant.objects("user:ann", relation, "doc").await;
            let streamed = streamed(&tenant, &call(), question, waiting_max).await;
            let (mut found, stream) = underway(streamed);
            assert!((1..=waiting_max).contains(&found.len()), "{found:?}");
            // What is written now is of another version.
            let later = format!("doc:later{waiting_max}#viewer@user:ann");
            tenant.write(&[&later]).await;
            tenant
                .delete(&["doc:00#viewer@user:ann", "doc:19#viewer@user:ann"])
                .await;
            let (others, error) = rest(stream).await;
            assert!(error.is_none(), "{error:?}");
            found.extend(others);
            assert_eq!(found.len(), expected.len(), "{memory:?}: {found:?}");
            let found: BTreeSet<_> = found.into_iter().collect();
            assert_eq!(
                found.into_iter().collect::<Vec<_>>(),
                expected,
                "{memory:?}"
            );
            tenant
                .write(&["doc:00#viewer@user:ann", "doc:19#viewer@user:ann"])
                .await;
        }
    }
}

async fn a_stream_that_nobody_reads_ends_in_time(world: World) {
    for memory in MEMORY {
        let tenant = documents(&world, memory, 20).await;
        let call = call_within(Duration::from_millis(200));
        let question = objects_question("user:ann", "viewer", "doc");
        let (first, stream) = underway(streamed(&tenant, &call, question, 2).await);
        let late = call.deadline.instant() + Duration::from_millis(100);
        let nothing = tokio::time::timeout_at(late.into(), std::future::pending::<()>());
        assert!(nothing.await.is_err());
        let (others, error) = rest(stream).await;
        assert!(matches!(error, Some(Error::Late)), "{error:?}");
        // What was found waits for whoever reads late.
        assert!(first.len() + others.len() < 20, "{others:?}");
    }
}

/// Far more are begun than there are connections to read with.
async fn a_stream_that_was_dropped_holds_nothing(world: World) {
    let tenant = documents(&world, Memory::None, 20).await;
    for _ in 0..40 {
        let call = call_within(Duration::from_secs(60));
        let question = objects_question("user:ann", "viewer", "doc");
        drop(underway(streamed(&tenant, &call, question, 1).await));
    }
    let own = call_within(Duration::from_secs(20));
    assert!(
        tenant
            .try_check(&own, "doc:00#viewer@user:ann")
            .await
            .unwrap()
    );
}

async fn why_a_stream_is_not_complete_is_told_last(world: World) {
    for memory in MEMORY {
        let tenant = Tenant::open(&world, memory, MODEL).await;
        let timed = |number| {
            let text = format!("doc:{number}#timed@user:ann");
            match number % 2 {
                0 => conditional(&text, "early", json!({})),
                _ => tuple(&text),
            }
        };
        let mut write = writes(&[]);
        write.writes = (0..8).map(timed).collect();
        tenant.try_write(write).await.unwrap();
        tenant.settle().await;
        let question = || objects_question("user:ann", "timed", "doc");
        let expected = ["doc:1", "doc:3", "doc:5", "doc:7"];
        if memory == Memory::Whole {
            let whole = streamed(&tenant, &call(), question(), 100).await;
            let Listing::Whole(list, Some(Error::Refused(Refusal::Condition(_)))) = whole.listing
            else {
                panic!("{whole:?}");
            };
            assert_eq!(list.found, expected);
            assert!(!list.is_complete);
        }
        let (mut found, stream) = underway(streamed(&tenant, &call(), question(), 1).await);
        let (others, error) = rest(stream).await;
        found.extend(others);
        found.sort();
        assert_eq!(found, expected);
        let is_condition = matches!(error, Some(Error::Refused(Refusal::Condition(_))));
        assert!(is_condition, "{error:?}");
        let nobody = objects_question("user:bob", "nope", "doc");
        let refused = tenant
            .authz
            .stream_objects(&call(), tenant.scope(), nobody, 1)
            .await;
        let is_refused = matches!(
            refused,
            Err(Error::Refused(Refusal::RelationNotFound { .. }))
        );
        assert!(is_refused, "{refused:?}");
    }
}
