//! The rules of evaluation, one by one, on models that a person can read. Those that bear a number
//! are about vulnerabilities that other engines had.

use rebac::{
    Answer, Budget, Conditional, Conditions, Failure, ListQuestion, NameId, Names, Plan, Question,
    World, check, dsl, list_objects, validate,
};
use types::{Object, Subject, TupleKey};

/// A model with tuples.
struct Store {
    names: Names,
    plan: Plan,
    world: World,
    broken: NameId,
}

impl Store {
    /// Tuples are written `object#relation@subject`, with ` with condition` behind it where they
    /// have one.
    fn new(model: &str, tuples: &[&str]) -> Self {
        let (model, _) = dsl::parse(model).expect("it is a model");
        validate(&model, |_| Ok(())).expect("it is valid");
        Self::unchecked(&model, tuples)
    }

    fn unchecked(model: &rebac::Model, tuples: &[&str]) -> Self {
        let mut names = Names::default();
        let plan = Plan::new(model, &mut names);
        let broken = names.add("broken");
        let mut store = Self {
            names,
            plan,
            world: World::default(),
            broken,
        };
        for tuple in tuples {
            store.add(tuple);
        }
        store
    }

    fn add(&mut self, tuple: &str) {
        let (key, condition) = tuple.split_once(" with ").unwrap_or((tuple, ""));
        let condition = (!condition.is_empty()).then(|| Conditional {
            name: self.names.add(condition),
            context: 0,
        });
        self.world.add(&mut self.names, &key_of(key), condition);
    }

    fn ask_within(&mut self, question: &str, budget: Budget) -> Answer<&'static str> {
        let key = key_of(question);
        let object = self.world.object(&mut self.names, &key.object);
        let type_name = self.names.add(key.object.type_name());
        let relation = self.plan.relation(type_name, self.names.add(&key.relation));
        let question = Question {
            object,
            relation: relation.expect("the relation exists"),
            subject: self.world.subject(&mut self.names, &key.subject),
        };
        let mut conditions = Named(self.broken);
        check(&self.plan, &self.world, &mut conditions, question, budget)
    }

    fn ask(&mut self, question: &str) -> Answer<&'static str> {
        self.ask_within(question, Budget::default())
    }

    #[track_caller]
    fn allows(&mut self, question: &str) {
        assert_eq!(self.ask(question), Answer::Allowed, "{question}");
    }

    #[track_caller]
    fn denies(&mut self, question: &str) {
        assert_eq!(self.ask(question), Answer::Denied, "{question}");
    }

    /// How many objects of the relation's type the subject has it to, and what stood in the way.
    fn list(&mut self, type_name: &str, relation: &str, subject: &str) -> (usize, bool, bool) {
        let subject = Subject::parse(subject).expect("a subject");
        let relation = self.names.add(relation);
        let relation = self.plan.relation(self.names.add(type_name), relation);
        let question = ListQuestion {
            relation: relation.expect("the relation exists"),
            subject: self.world.subject(&mut self.names, &subject),
            results: 10,
        };
        let mut conditions = Named(self.broken);
        let budget = Budget::default();
        let listed = list_objects(&self.plan, &self.world, &mut conditions, question, budget);
        (
            listed.objects.len(),
            listed.failure.is_some(),
            listed.is_cut,
        )
    }
}

/// All conditions hold but the one of this name, which nobody can judge.
struct Named(NameId);

impl Conditions for Named {
    type Error = &'static str;

    fn holds(&mut self, conditional: Conditional) -> Result<bool, &'static str> {
        if conditional.name == self.0 {
            return Err("a parameter is missing");
        }
        Ok(true)
    }
}

fn key_of(text: &str) -> TupleKey {
    let (object, rest) = text.split_once('#').expect("object#relation@subject");
    let (relation, subject) = rest.split_once('@').expect("relation@subject");
    TupleKey {
        subject: Subject::parse(subject).expect("a subject"),
        relation: relation.to_owned(),
        object: Object::parse(object).expect("an object"),
    }
}

const GROUPS: &str = "
model
  schema 1.1
