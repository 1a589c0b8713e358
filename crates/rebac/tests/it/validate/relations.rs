//! What a relation says by itself: the relations it names and what may be assigned to it.

use rebac::{Item, Kind, Model, lint};

use super::{
    and, but_not, computed, condition, direct, doc, kinds, message, model, or, problems, relation,
    term, type_of,
};

fn reference(named: &str) -> Item {
    Item::Reference {
        type_name: "doc".to_owned(),
        relation: "viewer".to_owned(),
        named: named.to_owned(),
    }
}

#[test]
fn a_relation_that_a_rewrite_names_exists() {
    for rewrite in [
        term("gone"),
        or(&["member", "gone"]),
        and(&["member", "gone"]),
        but_not("gone", "member"),
        but_not("member", "gone"),
    ] {
        let member = direct("member", &["user"]);
        let bad = doc(vec![member.clone(), computed("viewer", rewrite.clone())]);
        assert_eq!(message(&bad), "'doc#gone' relation is undefined");
        assert_eq!(problems(&bad)[0].item, reference("gone"));
        let gone = direct("gone", &["user"]);
        assert_eq!(
            kinds(&doc(vec![gone, member, computed("viewer", rewrite)])),
            []
        );
    }
}

#[test]
fn a_mistake_is_not_reported_again_for_what_depends_on_it() {
    let relations = vec![
        computed("above", term("viewer")),
        computed("viewer", term("gone")),
        direct("members", &["doc#viewer"]),
    ];
    assert_eq!(kinds(&doc(relations)), [Kind::UndefinedRelation]);
}

#[test]
fn no_relation_is_computed_from_itself() {
    for rewrite in [
        or(&["this", "viewer"]),
        and(&["this", "viewer"]),
        but_not("this", "viewer"),
    ] {
        assert_eq!(
            message(&doc(vec![relation("viewer", rewrite, &["user"])])),
            "the definition of relation 'viewer' in object type 'doc' is invalid: \
             invalid userset rewrite definition"
        );
    }
    let alone = doc(vec![computed("viewer", term("viewer"))]);
    assert_eq!(kinds(&alone), [Kind::ComputedFromItself]);
    let through_tuples = relation("viewer", or(&["this", "viewer from parent"]), &["user"]);
    let parent = direct("parent", &["doc"]);
    assert_eq!(kinds(&doc(vec![parent, through_tuples])), []);
}

#[test]
fn a_tupleset_exists_and_is_direct() {
    let viewer = relation("viewer", or(&["this", "viewer from parent"]), &["user"]);
    let missing = doc(vec![viewer.clone()]);
    assert_eq!(message(&missing), "'doc#parent' relation is undefined");
    assert_eq!(problems(&missing)[0].item, reference("parent"));
    let root = direct("root", &["doc"]);
    for parent in [
        computed("parent", term("root")),
        relation("parent", or(&["this", "root"]), &["doc"]),
    ] {
        let bad = doc(vec![parent, root.clone(), viewer.clone()]);
        assert_eq!(
            message(&bad),
            "the 'doc#parent' relation is referenced in at least one tupleset and thus must be \
             a direct relation"
        );
        assert_eq!(problems(&bad)[0].kind, Kind::TuplesetNotDirect);
    }
    assert_eq!(kinds(&doc(vec![direct("parent", &["doc"]), viewer])), []);
}

#[test]
fn a_tupleset_takes_objects_only() {
    let with = |assignable: &str| {
        doc(vec![
            direct("parent", &["doc", assignable]),
            relation("viewer", or(&["this", "viewer from parent"]), &["user"]),
        ])
    };
    assert_eq!(
        message(&with("doc#parent")),
        "the relation type 'doc#parent' on 'parent' in object type 'doc' is not valid"
    );
    assert_eq!(kinds(&with("doc:*")), [Kind::TuplesetAssignable]);
    let second = Item::Assignable {
        type_name: "doc".to_owned(),
        relation: "parent".to_owned(),
        index: 1,
    };
    assert_eq!(problems(&with("doc:*"))[0].item, second);
    assert_eq!(kinds(&with("user")), []);
    let no_tupleset = doc(vec![direct("parent", &["doc", "doc:*", "doc#parent"])]);
    assert_eq!(kinds(&no_tupleset), []);
}

#[test]
fn a_target_exists_on_one_type_that_the_tupleset_leads_to() {
    let with = |parents: &[&str], folder: &str| {
        model(vec![
            type_of(
                "doc",
                vec![
                    direct("parent", parents),
                    computed("viewer", term("reader from parent")),
                ],
            ),
            type_of("folder", vec![direct(folder, &["user"])]),
            type_of("org", Vec::new()),
        ])
    };
    assert_eq!(kinds(&with(&["folder"], "reader")), []);
    assert_eq!(kinds(&with(&["org", "folder"], "reader")), []);
    let bad = with(&["folder", "org with c"], "writer");
    assert_eq!(
        problems(&bad)[1].message,
        "undefined relation: reader does not appear as a relation in any of the directly related \
         user types [type:\"folder\" type:\"org\" condition:\"c\"]"
    );
    assert_eq!(kinds(&with(&["org"], "reader")), [Kind::UndefinedTarget]);
}

