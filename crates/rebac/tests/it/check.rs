//! Checks against the reference, on random worlds.

use crate::reference::{Found, Reference};
use crate::worlds::{Case, Partly, Verdicts, case};
use proptest::prelude::*;
use rebac::{Answer, Budget, Failure, check};
use std::collections::BTreeSet;

/// Deeper than any path without a circle in these worlds.
const AMPLE: Budget = Budget {
    steps: 10_000_000,
    depth: 1_000,
};

fn expected(case: &Case) -> Answer<()> {
    let reference = Reference {
        model: &case.model,
        tuples: &case.tuples,
        subject: &case.subject,
    };
    match reference.ask(&case.object, case.relation) {
        Found::Yes => Answer::Allowed,
        Found::No | Found::Circle => Answer::Denied,
        Found::Broken => Answer::Failed(Failure::Condition(())),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100_000))]

    #[test]
    fn answers_are_those_of_the_reference(case in case()) {
        let ready = case.ready();
        let answer = check(&ready.plan, &ready.world, &mut Verdicts, ready.question, AMPLE);
        prop_assert_eq!(answer, expected(&case));
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