type user
type group
  relations
    define member: [user, user:*, group#member]
type folder
  relations
    define parent: [folder]
    define viewer: [user, group#member] or viewer from parent
type doc
  relations
    define parent: [folder]
    define blocked: [user, group#member]
    define viewer: [user, user:*, group#member] or viewer from parent
    define reader: viewer but not blocked
    define both: viewer and reader
";

#[test]
fn unions_groups_and_folders_grant() {
    let mut store = Store::new(
        GROUPS,
        &[
            "group:all#member@group:staff#member",
            "group:staff#member@user:ann",
            "folder:root#viewer@group:all#member",
            "folder:sub#parent@folder:root",
            "doc:1#parent@folder:sub",
        ],
    );
    store.allows("doc:1#viewer@user:ann");
    store.allows("doc:1#viewer@group:staff#member");
    store.allows("doc:1#both@user:ann");
    store.denies("doc:1#viewer@user:bob");
    store.denies("doc:1#viewer@group:other#member");
    assert_eq!(store.list("doc", "reader", "user:ann"), (1, false, false));
}

#[test]
fn whoever_has_a_relation_has_it() {
    let mut store = Store::new(GROUPS, &[]);
    store.allows("doc:1#viewer@doc:1#viewer");
    store.denies("doc:1#viewer@doc:2#viewer");
    store.denies("doc:1#viewer@doc:1#blocked");
}

#[test]
fn a_public_tuple_grants_objects_of_its_type_and_not_groups_of_them() {
    let mut store = Store::new(GROUPS, &["doc:1#viewer@user:*"]);
    store.allows("doc:1#viewer@user:ann");
    store.allows("doc:1#viewer@user:*");
    store.denies("doc:1#viewer@group:staff#member");
    store.denies("doc:1#viewer@folder:x");
}

#[test]
fn exclusion_takes_away_what_groups_and_the_public_have() {
    let mut store = Store::new(
        GROUPS,
        &[
            "doc:1#viewer@user:*",
            "doc:1#blocked@group:bad#member",
            "group:bad#member@user:eve",
        ],
    );
    store.allows("doc:1#reader@user:ann");
    store.denies("doc:1#reader@user:eve");
    assert_eq!(store.list("doc", "reader", "user:eve"), (0, false, false));
}

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

const CONDITIONS: &str = "
model
  schema 1.1
type user
type group
  relations
    define member: [user, user with broken]
type doc
  relations
    define viewer: [user, user:* with fine, user with broken, group#member with broken]
    define blocked: [user with broken]
    define reader: viewer but not blocked
condition fine(x: bool) {
  x
}
condition broken(x: bool) {
  x
}
";

#[test]
fn an_error_is_told_only_where_nothing_decides() {
    let mut store = Store::new(CONDITIONS, &["doc:1#viewer@user:ann with broken"]);
    let failure = Answer::Failed(Failure::Condition("a parameter is missing"));
    assert_eq!(store.ask("doc:1#viewer@user:ann"), failure);
    store.denies("doc:1#viewer@user:bob");
    store.add("doc:1#viewer@user:* with fine");
    store.allows("doc:1#viewer@user:ann");
    store.add("doc:1#blocked@user:ann with broken");
    assert_eq!(store.ask("doc:1#reader@user:ann"), failure);
    store.allows("doc:1#reader@user:bob");
    store.denies("doc:2#reader@user:ann");
}

#[test]
fn a_list_says_when_a_condition_hid_something() {
    let mut store = Store::new(
        CONDITIONS,
        &[
            "group:g#member@user:ann",
            "doc:1#viewer@group:g#member with broken",
            "doc:2#viewer@user:ann",
            "doc:3#viewer@user:* with fine",
        ],
    );
    assert_eq!(store.list("doc", "viewer", "user:ann"), (2, true, false));
    assert_eq!(store.list("doc", "viewer", "user:bob"), (1, false, false));
}

/// Nothing but what the model allows today counts, whatever older models let in.
#[test]
fn cve_2022_39341_39342_tuples_of_older_models_do_not_grant() {
    let mut store = Store::new(
        GROUPS,
        &[
            "folder:1#viewer@user:*",
            "folder:2#viewer@folder:x#viewer",
            "folder:x#viewer@user:ann",
            "doc:1#parent@folder:x#viewer",
            "doc:1#parent@doc:2",
            "doc:2#viewer@user:ann",
            "doc:3#reader@user:ann",
            "doc:4#viewer@user:ann with fine",
        ],
    );
    store.denies("folder:1#viewer@user:ann");
    store.denies("folder:2#viewer@user:ann");
    store.denies("doc:1#viewer@user:ann");
    store.denies("doc:3#reader@user:ann");
    store.denies("doc:4#viewer@user:ann");
    assert_eq!(store.list("doc", "viewer", "user:ann").0, 1, "doc:2 alone");
}

#[test]
fn cve_2022_39352_23542_a_public_tupleset_leads_nowhere() {
    let mut store = Store::new(
        GROUPS,
        &["folder:root#viewer@user:ann", "doc:1#parent@folder:*"],
    );
    store.denies("doc:1#viewer@user:ann");
}

#[test]
fn cve_2024_31452_exclusion_behind_from_and_usersets_holds() {
    let model = "
model
  schema 1.1
type user
type team
  relations
    define banned: [user]
    define member: [user] but not banned
type doc
  relations
    define owner: [team]
    define viewer: [team#member] or member from owner
";
    let tuples = [
        "team:1#member@user:eve",
        "team:1#banned@user:eve",
        "doc:1#viewer@team:1#member",
        "doc:2#owner@team:1",
    ];
    let mut store = Store::new(model, &tuples);
    for doc in ["doc:1", "doc:2"] {
        store.denies(&format!("{doc}#viewer@user:eve"));
    }
    assert_eq!(store.list("doc", "viewer", "user:eve"), (0, false, false));
    store.add("team:1#member@user:ann");
    assert_eq!(store.list("doc", "viewer", "user:ann"), (2, false, false));
}

/// A wildcard and a userset of the same relation, and objects whose names are alike.
#[test]
fn cve_2025_25196_64751_public_and_userset_tuples_are_not_mixed_up() {
    let mut store = Store::new(
        GROUPS,
        &[
            "doc:10#viewer@user:*",
            "doc:1#viewer@group:g#member",
            "group:g#member@user:ann",
        ],
    );
    store.denies("doc:1#viewer@user:bob");
    store.denies("doc:11#viewer@user:bob");
    store.denies("doc:10#viewer@group:g#member");
    assert_eq!(store.list("doc", "viewer", "user:bob"), (1, false, false));
}

/// A no that rests on a cut circle must not be remembered for other paths.
#[test]
fn cve_2025_46331_what_a_circle_cut_short_is_not_remembered() {
    let model = "
model
  schema 1.1
type user
type group
  relations
    define no: [user]
    define inner: [user, group#outer] but not no
    define outer: ([user, group#inner] but not no)
    define both: outer and inner
";
    let tuples = [
        "group:1#outer@group:1#inner",
        "group:1#inner@group:1#outer",
        "group:1#outer@group:2#outer",
        "group:2#outer@user:ann",
    ];
    let mut store = Store::new(model, &tuples);
    // `group:2#outer` is allowed for `outer` by no type: only `group#inner` is.
    store.denies("group:1#both@user:ann");
    store.add("group:1#inner@group:2#outer");
    store.allows("group:1#inner@user:ann");
    store.allows("group:1#outer@user:ann");
    store.allows("group:1#both@user:ann");
}

#[test]
fn cve_2026_55170_names_are_compared_byte_by_byte() {
    let mut store = Store::new(GROUPS, &["doc:Foo#viewer@user:Ann"]);
    store.denies("doc:foo#viewer@user:Ann");
    store.denies("doc:Foo#viewer@user:ann");
    store.allows("doc:Foo#viewer@user:Ann");
}

/// No valid model goes in circles by itself; evaluation ends even so.
#[test]
fn cve_2023_43645_a_model_that_names_itself_ends() {
    let text = "model\n  schema 1.1\ntype user\ntype doc\n  relations\n    define a: b\n    \
                define b: a but not c\n    define c: b or a\n";
    let (model, _) = dsl::parse(text).expect("it can be read");
    assert!(validate(&model, |_| Ok(())).is_err());
    let mut store = Store::unchecked(&model, &[]);
    for relation in ["a", "b", "c"] {
        store.denies(&format!("doc:1#{relation}@user:ann"));
    }
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
