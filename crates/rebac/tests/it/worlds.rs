//! Random models with tuples and questions.

mod ready;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use rebac::{Assignable, AssignableKind, Model, Relation, Rewrite, TypeDefinition};
use std::collections::BTreeSet;
use types::{Object, Subject, TupleKey};

pub(crate) use ready::{Ready, Verdicts, users_of};

pub(crate) const TYPES: [&str; 3] = ["user", "group", "doc"];
pub(crate) const RELATIONS: [&str; 4] = ["a", "b", "c", "d"];
const IDS: [&str; 3] = ["1", "2", "3"];
const CONDITION: &str = "cond";

/// What the condition of a tuple says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Holds,
    Fails,
    Breaks,
}

/// A tuple and what its condition says, if it has one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) key: TupleKey,
    pub(crate) verdict: Option<Verdict>,
}

impl Stored {
    pub(crate) fn condition_name(&self) -> Option<&'static str> {
        self.verdict.map(|_| CONDITION)
    }
}

/// A random world.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) model: Model,
    pub(crate) tuples: Vec<Stored>,
    pub(crate) subject: Subject,
    pub(crate) object: Object,
    pub(crate) relation: &'static str,
}

fn rewrite() -> impl Strategy<Value = Rewrite> {
    let name = || select(&RELATIONS[..]).prop_map(str::to_owned);
    let leaf = prop_oneof![
        4 => Just(Rewrite::Direct),
        2 => name().prop_map(Rewrite::Computed),
        2 => (name(), name()).prop_map(|(computed, tupleset)| Rewrite::From { computed, tupleset }),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            3 => vec(inner.clone(), 2..4).prop_map(Rewrite::Union),
            1 => vec(inner.clone(), 2..4).prop_map(Rewrite::Intersection),
            2 => (inner.clone(), inner).prop_map(|parts| Rewrite::Difference(Box::new(parts))),
        ]
    })
}

fn assignable() -> impl Strategy<Value = Assignable> {
    let kind = prop_oneof![
        3 => Just(AssignableKind::Object),
        1 => Just(AssignableKind::Wildcard),
        3 => select(&RELATIONS[..]).prop_map(|name| AssignableKind::Userset(name.to_owned())),
    ];
    let condition = prop_oneof![4 => Just(None), 1 => Just(Some(CONDITION.to_owned()))];
    (select(&TYPES[..]), kind, condition).prop_map(|(type_name, kind, condition)| Assignable {
        type_name: type_name.to_owned(),
        kind,
        condition,
    })
}

/// A model whose names lead somewhere. Its relations may go in circles, which no valid model's do:
/// evaluation must end all the same.
fn model() -> impl Strategy<Value = Model> {
    let relation = (rewrite(), vec(assignable(), 1..5));
    vec(vec(relation, RELATIONS.len()), TYPES.len() - 1).prop_map(|types| {
        let mut definitions = vec![TypeDefinition {
            name: TYPES[0].to_owned(),
            ..TypeDefinition::default()
        }];
        for (name, relations) in TYPES[1..].iter().zip(types) {
            let relations = RELATIONS.iter().zip(relations);
            definitions.push(TypeDefinition {
                name: (*name).to_owned(),
                relations: relations
                    .map(|(name, (rewrite, assignable))| Relation {
                        name: (*name).to_owned(),
                        rewrite,
                        assignable,
                        definition: rebac::Definition::default(),
                    })
                    .collect(),
                definition: rebac::Definition::default(),
            });
        }
        Model {
            types: definitions,
            ..Model::default()
        }
    })
}

fn object(types: &'static [&'static str]) -> impl Strategy<Value = Object> {
    (select(types), select(&IDS[..]))
        .prop_map(|(name, id)| Object::parse(&format!("{name}:{id}")).expect("an object"))
}

/// Mostly of a kind that some model allows.
fn subject() -> impl Strategy<Value = Subject> {
    prop_oneof![
        4 => object(&TYPES[..]).prop_map(Subject::Object),
        4 => (object(&TYPES[1..]), select(&RELATIONS[..]))
            .prop_map(|(object, relation)| Subject::Userset(object, relation.to_owned())),
        1 => select(&TYPES[..]).prop_map(|name| Subject::Wildcard(name.to_owned())),
    ]
}

