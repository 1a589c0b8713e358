//! Questions in their order, until one decides: all at one moment, and no more than needed.

use super::{MODEL, chain, flipping, while_flipping};
use crate::engine::{World, on_both_engines};
use crate::tenant::{MEMORY, Memory, Tenant, call, question_of, tuple};
use authz::{CheckQuestion, Refusal, Until};
use store::tuples::Author;

on_both_engines!(
    questions_in_their_order_are_of_one_version,
    nothing_is_asked_behind_the_question_that_decides,
    a_question_that_takes_too_much_does_not_end_the_others,
);

async fn questions_in_their_order_are_of_one_version(world: World) {
    for memory in MEMORY {
        let tenant = flipping(&world, memory).await;
        while_flipping(&tenant, async || {
            // Whichever of the two is denied, the other one behind it is not.
            for relations in [["one", "other"], ["other", "one"]] {
                let mut questions: Vec<_> = (0..12)
                    .map(|number| question_of(&format!("doc:1#{}@user:ann", relations[number % 2])))
                    .collect();
                questions[1].given.contextual = vec![tuple("group:else#member@user:ann")];
                let (call, until) = (call(), Until::FirstAllowed);
                let asked = tenant
                    .authz
                    .checks_until(&call, tenant.scope(), questions, until);
                let verdicts = asked.await.unwrap().value;
                let is_one = [&[Ok(true)][..], &[Ok(false), Ok(true)]];
                assert!(is_one.contains(&&verdicts[..]), "{memory:?}: {verdicts:?}");
            }
        })
        .await;
    }
}

async fn nothing_is_asked_behind_the_question_that_decides(world: World) {
    let tenant = Tenant::open(&world, Memory::None, MODEL).await;
    for (name, depth) in [("near", 1), ("far", 8)] {
        chain(&tenant, name, depth).await;
    }
    assert!(tenant.check("doc:near#viewer@user:ann").await);
    let near = question_of("doc:near#viewer@user:ann");
    let denied = question_of("doc:near#viewer@user:bob");
    let unknown = question_of("planet:1#viewer@user:ann");
    let far = question_of("doc:far#viewer@user:ann");
    let mut own = denied.clone();
    own.given.contextual = vec![tuple("doc:near#viewer@user:bob")];
    for (first, until, expected) in [
        (&[&near][..], Until::FirstAllowed, &[true][..]),
        (
            &[&denied, &unknown, &near],
            Until::FirstAllowed,
            &[false, false, true],
        ),
        (&[&denied], Until::FirstDenied, &[false]),
        (&[&near, &unknown], Until::FirstDenied, &[true, false]),
        (&[&denied, &own], Until::FirstAllowed, &[false, true]),
        (
            &[&own, &near, &denied],
            Until::FirstDenied,
            &[true, true, false],
        ),
    ] {
        let ask = async |questions: &[&CheckQuestion]| {
            let call = call();
            let questions = questions.iter().map(|question| (*question).clone());
            let questions = questions.collect();
            let asked = tenant
                .authz
                .checks_until(&call, tenant.scope(), questions, until);
            let verdicts = asked.await.unwrap().value;
            let allowed = verdicts.iter().map(|verdict| *verdict == Ok(true));
            (allowed.collect::<Vec<_>>(), call.cost.round_trips())
        };
        let alone = ask(first).await;
        assert_eq!(alone.0, expected, "{until:?}");
        let followed = ask(&[first, &[&far, &far]].concat()).await;
        assert_eq!(followed, alone, "{until:?}: what follows costs nothing");
    }
}

/// A question that takes too many tuples is no answer, and no end for those behind it.
async fn a_question_that_takes_too_much_does_not_end_the_others(world: World) {
    let tenant = Tenant::open(&world, Memory::None, MODEL).await;
    let many = (0..30_000).map(|number| tuple(&format!("doc:1#viewer@group:g{number}#member")));
    let many: Vec<_> = many.chain([tuple("doc:2#viewer@user:ann")]).collect();
    let author = Author {
        actor: "test".to_owned(),
        reason: None,
    };
    let call = call();
    let imported = (tenant.authz).import(&call, tenant.id, &many, &author, |_| {});
    imported.await.unwrap();
    let questions = vec![
        question_of("doc:1#viewer@user:ann"),
        question_of("doc:2#viewer@user:ann"),
    ];
    let until = Until::FirstAllowed;
    let asked = tenant
        .authz
        .checks_until(&call, tenant.scope(), questions, until);
    let verdicts = asked.await.unwrap().value;
    let is_complex = matches!(verdicts[0], Err(Refusal::TooComplex(_)));
    assert!(is_complex, "{verdicts:?}");
    assert_eq!(verdicts[1..], [Ok(true)]);
}
