//! Relations that nobody can have, and relations that wait for themselves.

use rebac::{Kind, Model, Relation, Rewrite};

use super::{
    and, but_not, computed, direct, doc, kinds, message, model, or, problems, relation, term,
    type_of,
};

fn invalid(relation: &str, reason: &str) -> String {
    format!("the definition of relation '{relation}' in object type 'doc' is invalid: {reason}")
}

#[test]
fn somebody_can_have_every_relation() {
    let nobody = |relations: Vec<Relation>| {
        let model = doc(relations);
        assert_eq!(message(&model), invalid("viewer", "no entrypoints defined"));
    };
    let editor = direct("editor", &["user"]);
    let parent = direct("parent", &["doc"]);
    nobody(vec![direct("viewer", &["doc#viewer"])]);
    let selves = ["doc#viewer"];
    nobody(vec![
        editor.clone(),
        relation("viewer", and(&["this", "editor"]), &selves),
    ]);
    nobody(vec![
        editor.clone(),
        relation("viewer", but_not("this", "editor"), &selves),
    ]);
    nobody(vec![
        editor.clone(),
        relation("viewer", but_not("editor", "this"), &selves),
    ]);
    nobody(vec![
        parent.clone(),
        computed("viewer", term("viewer from parent")),
    ]);

    let somebody = |relations: Vec<Relation>| assert_eq!(kinds(&doc(relations)), []);
    somebody(vec![direct("viewer", &["doc#viewer", "user"])]);
    somebody(vec![direct("viewer", &["doc#viewer", "user:*"])]);
    somebody(vec![
        editor.clone(),
        relation("viewer", or(&["this", "editor"]), &selves),
    ]);
    somebody(vec![
        editor.clone(),
        computed("viewer", but_not("editor", "editor")),
    ]);
    let from = or(&["viewer from parent", "editor"]);
    somebody(vec![editor, parent, computed("viewer", from)]);
}

#[test]
fn types_that_only_lead_to_each_other_let_nobody_in() {
    let of = |name: &str, other: &str, first: Relation| {
        let parent = direct("parent", &[other]);
        type_of(name, vec![parent, first])
    };
    let inherited = || computed("viewer", term("viewer from parent"));
    let closed = model(vec![
        of("doc", "folder", inherited()),
        of("folder", "doc", inherited()),
    ]);
    assert_eq!(kinds(&closed), [Kind::NoEntrypoint, Kind::NoEntrypoint]);
    let granted = relation("viewer", or(&["this", "viewer from parent"]), &["user"]);
    let open = model(vec![
        of("doc", "folder", inherited()),
        of("folder", "doc", granted),
    ]);
    assert_eq!(kinds(&open), []);
}

#[test]
fn an_operator_has_two_operands() {
    let owner = direct("owner", &["user"]);
    let with = |rewrite| doc(vec![owner.clone(), computed("viewer", rewrite)]);
    for (rewrite, operator) in [
        (or(&["owner"]), "union"),
        (or(&[]), "union"),
        (and(&["owner"]), "intersection"),
        (and(&[]), "intersection"),
        (
            Rewrite::Union(vec![and(&["owner"]), term("owner")]),
            "intersection",
        ),
    ] {
        assert_eq!(
            message(&with(rewrite)),
            format!("'doc#viewer' as {operator} has less than 2 children")
        );
    }
    assert_eq!(kinds(&with(or(&["owner", "owner"]))), []);
    // What stands behind an operand that decides is not looked at.
    let behind = Rewrite::Union(vec![term("owner"), and(&["owner"])]);
    assert_eq!(kinds(&with(behind)), []);
}

#[test]
fn relations_that_wait_for_each_other_are_loops() {
    let loops = |relations: Vec<Relation>| {
        let problems = problems(&doc(relations));
        assert!(
            problems.iter().all(|problem| problem.kind == Kind::Loop),
            "{problems:?}"
        );
        problems[0].message.clone()
    };
    let two = vec![
        computed("reader", term("writer")),
        computed("writer", term("reader")),
    ];
    assert_eq!(loops(two), invalid("reader", "potential loop"));
    let admin = direct("admin", &["user"]);
    let three = |rewrite: fn(&str, &str) -> Rewrite| {
        vec![
            admin.clone(),
            computed("action1", rewrite("action2", "action3")),
            computed("action2", rewrite("action3", "action1")),
            computed("action3", rewrite("action1", "action2")),
        ]
    };
    let all = three(|one, other| and(&["admin", one, other]));
    assert_eq!(loops(all), invalid("action1", "potential loop"));
    let without = three(|one, _| but_not("admin", one));
    assert_eq!(loops(without), invalid("action1", "potential loop"));
    let any = three(|one, other| or(&[one, other]));
    assert_eq!(loops(any), invalid("action1", "potential loop"));
}

