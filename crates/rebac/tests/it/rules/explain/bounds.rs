//! Explanations of what is wide, deep or dear: each ends, and says where it was cut.

use super::super::{GROUPS, Store};
use rebac::explain::{Flip, STEPS_MAX, StepKind, Verdict};
use rebac::{Answer, Budget, Failure};

#[test]
fn what_is_left_out_of_a_wide_denial_is_counted() {
    let tuples: Vec<_> = (0..10_000)
        .map(|n| format!("doc:1#viewer@group:{n}#member"))
        .collect();
    let tuples: Vec<_> = tuples.iter().map(String::as_str).collect();
    let mut store = Store::new(GROUPS, &tuples);
    let explanation = store.explanation("doc:1#viewer@user:ann", Budget::default());
    assert_eq!(explanation.steps.len(), STEPS_MAX);
    assert!(explanation.is_cut());
    let left_out: usize = explanation.steps.iter().map(|step| step.left_out).sum();
    let shown = explanation.steps.iter();
    let shown = shown.filter(|step| matches!(step.kind, StepKind::Tuple(_)));
    assert!(shown.count() + left_out >= 10_000, "{left_out}");
    let text = explanation.to_text(&store);
    assert!(text.contains(" more, left out"), "{text}");
    assert!(matches!(explanation.flip, Flip::Add(_)));
}

#[test]
fn an_explanation_ends_with_its_budget() {
    let mut store = Store::new(GROUPS, &["doc:1#viewer@group:staff#member"]);
    let budget = Budget {
        steps: 2,
        ..Budget::default()
    };
    let explanation = store.explanation("doc:1#viewer@user:ann", budget);
    assert_eq!(explanation.verdict, Verdict::Failed(Failure::TooManySteps));
    assert_eq!(explanation.flip, Flip::NoAnswer);
    // Enough for the answer, and not for all of its explanation.
    let link = |n: u32| format!("folder:{n}#parent@folder:{}", n + 1);
    let mut tuples: Vec<_> = (0..10).map(link).collect();
    tuples.push("folder:10#viewer@user:ann".to_owned());
    let tuples: Vec<_> = tuples.iter().map(String::as_str).collect();
    let mut store = Store::new(GROUPS, &tuples);
    let question = "folder:0#viewer@user:ann";
    let mut seen = [false; 3];
    for steps in (1..3_000).step_by(5) {
        let budget = Budget { steps, ..budget };
        let explanation = store.explanation(question, budget);
        let is_allowed = store.ask_within(question, budget) == Answer::Allowed;
        assert_eq!(explanation.verdict == Verdict::Allowed, is_allowed);
        let place = match (is_allowed, explanation.is_cut()) {
            (false, _) => 0,
            (true, true) => 1,
            (true, false) => 2,
        };
        seen[place] = true;
    }
    assert_eq!(seen, [true; 3], "refused, cut and whole");
}

/// A chain as deep as is allowed is told to its end, and a deeper one up to where it is cut.
#[test]
fn a_deep_chain_is_told_as_far_as_it_is_followed() {
    for (length, is_allowed) in [(24, true), (25, false)] {
        let link = |n: u32| format!("folder:{n}#parent@folder:{}", n + 1);
        let mut tuples: Vec<_> = (0..length).map(link).collect();
        tuples.push(format!("folder:{length}#viewer@user:ann"));
        let tuples: Vec<_> = tuples.iter().map(String::as_str).collect();
        let mut store = Store::new(GROUPS, &tuples);
        let explanation = store.explanation("folder:0#viewer@user:ann", Budget::default());
        assert!(!explanation.is_cut());
        if is_allowed {
            assert_eq!(explanation.granting().count(), 25);
        } else {
            assert_eq!(explanation.verdict, Verdict::Failed(Failure::TooDeep));
            let text = explanation.to_text(&store);
            let last = "! folder:25#viewer: the relation is not resolved within the allowed depth";
            assert!(text.contains(last), "{text}");
        }
    }
}

/// Three ways at each of seven levels, and what was told once is not told again.
#[test]
fn branches_that_meet_again_are_told_once() {
    let mut model = "model\n  schema 1.1\ntype user\ntype doc\n  relations\n".to_owned();
    model.push_str("    define no: [user]\n    define a0: [user]\n");
    for level in 1..=7 {
        let below = level - 1;
        let way = format!("(a{below} but not no)");
        let line = format!("    define a{level}: ({way} or {way}) or {way}\n");
        model.push_str(&line);
    }
    let mut store = Store::new(&model, &[]);
    let explanation = store.explanation("doc:1#a7@user:ann", Budget::default());
    assert_eq!(explanation.verdict, Verdict::Denied);
    assert!(!explanation.is_cut() && explanation.steps.len() < 100);
    let text = explanation.to_text(&store);
    assert!(text.contains("as told elsewhere of doc:1#a6"), "{text}");
    assert!(
        text.ends_with("with doc:1#a0@user:ann it would be allowed\n"),
        "{text}"
    );
}

/// However many tuples more would turn nothing, the one tuple less that does is found.
#[test]
fn a_crowd_of_vain_additions_does_not_hide_the_removal_that_turns_the_answer() {
    let mut tuples: Vec<_> = (0..1_000)
        .map(|n| format!("doc:1#parent@folder:{n}"))
        .collect();
    tuples.push("folder:0#viewer@user:ann".to_owned());
    tuples.push("doc:1#blocked@user:ann".to_owned());
    let tuples: Vec<_> = tuples.iter().map(String::as_str).collect();
    let mut store = Store::new(GROUPS, &tuples);
    let text = store.explain("doc:1#reader@user:ann");
    let last = "without doc:1#blocked@user:ann it would be allowed\n";
    assert!(text.ends_with(last), "{text}");
}
