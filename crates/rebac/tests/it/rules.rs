//! The rules of evaluation, one by one, on models that a person can read.

mod bounds;
mod expand;
mod explain;
mod listening;
mod vulnerabilities;

use rebac::{
    Answer, Budget, Conditional, Conditions, Failure, Graph, ListQuestion, NameId, Names, Plan,
    Question, UsersQuestion, World, check, dsl, list_objects, list_users, validate,
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

    fn question(&mut self, question: &str) -> Question {
        let key = key_of(question);
        let object = self.world.object(&mut self.names, &key.object);
        let type_name = self.names.add(key.object.type_name());
        let relation = self.plan.relation(type_name, self.names.add(&key.relation));
        Question {
            object,
            relation: relation.expect("the relation exists"),
            subject: self.world.subject(&mut self.names, &key.subject),
        }
    }

    fn ask_within(&mut self, question: &str, budget: Budget) -> Answer<&'static str> {
        let question = self.question(question);
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
        (listed.found.len(), listed.failure.is_some(), listed.is_cut)
    }

    /// Who has a relation, as texts.
    fn users(&mut self, object: &str, relation: &str, kind: (&str, Option<&str>)) -> Vec<String> {
        let object = self
            .world
            .object(&mut self.names, &Object::parse(object).expect("an object"));
        let type_name = self.world.type_of(object).expect("it has a type");
        let relation = self.plan.relation(type_name, self.names.add(relation));
        let question = UsersQuestion {
            object,
            relation: relation.expect("the relation exists"),
            type_name: self.names.add(kind.0),
            of_relation: kind.1.map(|relation| self.names.add(relation)),
            results: 10,
        };
        let mut conditions = Named(self.broken);
        let budget = Budget::default();
        let listed = list_users(&self.plan, &self.world, &mut conditions, question, budget);
        let text = |subject: &rebac::Subject| self.world.text(&self.names, *subject);
        listed.found.iter().map(text).collect()
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

#[test]
fn users_of_an_intersection_are_those_named_where_it_is_narrower() {
    let model = "
model
  schema 1.1
type user
type doc
  relations
    define open: [user, user:*]
    define paid: [user, user:*]
    define both: open and paid
    define unpaid: open but not paid
";
    let mut store = Store::new(model, &["doc:1#open@user:*", "doc:1#paid@user:ann"]);
    assert_eq!(store.users("doc:1", "both", ("user", None)), ["user:ann"]);
    assert_eq!(store.users("doc:1", "unpaid", ("user", None)), ["user:*"]);
    store.add("doc:1#paid@user:*");
    assert_eq!(
        store.users("doc:1", "both", ("user", None)),
        ["user:*", "user:ann"]
    );
    assert_eq!(store.users("doc:1", "unpaid", ("user", None)), [""; 0]);
}

#[test]
fn groups_on_the_way_are_users_of_their_kind() {
    let tuples = [
        "group:all#member@group:staff#member",
        "folder:root#viewer@group:all#member",
        "doc:1#parent@folder:root",
    ];
    let mut store = Store::new(GROUPS, &tuples);
    let found = store.users("doc:1", "viewer", ("group", Some("member")));
    assert_eq!(found, ["group:all#member", "group:staff#member"]);
    let found = store.users("doc:1", "viewer", ("folder", Some("viewer")));
    assert_eq!(found, ["folder:root#viewer"]);
    assert_eq!(store.users("doc:1", "viewer", ("group", None)), [""; 0]);
}
