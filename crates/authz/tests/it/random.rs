//! Random stores answer as the engine does over the same tuples in memory.

mod expected;
mod worlds;

use crate::engine::{World, on_both_engines};
use crate::tenant::{MEMORY, Memory, Tenant, call, server};
use authz::{
    CheckQuestion, Error, Given, ObjectsQuestion, Refusal, UsersQuestion, Write, WrittenTuple,
};
use expected::{Expected, Outcome};
use rebac::Model;
use worlds::{Dice, IDS, RELATIONS, TYPES};

on_both_engines!(
    checks_answer_as_the_engine_does,
    lists_find_what_the_engine_finds,
    tuples_of_an_older_random_model_are_left_out,
);

const WORLDS: u64 = 10;

/// A store with a random model and tuples that it takes, some of which come after it has settled.
async fn open(
    world: &World,
    memory: Memory,
    dice: &mut Dice,
) -> (Tenant, Model, Vec<WrittenTuple>) {
    let tenant = Tenant::empty(world, memory).await;
    let model = dice.model();
    write_model(&tenant, &model).await;
    let mut tuples = dice.tuples(&model, 24);
    write(&tenant, &tuples[..tuples.len() / 2]).await;
    tenant.settle().await;
    write(&tenant, &tuples[tuples.len() / 2..]).await;
    if let Some(gone) = tuples.pop() {
        let delete = Write {
            deletes: vec![gone],
            ..Write::default()
        };
        tenant.try_write(delete).await.unwrap();
    }
    (tenant, model, tuples)
}

async fn write_model(tenant: &Tenant, model: &Model) {
    let call = call();
    let written = tenant.authz.write_model(&call, tenant.id, model.clone());
    Box::pin(written).await.unwrap();
}

async fn write(tenant: &Tenant, tuples: &[WrittenTuple]) {
    if !tuples.is_empty() {
        let write = Write {
            writes: tuples.to_vec(),
            ..Write::default()
        };
        tenant.try_write(write).await.unwrap();
    }
}

fn outcome(verdict: Result<bool, Refusal>) -> Outcome {
    match verdict {
        Ok(is_allowed) => Outcome::Answer(is_allowed),
        Err(Refusal::Condition(_)) => Outcome::Condition,
        Err(Refusal::TooComplex(_)) => Outcome::TooComplex,
        Err(other) => panic!("{other:?}"),
    }
}

async fn checks_answer_as_the_engine_does(world: World) {
    let mut seen = [0; 3];
    for memory in MEMORY {
        for seed in 0..WORLDS {
            let mut dice = Dice::new(seed);
            let (tenant, model, tuples) = open(&world, memory, &mut dice).await;
            let mut expected = Expected::new(&model, &tuples);
            let questions = questions(&mut dice, &model);
            let all = call();
            let asked = tenant.authz.checks(&all, tenant.scope(), questions.clone());
            let verdicts = Box::pin(asked).await.unwrap().value;
            for (question, verdict) in questions.into_iter().zip(verdicts) {
                let found = outcome(verdict);
                let wanted = expected.check(&question);
                let place = || format!("{memory:?}, seed {seed}: {question:?}\n{tuples:#?}");
                assert_eq!(found, wanted, "{}", place());
                seen[match wanted {
                    Outcome::Answer(true) => 0,
                    Outcome::Answer(false) => 1,
                    _ => 2,
                }] += 1;
                // Alone it is answered as among others.
                if dice.below(10) == 0 {
                    let call = call();
                    let asked = tenant.authz.check(&call, tenant.scope(), question.clone());
                    let alone = match Box::pin(asked).await {
                        Ok(answered) => Ok(answered.value),
                        Err(Error::Refused(refusal)) => Err(refusal),
                        Err(error) => panic!("{error}"),
                    };
                    assert_eq!(outcome(alone), wanted, "{}", place());
                }
            }
        }
    }
    assert!(
        seen.iter().all(|count| *count > 20),
        "answers of a kind: {seen:?}"
    );
}

/// Every relation to every object, asked for all kinds of users; with contexts and tuples of their
/// own here and there.
fn questions(dice: &mut Dice, model: &Model) -> Vec<CheckQuestion> {
    let users = [
        "user:1",
        "user:2",
        "user:*",
        "group:1#a",
        "doc:2",
        "doc:3#b",
    ];
    let mut questions = Vec::new();
    for type_name in &TYPES[1..] {
        for relation in RELATIONS {
            for id in IDS {
                let contextual = match dice.below(8) {
                    0 => dice.tuples(model, 3),
                    _ => Vec::new(),
                };
                let context = dice.context();
                questions.extend(users.iter().map(|user| CheckQuestion {
                    user: (*user).to_owned(),
                    relation: relation.to_owned(),
                    object: format!("{type_name}:{id}"),
                    given: Given {
                        contextual: contextual.clone(),
                        context: context.clone(),
                    },
                }));
            }
        }
    }
    questions
}

