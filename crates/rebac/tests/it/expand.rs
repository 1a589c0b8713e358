//! Expanding against a reading of the model and the tuples as texts, on random worlds.

use crate::amount::cases;
use crate::partly::Partly;
use crate::worlds::{Case, Ready, case};
use proptest::prelude::*;
use rebac::{AssignableKind, Branch, Budget, Expanded, Relation, Rewrite, expand};
use std::collections::BTreeSet;
use types::Subject;

/// A branch as a text, those whom it names in the order of theirs.
fn text(ready: &Ready, branch: &Branch) -> String {
    let one = |subject: &rebac::Subject| ready.world.text(&ready.names, *subject);
    let sorted = |subjects: &[rebac::Subject]| {
        let mut texts: Vec<_> = subjects.iter().map(one).collect();
        texts.sort();
        texts.join(" ")
    };
    let all = |branches: &[Branch]| {
        let texts: Vec<_> = branches.iter().map(|branch| text(ready, branch)).collect();
        texts.join(", ")
    };
    match branch {
        Branch::Users(users) => format!("users [{}]", sorted(users)),
        Branch::Computed(whoever) => format!("computed {}", one(whoever)),
        Branch::From { tupleset, computed } => {
            format!("from {} [{}]", one(tupleset), sorted(computed))
        }
        Branch::Union(branches) => format!("or ({})", all(branches)),
        Branch::Intersection(branches) => format!("and ({})", all(branches)),
        Branch::Difference(parts) => {
            format!(
                "({}) but not ({})",
                text(ready, &parts.0),
                text(ready, &parts.1)
            )
        }
    }
}

/// Those whom the tuples name that the model accepts for a relation of the object.
fn named<'a>(case: &'a Case, relation: &str) -> BTreeSet<&'a Subject> {
    let found = case.model.relation(case.object.type_name(), relation);
    let is_accepted = |subject: &Subject, condition: Option<&str>| {
        let kind = match subject {
            Subject::Object(_) => AssignableKind::Object,
            Subject::Wildcard(_) => AssignableKind::Wildcard,
            Subject::Userset(_, relation) => AssignableKind::Userset(relation.clone()),
        };
        let mut accepted = found.iter().flat_map(|found| &found.assignable);
        accepted.any(|one| {
            (one.type_name.as_str(), &one.kind, one.condition.as_deref())
                == (subject.type_name(), &kind, condition)
        })
    };
    let tuples = case.tuples.iter().filter(|stored| {
        (&stored.key.object, stored.key.relation.as_str()) == (&case.object, relation)
            && is_accepted(&stored.key.subject, stored.condition_name())
    });
    tuples.map(|stored| &stored.key.subject).collect()
}

fn expected(case: &Case, relation: &Relation, rewrite: &Rewrite) -> String {
    let part = |rewrite: &Rewrite| expected(case, relation, rewrite);
    let all = |parts: &[Rewrite]| parts.iter().map(part).collect::<Vec<_>>().join(", ");
    let joined = |mut texts: Vec<String>| {
        texts.sort();
        texts.join(" ")
    };
    let object = &case.object;
    match rewrite {
        Rewrite::Direct => {
            let named = named(case, &relation.name).into_iter();
            format!(
                "users [{}]",
                joined(named.map(Subject::to_string).collect())
            )
        }
        Rewrite::Computed(other) => format!("computed {object}#{other}"),
        Rewrite::From { computed, tupleset } => {
            let named = named(case, tupleset).into_iter();
            let objects = named.filter(|subject| matches!(subject, Subject::Object(_)));
            let whoever = objects.map(|next| format!("{next}#{computed}")).collect();
            format!("from {object}#{tupleset} [{}]", joined(whoever))
        }
        Rewrite::Union(parts) => format!("or ({})", all(parts)),
        Rewrite::Intersection(parts) => format!("and ({})", all(parts)),
        Rewrite::Difference(parts) => format!("({}) but not ({})", part(&parts.0), part(&parts.1)),
    }
}

proptest! {
    #![proptest_config(cases(20_000))]

    #[test]
    fn a_tree_is_the_rewrite_with_the_tuples_that_the_model_accepts(case in case()) {
        let ready = case.ready();
        let relation = case.model.relation(case.object.type_name(), case.relation);
        let relation = relation.expect("every type has every relation");
        let (object, id) = (ready.question.object, ready.question.relation);
        let tree = expand(&ready.plan, &ready.world, (object, id), Budget::default());
        let Expanded::Done(tree) = tree else {
            return Err(TestCaseError::fail("everything is loaded"));
        };
        let name = ready.world.text(&ready.names, tree.name);
        prop_assert_eq!(name, format!("{}#{}", case.object, case.relation));
        let read = text(&ready, &tree.root);
        prop_assert_eq!(read, expected(&case, relation, &relation.rewrite));
        let mut partly = Partly { world: &ready.world, loaded: BTreeSet::new() };
        match expand(&ready.plan, &partly, (object, id), Budget::default()) {
            Expanded::Missing(missing) => {
                prop_assert!(!missing.is_empty());
                partly.loaded = missing;
                let again = expand(&ready.plan, &partly, (object, id), Budget::default());
                prop_assert_eq!(again, Expanded::Done(tree), "one round names all of it");
            }
            found => prop_assert_eq!(found, Expanded::Done(tree)),
        }
    }
}
