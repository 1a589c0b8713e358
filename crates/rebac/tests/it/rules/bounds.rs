//! Circles, depth, width and branches: every evaluation ends, and soon.

use super::{CONDITIONS, GROUPS, Store};
use rebac::{Answer, Budget, Conditional, Conditions, Failure, check};

#[test]
fn circles_of_groups_deny_and_do_not_hang() {
    let mut store = Store::new(
        GROUPS,
        &[
            "group:a#member@group:b#member",
            "group:b#member@group:a#member",
            "doc:1#viewer@group:a#member",
            "doc:2#viewer@user:ann",
            "doc:2#blocked@group:a#member",
        ],
    );
    store.denies("doc:1#viewer@user:ann");
    // Nobody can say that she is in none of groups that contain each other.
    store.denies("doc:2#reader@user:ann");
    store.add("group:b#member@user:ann");
    store.allows("doc:1#viewer@user:ann");
}

#[test]
fn a_circle_of_ten_thousand_groups_costs_its_depth() {
    let tuples: Vec<_> = (0..10_000)
        .map(|n| format!("group:{n}#member@group:{}#member", (n + 1) % 10_000))
        .collect();
    let tuples: Vec<_> = tuples.iter().map(String::as_str).collect();
    let mut store = Store::new(GROUPS, &tuples);
    let failure = Answer::Failed(Failure::TooDeep);
    assert_eq!(store.ask("group:0#member@user:ann"), failure);
    let few = Budget {
        steps: 200,
        ..Budget::default()
    };
    assert_eq!(store.ask_within("group:0#member@user:ann", few), failure);
}

#[test]
fn depth_ends_after_as_many_tuples_as_are_allowed() {
    let chain = |length: u32| {
        let link = |n: u32| format!("folder:{n}#parent@folder:{}", n + 1);
        let mut tuples: Vec<_> = (0..length).map(link).collect();
        tuples.push(format!("folder:{length}#viewer@user:ann"));
        tuples
    };
    for (length, is_allowed) in [(24, true), (25, false)] {
        let tuples = chain(length);
        let tuples: Vec<_> = tuples.iter().map(String::as_str).collect();
        let mut store = Store::new(GROUPS, &tuples);
        let answer = store.ask("folder:0#viewer@user:ann");
        assert_eq!(
            answer == Answer::Allowed,
            is_allowed,
            "{length}: {answer:?}"
        );
        if !is_allowed {
            assert_eq!(answer, Answer::Failed(Failure::TooDeep));
        }
    }
}

#[test]
fn a_wide_set_ends_with_the_steps() {
    let tuples: Vec<_> = (0..100_000)
        .map(|n| format!("doc:1#viewer@group:{n}#member"))
        .collect();
    let tuples: Vec<_> = tuples.iter().map(String::as_str).collect();
    let mut store = Store::new(GROUPS, &tuples);
    store.denies("doc:1#viewer@user:ann");
    let few = Budget {
        steps: 1_000,
        ..Budget::default()
    };
    let answer = store.ask_within("doc:1#viewer@user:ann", few);
    assert_eq!(answer, Answer::Failed(Failure::TooManySteps));
    store.add("doc:1#viewer@user:ann");
    let answer = store.ask_within("doc:1#viewer@user:ann", few);
    assert_eq!(answer, Answer::Allowed, "what grants is looked at first");
}

/// Seven levels with three ways each: 2,187 branches without a memory.
#[test]
fn branches_that_meet_again_are_walked_once() {
    let mut model = "model\n  schema 1.1\ntype user\ntype doc\n  relations\n".to_owned();
    model.push_str("    define no: [user]\n    define a0: [user]\n");
    for level in 1..=7 {
        let below = level - 1;
        let way = format!("(a{below} but not no)");
        let line = format!("    define a{level}: ({way} or {way}) or {way}\n");
        model.push_str(&line);
    }
    let mut store = Store::new(&model, &[]);
    let few = Budget {
        steps: 100,
        ..Budget::default()
    };
    assert_eq!(store.ask_within("doc:1#a7@user:ann", few), Answer::Denied);
    store.add("doc:1#a0@user:ann");
    assert_eq!(store.ask_within("doc:1#a7@user:ann", few), Answer::Allowed);
}

