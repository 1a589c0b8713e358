//! The tuples in requests, and what a question brings along.

use super::error::Failure;
use super::message::Message;
use super::pattern;
use authz::written::CONTEXTUAL_MAX;
use authz::{CheckQuestion, Given, WrittenTuple};
use types::TupleCondition;

/// Longest user of a tuple, in bytes.
pub(super) const USER_BYTES_MAX: usize = 512;

/// A tuple as writes and contexts have it. Whether it makes sense is for the model to say.
pub(super) fn written(key: &Message<'_>) -> Result<WrittenTuple, Failure> {
    let condition = key.message("condition", "RelationshipCondition")?;
    Ok(WrittenTuple {
        user: key.short("user", USER_BYTES_MAX)?.to_owned(),
        relation: key.optional("relation", pattern::RELATION)?.to_owned(),
        object: key.optional("object", pattern::OBJECT)?.to_owned(),
        condition: condition.as_ref().map(condition_of).transpose()?,
    })
}

/// A tuple to delete: without a condition.
pub(super) fn deleted(key: &Message<'_>) -> Result<WrittenTuple, Failure> {
    Ok(WrittenTuple {
        user: key.short("user", USER_BYTES_MAX)?.to_owned(),
        relation: key.optional("relation", pattern::RELATION)?.to_owned(),
        object: key.optional("object", pattern::OBJECT)?.to_owned(),
        condition: None,
    })
}

fn condition_of(message: &Message<'_>) -> Result<TupleCondition, Failure> {
    Ok(TupleCondition {
        name: message.required("name", pattern::RELATION)?.to_owned(),
        context: message.values("context")?.unwrap_or_default(),
    })
}

/// A question with what comes along.
pub(super) fn question(
    message: &Message<'_>,
    key: &'static str,
    given: Given,
) -> Result<CheckQuestion, Failure> {
    let key = message.needed("tuple_key", key)?;
    Ok(CheckQuestion {
        user: key.required("user", pattern::USER)?.to_owned(),
        relation: key.required("relation", pattern::RELATION)?.to_owned(),
        object: key.required("object", pattern::OBJECT)?.to_owned(),
        given,
    })
}

/// What comes along, tuples in a message of their own.
pub(super) fn given(message: &Message<'_>) -> Result<Given, Failure> {
    Ok(Given {
        contextual: contextual(message)?,
        context: message.values("context")?,
    })
}

/// The tuples that come along in a message of their own.
pub(super) fn contextual(message: &Message<'_>) -> Result<Vec<WrittenTuple>, Failure> {
    match message.message("contextual_tuples", "ContextualTupleKeys")? {
        Some(tuples) => listed(&tuples, "tuple_keys", CONTEXTUAL_MAX),
        None => Ok(Vec::new()),
    }
}

/// What comes along, tuples in a plain list.
pub(super) fn given_flat(message: &Message<'_>, most: usize) -> Result<Given, Failure> {
    Ok(Given {
        contextual: listed(message, "contextual_tuples", most)?,
        context: message.values("context")?,
    })
}

/// What comes along with the question for users.
pub(super) fn given_to_users(message: &Message<'_>) -> Result<Given, Failure> {
    given_flat(message, CONTEXTUAL_MAX)
}

fn listed(message: &Message<'_>, field: &str, most: usize) -> Result<Vec<WrittenTuple>, Failure> {
    let keys = message.at_most(field, "TupleKey", most)?;
    keys.iter().map(written).collect()
}
