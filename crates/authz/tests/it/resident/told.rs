//! All that a graph says, in words, so that graphs with other numbers can be compared.

use super::{DOCS, GROUPS, RELATIONS, TYPES, USERS};
use authz::Resident;
use rebac::{BackEdge, Conditional, Edge, Graph, Loaded, Names, ObjectId};
use std::fmt::Write;

type Find<'a> = dyn Fn(&str) -> Option<ObjectId> + 'a;

/// A graph and the texts of its numbers.
pub(super) struct View<'a, G> {
    pub(super) graph: &'a G,
    pub(super) names: &'a Names,
    pub(super) find: Box<Find<'a>>,
    pub(super) text: Box<dyn Fn(ObjectId) -> String + 'a>,
    pub(super) context: Box<dyn Fn(u32) -> String + 'a>,
}

pub(super) fn of_resident(resident: &Resident) -> View<'_, Resident> {
    let names = resident.names();
    View {
        graph: resident,
        names,
        find: Box::new(|text| {
            let (type_name, id) = text.split_once(':').unwrap();
            let found = resident.find(names.find(type_name)?, id)?;
            let (of_type, id) = resident.object(found).expect("what is found is there");
            assert_eq!(format!("{}:{id}", names.text(of_type)), text);
            assert_eq!(resident.type_of(found), Some(of_type));
            Some(found)
        }),
        text: Box::new(|object| {
            let (type_name, id) = resident.object(object).expect("an edge names an object");
            format!("{}:{id}", names.text(type_name))
        }),
        context: Box::new(|number| {
            let context = resident.context(number).expect("a condition has a context");
            serde_json::to_string(context).unwrap()
        }),
    }
}

/// All that the five functions of a graph say, in lines.
pub(super) fn told<G: Graph>(view: &View<'_, G>) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = |text: String| lines.push(text);
    for type_name in TYPES {
        let id = view.names.find(type_name);
        if let Some(wildcard) = id.and_then(|id| view.graph.wildcard(id)) {
            line(format!("{type_name}: {}", (view.text)(wildcard)));
        }
    }
    let users = (0..USERS).map(|n| format!("user:{n}"));
    let docs = (0..DOCS).map(|n| format!("doc:{n}"));
    let groups = (0..GROUPS).map(|n| format!("group:{n}"));
    let wildcards = TYPES.iter().map(|name| format!("{name}:*"));
    let texts: Vec<_> = users.chain(docs).chain(groups).chain(wildcards).collect();
    let objects: Vec<_> = (texts.iter())
        .filter_map(|text| Some((text, (view.find)(text)?)))
        .collect();
    let relations: Vec<_> = (RELATIONS.iter())
        .filter_map(|name| Some((name, view.names.find(name)?)))
        .collect();
    for (text, object) in &objects {
        let type_name = view.graph.type_of(*object).expect("it has a type");
        assert!(text.starts_with(view.names.text(type_name)));
        for (name, relation) in &relations {
            let set = here(view.graph.objects(*object, *relation));
            told_set(&mut line, &format!("{text}#{name} objects"), set, |e| {
                edge(view, e)
            });
            let set = here(view.graph.usersets(*object, *relation));
            told_set(&mut line, &format!("{text}#{name} usersets"), set, |e| {
                edge(view, e)
            });
            for (_, subject) in &objects {
                for of in [None, Some(relations[0].1), Some(*relation)] {
                    let subject = rebac::Subject {
                        object: *subject,
                        relation: of,
                    };
                    if let Some(found) = here(view.graph.tuple(*object, *relation, subject)) {
                        assert_eq!(found.subject, subject);
                        line(format!("{text}#{name} tuple {}", edge(view, &found)));
                    }
                }
            }
        }
        for relation in std::iter::once(None).chain(relations.iter().map(|of| Some(of.1))) {
            let subject = rebac::Subject {
                object: *object,
                relation,
            };
            let relation = relation.map_or("", |relation| view.names.text(relation));
            let set = here(view.graph.of(subject));
            told_set(&mut line, &format!("{text}#{relation} of"), set, |e| {
                back(view, e)
            });
        }
    }
    lines
}

fn told_set<E>(line: &mut impl FnMut(String), name: &str, set: &[E], text: impl Fn(&E) -> String) {
    let mut texts: Vec<_> = set.iter().map(text).collect();
    texts.sort();
    if !texts.is_empty() {
        line(format!("{name}: {}", texts.join(", ")));
    }
}

fn here<T>(loaded: Loaded<T>) -> T {
    match loaded {
        Loaded::Here(it) => it,
        Loaded::Missing => panic!("a whole graph misses nothing"),
    }
}

fn edge<G>(view: &View<'_, G>, edge: &Edge) -> String {
    let mut text = (view.text)(edge.subject.object);
    if let Some(relation) = edge.subject.relation {
        write!(text, "#{}", view.names.text(relation)).unwrap();
    }
    text + &condition(view, edge.condition)
}

fn back<G>(view: &View<'_, G>, edge: &BackEdge) -> String {
    let object = (view.text)(edge.object);
    let relation = view.names.text(edge.relation);
    format!("{object}#{relation}{}", condition(view, edge.condition))
}

fn condition<G>(view: &View<'_, G>, condition: Option<Conditional>) -> String {
    condition.map_or(String::new(), |condition| {
        let name = view.names.text(condition.name);
        format!(" if {name} {}", (view.context)(condition.context))
    })
}

/// The first difference, since all lines are many.
pub(super) fn assert_same_lines(told: &[String], expected: &[String]) {
    for (told, expected) in told.iter().zip(expected) {
        assert_eq!(told, expected);
    }
    assert_eq!(told.len(), expected.len(), "{told:?}\n{expected:?}");
}
