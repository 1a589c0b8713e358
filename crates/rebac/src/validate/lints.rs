//! What OpenFGA's server takes, but its tools for authors complain about.

use std::collections::BTreeSet;

use super::index::rewrites;
use super::{Kind, Problem, Problems};
use crate::model::{Assignable, AssignableKind, Model, Relation, Rewrite};
use crate::place::Item;

/// What an author should look at again: things said twice, and conditions that nothing uses. A
/// server has to take such a model.
pub fn lint(model: &Model) -> Vec<Problem> {
    let mut problems = Problems::default();
    let mut used = BTreeSet::new();
    for definition in &model.types {
        for relation in &definition.relations {
            check_assignables(&definition.name, relation, &mut problems);
            check_operands(&definition.name, relation, &mut problems);
            let conditions = relation.assignable.iter();
            used.extend(conditions.filter_map(|one| one.condition.as_deref()));
        }
    }
    for condition in &model.conditions {
        let name = &condition.name;
        if !used.contains(name.as_str()) {
            let message = format!("`{name}` condition is not used in the model");
            let item = Item::Condition(name.clone());
            problems.push(item, Kind::UnusedCondition, message);
        }
    }
    problems.kept
}

fn check_assignables(type_name: &str, relation: &Relation, problems: &mut Problems) {
    let mut seen = BTreeSet::new();
    for (index, assignable) in relation.assignable.iter().enumerate() {
        let Assignable {
            type_name: target,
            kind,
            condition,
        } = assignable;
        if seen.insert((target, kind, condition)) {
            continue;
        }
        let message = format!(
            "the type restriction `{}` is a duplicate in the relation `{}`",
            show(assignable),
            relation.name
        );
        let item = Item::Assignable {
            type_name: type_name.to_owned(),
            relation: relation.name.clone(),
            index,
        };
        problems.push(item, Kind::RepeatedAssignable, message);
    }
}

fn check_operands(type_name: &str, relation: &Relation, problems: &mut Problems) {
    for rewrite in rewrites(&relation.rewrite) {
        let operands: Vec<&Rewrite> = match rewrite {
            Rewrite::Union(children) | Rewrite::Intersection(children) => children.iter().collect(),
            Rewrite::Difference(sides) => vec![&sides.0, &sides.1],
            Rewrite::Direct | Rewrite::Computed(_) | Rewrite::From { .. } => continue,
        };
        let mut seen = BTreeSet::new();
        for (named, shown) in operands.into_iter().filter_map(leaf) {
            if seen.contains(&shown) {
                let message = format!(
                    "the partial relation definition `{shown}` is a duplicate in the relation \
                     `{}`",
                    relation.name
                );
                let item = Item::Reference {
                    type_name: type_name.to_owned(),
                    relation: relation.name.clone(),
                    named: named.to_owned(),
                };
                problems.push(item, Kind::RepeatedOperand, message);
            }
            seen.insert(shown);
        }
    }
}

/// The relation that an operand names, and the operand as it is written.
fn leaf(rewrite: &Rewrite) -> Option<(&str, String)> {
    match rewrite {
        Rewrite::Computed(named) => Some((named, named.clone())),
        Rewrite::From { computed, tupleset } => {
            Some((computed, format!("{computed} from {tupleset}")))
        }
        _ => None,
    }
}

fn show(assignable: &Assignable) -> String {
    let kind = match &assignable.kind {
        AssignableKind::Object => String::new(),
        AssignableKind::Wildcard => ":*".to_owned(),
        AssignableKind::Userset(relation) => format!("#{relation}"),
    };
    let condition = match &assignable.condition {
        None => String::new(),
        Some(condition) => format!(" with {condition}"),
    };
    format!("{}{kind}{condition}", assignable.type_name)
}