fn stored() -> impl Strategy<Value = Stored> {
    let verdict = prop_oneof![
        6 => Just(None),
        2 => Just(Some(Verdict::Holds)),
        1 => Just(Some(Verdict::Fails)),
        1 => Just(Some(Verdict::Breaks)),
    ];
    (
        object(&TYPES[1..]),
        select(&RELATIONS[..]),
        subject(),
        verdict,
    )
        .prop_map(|(object, relation, subject, verdict)| Stored {
            key: TupleKey {
                subject,
                relation: relation.to_owned(),
                object,
            },
            verdict,
        })
}

/// Worlds of all kinds, and small ones in which nearly everything goes in circles and something is
/// taken away everywhere.
pub(crate) fn case() -> impl Strategy<Value = Case> {
    prop_oneof![loose(), dense()]
}

/// Two relations of unions alone, which lead to each other, and two that may lead to all.
fn dense_model() -> impl Strategy<Value = Model> {
    let name = || select(&RELATIONS[..]).prop_map(str::to_owned);
    let leaf = || prop_oneof![3 => Just(Rewrite::Direct), 1 => name().prop_map(Rewrite::Computed)];
    let union = (leaf(), leaf()).prop_map(|(one, other)| Rewrite::Union(vec![one, other]));
    let low = || select(&RELATIONS[..2]).prop_map(|name| Rewrite::Computed(name.to_owned()));
    let adding = low().prop_map(|computed| Rewrite::Union(vec![Rewrite::Direct, computed]));
    let adding = prop_oneof![1 => Just(Rewrite::Direct), 1 => adding];
    let taking = prop_oneof![
        1 => leaf(),
        1 => (union.clone(), leaf()).prop_map(|parts| Rewrite::Difference(Box::new(parts))),
        1 => (union, leaf()).prop_map(|(one, other)| Rewrite::Intersection(vec![one, other])),
    ];
    (vec(adding, 2), vec(taking, 2)).prop_map(|(adding, taking)| {
        let rewrites = adding.into_iter().chain(taking).enumerate();
        let relation = |(name, (index, rewrite)): (&&str, (usize, Rewrite))| Relation {
            name: (*name).to_owned(),
            rewrite,
            assignable: dense_assignable(if index < 2 { 2 } else { RELATIONS.len() }),
            definition: rebac::Definition::default(),
        };
        let relations = RELATIONS.iter().zip(rewrites).map(relation).collect();
        let types = [("user", Vec::new()), ("group", relations)];
        Model {
            types: types
                .map(|(name, relations)| TypeDefinition {
                    name: name.to_owned(),
                    relations,
                    ..TypeDefinition::default()
                })
                .into(),
            ..Model::default()
        }
    })
}

/// Users, groups, and whoever has one of the first relations of a group.
fn dense_assignable(relations: usize) -> Vec<Assignable> {
    let objects = ["user", "group"].map(|name| (name, AssignableKind::Object));
    let usersets = RELATIONS.iter().take(relations);
    let usersets = usersets.map(|name| ("group", AssignableKind::Userset((*name).to_owned())));
    let all = objects.into_iter().chain(usersets);
    all.map(|(type_name, kind)| Assignable {
        type_name: type_name.to_owned(),
        kind,
        condition: None,
    })
    .collect()
}

fn dense() -> impl Strategy<Value = Case> {
    let name = || select(&RELATIONS[..]);
    let group = || (1..3_u8).prop_map(|n| Object::parse(&format!("group:{n}")).expect("one"));
    let userset =
        |(object, relation): (Object, &str)| Subject::Userset(object, relation.to_owned());
    let subject = prop_oneof![
        1 => object(&TYPES[..1]).prop_map(Subject::Object),
        5 => (group(), name()).prop_map(userset),
    ];
    let stored = (group(), name(), subject).prop_map(|(object, relation, subject)| Stored {
        key: TupleKey {
            subject,
            relation: relation.to_owned(),
            object,
        },
        verdict: None,
    });
    let asker = object(&TYPES[..1]).prop_map(Subject::Object);
    (dense_model(), vec(stored, 4..16), (asker, group(), name())).prop_map(Case::of)
}

fn loose() -> impl Strategy<Value = Case> {
    let question = (subject(), object(&TYPES[1..]), select(&RELATIONS[..]));
    (model(), vec(stored(), 0..24), question).prop_map(Case::of)
}

impl Case {
    fn of(parts: (Model, Vec<Stored>, (Subject, Object, &'static str))) -> Self {
        let (model, mut tuples, (subject, object, relation)) = parts;
        let mut seen = BTreeSet::new();
        tuples.retain(|stored| seen.insert(stored.key.clone()));
        Self {
            model,
            tuples,
            subject,
            object,
            relation,
        }
    }
}