#[test]
fn what_is_assignable_says_of_what() {
    assert_eq!(
        message(&doc(vec![direct("viewer", &[])])),
        "the assignable relation 'viewer' in object type 'doc' must contain at least one \
         relation type"
    );
    let within = relation("viewer", or(&["this", "owner"]), &[]);
    let owner = direct("owner", &["user"]);
    assert_eq!(
        kinds(&doc(vec![owner.clone(), within])),
        [Kind::NothingAssignable]
    );
    let within = relation("viewer", or(&["this", "owner"]), &["user"]);
    assert_eq!(kinds(&doc(vec![owner, within])), []);
}

#[test]
fn what_is_not_assignable_says_nothing_of_it() {
    let owner = direct("owner", &["user"]);
    let bad = doc(vec![
        owner.clone(),
        relation("viewer", term("owner"), &["user"]),
    ]);
    assert_eq!(
        message(&bad),
        "the non-assignable relation 'viewer' in object type 'doc' should not contain a \
         relation type"
    );
    assert_eq!(
        kinds(&doc(vec![owner, computed("viewer", term("owner"))])),
        []
    );
}

#[test]
fn assignable_types_and_their_relations_exist() {
    for (assignable, shown) in [
        ("gone", "gone"),
        ("gone:*", "gone"),
        ("gone#member", "gone#member"),
        ("user#member", "user#member"),
        ("doc#gone", "doc#gone"),
    ] {
        let bad = doc(vec![direct("viewer", &["user", assignable])]);
        assert_eq!(
            message(&bad),
            format!("the relation type '{shown}' on 'viewer' in object type 'doc' is not valid")
        );
        assert_eq!(problems(&bad)[0].kind, Kind::UndefinedAssignable);
    }
    let good = ["user", "user:*", "doc", "doc#viewer"];
    assert_eq!(kinds(&doc(vec![direct("viewer", &good)])), []);
}

#[test]
fn the_condition_of_an_assignable_type_exists() {
    let viewer = direct("viewer", &["user", "user:* with lately"]);
    let mut model = doc(vec![viewer]);
    assert_eq!(
        message(&model),
        "condition lately is undefined for relation viewer"
    );
    model.conditions.push(condition("lately"));
    assert_eq!(kinds(&model), []);
}

#[test]
fn problems_come_in_the_order_of_names() {
    let bad = |name: &str| type_of(name, vec![direct("z", &["doc#z"]), direct("a", &[])]);
    let doc = type_of("doc", vec![direct("z", &["user"])]);
    let model = Model {
        conditions: vec![condition("c")],
        ..model(vec![
            bad("later"),
            bad("early"),
            doc,
            type_of("self", vec![]),
        ])
    };
    let model = Model {
        types: model.types.into_iter().rev().collect(),
        ..model
    };
    let found = rebac::validate(&model, |_| Err("no".to_owned())).unwrap_err();
    let items: Vec<_> = found.into_iter().map(|problem| problem.item).collect();
    let first = |type_name: &str| Item::Relation {
        type_name: type_name.to_owned(),
        relation: "a".to_owned(),
    };
    assert_eq!(
        items,
        [
            Item::Type("self".to_owned()),
            first("early"),
            first("later"),
            Item::Expression("c".to_owned()),
        ]
    );
}

#[test]
fn authors_are_told_of_repetitions_that_servers_take() {
    let told = |model: &Model| {
        assert_eq!(kinds(model), []);
        let told = lint(model);
        told.into_iter()
            .map(|problem| problem.message)
            .collect::<Vec<_>>()
    };
    let viewer = |assignables: &[&str]| Model {
        conditions: vec![condition("c")],
        ..doc(vec![direct("viewer", assignables)])
    };
    assert_eq!(
        told(&viewer(&["user", "user:*", "user with c", "doc#viewer"])),
        [""; 0]
    );
    assert_eq!(
        told(&viewer(&["user with c", "user:*", "user:*"])),
        ["the type restriction `user:*` is a duplicate in the relation `viewer`"]
    );
    assert_eq!(
        told(&viewer(&["user"])),
        ["`c` condition is not used in the model"]
    );
    let owner = direct("owner", &["user"]);
    for rewrite in [
        or(&["owner"; 2]),
        and(&["owner"; 2]),
        but_not("owner", "owner"),
    ] {
        assert_eq!(
            told(&doc(vec![owner.clone(), computed("viewer", rewrite)])),
            ["the partial relation definition `owner` is a duplicate in the relation `viewer`"]
        );
    }
    let parents = vec![
        direct("parent", &["doc"]),
        owner,
        computed("viewer", or(&["owner from parent", "owner"])),
    ];
    assert_eq!(told(&doc(parents)), [""; 0]);
}
