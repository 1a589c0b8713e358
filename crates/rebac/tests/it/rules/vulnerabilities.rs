//! What other engines had to mend, by the number of each vulnerability.

use super::{GROUPS, Store};
use rebac::{dsl, validate};

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
