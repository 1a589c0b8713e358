//! Checks against the reference, on random worlds.

use crate::amount::cases;
use crate::partly::Partly;
use crate::reference::{Found, Reference};
use crate::worlds::{Case, Verdicts, case, users_of};
use proptest::prelude::*;
use rebac::{
    Answer, Asking, Budget, Failure, ListQuestion, ObjectId, Question, check, list_objects,
    list_objects_in_order, list_users,
};
use std::collections::BTreeSet;

/// Deeper than any path without a circle in these worlds.
pub(crate) const AMPLE: Budget = Budget {
    steps: 10_000_000,
    depth: 1_000,
};

/// Less deep than many paths in these worlds.
const SHALLOW: Budget = Budget { depth: 3, ..AMPLE };

fn found(case: &Case, budget: Budget) -> Found {
    let reference = Reference {
        model: &case.model,
        tuples: &case.tuples,
        subject: &case.subject,
        depth: usize::try_from(budget.depth).expect("it is small"),
    };
    reference.ask(&case.object, case.relation)
}

pub(crate) fn expected(case: &Case) -> Answer<()> {
    match found(case, AMPLE) {
        Found::Yes => Answer::Allowed,
        Found::No | Found::Circle => Answer::Denied,
        Found::Broken => Answer::Failed(Failure::Condition(())),
    }
}

