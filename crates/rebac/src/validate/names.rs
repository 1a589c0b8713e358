//! Names and numbers: what a model may hold before it is looked at more closely.

use std::collections::BTreeSet;

use types::tuple::{RELATION_CHARACTERS_MAX, TYPE_CHARACTERS_MAX};

use super::index::Index;
use super::{
    CONDITION_CHARACTERS_MAX, CONDITIONS_MAX, EXPRESSION_BYTES_MAX, Kind, PARAMETERS_MAX, Problems,
    TYPES_MAX,
};
use crate::model::{Condition, Model, TypeDefinition};
use crate::place::Item;

const RESERVED: [&str; 2] = ["self", "this"];

/// Checks the names and the limits.
pub(super) fn check_shapes(model: &Model, problems: &mut Problems) {
    if model.types.is_empty() {
        let message = "a model must have at least one type definition".to_owned();
        problems.push(Item::Schema, Kind::NoTypes, message);
    }
    for definition in &model.types {
        check_type(definition, problems);
    }
    if model.conditions.len() > CONDITIONS_MAX {
        let message = too_many("conditions in an authorization model", CONDITIONS_MAX);
        problems.push(Item::Schema, Kind::TooManyConditions, message);
    }
    for condition in &model.conditions {
        check_condition(condition, problems);
    }
    if model.types.len() > TYPES_MAX {
        let message = too_many("type definitions in an authorization model", TYPES_MAX);
        problems.push(Item::Schema, Kind::TooManyTypes, message);
    }
}

/// Checks that nothing is defined twice.
pub(super) fn check_duplicates(model: &Model, problems: &mut Problems) {
    let mut types = BTreeSet::new();
    for definition in &model.types {
        let name = &definition.name;
        if !types.insert(name) {
            let message = format!(
                "an authorization model cannot contain duplicate types: '{name}' is defined twice"
            );
            problems.push(Item::Type(name.clone()), Kind::DuplicateType, message);
        }
        let mut relations = BTreeSet::new();
        for relation in &definition.relations {
            if !relations.insert(&relation.name) {
                let item = Item::Relation {
                    type_name: name.clone(),
                    relation: relation.name.clone(),
                };
                let relation = &relation.name;
                let message = format!("relation '{relation}' is defined twice in type '{name}'");
                problems.push(item, Kind::DuplicateRelation, message);
            }
        }
    }
    let mut conditions = BTreeSet::new();
    for condition in &model.conditions {
        let name = &condition.name;
        if !conditions.insert(name) {
            let message = format!("condition '{name}' is defined twice");
            let item = Item::Condition(name.clone());
            problems.push(item, Kind::DuplicateCondition, message);
        }
        check_duplicate_parameters(condition, problems);
    }
}

/// Checks that no type and no relation has a name that the language keeps for itself.
pub(super) fn check_reserved(index: &Index<'_>, problems: &mut Problems) {
    for name in index.type_names().filter(|name| RESERVED.contains(name)) {
        let message = format!(
            "the definition of type '{name}' is invalid: self and this are reserved keywords"
        );
        problems.push(Item::Type(name.to_owned()), Kind::ReservedType, message);
    }
    for entry in index.relations() {
        if RESERVED.contains(&entry.relation.name.as_str()) {
            let message = entry.is_invalid("self and this are reserved keywords");
            problems.push(entry.item(), Kind::ReservedRelation, message);
        }
    }
}

fn check_type(definition: &TypeDefinition, problems: &mut Problems) {
    let name = &definition.name;
    if !is_name(name, TYPE_CHARACTERS_MAX) {
        let message = if name.is_empty() {
            "the type name of a type definition cannot be an empty string".to_owned()
        } else {
            format!("type '{name}' {}", misnamed(TYPE_CHARACTERS_MAX))
        };
        problems.push(Item::Type(name.clone()), Kind::TypeName, message);
    }
    for relation in &definition.relations {
        let relation = &relation.name;
        if is_name(relation, RELATION_CHARACTERS_MAX) {
            continue;
        }
        let message = if relation.is_empty() {
            format!("type '{name}' defines a relation with an empty string for a name")
        } else {
            let misnamed = misnamed(RELATION_CHARACTERS_MAX);
            format!("relation '{relation}' of type '{name}' {misnamed}")
        };
        let item = Item::Relation {
            type_name: name.clone(),
            relation: relation.clone(),
        };
        problems.push(item, Kind::RelationName, message);
    }
}

fn check_condition(condition: &Condition, problems: &mut Problems) {
    let name = &condition.name;
    if !is_name(name, CONDITION_CHARACTERS_MAX) {
        let message = format!("condition '{name}' {}", misnamed(CONDITION_CHARACTERS_MAX));
        problems.push(Item::Condition(name.clone()), Kind::ConditionName, message);
    }
    if condition.expression.len() > EXPRESSION_BYTES_MAX {
        let message = format!(
            "the expression of condition '{name}' is longer than {EXPRESSION_BYTES_MAX} bytes"
        );
        let item = Item::Expression(name.clone());
        problems.push(item, Kind::ExpressionTooLong, message);
    }
    if condition.parameters.len() > PARAMETERS_MAX {
        let message = too_many(&format!("parameters in condition '{name}'"), PARAMETERS_MAX);
        let item = Item::Condition(name.clone());
        problems.push(item, Kind::TooManyParameters, message);
    }
    for (parameter, _) in &condition.parameters {
        if !is_name(parameter, CONDITION_CHARACTERS_MAX) {
            let misnamed = misnamed(CONDITION_CHARACTERS_MAX);
            let message = format!("parameter '{parameter}' of condition '{name}' {misnamed}");
            problems.push(
                parameter_item(name, parameter),
                Kind::ParameterName,
                message,
            );
        }
    }
}

fn check_duplicate_parameters(condition: &Condition, problems: &mut Problems) {
    let name = &condition.name;
    let mut parameters = BTreeSet::new();
    for (parameter, _) in &condition.parameters {
        if !parameters.insert(parameter) {
            let message = format!("parameter '{parameter}' stands twice in condition '{name}'");
            let item = parameter_item(name, parameter);
            problems.push(item, Kind::DuplicateParameter, message);
        }
    }
}

/// Whether tuples could carry such a name. Lengths count characters, as those of tuples do.
fn is_name(name: &str, characters_max: usize) -> bool {
    let is_bad = |c: char| c.is_whitespace() || c.is_control() || matches!(c, ':' | '#' | '@');
    !name.is_empty() && name.chars().count() <= characters_max && !name.contains(is_bad)
}

fn misnamed(characters_max: usize) -> String {
    format!("does not match naming rule: '^[^:#@\\s]{{1,{characters_max}}}$'")
}

fn too_many(what: &str, most: usize) -> String {
    format!("number of {what} exceeds the allowed limit of {most}")
}

fn parameter_item(condition: &str, parameter: &str) -> Item {
    Item::Parameter {
        condition: condition.to_owned(),
        parameter: parameter.to_owned(),
    }
}
