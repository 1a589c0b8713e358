//! What an expansion shows, and what it must not.

use super::{GROUPS, Store};
use rebac::{Branch, Budget, Expanded, Graph, Names, World, expand};
use types::Object;

impl Store {
    /// The tree of a relation, written as one line.
    fn expand(&mut self, object: &str, relation: &str) -> String {
        let object = Object::parse(object).expect("an object");
        let object = self.world.object(&mut self.names, &object);
        let type_name = self.world.type_of(object).expect("it has a type");
        let relation = self.plan.relation(type_name, self.names.add(relation));
        let relation = relation.expect("the relation exists");
        let budget = Budget::default();
        let expanded = expand(&self.plan, &self.world, (object, relation), budget);
        let Expanded::Done(tree) = expanded else {
            panic!("{expanded:?}");
        };
        let name = self.world.text(&self.names, tree.name);
        format!("{name}: {}", line(&self.world, &self.names, &tree.root))
    }
}

fn line(world: &World, names: &Names, branch: &Branch) -> String {
    let one = |subject: &rebac::Subject| world.text(names, *subject);
    let list = |subjects: &[rebac::Subject]| subjects.iter().map(one).collect::<Vec<_>>().join(" ");
    let part = |branch: &Branch| line(world, names, branch);
    let all = |branches: &[Branch]| branches.iter().map(part).collect::<Vec<_>>();
    match branch {
        Branch::Users(users) => format!("[{}]", list(users)),
        Branch::Computed(whoever) => one(whoever),
        Branch::From { tupleset, computed } => format!("{} -> {}", one(tupleset), list(computed)),
        Branch::Union(branches) => all(branches).join(" or "),
        Branch::Intersection(branches) => all(branches).join(" and "),
        Branch::Difference(parts) => format!("{} but not {}", part(&parts.0), part(&parts.1)),
    }
}

#[test]
fn a_tree_shows_one_level_and_goes_no_deeper() {
    let mut store = Store::new(
        GROUPS,
        &[
            "doc:1#viewer@group:all#member",
            "doc:1#viewer@user:ann",
            "doc:1#viewer@user:*",
            "doc:1#parent@folder:root",
            "doc:1#blocked@user:eve",
            "folder:root#viewer@user:bob",
            "group:all#member@user:carl",
        ],
    );
    assert_eq!(
        store.expand("doc:1", "viewer"),
        "doc:1#viewer: [group:all#member user:ann user:*] or doc:1#parent -> folder:root#viewer"
    );
    assert_eq!(
        store.expand("doc:1", "reader"),
        "doc:1#reader: doc:1#viewer but not doc:1#blocked"
    );
    assert_eq!(
        store.expand("doc:1", "both"),
        "doc:1#both: doc:1#viewer and doc:1#reader"
    );
    assert_eq!(store.expand("doc:2", "blocked"), "doc:2#blocked: []");
}

#[test]
fn a_tree_judges_no_condition() {
    let model = "
model
  schema 1.1
type user
type doc
  relations
    define viewer: [user with broken, user:* with broken]
condition broken(x: bool) {
  x
}
";
    let tuples = [
        "doc:1#viewer@user:ann with broken",
        "doc:1#viewer@user:* with broken",
    ];
    let mut store = Store::new(model, &tuples);
    assert_eq!(
        store.expand("doc:1", "viewer"),
        "doc:1#viewer: [user:ann user:*]"
    );
}

/// Tuples that an older model let in are not shown as if they granted anything.
#[test]
fn cve_2022_39341_39342_a_tree_leaves_out_tuples_of_older_models() {
    let tuples = [
        "folder:1#viewer@user:*",
        "folder:1#viewer@folder:2#viewer",
        "folder:1#viewer@user:bob with fine",
        "folder:1#viewer@user:ann",
        "folder:1#parent@doc:9",
    ];
    let mut store = Store::new(GROUPS, &tuples);
    assert_eq!(
        store.expand("folder:1", "viewer"),
        "folder:1#viewer: [user:ann] or folder:1#parent -> "
    );
}

