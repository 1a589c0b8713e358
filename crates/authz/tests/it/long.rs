//! Questions that take long end in time, with an answer or the word that they are too complex.

use crate::amount::amount;
use crate::engine::{World, on_both_engines};
use crate::tenant::{
    MEMORY, Memory, Tenant, call, call_within, objects_question, question_of, refusal, server,
    tuple, users_question,
};
use authz::{Error, Refusal};
use std::time::Duration;
use store::tuples::Author;
use tokio::task::JoinSet;
use types::{Clock, SystemClock};

on_both_engines!(
    a_circle_of_ten_thousand_groups_ends,
    a_fan_of_a_hundred_thousand_ends,
    branches_that_meet_again_are_followed_once,
    a_chain_that_is_too_deep_is_too_complex,
    a_long_question_among_many_keeps_to_the_time_of_all,
    batches_that_wait_for_one_another_have_what_is_known,
);

const MODEL: &str = "
model
  schema 1.1
type user
type group
  relations
    define member: [user, group#member]
    define banned: [user, group#member]
    define active: [user, group#active] but not banned
type doc
  relations
    define viewer: [user, group#member]
    define active: [group#active]
type node
  relations
    define left: [node]
    define middle: [node]
    define right: [node]
    define viewer: [user] or viewer from left or viewer from middle or viewer from right
    define strict: [user] or (strict from left and strict from middle and strict from right)
";
/// What a question may take, and what it may take at most on a machine that is busy elsewhere.
const SPAN: Duration = Duration::from_millis(500);
const PATIENCE: Duration = Duration::from_secs(10);

/// A store that is written on one server, and read by one of each kind.
async fn filled(world: &World, tuples: &[String]) -> Vec<Tenant> {
    let writer = Tenant::open(world, Memory::None, MODEL).await;
    let tuples: Vec<_> = tuples.iter().map(|text| tuple(text)).collect();
    let author = Author {
        actor: "test".to_owned(),
        reason: None,
    };
    let stored = writer
        .authz
        .import(&call(), writer.id, &tuples, &author, |_| {})
        .await;
    stored.unwrap();
    let mut tenants = Vec::new();
    for memory in MEMORY {
        let tenant = Tenant {
            memory,
            ..writer.on(server(world, memory))
        };
        tenant.settle().await;
        tenants.push(tenant);
    }
    tenants
}

/// What comes of a check within the span: an answer, or none that it is too complex or late.
async fn timely(tenant: &Tenant, question: &str) -> Option<bool> {
    let begun_at = SystemClock.instant();
    let outcome = tenant.try_check(&call_within(SPAN), question).await;
    assert_in_time(begun_at, question);
    match outcome {
        Ok(is_allowed) => Some(is_allowed),
        Err(Error::Late | Error::Refused(Refusal::TooComplex(_))) => None,
        Err(error) => panic!("{question}: {error:?}"),
    }
}

#[track_caller]
fn assert_in_time(begun_at: std::time::Instant, what: &str) {
    let taken = SystemClock.instant() - begun_at;
    println!("{what}: {taken:?}");
    assert!(taken < PATIENCE, "{what} took {taken:?}");
}

async fn a_circle_of_ten_thousand_groups_ends(world: World) {
    let next = |number: usize| (number + 1) % 10_000;
    let mut tuples = Vec::new();
    for number in 0..10_000 {
        for relation in ["member", "active"] {
            let to = next(number);
            tuples.push(format!("group:{number}#{relation}@group:{to}#{relation}"));
        }
    }
    tuples.push("doc:1#viewer@group:0#member".to_owned());
    tuples.push("group:5#member@user:near".to_owned());
    for tenant in filled(&world, &tuples).await {
        assert_eq!(timely(&tenant, "doc:1#viewer@user:near").await, Some(true));
        for question in ["doc:1#viewer@user:ann", "group:7#active@user:ann"] {
            let found = timely(&tenant, question).await;
            assert_ne!(found, Some(true), "{:?} {question}", tenant.memory);
        }
        let begun_at = SystemClock.instant();
        let question = objects_question("user:near", "member", "group");
        let call = call_within(SPAN);
        let listed = tenant
            .authz
            .list_objects(&call, tenant.scope(), question)
            .await;
        assert_in_time(begun_at, "objects");
        match listed {
            Ok(listed) => assert!(
                listed
                    .value
                    .found
                    .iter()
                    .all(|one| one.starts_with("group:"))
            ),
            Err(Error::Late | Error::Refused(Refusal::TooComplex(_))) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
}

async fn a_fan_of_a_hundred_thousand_ends(world: World) {
    let mut tuples = Vec::new();
    let groups = amount(50_000);
    for number in 0..groups {
        tuples.push(format!("doc:1#viewer@group:{number}#member"));
        tuples.push(format!("group:{number}#member@user:eve"));
    }
    tuples.push(format!("group:{}#member@user:ann", groups - 1));
    for tenant in filled(&world, &tuples).await {
        let found = timely(&tenant, "doc:1#viewer@user:ann").await;
        assert_ne!(found, Some(false), "{:?}", tenant.memory);
        let found = timely(&tenant, "doc:1#viewer@user:nobody").await;
        assert_ne!(found, Some(true), "{:?}", tenant.memory);
        let call = call_within(SPAN);
        let begun_at = SystemClock.instant();
        let question = users_question("doc:1", "viewer", "user");
        let listed = tenant
            .authz
            .list_users(&call, tenant.scope(), question)
            .await;
        assert_in_time(begun_at, "users");
        let all = ["user:ann".to_owned(), "user:eve".to_owned()];
        match listed {
            Ok(listed) if listed.value.is_complete => assert_eq!(listed.value.found, all),
            Ok(listed) => assert!(listed.value.found.iter().all(|one| all.contains(one))),
            Err(Error::Late | Error::Refused(Refusal::TooComplex(_))) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
}

async fn branches_that_meet_again_are_followed_once(world: World) {
    // Seven steps, each of which goes three ways to the same next one.
    let mut tuples = Vec::new();
    for number in 0..7 {
        for way in ["left", "middle", "right"] {
            tuples.push(format!("node:{number}#{way}@node:{}", number + 1));
        }
    }
    // And a tree of 3^7 leaves, of which the last lets her in.
    for number in 0..1_093 {
        for (step, way) in ["left", "middle", "right"].iter().enumerate() {
            let child = number * 3 + step + 1;
            tuples.push(format!("node:t{number}#{way}@node:t{child}"));
        }
    }
    tuples.push("node:7#viewer@user:ann".to_owned());
    tuples.push("node:7#strict@user:ann".to_owned());
    tuples.push("node:t3279#viewer@user:ann".to_owned());
    for tenant in filled(&world, &tuples).await {
        for (question, expected) in [
            ("node:0#viewer@user:ann", true),
            ("node:0#viewer@user:bob", false),
            ("node:0#strict@user:ann", true),
            ("node:0#strict@user:bob", false),
            ("node:t0#viewer@user:ann", true),
            ("node:t0#viewer@user:bob", false),
        ] {
            let found = timely(&tenant, question).await;
            assert_eq!(found, Some(expected), "{:?} {question}", tenant.memory);
        }
    }
}

async fn a_chain_that_is_too_deep_is_too_complex(world: World) {
    let chain = |name: &str, depth: usize| {
        let of = |number| format!("group:{name}{number}#member");
        let steps = (1..depth).map(|number| format!("{}@{}", of(number), of(number + 1)));
        let mut tuples: Vec<_> = steps.collect();
        tuples.push(format!("{}@user:ann", of(depth)));
        tuples
    };
    let tuples = [chain("deep", 100), chain("fair", 20)].concat();
    for tenant in filled(&world, &tuples).await {
        let question = "group:deep1#member@user:ann";
        let refused = refusal(tenant.try_check(&call(), question).await);
        assert!(matches!(refused, Refusal::TooComplex(_)), "{refused:?}");
        let fair = timely(&tenant, "group:fair1#member@user:ann").await;
        assert_eq!(fair, Some(true), "{:?}", tenant.memory);
        assert!(!tenant.check("group:fair1#member@user:bob").await);
    }
}

async fn a_long_question_among_many_keeps_to_the_time_of_all(world: World) {
    let mut tuples = Vec::new();
    for number in 0..amount(20_000) {
        tuples.push(format!("doc:1#active@group:{number}#active"));
        tuples.push(format!("group:{number}#active@user:eve"));
    }
    tuples.push("doc:2#viewer@user:ann".to_owned());
    for tenant in filled(&world, &tuples).await {
        // Each of them would take all of the time alone.
        let mut questions: Vec<_> = (0..49)
            .map(|number| question_of(&format!("doc:1#active@user:u{number}")))
            .collect();
        questions.push(question_of("doc:2#viewer@user:ann"));
        let begun_at = SystemClock.instant();
        let call = call_within(SPAN);
        let asked = tenant.authz.checks(&call, tenant.scope(), questions).await;
        assert_in_time(begun_at, "fifty questions");
        match asked {
            Ok(answered) => {
                let verdicts = answered.value;
                assert_eq!(verdicts[49], Ok(true), "{:?}", tenant.memory);
                for verdict in &verdicts[..49] {
                    let is_fair = matches!(
                        verdict,
                        Ok(false) | Err(Refusal::TooComplex(_) | Refusal::OutOfTime)
                    );
                    assert!(is_fair, "{verdict:?}");
                }
            }
            Err(error) => assert!(matches!(error, Error::Late), "{error:?}"),
        }
    }
}

async fn batches_that_wait_for_one_another_have_what_is_known(world: World) {
    let mut tuples = Vec::new();
    for number in 0..amount(20_000) {
        tuples.push(format!("doc:1#active@group:{number}#active"));
        tuples.push(format!("group:{number}#active@user:eve"));
    }
    tuples.push("doc:2#viewer@user:ann".to_owned());
    for tenant in filled(&world, &tuples).await {
        if !matches!(tenant.memory, Memory::Whole) {
            // To load what is missing takes longer than there is time for.
            continue;
        }
        let mut batches = JoinSet::new();
        for batch in 0..8 {
            let long = (0..20).map(|n| question_of(&format!("doc:1#active@user:u{batch}x{n}")));
            let short = question_of("doc:2#viewer@user:ann");
            let questions: Vec<_> = long.chain([short]).collect();
            let (authz, scope) = (tenant.authz.clone(), tenant.scope());
            batches.spawn(async move {
                let call = call_within(SPAN);
                authz.checks(&call, scope, questions).await
            });
        }
        while let Some(batch) = batches.join_next().await {
            let verdicts = batch.unwrap().unwrap().value;
            assert_eq!(verdicts[20], Ok(true));
            for verdict in &verdicts[..20] {
                let is_fair = matches!(
                    verdict,
                    Ok(false) | Err(Refusal::TooComplex(_) | Refusal::OutOfTime)
                );
                assert!(is_fair, "{verdict:?}");
            }
        }
    }
}