#[test]
fn a_list_ends_with_the_wanted_number_and_says_so() {
    let tuples: Vec<_> = (0..20)
        .map(|n| format!("doc:{n}#viewer@user:ann"))
        .collect();
    let tuples: Vec<_> = tuples.iter().map(String::as_str).collect();
    let mut store = Store::new(GROUPS, &tuples);
    assert_eq!(store.list("doc", "viewer", "user:ann"), (10, false, true));
}

/// Conditions all of which hold, each for ten steps.
struct Dear(u64);

impl Conditions for Dear {
    type Error = ();

    fn holds(&mut self, _: Conditional) -> Result<bool, ()> {
        self.0 += 10;
        Ok(true)
    }

    fn take_steps(&mut self) -> u64 {
        std::mem::take(&mut self.0)
    }
}

#[test]
fn what_conditions_take_comes_out_of_the_steps() {
    let tuples: Vec<_> = (0..100)
        .map(|n| format!("doc:1#viewer@group:{n}#member with broken"))
        .collect();
    let tuples: Vec<_> = tuples.iter().map(String::as_str).collect();
    let mut store = Store::new(CONDITIONS, &tuples);
    let question = store.question("doc:1#viewer@user:ann");
    let ask = |steps| {
        let budget = Budget {
            steps,
            ..Budget::default()
        };
        check(&store.plan, &store.world, &mut Dear(0), question, budget)
    };
    // 100 tuples and the 100 groups behind them, and ten steps for each condition.
    assert_eq!(ask(1_000), Answer::Failed(Failure::TooManySteps));
    assert_eq!(ask(1_300), Answer::Denied);
}

/// With more steps there may be an answer, and then nobody asks what is wrong with a condition.
#[test]
fn that_steps_are_used_up_is_told_before_a_condition() {
    let mut tuples = vec!["doc:1#viewer@user:ann with broken".to_owned()];
    tuples.extend((0..100).map(|n| format!("doc:1#viewer@group:{n}#member with broken")));
    let tuples: Vec<_> = tuples.iter().map(String::as_str).collect();
    let mut store = Store::new(CONDITIONS, &tuples);
    let question = "doc:1#viewer@user:ann";
    let few = Budget {
        steps: 20,
        ..Budget::default()
    };
    let too_few = Answer::Failed(Failure::TooManySteps);
    assert_eq!(store.ask_within(question, few), too_few);
    let broken = Answer::Failed(Failure::Condition("a parameter is missing"));
    assert_eq!(store.ask(question), broken);
}

/// Groups that contain each other, from the first to the last, whose member is ann.
fn chain(groups: std::ops::RangeInclusive<u32>) -> Vec<String> {
    let last = *groups.end();
    let link = |n: u32| format!("group:{n}#member@group:{}#member", n + 1);
    let mut tuples: Vec<_> = (*groups.start()..last).map(link).collect();
    tuples.push(format!("group:{last}#member@user:ann"));
    tuples
}

const EDITORS: &str = "
model
  schema 1.1
type user
type group
  relations
    define member: [user, group#member]
type doc
  relations
    define viewer: [user, group#member] or editor
    define editor: [user, group#member]
";

#[test]
fn the_shortest_way_counts() {
    let mut tuples = chain(1..=24);
    // By one relation it is a tuple further than by the other, which is looked at later.
    for tuple in [
        "doc:1#viewer@group:x#member",
        "group:x#member@group:1#member",
        "doc:1#editor@group:1#member",
    ] {
        tuples.push(tuple.to_owned());
    }
    let tuples: Vec<_> = tuples.iter().map(String::as_str).collect();
    let mut store = Store::new(EDITORS, &tuples);
    store.allows("doc:1#viewer@user:ann");
    let failure = Answer::Failed(Failure::TooDeep);
    assert_eq!(store.ask("group:x#member@user:ann"), Answer::Allowed);
    store.add("group:w#member@group:x#member");
    assert_eq!(store.ask("group:w#member@user:ann"), failure);
}

#[test]
fn a_list_reaches_no_further_than_checks() {
    for (last, found) in [(24, (1, false, false)), (25, (0, true, false))] {
        let mut tuples = chain(1..=last);
        tuples.push("doc:1#viewer@group:1#member".to_owned());
        let tuples: Vec<_> = tuples.iter().map(String::as_str).collect();
        let mut store = Store::new(EDITORS, &tuples);
        let is_allowed = store.ask("doc:1#viewer@user:ann") == Answer::Allowed;
        assert_eq!(is_allowed, found.0 == 1, "{last}");
        assert_eq!(store.list("doc", "viewer", "user:ann"), found, "{last}");
    }
}
