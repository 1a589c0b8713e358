//! What each relation says by itself: the relations it names, and what may be assigned to it.

use super::index::{Entry, Index, rewrites};
use super::{Kind, Problem, Problems};
use crate::model::{Assignable, AssignableKind, Rewrite};

/// A message lists at most this many assignable types.
const LISTED_MAX: usize = 10;

/// The problems of one relation, seen by itself.
pub(super) fn check(index: &Index<'_>, entry: &Entry<'_>) -> Vec<Problem> {
    let mut problems = Problems::default();
    for rewrite in rewrites(&entry.relation.rewrite) {
        match rewrite {
            Rewrite::Computed(named) => check_computed(index, entry, named, &mut problems),
            Rewrite::From { computed, tupleset } => {
                check_from(index, entry, (computed, tupleset), &mut problems);
            }
            Rewrite::Direct
            | Rewrite::Union(_)
            | Rewrite::Intersection(_)
            | Rewrite::Difference(_) => {}
        }
    }
    check_assignables(index, entry, &mut problems);
    problems.kept
}

fn check_computed(index: &Index<'_>, entry: &Entry<'_>, named: &str, problems: &mut Problems) {
    if named == entry.relation.name {
        let message = entry.is_invalid("invalid userset rewrite definition");
        problems.push(entry.reference(named), Kind::ComputedFromItself, message);
    } else if index.find(entry.type_name, named).is_none() {
        problems.push(
            entry.reference(named),
            Kind::UndefinedRelation,
            undefined(entry.type_name, named),
        );
    }
}

fn check_from(
    index: &Index<'_>,
    entry: &Entry<'_>,
    (computed, tupleset): (&str, &str),
    problems: &mut Problems,
) {
    let type_name = entry.type_name;
    let Some(leading) = index.find(type_name, tupleset) else {
        problems.push(
            entry.reference(tupleset),
            Kind::UndefinedRelation,
            undefined(type_name, tupleset),
        );
        return;
    };
    if leading.relation.rewrite != Rewrite::Direct {
        let message = format!(
            "the '{type_name}#{tupleset}' relation is referenced in at least one tupleset and \
             thus must be a direct relation"
        );
        problems.push(entry.reference(tupleset), Kind::TuplesetNotDirect, message);
        return;
    }
    let has_it = |target: &&str| index.find(target, computed).is_some();
    if !leading.targets.iter().any(has_it) {
        let message = format!(
            "undefined relation: {computed} does not appear as a relation in any of the directly \
             related user types [{}]",
            list(&leading.relation.assignable)
        );
        problems.push(entry.reference(computed), Kind::UndefinedTarget, message);
    }
}

fn check_assignables(index: &Index<'_>, entry: &Entry<'_>, problems: &mut Problems) {
    let (type_name, relation) = (entry.type_name, entry.relation);
    let name = &relation.name;
    let is_assignable =
        rewrites(&relation.rewrite).any(|rewrite| matches!(rewrite, Rewrite::Direct));
    if is_assignable && relation.assignable.is_empty() {
        let message = format!(
            "the assignable relation '{name}' in object type '{type_name}' must contain at least \
             one relation type"
        );
        problems.push(entry.item(), Kind::NothingAssignable, message);
    }
    if !is_assignable && !relation.assignable.is_empty() {
        let message = format!(
            "the non-assignable relation '{name}' in object type '{type_name}' should not \
             contain a relation type"
        );
        problems.push(entry.item(), Kind::NotAssignable, message);
    }
    for (number, assignable) in relation.assignable.iter().enumerate() {
        check_assignable(index, entry, (number, assignable), problems);
    }
}

fn check_assignable(
    index: &Index<'_>,
    entry: &Entry<'_>,
    (number, assignable): (usize, &Assignable),
    problems: &mut Problems,
) {
    let target = assignable.type_name.as_str();
    let is_defined = index.has_type(target)
        && match &assignable.kind {
            AssignableKind::Userset(relation) => index.find(target, relation).is_some(),
            AssignableKind::Object | AssignableKind::Wildcard => true,
        };
    let is_more_than_object = assignable.kind != AssignableKind::Object;
    let kind = if !is_defined {
        Some(Kind::UndefinedAssignable)
    } else if entry.is_tupleset && is_more_than_object {
        Some(Kind::TuplesetAssignable)
    } else {
        None
    };
    let item = || entry.assignable(number);
    let name = &entry.relation.name;
    if let Some(kind) = kind {
        let shown = match &assignable.kind {
            AssignableKind::Userset(relation) => format!("{target}#{relation}"),
            AssignableKind::Object | AssignableKind::Wildcard => target.to_owned(),
        };
        let message = format!(
            "the relation type '{shown}' on '{name}' in object type '{}' is not valid",
            entry.type_name
        );
        problems.push(item(), kind, message);
    }
    if let Some(condition) = &assignable.condition
        && !index.has_condition(condition)
    {
        let message = format!("condition {condition} is undefined for relation {name}");
        problems.push(item(), Kind::UndefinedCondition, message);
    }
}

fn undefined(type_name: &str, relation: &str) -> String {
    format!("'{type_name}#{relation}' relation is undefined")
}

/// Assignable types in the notation of the protocol's texts, which OpenFGA's messages have.
fn list(assignables: &[Assignable]) -> String {
    let shown = assignables.iter().take(LISTED_MAX).map(|assignable| {
        let kind = match &assignable.kind {
            AssignableKind::Object => String::new(),
            AssignableKind::Wildcard => " wildcard:{}".to_owned(),
            AssignableKind::Userset(relation) => format!(" relation:{relation:?}"),
        };
        let condition = match &assignable.condition {
            None => String::new(),
            Some(condition) => format!(" condition:{condition:?}"),
        };
        format!("type:{:?}{kind}{condition}", assignable.type_name)
    });
    let mut shown: Vec<_> = shown.collect();
    if assignables.len() > LISTED_MAX {
        shown.push("…".to_owned());
    }
    shown.join(" ")
}