/// What a tupleset names as a userset or as everybody leads nowhere, and the tree says so.
#[test]
fn cve_2022_39352_23542_a_tree_leads_through_no_userset_and_no_wildcard() {
    let tuples = [
        "doc:1#parent@folder:*",
        "doc:1#parent@folder:2#viewer",
        "doc:1#parent@folder:3",
    ];
    let mut store = Store::new(GROUPS, &tuples);
    assert_eq!(
        store.expand("doc:1", "viewer"),
        "doc:1#viewer: [] or doc:1#parent -> folder:3#viewer"
    );
}

/// Wildcards, usersets and objects whose names begin alike are kept apart.
#[test]
fn cve_2025_25196_64751_a_tree_does_not_mix_public_and_userset_tuples() {
    let mut store = Store::new(
        GROUPS,
        &["doc:10#viewer@user:*", "doc:1#viewer@group:g#member"],
    );
    let parents = "or doc:1#parent -> ";
    assert_eq!(
        store.expand("doc:1", "viewer"),
        format!("doc:1#viewer: [group:g#member] {parents}")
    );
}

#[test]
fn more_users_than_there_are_steps_for_are_no_tree() {
    let viewers = [
        "doc:1#viewer@user:1",
        "doc:1#viewer@user:2",
        "doc:1#viewer@user:3",
    ];
    let mut store = Store::new(
        "model\n  schema 1.1\ntype user\ntype doc\n  relations\n    define viewer: [user]\n",
        &viewers,
    );
    let object = Object::parse("doc:1").unwrap();
    let object = store.world.object(&mut store.names, &object);
    let (doc, viewer) = (
        store.names.find("doc").unwrap(),
        store.names.find("viewer").unwrap(),
    );
    let relation = store.plan.relation(doc, viewer).unwrap();
    for (steps, is_done) in [(2, false), (3, true)] {
        let budget = Budget { steps, depth: 1 };
        let expanded = expand(&store.plan, &store.world, (object, relation), budget);
        assert_eq!(matches!(expanded, Expanded::Done(_)), is_done);
        assert_eq!(expanded == Expanded::TooManySteps, !is_done);
    }
}

/// Where OpenFGA's two engines answer checks differently, a tree goes one level deep all the same:
/// it names what a tuple or the rewrite names, and decides nothing.
#[test]
fn the_six_cases_in_which_engines_differ_are_shown_as_they_are_written() {
    let model = "
model
  schema 1.1
type user
type group
  relations
    define parent: [group]
    define member: [user, group#member]
    define alias: member
    define inherited: member from parent
    define blocked: [user]
    define active: [user] but not blocked
type doc
  relations
    define itself: [user, doc#itself]
    define aliased: [group#alias]
    define editor: [user]
    define same: [doc#editor] or editor
    define through: [group#inherited]
    define excluding: [group#active] but not editor
    define public: [user:*] but not editor
";
    let tuples = [
        "doc:1#itself@doc:1#itself",
        "doc:1#itself@user:ann",
        "doc:1#aliased@group:g#alias",
        "doc:1#same@doc:1#editor",
        "doc:1#editor@user:bob",
        "doc:1#through@group:g#inherited",
        "doc:1#excluding@group:g#active",
        "doc:1#public@user:*",
        "group:g#member@user:ann",
        "group:g#blocked@user:ann",
        "group:g#parent@group:h",
    ];
    let mut store = Store::new(model, &tuples);
    for (relation, expected) in [
        ("itself", "[doc:1#itself user:ann]"),
        ("aliased", "[group:g#alias]"),
        ("same", "[doc:1#editor] or doc:1#editor"),
        ("through", "[group:g#inherited]"),
        ("excluding", "[group:g#active] but not doc:1#editor"),
        ("public", "[user:*] but not doc:1#editor"),
    ] {
        let expected = format!("doc:1#{relation}: {expected}");
        assert_eq!(store.expand("doc:1", relation), expected);
    }
    assert_eq!(
        store.expand("group:g", "inherited"),
        "group:g#inherited: group:g#parent -> group:h#member"
    );
    assert_eq!(
        store.expand("group:g", "alias"),
        "group:g#alias: group:g#member"
    );
}
