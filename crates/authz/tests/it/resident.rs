//! A resident graph answers as a graph that was built anew from the same tuples, after any changes.

mod told;

use crate::amount::amount;
use authz::Resident;
use proptest::collection::vec;
use proptest::prelude::*;
use rebac::{Conditional, Names, ObjectId, World};
use std::collections::BTreeMap;
use std::sync::Arc;
use told::{View, assert_same_lines, of_resident, told};
use types::{JsonObject, Object, Subject, Time, Tuple, TupleCondition, TupleKey};

const RELATIONS: [&str; 3] = ["viewer", "editor", "member"];
const TYPES: [&str; 3] = ["user", "doc", "group"];
const USERS: u32 = 60;
const DOCS: u32 = 14;
const GROUPS: u32 = 4;

#[derive(Debug, Clone)]
enum Change {
    Write(Tuple),
    Delete(TupleKey),
    /// All tuples of an object, whichever end it stands at.
    DeleteAllOf(String),
}

/// What happens in one batch, and how far the clock has moved when expired tuples are taken out.
#[derive(Debug, Clone)]
struct Batch {
    changes: Vec<Change>,
    now: Option<i64>,
}

fn subject() -> impl Strategy<Value = Subject> {
    let user = (0..USERS).prop_map(|n| format!("user:{n}"));
    let group = (0..GROUPS).prop_map(|n| format!("group:{n}"));
    let member =
        (0..GROUPS, 0..2usize).prop_map(|(n, r)| format!("group:{n}#{}", RELATIONS[2 - r]));
    let doc = (0..DOCS).prop_map(|n| format!("doc:{n}#viewer"));
    let all = (0..2usize).prop_map(|n| format!("{}:*", TYPES[n]));
    prop_oneof![12 => user, 1 => group, 4 => member, 1 => doc, 1 => all]
        .prop_map(|text| Subject::parse(&text).unwrap())
}

fn object() -> impl Strategy<Value = String> {
    // Most tuples are of two documents, whose sets get long, and short again.
    let doc = (0..DOCS).prop_map(|n| format!("doc:{n}"));
    let group = (0..GROUPS).prop_map(|n| format!("group:{n}"));
    let long = (0..2).prop_map(|n| format!("doc:{n}"));
    prop_oneof![6 => long, 3 => doc, 1 => group]
}

fn key() -> impl Strategy<Value = TupleKey> {
    let relation = prop_oneof![4 => Just(0), 1 => 0..RELATIONS.len()];
    (object(), relation, subject()).prop_map(|(object, relation, subject)| TupleKey {
        object: Object::parse(&object).unwrap(),
        relation: RELATIONS[relation].to_owned(),
        subject,
    })
}

fn tuple() -> impl Strategy<Value = Tuple> {
    let condition = prop::option::weighted(0.4, (0..2u8, 0..4u8));
    let condition = condition.prop_map(|condition| {
        condition.map(|(name, value)| {
            let mut context = JsonObject::new();
            if value > 0 {
                context.insert("at".to_owned(), value.into());
            }
            TupleCondition {
                name: format!("condition{name}"),
                context,
            }
        })
    });
    let expiry = prop::option::weighted(0.3, 0..100i64);
    (key(), condition, expiry).prop_map(|(key, condition, expiry)| Tuple {
        key,
        condition,
        expires_at: expiry.map(Time),
    })
}

fn batch() -> impl Strategy<Value = Batch> {
    let any = prop_oneof![3 => object(), 1 => (0..USERS).prop_map(|n| format!("user:{n}"))];
    let change = prop_oneof![
        20 => tuple().prop_map(Change::Write),
        8 => key().prop_map(Change::Delete),
        1 => any.prop_map(Change::DeleteAllOf),
    ];
    let now = prop::option::weighted(0.3, 0..100i64);
    (vec(change, 0..50), now).prop_map(|(changes, now)| Batch { changes, now })
}

type Model = BTreeMap<TupleKey, Tuple>;

fn names_any(key: &TupleKey, object: &str) -> bool {
    let subject = key.subject.to_string();
    key.object.to_string() == object || subject.split('#').next() == Some(object)
}

