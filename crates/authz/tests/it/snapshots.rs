//! A question is answered at one moment of its store, and asks the database no more than it must.

mod until;

use crate::engine::{World, on_both_engines};
use crate::tenant::{
    MEMORY, Memory, Tenant, call, objects_question, question_of, server, tuple, writes,
};
use authz::Write;
use store::tuples::Author;
use tokio::task::JoinSet;

on_both_engines!(
    a_question_never_sees_half_of_a_write,
    many_questions_are_answered_at_one_version,
    what_is_written_while_a_store_is_read_in_is_not_missed,
    a_chain_of_groups_takes_one_round_trip_a_step,
    many_questions_take_the_round_trips_of_the_longest,
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
    define one: [group#member]
    define other: [group#member]
    define both: one and other
    define neither: viewer but not any
    define any: one or other
";

/// Ann is a member of a group close by or of one far away, of exactly one at every moment.
async fn flipping(world: &World, memory: Memory) -> Tenant {
    let tenant = Tenant::open(world, memory, MODEL).await;
    let tuples = [
        "doc:1#viewer@user:ann",
        "doc:1#one@group:near#member",
        "doc:1#other@group:h1#member",
        "group:h1#member@group:h2#member",
        "group:h2#member@group:far#member",
        "group:near#member@user:ann",
    ];
    tenant.write(&tuples).await;
    tenant.settle().await;
    tenant
}

fn flip(is_near: bool) -> Write {
    let mut write = writes(&["group:near#member@user:ann"]);
    write.deletes = vec![tuple("group:far#member@user:ann")];
    if is_near {
        std::mem::swap(&mut write.writes, &mut write.deletes);
    }
    write
}

/// Asks again and again while another one flips.
async fn while_flipping(tenant: &Tenant, asking: impl AsyncFn()) {
    let (flips, flipped) = tokio::sync::watch::channel(0);
    let mut flipping = JoinSet::new();
    let writer = tenant.clone();
    flipping.spawn(async move {
        // Until nobody looks any more.
        let mut turn = 0;
        while flips.send(turn).is_ok() {
            writer.try_write(flip(turn % 2 == 0)).await.unwrap();
            turn += 1;
        }
    });
    let mut asked = 0;
    while asked < 12 || *flipped.borrow() < 24 {
        asking().await;
        asked += 1;
    }
    drop(flipped);
    flipping.join_all().await;
}

async fn a_question_never_sees_half_of_a_write(world: World) {
    for memory in MEMORY {
        let tenant = flipping(&world, memory).await;
        // Another server, which hears of the flips, is no worse.
        let other = tenant.on(server(&world, memory));
        other.settle().await;
        while_flipping(&tenant, async || {
            for tenant in [&tenant, &other] {
                assert!(tenant.check("doc:1#any@user:ann").await, "{memory:?}");
                assert!(!tenant.check("doc:1#both@user:ann").await, "{memory:?}");
                assert!(!tenant.check("doc:1#neither@user:ann").await, "{memory:?}");
                let any = tenant.objects("user:ann", "any", "doc").await;
                assert_eq!(any, ["doc:1"], "{memory:?}");
                let groups = tenant.objects("user:ann", "member", "group").await;
                let is_one = [&["group:near"][..], &["group:far", "group:h1", "group:h2"]];
                assert!(is_one.iter().any(|one| groups == *one), "{groups:?}");
                let users = tenant.users("doc:1", "any", "user").await;
                assert_eq!(users, ["user:ann"], "{memory:?}");
            }
        })
        .await;
    }
}

async fn many_questions_are_answered_at_one_version(world: World) {
    for memory in MEMORY {
        let tenant = flipping(&world, memory).await;
        while_flipping(&tenant, async || {
            let questions = (0..12).map(|number| {
                let relation = ["one", "other"][number % 2];
                let mut question = question_of(&format!("doc:1#{relation}@user:ann"));
                if number > 1 {
                    // With tuples of its own it sees a graph of its own, of the same moment.
                    let own = format!("group:else{number}#member@user:ann");
                    question.given.contextual = vec![tuple(&own)];
                }
                question
            });
            let questions = questions.collect();
            let asked = tenant
                .authz
                .checks(&call(), tenant.scope(), questions)
                .await;
            let verdicts = asked.unwrap().value;
            let is_near = verdicts[0].clone().unwrap();
            for pair in verdicts.chunks(2) {
                assert_eq!(
                    pair,
                    [Ok(is_near), Ok(!is_near)],
                    "{memory:?}: {verdicts:?}"
                );
            }
        })
        .await;
    }
}

async fn what_is_written_while_a_store_is_read_in_is_not_missed(world: World) {
    let first = Tenant::open(&world, Memory::Whole, MODEL).await;
    let many = (0..20_000).map(|number| tuple(&format!("doc:{number}#viewer@user:u{number}")));
    let many: Vec<_> = many.collect();
    let author = Author {
        actor: "test".to_owned(),
        reason: None,
    };
    let imported = first
        .authz
        .import(&call(), first.id, &many, &author, |_| {})
        .await;
    imported.unwrap();
    for _ in 0..8 {
        let tenant = first.on(server(&world, Memory::Whole));
        // It begins to be read in with the first question.
        let key = "group:g#member@user:ann";
        for _ in 0..40 {
            tenant.write(&[key]).await;
            for _ in 0..4 {
                assert!(tenant.check(key).await);
            }
            tenant.delete(&[key]).await;
            for _ in 0..4 {
                assert!(!tenant.check(key).await);
            }
        }
        tenant.settle().await;
        assert!(!tenant.check(key).await);
    }
}

/// `doc:NAME#viewer` leads to Ann through so many groups.
async fn chain(tenant: &Tenant, name: &str, depth: u64) {
    let group = |number| format!("group:{name}{number}#member");
    let mut tuples = vec![format!("doc:{name}#viewer@{}", group(1))];
    tuples.extend((1..depth).map(|number| format!("{}@{}", group(number), group(number + 1))));
    tuples.push(format!("{}@user:ann", group(depth)));
    tenant.write_many(&tuples).await;
}

async fn a_chain_of_groups_takes_one_round_trip_a_step(world: World) {
    for memory in MEMORY {
        let tenant = Tenant::open(&world, memory, MODEL).await;
        for depth in [1, 3, 8] {
            chain(&tenant, &format!("d{depth}"), depth).await;
        }
        tenant.settle().await;
        for depth in [1, 3, 8] {
            assert!(tenant.check("doc:d1#viewer@user:ann").await);
            let call = call();
            let question = format!("doc:d{depth}#viewer@user:ann");
            assert!(tenant.try_check(&call, &question).await.unwrap());
            let most = match memory {
                Memory::Whole => 0,
                Memory::None => depth + 1,
            };
            assert!(call.cost.round_trips() <= most, "{depth}: {:?}", call.cost);
        }
    }
}

async fn many_questions_take_the_round_trips_of_the_longest(world: World) {
    let tenant = Tenant::open(&world, Memory::None, MODEL).await;
    let mut questions = Vec::new();
    for number in 1..=6 {
        chain(&tenant, &format!("n{number}"), number).await;
        let question = format!("doc:n{number}#viewer@user:ann");
        questions.extend([question_of(&question), question_of("doc:9#viewer@user:ann")]);
    }
    assert!(!tenant.check("doc:9#viewer@user:ann").await);
    let call = call();
    let asked = tenant.authz.checks(&call, tenant.scope(), questions).await;
    let verdicts = asked.unwrap().value;
    let expected: Vec<_> = (0..12).map(|number| Ok(number % 2 == 0)).collect();
    assert_eq!(verdicts, expected);
    assert!(call.cost.round_trips() <= 7, "{:?}", call.cost);
    let question = objects_question("user:ann", "viewer", "doc");
    let listed = tenant
        .authz
        .list_objects(&call, tenant.scope(), question)
        .await;
    assert_eq!(listed.unwrap().value.found.len(), 6);
}
