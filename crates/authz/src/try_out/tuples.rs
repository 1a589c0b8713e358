//! Which tuples a model takes.

use super::loaded::Rules;
use crate::store_file::{Tuple, TupleCondition};
use rebac::condition::check_tuple_context;
use rebac::{AssignableKind, Model, Names, Relation};
use types::{Object, Subject, TupleKey};

/// Reads a tuple and holds it against the model; the error says what is wrong with it.
pub(super) fn read(rules: &Rules<'_>, names: &Names, tuple: &Tuple) -> Result<TupleKey, String> {
    let object = Object::parse(&tuple.object);
    let object = object.map_err(|e| format!("object `{}`: {e}", tuple.object))?;
    let subject = Subject::parse(&tuple.user);
    let subject = subject.map_err(|e| format!("user `{}`: {e}", tuple.user))?;
    let relation = defined(rules.model, object.type_name(), &tuple.relation)?;
    known_type(rules.model, subject.type_name())?;
    if let Subject::Userset(group, member) = &subject {
        defined(rules.model, group.type_name(), member)?;
    }
    check_assignable(relation, &subject, tuple.condition.as_ref())?;
    if let Some(condition) = &tuple.condition {
        let name = &condition.name;
        let compiled = rules.condition(names, name);
        let compiled = compiled.ok_or_else(|| format!("condition `{name}` is not defined"))?;
        check_tuple_context(compiled, &condition.context)
            .map_err(|error| format!("condition `{name}`: {error}"))?;
    }
    Ok(TupleKey {
        subject,
        relation: tuple.relation.clone(),
        object,
    })
}

/// The relation of a type, or that there is none.
pub(super) fn defined<'a>(
    model: &'a Model,
    type_name: &str,
    relation: &str,
) -> Result<&'a Relation, String> {
    known_type(model, type_name)?;
    let found = model.relation(type_name, relation);
    found.ok_or_else(|| undefined(type_name, relation))
}

/// That a type has no such relation.
pub(super) fn undefined(type_name: &str, relation: &str) -> String {
    format!("type `{type_name}` has no relation `{relation}`")
}

/// That the model has a type.
pub(super) fn known_type(model: &Model, type_name: &str) -> Result<(), String> {
    let found = model.type_of(type_name).map(|_| ());
    found.ok_or_else(|| format!("type `{type_name}` is not defined"))
}

fn check_assignable(
    relation: &Relation,
    subject: &Subject,
    condition: Option<&TupleCondition>,
) -> Result<(), String> {
    let kind = match subject {
        Subject::Object(_) => AssignableKind::Object,
        Subject::Wildcard(_) => AssignableKind::Wildcard,
        Subject::Userset(_, relation) => AssignableKind::Userset(relation.clone()),
    };
    let type_name = subject.type_name();
    let fits = (relation.assignable.iter())
        .filter(|one| one.type_name == type_name && one.kind == kind)
        .map(|one| one.condition.as_deref());
    let fits: Vec<_> = fits.collect();
    let given = condition.map(|condition| condition.name.as_str());
    if fits.contains(&given) {
        return Ok(());
    }
    let name = &relation.name;
    Err(match (fits.is_empty(), given) {
        (true, _) => {
            let kind = match &kind {
                AssignableKind::Object => type_name.to_owned(),
                AssignableKind::Wildcard => format!("{type_name}:*"),
                AssignableKind::Userset(relation) => format!("{type_name}#{relation}"),
            };
            format!("`{kind}` may not be assigned to relation `{name}`")
        }
        (false, None) => format!("relation `{name}` takes it with a condition only"),
        (false, Some(given)) => {
            format!("relation `{name}` does not take it with condition `{given}`")
        }
    })
}