/// The changes as the graph gets them, noted in the model.
fn noted(model: &mut Model, changes: &[Change]) -> Vec<(bool, Tuple)> {
    let mut applied = Vec::new();
    for change in changes {
        match change {
            Change::Write(tuple) => {
                model.insert(tuple.key.clone(), tuple.clone());
                applied.push((false, tuple.clone()));
            }
            Change::Delete(key) => {
                model.remove(key);
                applied.push((true, bare(key)));
            }
            Change::DeleteAllOf(object) => {
                let keys = model.keys().filter(|key| names_any(key, object)).cloned();
                for key in keys.collect::<Vec<_>>() {
                    model.remove(&key);
                    applied.push((true, bare(&key)));
                }
            }
        }
    }
    applied
}

fn bare(key: &TupleKey) -> Tuple {
    Tuple {
        key: key.clone(),
        condition: None,
        expires_at: None,
    }
}

/// What a graph says that was made of the same tuples, plainly.
fn expected(names: &Arc<Names>, model: &Model) -> Vec<String> {
    let mut names = Names::clone(names);
    let mut world = World::default();
    let mut contexts = Vec::new();
    let mut objects = BTreeMap::new();
    for tuple in model.values() {
        let condition = tuple.condition.as_ref().map(|condition| {
            contexts.push(serde_json::to_string(&condition.context).unwrap());
            Conditional {
                name: names.add(&condition.name),
                context: u32::try_from(contexts.len() - 1).unwrap(),
            }
        });
        world.add(&mut names, &tuple.key, condition);
        let object = world.object(&mut names, &tuple.key.object);
        objects.insert(tuple.key.object.to_string(), object);
        let subject = tuple.key.subject.to_string();
        let object = world.subject(&mut names, &tuple.key.subject).object;
        objects.insert(subject.split('#').next().unwrap().to_owned(), object);
    }
    let no_relation = |object| rebac::Subject {
        object,
        relation: None,
    };
    told(&View {
        graph: &world,
        names: &names,
        find: Box::new(|text| objects.get(text).copied()),
        text: Box::new(|object| world.text(&names, no_relation(object))),
        context: Box::new(|number| contexts[usize::try_from(number).unwrap()].clone()),
    })
}

fn assert_equal(resident: &Resident, model: &Model) {
    let told = told(&of_resident(resident));
    let expected = expected(resident.names(), model);
    assert_same_lines(&told, &expected);
    assert_eq!(resident.tuples(), u64::try_from(model.len()).unwrap());
    let next = model.values().filter_map(|tuple| tuple.expires_at).min();
    assert_eq!(resident.next_expiry(), next);
}

/// No number of the older graph means another object in the newer one.
fn assert_numbers_stay(older: &Resident, newer: &Resident) {
    assert!(older.objects_end() <= newer.objects_end());
    for object in (0..older.objects_end()).map(ObjectId) {
        let before = older.object(object);
        assert!(newer.object(object).is_none_or(|now| before == Some(now)));
    }
    assert_eq!(newer.object(ObjectId(newer.objects_end())), None);
}

fn run(first: &[Tuple], batches: &[Batch]) {
    let mut builder = Resident::builder(Names::default());
    let mut model = Model::new();
    for tuple in first {
        builder.add(tuple);
        model.insert(tuple.key.clone(), tuple.clone());
    }
    let mut resident = builder.finish(0);
    assert_equal(&resident, &model);
    let mut old = Vec::new();
    for (version, batch) in (1..).zip(batches) {
        old.push((told(&of_resident(&resident)), resident.clone()));
        let changes = noted(&mut model, &batch.changes);
        let changes = changes.iter().map(|(is_delete, tuple)| (*is_delete, tuple));
        let mut next = resident.apply(version, changes);
        assert_eq!(next.version(), version);
        if let Some(now) = batch.now.map(Time) {
            next = next.without_expired(now).unwrap_or(next);
            model.retain(|_, tuple| tuple.expires_at.is_none_or(|at| at > now));
        }
        assert_equal(&next, &model);
        assert_numbers_stay(&resident, &next);
        resident = next;
    }
    for (before, old) in old {
        assert_eq!(told(&of_resident(&old)), before);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(u32::try_from(amount(300)).unwrap()))]

    #[test]
    fn after_any_changes_it_equals_a_graph_built_anew(
        first in vec(tuple(), 0..120),
        batches in vec(batch(), 0..8),
    ) {
        run(&first, &batches);
    }
}
