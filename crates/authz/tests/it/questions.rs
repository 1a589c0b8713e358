//! What questions may bring along, and what is wrong with some of them.

use crate::engine::{World, on_both_engines};
use crate::tenant::{
    MEMORY, Memory, Tenant, call, conditional, json, objects_question, question_of, refusal, tuple,
    users_question, writes,
};
use authz::{CheckQuestion, Given, Refusal, WrittenTuple};
use serde_json::json;

on_both_engines!(
    tuples_that_come_along_count_for_their_question_alone,
    a_tuple_that_comes_along_takes_the_place_of_a_stored_one,
    tuples_that_come_along_must_fit_the_model,
    a_decided_answer_beats_a_condition_that_cannot_be_judged,
    questions_that_the_model_has_no_words_for_are_refused,
    whoever_has_a_relation_has_it,
    a_bad_question_does_not_spoil_its_neighbours,
    equal_questions_with_unequal_contexts_are_told_apart,
);

const MODEL: &str = "
model
  schema 1.1
type user
type robot
type group
  relations
    define member: [user, user:*, group#member]
type folder
  relations
    define viewer: [user]
type doc
  relations
    define parent: [folder]
    define owner: [user]
    define timed: [user with early, user:* with early, group#member with early]
    define either: owner or timed
    define each: owner and timed
    define not_timed: owner but not timed
    define viewer: [user, group#member] or viewer from parent
condition early(hour: int) {
  hour < 9
}
";

fn with(question: &str, contextual: &[WrittenTuple], hour: Option<i64>) -> CheckQuestion {
    CheckQuestion {
        given: Given {
            contextual: contextual.to_vec(),
            context: hour.map(|hour| json(json!({"hour": hour}))),
        },
        ..question_of(question)
    }
}

async fn ask(tenant: &Tenant, question: CheckQuestion) -> authz::Result<bool> {
    let asked = tenant.authz.check(&call(), tenant.scope(), question).await;
    asked.map(|answered| answered.value)
}

async fn tuples_that_come_along_count_for_their_question_alone(world: World) {
    for memory in MEMORY {
        let tenant = Tenant::open(&world, memory, MODEL).await;
        tenant.write(&["group:g#member@group:h#member"]).await;
        tenant.settle().await;
        let own = [
            tuple("doc:1#viewer@group:g#member"),
            tuple("group:h#member@user:*"),
        ];
        let question = "doc:1#viewer@user:ann";
        for _ in 0..3 {
            assert!(ask(&tenant, with(question, &own, None)).await.unwrap());
            assert!(!ask(&tenant, with(question, &own[..1], None)).await.unwrap());
            assert!(!ask(&tenant, with(question, &[], None)).await.unwrap());
        }
        let mut question = objects_question("user:ann", "viewer", "doc");
        question.given.contextual = own.to_vec();
        let listed = tenant
            .authz
            .list_objects(&call(), tenant.scope(), question)
            .await;
        assert_eq!(listed.unwrap().value.found, ["doc:1"]);
        let mut question = users_question("doc:1", "viewer", "user");
        question.given.contextual = own.to_vec();
        let listed = tenant
            .authz
            .list_users(&call(), tenant.scope(), question)
            .await;
        assert_eq!(listed.unwrap().value.found, ["user:*"]);
        assert_eq!(tenant.tuples().await.len(), 1);
    }
}

async fn a_tuple_that_comes_along_takes_the_place_of_a_stored_one(world: World) {
    for memory in MEMORY {
        let tenant = Tenant::open(&world, memory, MODEL).await;
        let key = "doc:1#timed@user:ann";
        let mut write = writes(&[]);
        write.writes = vec![conditional(key, "early", json!({"hour": 8}))];
        tenant.try_write(write).await.unwrap();
        tenant.settle().await;
        assert!(tenant.check(key).await);
        let late = [conditional(key, "early", json!({"hour": 20}))];
        assert!(
            !ask(&tenant, with(key, &late, None)).await.unwrap(),
            "{memory:?}"
        );
        let open = [conditional(key, "early", json!({}))];
        let refused = refusal(ask(&tenant, with(key, &open, None)).await);
        assert!(matches!(refused, Refusal::Condition(_)), "{refused:?}");
        assert!(ask(&tenant, with(key, &open, Some(1))).await.unwrap());
        assert!(!ask(&tenant, with(key, &open, Some(12))).await.unwrap());
    }
}

async fn tuples_that_come_along_must_fit_the_model(world: World) {
    let tenant = Tenant::open(&world, Memory::None, MODEL).await;
    let question = "doc:1#viewer@user:ann";
    let unfit = [
        "doc:1#viewer@user:*",
        "doc:1#viewer@robot:r",
        "doc:1#nothing@user:ann",
        "doc:1#timed@user:ann",
        "doc:1#either@user:ann",
        "doc#viewer@user:ann",
    ];
    for text in unfit {
        let refused = refusal(ask(&tenant, with(question, &[tuple(text)], None)).await);
        assert!(
            matches!(refused, Refusal::InvalidTuple(_)),
            "{text}: {refused:?}"
        );
    }
    let many: Vec<_> = (0..101)
        .map(|number| tuple(&format!("doc:{number}#viewer@user:ann")))
        .collect();
    let what = "contextual tuples";
    let too_many = Refusal::TooMany { what, most: 100 };
    assert_eq!(
        refusal(ask(&tenant, with(question, &many, None)).await),
        too_many
    );
    assert!(
        ask(&tenant, with(question, &many[..100], None))
            .await
            .unwrap()
    );
}

async fn a_decided_answer_beats_a_condition_that_cannot_be_judged(world: World) {
    for memory in MEMORY {
        let tenant = Tenant::open(&world, memory, MODEL).await;
        let mut write = writes(&["doc:owned#owner@user:ann"]);
        for object in ["doc:owned", "doc:other"] {
            let timed = format!("{object}#timed@user:ann");
            write.writes.push(conditional(&timed, "early", json!({})));
        }
        tenant.try_write(write).await.unwrap();
        tenant.settle().await;
        let expected = [
            ("doc:owned#either@user:ann", Some(true)),
            ("doc:owned#each@user:ann", None),
            ("doc:owned#not_timed@user:ann", None),
            ("doc:other#either@user:ann", None),
            ("doc:other#each@user:ann", Some(false)),
            ("doc:other#not_timed@user:ann", Some(false)),
        ];
        for (question, expected) in expected {
            match (ask(&tenant, question_of(question)).await, expected) {
                (Ok(found), Some(expected)) => assert_eq!(found, expected, "{question}"),
                (outcome, None) => {
                    let refused = refusal(outcome);
                    assert!(matches!(refused, Refusal::Condition(_)), "{question}");
                }
                (outcome, Some(_)) => panic!("{memory:?} {question}: {outcome:?}"),
            }
        }
    }
}

async fn questions_that_the_model_has_no_words_for_are_refused(world: World) {
    let tenant = Tenant::open(&world, Memory::None, MODEL).await;
    let unknown = [
        "planet:1#viewer@user:ann",
        "doc:1#nothing@user:ann",
        "doc:1#viewer@planet:1",
        "doc:1#viewer@group:g#nothing",
        "doc#viewer@user:ann",
        "doc:1#viewer@ann",
    ];
    for text in unknown {
        let refused = refusal(ask(&tenant, question_of(text)).await);
        assert!(
            matches!(refused, Refusal::Invalid(_)),
            "{text}: {refused:?}"
        );
    }
    // A type that no relation speaks of is one all the same.
    assert!(!tenant.check("doc:1#viewer@robot:r").await);
    assert_eq!(tenant.objects("robot:r", "viewer", "doc").await, [""; 0]);
    assert_eq!(tenant.users("doc:1", "viewer", "robot").await, [""; 0]);
    let Tenant { authz, .. } = &tenant;
    let question = objects_question("user:ann", "viewer", "planet");
    let listed = authz.list_objects(&call(), tenant.scope(), question).await;
    let planet = Refusal::TypeNotFound("planet".to_owned());
    assert_eq!(refusal(listed), planet);
    let question = users_question("doc:1", "viewer", "planet");
    let listed = authz.list_users(&call(), tenant.scope(), question).await;
    assert_eq!(refusal(listed), planet);
    let question = objects_question("user:ann", "nothing", "doc");
    let listed = authz.list_objects(&call(), tenant.scope(), question).await;
    let refused = refusal(listed);
    assert!(
        matches!(refused, Refusal::RelationNotFound { .. }),
        "{refused:?}"
    );
}

async fn whoever_has_a_relation_has_it(world: World) {
    for memory in MEMORY {
        let tenant = Tenant::open(&world, memory, MODEL).await;
        tenant.write(&["doc:1#viewer@group:g#member"]).await;
        tenant.settle().await;
        assert!(tenant.check("group:x#member@group:x#member").await);
        assert!(tenant.check("doc:1#either@doc:1#either").await);
        assert!(tenant.check("doc:1#viewer@group:g#member").await);
        assert!(!tenant.check("doc:1#viewer@group:h#member").await);
        assert!(!tenant.check("doc:1#viewer@user:*").await);
    }
}

async fn a_bad_question_does_not_spoil_its_neighbours(world: World) {
    for memory in MEMORY {
        let tenant = Tenant::open(&world, memory, MODEL).await;
        let mut write = writes(&["doc:1#viewer@user:ann"]);
        write
            .writes
            .push(conditional("doc:1#timed@user:ann", "early", json!({})));
        tenant.try_write(write).await.unwrap();
        tenant.settle().await;
        let questions = vec![
            question_of("doc:1#viewer@user:ann"),
            question_of("planet:1#viewer@user:ann"),
            question_of("doc:1#timed@user:ann"),
            with(
                "doc:1#viewer@user:ann",
                &[tuple("doc:1#viewer@robot:r")],
                None,
            ),
            with(
                "doc:1#viewer@user:bob",
                &[tuple("doc:1#viewer@user:bob")],
                None,
            ),
            question_of("doc:1#viewer@user:bob"),
            question_of("doc:1#viewer@user:ann"),
        ];
        let asked = tenant
            .authz
            .checks(&call(), tenant.scope(), questions)
            .await;
        let verdicts = asked.unwrap().value;
        assert_eq!(verdicts.len(), 7);
        assert_eq!(verdicts[0], Ok(true), "{memory:?}");
        assert!(
            matches!(verdicts[1], Err(Refusal::Invalid(_))),
            "{verdicts:?}"
        );
        assert!(
            matches!(verdicts[2], Err(Refusal::Condition(_))),
            "{verdicts:?}"
        );
        assert!(
            matches!(verdicts[3], Err(Refusal::InvalidTuple(_))),
            "{verdicts:?}"
        );
        assert_eq!(verdicts[4..], [Ok(true), Ok(false), Ok(true)], "{memory:?}");
    }
}

async fn equal_questions_with_unequal_contexts_are_told_apart(world: World) {
    for memory in MEMORY {
        let tenant = Tenant::open(&world, memory, MODEL).await;
        let mut write = writes(&[]);
        let everybody = conditional("doc:1#timed@user:*", "early", json!({}));
        write.writes = vec![everybody];
        tenant.try_write(write).await.unwrap();
        tenant.settle().await;
        let question = "doc:1#timed@user:ann";
        let questions = vec![
            with(question, &[], Some(8)),
            with(question, &[], Some(20)),
            with(question, &[], None),
            with(question, &[], Some(8)),
        ];
        let asked = tenant
            .authz
            .checks(&call(), tenant.scope(), questions)
            .await;
        let verdicts = asked.unwrap().value;
        assert_eq!(verdicts[..2], [Ok(true), Ok(false)], "{memory:?}");
        assert!(
            matches!(verdicts[2], Err(Refusal::Condition(_))),
            "{verdicts:?}"
        );
        assert_eq!(verdicts[3], Ok(true), "{memory:?}");
    }
}