async fn lists_find_what_the_engine_finds(world: World) {
    let mut found = 0;
    for memory in MEMORY {
        for seed in 100..100 + WORLDS {
            let mut dice = Dice::new(seed);
            let (tenant, model, tuples) = open(&world, memory, &mut dice).await;
            let mut expected = Expected::new(&model, &tuples);
            for turn in 0..16 {
                let given = Given {
                    contextual: match dice.below(4) {
                        0 => dice.tuples(&model, 3),
                        _ => Vec::new(),
                    },
                    context: dice.context(),
                };
                let relation = dice.one_of(&RELATIONS).to_owned();
                let object_type = dice.one_of(&TYPES[1..]).to_owned();
                let call = call();
                let (wanted, listed, what) = if turn % 2 == 0 {
                    let user = dice.one_of(&["user:1", "user:2", "group:1#a", "doc:2"]);
                    let question = ObjectsQuestion {
                        user: user.to_owned(),
                        relation,
                        type_name: object_type,
                        given,
                        after: None,
                    };
                    let what = format!("{question:?}");
                    let wanted = expected.list_objects(&question);
                    let asked = tenant.authz.list_objects(&call, tenant.scope(), question);
                    (wanted, Box::pin(asked).await, what)
                } else {
                    let of_relation = dice.one_of(&[None, None, Some("a"), Some("c")]);
                    let of_type = usize::from(of_relation.is_some());
                    let question = UsersQuestion {
                        object: format!("{object_type}:{}", dice.one_of(&IDS)),
                        relation,
                        type_name: dice.one_of(&TYPES[of_type..]).to_owned(),
                        of_relation: of_relation.map(str::to_owned),
                        given,
                        after: None,
                    };
                    let what = format!("{question:?}");
                    let wanted = expected.list_users(&question);
                    let asked = tenant.authz.list_users(&call, tenant.scope(), question);
                    (wanted, Box::pin(asked).await, what)
                };
                let place = || format!("{memory:?}, seed {seed}: {what}\n{tuples:#?}");
                match (wanted, listed) {
                    (Ok(wanted), Ok(listed)) => {
                        assert!(listed.value.is_complete, "{}", place());
                        found += wanted.len();
                        assert_eq!(listed.value.found, wanted, "{}", place());
                    }
                    (Err(_), Ok(partly)) => assert!(!partly.value.is_complete, "{}", place()),
                    (Err(wanted), Err(Error::Refused(refusal))) => {
                        assert_eq!(outcome(Err(refusal)), wanted, "{}", place());
                    }
                    (wanted, listed) => panic!("{wanted:?} {listed:?}\n{}", place()),
                }
            }
        }
    }
    assert!(found > 40, "so many in all lists: {found}");
}

async fn tuples_of_an_older_random_model_are_left_out(world: World) {
    for memory in MEMORY {
        for seed in 200..200 + WORLDS {
            let mut dice = Dice::new(seed);
            let (tenant, _, mut tuples) = open(&world, memory, &mut dice).await;
            let model = dice.model();
            write_model(&tenant, &model).await;
            let more = dice.tuples(&model, 8);
            let is_new = |one: &&WrittenTuple| {
                let same = |other: &&WrittenTuple| {
                    (&other.user, &other.relation, &other.object)
                        == (&one.user, &one.relation, &one.object)
                };
                !tuples.iter().any(|other| same(&other))
            };
            let more: Vec<_> = more.iter().filter(is_new).cloned().collect();
            write(&tenant, &more).await;
            tuples.extend(more);
            let mut expected = Expected::new(&model, &tuples);
            let questions = questions(&mut dice, &model);
            // One server has seen the store grow, the other finds it as it is.
            let fresh = tenant.on(server(&world, memory));
            fresh.settle().await;
            for tenant in [&tenant, &fresh] {
                let call = call();
                let asked = tenant
                    .authz
                    .checks(&call, tenant.scope(), questions.clone());
                let verdicts = Box::pin(asked).await.unwrap().value;
                for (question, verdict) in questions.iter().zip(verdicts) {
                    let place = || format!("{memory:?}, seed {seed}: {question:?}\n{tuples:#?}");
                    let wanted = expected.check(question);
                    assert_eq!(outcome(verdict), wanted, "{}", place());
                }
            }
        }
    }
}
