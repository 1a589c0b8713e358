//! Explanations against checks and against the reference, on random worlds.

use crate::amount::cases;
use crate::check::{AMPLE, expected};
use crate::partly::Partly;
use crate::worlds::{Case, Ready, Stored, Verdict, Verdicts, case};
use proptest::prelude::*;
use rebac::explain::{ASSUMED, Explanation, Flip, Outcome, StepKind, Tuple};
use rebac::{Answer, Question, check, explain};
use std::collections::BTreeSet;
use types::{Object, Subject, TupleKey};

fn explained(ready: &Ready) -> Explanation<()> {
    let explained = explain(
        &ready.plan,
        &ready.world,
        &mut Verdicts,
        ready.question,
        AMPLE,
    );
    explained.expect("everything is loaded")
}

fn key(ready: &Ready, tuple: &Tuple) -> TupleKey {
    let text = |subject| ready.world.text(&ready.names, subject);
    let object = text(rebac::Subject {
        object: tuple.object,
        relation: None,
    });
    TupleKey {
        subject: Subject::parse(&text(tuple.edge.subject)).expect("a subject"),
        relation: ready.names.text(tuple.relation).to_owned(),
        object: Object::parse(&object).expect("an object"),
    }
}

fn with_tuples(case: &Case, keep: impl Fn(&Stored) -> bool) -> Case {
    let mut other = case.clone();
    other.tuples.retain(keep);
    other
}

/// The opposite of an answer; an error has none.
fn opposite(answer: &Answer<()>) -> Option<Answer<()>> {
    match answer {
        Answer::Allowed => Some(Answer::Denied),
        Answer::Denied => Some(Answer::Allowed),
        _ => None,
    }
}

/// Whether the world without one of its tuples gives the opposite answer.
fn some_removal_flips(case: &Case, answer: &Answer<()>) -> bool {
    case.tuples.iter().any(|gone| {
        let other = with_tuples(case, |stored| stored.key != gone.key);
        Some(expected(&other)) == opposite(answer)
    })
}

fn is_tree(explanation: &Explanation<()>) -> bool {
    let children = explanation.steps.iter().enumerate();
    let children =
        children.flat_map(|(place, step)| step.children.iter().map(move |to| (place, *to)));
    let children: Vec<_> = children.collect();
    let distinct: BTreeSet<_> = children.iter().map(|(_, to)| *to).collect();
    children.iter().all(|(from, to)| from < to)
        && distinct.len() == children.len()
        && distinct.len() + 1 == explanation.steps.len()
}

proptest! {
    #![proptest_config(cases(20_000))]

    #[test]
    fn an_explanation_says_what_the_check_says(case in case()) {
        let ready = case.ready();
        let answer = check(&ready.plan, &ready.world, &mut Verdicts, ready.question, AMPLE);
        let explanation = explained(&ready);
        let verdict = match &explanation.verdict {
            rebac::explain::Verdict::Allowed => Answer::Allowed,
            rebac::explain::Verdict::Denied => Answer::Denied,
            rebac::explain::Verdict::Failed(failure) => Answer::Failed(failure.clone()),
        };
        prop_assert_eq!(&verdict, &answer);
        prop_assert_eq!(explanation.steps[0].outcome.is_granted(), answer == Answer::Allowed);
        prop_assert!(is_tree(&explanation), "{:?}", explanation);
        for step in &explanation.steps {
            let has_more = !step.children.is_empty() || step.left_out > 0;
            let is_told = match step.outcome {
                Outcome::Granted if matches!(step.kind, StepKind::Tuple(tuple)
                    if tuple.edge.subject.relation.is_none()
                        || tuple.edge.subject == ready.question.subject) => true,
                Outcome::Granted => has_more || step.kind == StepKind::Itself,
                Outcome::Refused(rebac::explain::Refusal::Below) => {
                    has_more || step.explained_at.is_some()
                }
                _ => true,
            };
            prop_assert!(is_told, "{step:?} of {explanation:?}");
            if let (StepKind::Relation(whoever), true) = (step.kind, step.outcome.is_granted()) {
                let type_name = ready.names.find(
                    ready.world.text(&ready.names, whoever).split(':').next().unwrap(),
                );
                let relation = whoever.relation.and_then(|relation| {
                    ready.plan.relation(type_name?, relation)
                });
                let question = Question {
                    object: whoever.object,
                    relation: relation.unwrap(),
                    ..ready.question
                };
                let answer = check(&ready.plan, &ready.world, &mut Verdicts, question, AMPLE);
                prop_assert_eq!(answer, Answer::Allowed, "a step that is not so");
            }
        }
    }

    /// The tuples of a granting path are there, hold, and are enough: without any other tuple the
    /// reference allows as well.
    #[test]
    fn the_tuples_of_a_granting_path_are_enough(case in case()) {
        let ready = case.ready();
        let explanation = explained(&ready);
        let keys: BTreeSet<_> = explanation.granting().map(|tuple| key(&ready, tuple)).collect();
        for key in &keys {
            let stored = case.tuples.iter().find(|stored| stored.key == *key);
            let verdict = stored.map(|stored| stored.verdict);
            prop_assert!(matches!(verdict, Some(None | Some(Verdict::Holds))), "{key}");
        }
        if expected(&case) == Answer::Allowed && !explanation.is_cut() {
            let alone = with_tuples(&case, |stored| keys.contains(&stored.key));
            prop_assert_eq!(expected(&alone), Answer::Allowed, "{:?}", keys);
        }
    }

    #[test]
    fn the_named_change_turns_the_answer(case in case()) {
        let ready = case.ready();
        let answer = expected(&case);
        let explanation = explained(&ready);
        match explanation.flip {
            Flip::Remove(tuple) => {
                let key = key(&ready, &tuple);
                prop_assert!(case.tuples.iter().any(|stored| stored.key == key));
                let other = with_tuples(&case, |stored| stored.key != key);
                prop_assert_eq!(Some(expected(&other)), opposite(&answer), "without {}", key);
            }
            Flip::Add(tuple) => {
                let key = key(&ready, &tuple);
                prop_assert!(case.tuples.iter().all(|stored| stored.key != key));
                prop_assert!(tuple.condition().is_none_or(|one| one.context == ASSUMED));
                let mut other = case.clone();
                let verdict = tuple.condition().map(|_| Verdict::Holds);
                other.tuples.push(Stored { key, verdict });
                prop_assert_eq!(Some(expected(&other)), opposite(&answer), "{:?}", other.tuples);
            }
            Flip::NotFound { .. } => {
                prop_assert!(opposite(&answer).is_some());
                prop_assert!(explanation.is_cut() || !some_removal_flips(&case, &answer));
            }
            Flip::NoAnswer => prop_assert!(opposite(&answer).is_none()),
        }
    }

    #[test]
    fn naming_what_is_missing_leads_to_the_same_explanation(case in case()) {
        let ready = case.ready();
        let mut partly = Partly { world: &ready.world, loaded: BTreeSet::new() };
        let found = loop {
            match explain(&ready.plan, &partly, &mut Verdicts, ready.question, AMPLE) {
                Err(missing) => {
                    prop_assert!(!missing.is_empty());
                    prop_assert!(missing.is_disjoint(&partly.loaded), "named twice");
                    partly.loaded.extend(missing);
                }
                Ok(found) => break found,
            }
        };
        prop_assert_eq!(found, explained(&ready));
    }
}
