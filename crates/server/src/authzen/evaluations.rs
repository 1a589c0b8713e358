//! Many evaluations in one request, with what they have in common said once.

use super::entity;
use super::error::Failure;
use super::evaluation;
use super::message::{self, Fields, Invalid};
use super::scope;
use crate::http::exchange::Exchange;
use crate::http::reply::Reply;
use authz::Until;
use serde_json::{Map, Value, json};

/// Most evaluations of one request.
const EVALUATIONS_MAX: usize = 100;
/// Most bytes that the evaluations take with what each inherits: a small body must not become a
/// large one.
const BYTES_MAX: usize = 8 << 20;
/// What evaluations inherit, each with the fields that it cannot be without.
const INHERITED: [(&str, &[&str]); 4] = [
    ("subject", &["type", "id"]),
    ("action", &["name"]),
    ("resource", &["type", "id"]),
    ("context", &[]),
];

/// `POST /access/v1/evaluations`.
pub(super) async fn evaluate(exchange: &Exchange) -> Result<Reply, Failure> {
    let body = message::body(exchange)?;
    let fields = Fields::of(&body);
    let items = items(fields)?;
    let until = until(fields)?;
    if items.is_empty() {
        return evaluation::single(exchange, fields).await;
    }
    let questions = inherited(fields, &items)?
        .iter()
        .map(|whole| entity::question(Fields::of(whole)))
        .collect();
    let scope = scope::of(exchange).await?;
    let decisions = match until {
        None => evaluation::decide(exchange, scope, questions).await?,
        Some(until) => evaluation::decide_until(exchange, scope, questions, until).await?,
    };
    let told: Vec<Value> = decisions.iter().map(evaluation::told).collect();
    Ok(evaluation::ok(&json!({ "evaluations": told })))
}

fn items(fields: Fields<'_>) -> Result<Vec<&Map<String, Value>>, Invalid> {
    let Some(value) = fields.value("evaluations") else {
        return Ok(Vec::new());
    };
    let wrong = || fields.mistyped("evaluations", "an array of objects");
    let items = value.as_array().ok_or_else(wrong)?;
    if items.len() > EVALUATIONS_MAX {
        let what = format!("evaluations has more than {EVALUATIONS_MAX} items");
        return Err(Invalid(what));
    }
    let objects = items.iter().map(|item| item.as_object().ok_or_else(wrong));
    objects.collect()
}

/// The decision that is the last one, by the semantic of the evaluations; none: all are made.
fn until(fields: Fields<'_>) -> Result<Option<Until>, Invalid> {
    let Some(options) = fields.object("options")? else {
        return Ok(None);
    };
    match options.optional("evaluations_semantic")? {
        None | Some("execute_all") => Ok(None),
        Some("deny_on_first_deny") => Ok(Some(Until::FirstDenied)),
        Some("permit_on_first_permit") => Ok(Some(Until::FirstAllowed)),
        Some(_) => Err(options.mistyped(
            "evaluations_semantic",
            "execute_all, deny_on_first_deny or permit_on_first_permit",
        )),
    }
}

/// Each evaluation with what it inherits.
fn inherited(
    defaults: Fields<'_>,
    items: &[&Map<String, Value>],
) -> Result<Vec<Map<String, Value>>, Invalid> {
    for (name, _) in INHERITED {
        defaults.object(name)?;
    }
    let mut wholes = Vec::new();
    let mut bytes = 0;
    for item in items {
        let mut whole = Map::new();
        for (name, required) in INHERITED {
            let value = effective(defaults.value(name), Fields::of(item).value(name), required);
            let lent = value.iter().flat_map(|(_, lent)| lent);
            bytes += value.as_ref().map_or(0, |(own, _)| entity::weight(own));
            bytes += lent.map(|(_, field)| entity::weight(field)).sum::<usize>();
            if bytes > BYTES_MAX {
                let what = "the evaluations are too large with what they inherit";
                return Err(Invalid(what.to_owned()));
            }
            if let Some((value, lent)) = value {
                whole.insert(name.to_owned(), completed(value, &lent));
            }
        }
        wholes.push(whole);
    }
    Ok(wholes)
}

/// What an evaluation borrows from a default entity beside its own.
type Lent<'v> = Vec<(&'static str, &'v Value)>;

/// The value that counts: an evaluation's own one whole, except that a field which an entity
/// cannot be without comes from the default where it is missing.
fn effective<'v>(
    default: Option<&'v Value>,
    own: Option<&'v Value>,
    required: &'static [&'static str],
) -> Option<(&'v Value, Lent<'v>)> {
    let Some(own) = own else {
        return default.map(|default| (default, Vec::new()));
    };
    let is_missing = |field: &&&'static str| own.get(**field).is_none_or(Value::is_null);
    let lend = |field: &&'static str| Some((*field, default?.get(*field)?));
    let lent = required.iter().filter(is_missing).filter_map(lend);
    Some((own, lent.collect()))
}

fn completed(value: &Value, lent: &Lent<'_>) -> Value {
    let mut value = value.clone();
    if let Value::Object(map) = &mut value {
        for (field, default) in lent {
            map.insert((*field).to_owned(), (*default).clone());
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(body: &Value) -> Result<Vec<Value>, Invalid> {
        let fields = Fields::of(body.as_object().unwrap());
        let items = items(fields)?;
        let wholes = inherited(fields, &items)?;
        Ok(wholes.into_iter().map(Value::Object).collect())
    }

    #[test]
    fn defaults_are_inherited_whole() {
        let body = json!({
            "subject": {"type": "user", "id": "ann", "properties": {"role": "admin"}},
            "context": {"a": 1, "b": 2},
            "evaluations": [
                {},
                {"subject": {"id": "bob"}, "context": {"a": 3}},
            ],
        });
        let subject = json!({"type": "user", "id": "ann", "properties": {"role": "admin"}});
        let first = json!({ "subject": subject, "context": {"a": 1, "b": 2} });
        let bob = json!({"type": "user", "id": "bob"});
        let second = json!({ "subject": bob, "context": {"a": 3} });
        assert_eq!(whole(&body), Ok(vec![first, second]));
    }

    #[test]
    fn a_small_body_does_not_become_a_large_one() {
        let text = "x".repeat(BYTES_MAX / 50);
        let many = vec![json!({}); EVALUATIONS_MAX];
        let body = json!({ "context": {"a": text}, "evaluations": many });
        assert!(whole(&body).is_err());
        let few = json!({ "context": {"a": "x"}, "evaluations": many });
        assert_eq!(whole(&few).map(|wholes| wholes.len()), Ok(EVALUATIONS_MAX));
        let more = vec![json!({}); EVALUATIONS_MAX + 1];
        assert!(whole(&json!({ "evaluations": more })).is_err());
    }
}
