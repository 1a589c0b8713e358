//! The rules of a model: for each one a model that breaks it alone, and the nearest that does not.

mod agreement;
mod limits;
mod loops;
mod relations;

use rebac::{
    Assignable, AssignableKind, Condition, Definition, Kind, Model, ParameterType, Problem,
    Relation, Rewrite, TypeDefinition, validate,
};

/// What may be assigned, in the notation of the language: `user`, `user:*`, `group#member`, each
/// with ` with condition` behind it or without.
fn assignable(text: &str) -> Assignable {
    let (subject, condition) = match text.split_once(" with ") {
        Some((subject, condition)) => (subject, Some(condition.to_owned())),
        None => (text, None),
    };
    let (type_name, kind) = if let Some(type_name) = subject.strip_suffix(":*") {
        (type_name, AssignableKind::Wildcard)
    } else if let Some((type_name, relation)) = subject.split_once('#') {
        (type_name, AssignableKind::Userset(relation.to_owned()))
    } else {
        (subject, AssignableKind::Object)
    };
    Assignable {
        type_name: type_name.to_owned(),
        kind,
        condition,
    }
}

fn relation(name: &str, rewrite: Rewrite, assignables: &[&str]) -> Relation {
    Relation {
        name: name.to_owned(),
        rewrite,
        assignable: assignables.iter().map(|text| assignable(text)).collect(),
        definition: Definition::default(),
    }
}

/// `define name: [assignables]`
fn direct(name: &str, assignables: &[&str]) -> Relation {
    relation(name, Rewrite::Direct, assignables)
}

/// `define name: rewrite`, without anything assignable.
fn computed(name: &str, rewrite: Rewrite) -> Relation {
    relation(name, rewrite, &[])
}

/// A name stands for itself, `a from b` for what it says, and `this` for what is assigned.
fn term(text: &str) -> Rewrite {
    match text.split_once(" from ") {
        Some((computed, tupleset)) => Rewrite::From {
            computed: computed.to_owned(),
            tupleset: tupleset.to_owned(),
        },
        None if text == "this" => Rewrite::Direct,
        None => Rewrite::Computed(text.to_owned()),
    }
}

fn or(terms: &[&str]) -> Rewrite {
    Rewrite::Union(terms.iter().map(|text| term(text)).collect())
}

fn and(terms: &[&str]) -> Rewrite {
    Rewrite::Intersection(terms.iter().map(|text| term(text)).collect())
}

fn but_not(base: &str, subtract: &str) -> Rewrite {
    Rewrite::Difference(Box::new((term(base), term(subtract))))
}

fn type_of(name: &str, relations: Vec<Relation>) -> TypeDefinition {
    TypeDefinition {
        name: name.to_owned(),
        relations,
        definition: Definition::default(),
    }
}

/// A model of these types and of `user`.
fn model(types: Vec<TypeDefinition>) -> Model {
    let user = type_of("user", Vec::new());
    Model {
        types: std::iter::once(user).chain(types).collect(),
        ..Model::default()
    }
}

/// A model of one type, `doc`, with these relations, and of `user`.
fn doc(relations: Vec<Relation>) -> Model {
    model(vec![type_of("doc", relations)])
}

fn condition(name: &str) -> Condition {
    Condition {
        name: name.to_owned(),
        parameters: vec![("at".to_owned(), ParameterType::Timestamp)],
        expression: "true".to_owned(),
        definition: Definition::default(),
    }
}

fn problems(model: &Model) -> Vec<Problem> {
    validate(model, |_| Ok(())).err().unwrap_or_default()
}

/// The kinds of all problems.
fn kinds(model: &Model) -> Vec<Kind> {
    problems(model).iter().map(|problem| problem.kind).collect()
}

/// The message of the one problem that a model has.
fn message(model: &Model) -> String {
    let problems = problems(model);
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems[0].message.clone()
}