proptest! {
    #![proptest_config(cases(100_000))]

    #[test]
    fn answers_are_those_of_the_reference(case in case()) {
        let ready = case.ready();
        let answer = check(&ready.plan, &ready.world, &mut Verdicts, ready.question, AMPLE);
        prop_assert_eq!(answer, expected(&case));
    }

    /// What a short path grants is granted, however many long ones there are; and whatever is
    /// answered is what would be answered if all paths were followed to their ends.
    #[test]
    fn a_limit_of_depth_changes_no_answer(case in case()) {
        let ready = case.ready();
        let answer = check(&ready.plan, &ready.world, &mut Verdicts, ready.question, SHALLOW);
        if found(&case, SHALLOW) == Found::Yes {
            prop_assert_eq!(&answer, &Answer::Allowed);
        }
        if !matches!(answer, Answer::Failed(_)) {
            prop_assert_eq!(answer, expected(&case));
        }
    }

    /// Whatever was named is loaded, until there is an answer: the same as with everything loaded.
    #[test]
    fn naming_what_is_missing_leads_to_the_same_answer(case in case()) {
        let ready = case.ready();
        let mut partly = Partly { world: &ready.world, loaded: BTreeSet::new() };
        loop {
            match check(&ready.plan, &partly, &mut Verdicts, ready.question, AMPLE) {
                Answer::Missing(sets) => {
                    prop_assert!(!sets.is_empty());
                    prop_assert!(sets.is_disjoint(&partly.loaded), "named twice");
                    partly.loaded.extend(sets);
                }
                answer => {
                    prop_assert_eq!(answer, expected(&case));
                    break;
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(cases(20_000))]

    /// What earlier questions have found out changes no answer, whatever was loaded in between and
    /// whoever was asked about.
    #[test]
    fn a_question_among_many_is_answered_as_alone(
        case in case(),
        other in case(),
        is_shallow in any::<bool>(),
    ) {
        let budget = if is_shallow { SHALLOW } else { AMPLE };
        let mut ready = case.ready();
        let other = ready.world.subject(&mut ready.names, &other.subject);
        let subjects = [ready.question.subject, other];
        let mut questions = Vec::new();
        for (object, relation) in ready.nodes() {
            for subject in subjects {
                questions.push(Question { object, relation, subject });
            }
        }
        // Those about one subject in a row, and then back and forth.
        let by_subject = |one: &Question| one.subject == subjects[0];
        let (mut all, rest): (Vec<_>, Vec<_>) = questions.iter().partition(|one| by_subject(one));
        all.extend(rest);
        all.extend(questions);
        let mut partly = Partly { world: &ready.world, loaded: BTreeSet::new() };
        loop {
            let (mut missing, mut verdicts) = (BTreeSet::new(), Verdicts);
            let mut asking = Asking::new(&ready.plan, &partly, &mut verdicts, subjects[0]);
            for question in &all {
                asking.ask_of(question.subject);
                let mut left = budget;
                match asking.ask(question.object, question.relation, &mut left) {
                    Answer::Missing(sets) => missing.extend(sets),
                    answer => {
                        let (plan, world) = (&ready.plan, &ready.world);
                        let alone = |budget| check(plan, world, &mut Verdicts, *question, budget);
                        // Where the question alone is too deep, what is known may answer it.
                        let deep = Answer::Failed(Failure::TooDeep);
                        let expected = match alone(budget) {
                            too_deep if too_deep == deep && answer != deep => alone(AMPLE),
                            expected => expected,
                        };
                        prop_assert_eq!(answer, expected, "{:?}", question);
                        prop_assert!(left.steps < budget.steps);
                    }
                }
            }
            if missing.is_empty() {
                break;
            }
            partly.loaded.extend(missing);
        }
    }

    /// Of a page nothing is missing that lies behind it.
    #[test]
    fn a_page_has_the_first_objects_that_checks_allow(case in case(), results in 1_usize..4) {
        let mut ready = case.ready();
        let mut allowed = Vec::new();
        for object in ready.objects_of_type(&case) {
            let question = Question { object, ..ready.question };
            match check(&ready.plan, &ready.world, &mut Verdicts, question, AMPLE) {
                Answer::Allowed => allowed.push(object),
                Answer::Denied => {}
                // What cannot be judged is on no page.
                answer => prop_assert!(matches!(answer, Answer::Failed(_))),
            }
        }
        // In an order of the caller's own.
        allowed.sort_unstable_by(|one, other| other.cmp(one));
        let page: BTreeSet<_> = allowed.iter().take(results).copied().collect();
        let question = ListQuestion {
            relation: ready.question.relation,
            subject: ready.question.subject,
            results,
        };
        let order = |all: &mut Vec<ObjectId>| all.sort_unstable_by(|one, other| other.cmp(one));
        let mut partly = Partly { world: &ready.world, loaded: BTreeSet::new() };
        loop {
            let (plan, verdicts) = (&ready.plan, &mut Verdicts);
            let listed = list_objects_in_order(plan, &partly, verdicts, question, AMPLE, order);
            if listed.missing.is_empty() {
                prop_assert_eq!(&listed.found, &page);
                break;
            }
            partly.loaded.extend(listed.missing);
        }
    }

    #[test]
    fn lists_are_the_objects_that_checks_allow(case in case(), is_shallow in any::<bool>()) {
        let budget = if is_shallow { SHALLOW } else { AMPLE };
        let mut ready = case.ready();
        let (mut allowed, mut is_broken) = (BTreeSet::new(), false);
        for object in ready.objects_of_type(&case) {
            let question = Question { object, ..ready.question };
            match check(&ready.plan, &ready.world, &mut Verdicts, question, budget) {
                Answer::Allowed => {
                    allowed.insert(object);
                }
                answer => is_broken |= answer != Answer::Denied,
            }
        }
        let question = ListQuestion {
            relation: ready.question.relation,
            subject: ready.question.subject,
            results: usize::MAX,
        };
        let listed = list_objects(&ready.plan, &ready.world, &mut Verdicts, question, budget);
        prop_assert_eq!(&listed.found, &allowed);
        prop_assert!(is_broken || listed.failure.is_none());
        let mut partly = Partly { world: &ready.world, loaded: BTreeSet::new() };
        loop {
            let part = list_objects(&ready.plan, &partly, &mut Verdicts, question, budget);
            prop_assert!(part.found.is_subset(&allowed), "a guess");
            if part.missing.is_empty() {
                prop_assert_eq!(&part.found, &allowed);
                break;
            }
            partly.loaded.extend(part.missing);
        }
    }
}

proptest! {
    #![proptest_config(cases(20_000))]

    /// Whoever is listed is allowed, and whoever is allowed is listed, or all of the type are.
    #[test]
    fn listed_users_are_those_that_checks_allow(
        case in case(),
        wanted in users_of(),
        is_shallow in any::<bool>(),
    ) {
        let budget = if is_shallow { SHALLOW } else { AMPLE };
        let mut ready = case.ready();
        let question = ready.who(wanted);
        let listed = list_users(&ready.plan, &ready.world, &mut Verdicts, question, budget);
        let everybody = listed.found.iter().any(|subject| ready.is_everybody(*subject));
        let mut is_broken = false;
        for subject in ready.subjects_of(wanted) {
            let question = Question { subject, ..ready.question };
            let answer = check(&ready.plan, &ready.world, &mut Verdicts, question, budget);
            let is_listed = listed.found.contains(&subject);
            prop_assert!(!is_listed || answer == Answer::Allowed);
            let is_allowed = answer == Answer::Allowed;
            prop_assert!(!is_allowed || is_listed || everybody, "{subject:?}");
            is_broken |= matches!(answer, Answer::Failed(_));
        }
        prop_assert!(is_broken || listed.failure.is_none());
        let mut partly = Partly { world: &ready.world, loaded: BTreeSet::new() };
        loop {
            let part = list_users(&ready.plan, &partly, &mut Verdicts, question, budget);
            prop_assert!(part.found.is_subset(&listed.found), "a guess");
            if part.missing.is_empty() {
                prop_assert_eq!(part.found, listed.found);
                break;
            }
            partly.loaded.extend(part.missing);
        }
    }
}