#[test]
fn computed_relations_lead_in_no_circle_even_where_somebody_is_in() {
    let assigned = |name, rewrite| relation(name, rewrite, &["user"]);
    let circle = |x: Rewrite, y: Rewrite, z: Rewrite| {
        doc(vec![assigned("x", x), assigned("y", y), assigned("z", z)])
    };
    for model in [
        circle(
            but_not("this", "y"),
            but_not("this", "z"),
            or(&["this", "x"]),
        ),
        circle(and(&["this", "y"]), and(&["this", "z"]), or(&["this", "x"])),
        circle(or(&["this", "y"]), or(&["this", "z"]), or(&["this", "x"])),
    ] {
        assert_eq!(kinds(&model), [Kind::Cycle; 3]);
        let reason = "an authorization model cannot contain a cycle";
        assert_eq!(problems(&model)[0].message, invalid("x", reason));
    }
    let line = circle(or(&["this", "y"]), or(&["this", "z"]), term("this"));
    assert_eq!(kinds(&line), []);
    // Many ways to one relation are no circle.
    let diamond = vec![
        computed("a", or(&["b", "c"])),
        computed("b", term("d")),
        computed("c", term("d")),
        computed("d", term("e")),
        direct("e", &["user"]),
        computed("f", and(&["a", "b", "c", "d"])),
    ];
    assert_eq!(kinds(&doc(diamond)), []);
}

#[test]
fn what_leads_into_a_circle_is_told_like_the_circle() {
    let relations = vec![
        computed("a", term("x")),
        relation("x", or(&["this", "y"]), &["user"]),
        computed("y", term("x")),
    ];
    assert_eq!(kinds(&doc(relations)), [Kind::Cycle; 3]);
}

/// A model of many relations, each of which is computed from all others of its type.
fn everything_from_everything(types: usize, relations: usize) -> Model {
    let names: Vec<_> = (0..relations).map(|n| format!("r{n}")).collect();
    let others = |own: &str| {
        let others = names.iter().filter(|name| *name != own);
        let terms = others.map(|name| term(name));
        Rewrite::Union(std::iter::once(Rewrite::Direct).chain(terms).collect())
    };
    let of = |number: usize| {
        let relations = names
            .iter()
            .map(|name| relation(name, others(name), &["user"]));
        type_of(&format!("t{number}"), relations.collect())
    };
    model((0..types).map(of).collect())
}

#[test]
fn cve_2023_35933_a_model_of_circles_is_refused_in_bounded_time() {
    let found = problems(&everything_from_everything(10, 100));
    assert!(!found.is_empty());
    assert!(found.iter().all(|problem| problem.kind == Kind::Cycle));
}

#[test]
fn cve_2023_43645_as_many_ways_as_there_are_sets_take_bounded_time() {
    let ladder = |last: Relation| {
        let rung = |n: usize| {
            let next = format!("r{:03}", n + 1);
            let both = [format!("a{n:03}"), format!("b{n:03}")];
            let ways = [both[0].as_str(), both[1].as_str()];
            let rewrite = if n.is_multiple_of(2) {
                or(&ways)
            } else {
                and(&ways)
            };
            vec![
                computed(&format!("r{n:03}"), rewrite),
                computed(&both[0], term(&next)),
                computed(&both[1], term(&next)),
            ]
        };
        doc((0..300).flat_map(rung).chain([last]).collect())
    };
    assert_eq!(kinds(&ladder(direct("r300", &["user"]))), []);
    let closed = problems(&ladder(computed("r300", term("r000"))));
    assert!(
        closed.iter().all(|problem| problem.kind == Kind::Loop),
        "{closed:?}"
    );
    assert!(!closed.is_empty());
}

#[test]
fn a_chain_of_any_length_does_not_use_up_the_stack() {
    let link = |n: usize| computed(&format!("r{n:06}"), term(&format!("r{:06}", n + 1)));
    let chain = |last: Relation| doc((0..100_000).map(link).chain([last]).collect());
    assert_eq!(kinds(&chain(direct("r100000", &["user"]))), []);
    assert_eq!(
        kinds(&chain(computed("r100000", term("r000000"))))[0],
        Kind::Loop
    );
}
