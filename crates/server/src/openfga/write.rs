//! Tuples written and deleted, all of them or none.

use super::asked::Asked;
use super::error::Failure;
use super::message::Message;
use super::{tuples, wire};
use crate::http::reply::Reply;
use authz::{OnDuplicate, OnMissing, Write, WrittenTuple};
use serde_json::json;

/// Ours: why the tuples change, for the history.
const REASON_HEADER: &str = "claviger-reason";
/// Ours: when the written tuples end.
const EXPIRES_HEADER: &str = "claviger-expires-at";
/// Ours: what to do about tuples that are there already, beyond OpenFGA's words.
const DUPLICATE_HEADER: &str = "claviger-on-duplicate";
/// Longest reason, in bytes.
const REASON_BYTES_MAX: usize = 1_000;
const WORDS: [&str; 3] = ["", "error", "ignore"];

/// `POST /stores/{store_id}/write`.
pub(super) async fn write(asked: Asked<'_>) -> Result<Reply, Failure> {
    const MESSAGE: &str = "WriteRequest";
    let store = asked.store(MESSAGE)?;
    let body = asked.body()?;
    let message = Message::of(MESSAGE, &body)?;
    let change = change(asked, &message)?;
    let model = change.model;
    let exchange = asked.exchange;
    let stored = exchange
        .app
        .authz
        .write(&exchange.call, store, change)
        .await;
    let stored = stored.map_err(|error| asked.missed((store, model), error))?;
    let mut reply = wire::ok(&json!({}));
    if let Some(model) = stored.model {
        wire::name_model(&mut reply, model);
    }
    wire::name_version(&mut reply, stored.version);
    Ok(reply)
}

fn change(asked: Asked<'_>, message: &Message<'_>) -> Result<Write, Failure> {
    let writes = message.message("writes", "WriteRequestWrites")?;
    let deletes = message.message("deletes", "WriteRequestDeletes")?;
    let on_duplicate = writes.map(|writes| writes.word("on_duplicate", &WORDS));
    let on_missing = deletes.map(|deletes| deletes.word("on_missing", &WORDS));
    Ok(Write {
        model: Asked::chosen_model(message)?,
        writes: keys(writes.as_ref(), "TupleKey", tuples::written)?,
        deletes: keys(
            deletes.as_ref(),
            "TupleKeyWithoutCondition",
            tuples::deleted,
        )?,
        on_duplicate: on_duplicate_of(asked, on_duplicate.transpose()?)?,
        on_missing: match on_missing.transpose()? {
            Some("ignore") => OnMissing::Ignore,
            _ => OnMissing::Error,
        },
        expires_at: asked.time_ahead(EXPIRES_HEADER)?,
        actor: asked.actor.to_owned(),
        reason: reason(asked)?,
    })
}

/// The keys of one of the two lists, which is not there or not empty.
fn keys(
    list: Option<&Message<'_>>,
    name: &'static str,
    read: fn(&Message<'_>) -> Result<WrittenTuple, Failure>,
) -> Result<Vec<WrittenTuple>, Failure> {
    let Some(list) = list else {
        return Ok(Vec::new());
    };
    let keys = list.messages("tuple_keys", name)?;
    if keys.is_empty() {
        return Err(list.refuse("tuple_keys", "value must contain at least 1 item(s)"));
    }
    keys.iter().map(read).collect()
}

/// The body's word, or the header's, which no client sends by itself.
fn on_duplicate_of(asked: Asked<'_>, word: Option<&str>) -> Result<OnDuplicate, Failure> {
    match asked.header(DUPLICATE_HEADER)? {
        Some("replace") => Ok(OnDuplicate::Replace),
        Some(_) => Err(Failure::invalid(
            "Claviger-On-Duplicate can be `replace` only",
        )),
        None => Ok(match word {
            Some("ignore") => OnDuplicate::Ignore,
            _ => OnDuplicate::Error,
        }),
    }
}

/// The reason of a header, which may hold any letters (UTF-8).
fn reason(asked: Asked<'_>) -> Result<Option<String>, Failure> {
    let reason = asked.header(REASON_HEADER)?.unwrap_or_default();
    if reason.len() > REASON_BYTES_MAX {
        let what = format!("Claviger-Reason is longer than {REASON_BYTES_MAX} bytes");
        return Err(Failure::invalid(what));
    }
    Ok(Some(reason.to_owned()).filter(|reason| !reason.is_empty()))
}
