//! Tuples as they are stored.

use super::asked::{Asked, page_size};
use super::error::Failure;
use super::message::Message;
use super::tuples::USER_BYTES_MAX;
use super::{pattern, wire};
use crate::http::page_token::Purpose;
use crate::http::reply::Reply;
use authz::reading::ReadFilter;
use authz::{Consistency, Page};
use serde_json::{Value, json};
use types::{Object, Subject, TupleKey};

/// Where a page ended, as a token holds it: object, relation, user.
type Position = (String, String, String);

/// `POST /stores/{store_id}/read`.
pub(super) async fn read(asked: Asked<'_>) -> Result<Reply, Failure> {
    const MESSAGE: &str = "ReadRequest";
    let store = asked.store(MESSAGE)?;
    let body = asked.body()?;
    let message = Message::of(MESSAGE, &body)?;
    let mut filter = filter(&message)?;
    let size = page_size(MESSAGE, message.whole("page_size")?)?;
    // The database is always asked, so that no answer is older than the question.
    if let Consistency::AtLeast(version) = asked.consistency(&message)? {
        filter.at_least = Some(version);
    }
    let id = store.to_string();
    let purpose = Purpose {
        endpoint: "read",
        of: &[&id],
    };
    let token = message.raw("continuation_token")?;
    let position: Option<Position> = asked.position_of(MESSAGE, purpose, token)?;
    let page = Page {
        size,
        after: position.and_then(key),
    };
    let exchange = asked.exchange;
    let authz = &exchange.app.authz;
    let found = authz.read(&exchange.call, store, &filter, page).await?;
    let next = found.next.as_ref().map(position_of);
    let token = next.map(|next| exchange.app.openfga.tokens.write(purpose, &next));
    let tuple = |stored: &store::tuples::StoredTuple| {
        let tuple = &stored.tuple;
        json!({
            "key": wire::tuple(&tuple.key, tuple.condition.as_ref()),
            "timestamp": stored.written_at.to_string(),
        })
    };
    let tuples: Vec<Value> = found.items.iter().map(tuple).collect();
    let body = json!({ "tuples": tuples, "continuation_token": token.unwrap_or_default() });
    Ok(wire::ok(&body))
}

/// What to read: all of it where no key is given, or what is about an object, or about objects of a
/// type and a user.
fn filter(message: &Message<'_>) -> Result<ReadFilter, Failure> {
    let Some(key) = message.message("tuple_key", "ReadRequestTupleKey")? else {
        return Ok(ReadFilter::default());
    };
    let user = key.short("user", USER_BYTES_MAX)?;
    let relation = key.optional("relation", pattern::RELATION)?;
    let object = key.optional("object", pattern::OBJECT)?;
    let (type_name, id) = object.split_once(':').unwrap_or_default();
    if type_name.is_empty() {
        let what = "the 'tuple_key' field was provided but the object type field is required and \
                    both the object id and user cannot be empty";
        return Err(Failure::invalid(what));
    }
    if id.is_empty() && user.is_empty() {
        let what = "the 'tuple_key' field was provided but both the object id and the user are \
                    empty: at least one of them is required";
        return Err(Failure::invalid(what));
    }
    let given = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    Ok(ReadFilter {
        user: given(user),
        relation: given(relation),
        object: given(object),
        at_least: None,
    })
}

fn position_of(key: &TupleKey) -> Position {
    let (object, user) = (key.object.to_string(), key.subject.to_string());
    (object, key.relation.clone(), user)
}

/// The key of a position, which we have written.
fn key((object, relation, user): Position) -> Option<TupleKey> {
    Some(TupleKey {
        subject: Subject::parse(&user).ok()?,
        relation,
        object: Object::parse(&object).ok()?,
    })
}
