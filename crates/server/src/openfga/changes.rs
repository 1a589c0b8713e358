//! The changes of tuples, in the order of their commits.

use super::asked::Asked;
use super::code::Code;
use super::error::Failure;
use super::{pattern, wire};
use crate::http::page_token::Purpose;
use crate::http::reply::Reply;
use authz::Page;
use authz::reading::{ChangeAt, ChangeFilter};
use serde_json::{Value, json};
use store::changes::{ChangeRow, Operation};
use types::Time;

/// `GET /stores/{store_id}/changes`.
pub(super) async fn list(asked: Asked<'_>) -> Result<Reply, Failure> {
    const MESSAGE: &str = "ReadChangesRequest";
    let store = asked.store(MESSAGE)?;
    let of_type = of_type(&asked, MESSAGE)?;
    let size = asked.page_size(MESSAGE)?;
    let from = start_time(asked)?;
    let id = store.to_string();
    let purpose = Purpose {
        endpoint: "changes",
        of: &[&id],
    };
    let position: Option<(ChangeAt, String)> = asked.position(MESSAGE, purpose)?;
    if position.as_ref().is_some_and(|(_, other)| other != of_type) {
        let what = "The type in the querystring and the continuation token don't match";
        return Err(Failure::Refused(Code::TypeTokenMismatch, what.to_owned()));
    }
    let after = position.map(|(after, _)| after);
    // A token says where to go on: what the time says besides does not count.
    let from = from.filter(|_| after.is_none());
    let page = Page { size, after };
    let exchange = asked.exchange;
    let (authz, call) = (&exchange.app.authz, &exchange.call);
    let filter = ChangeFilter {
        type_name: Some(of_type).filter(|name| !name.is_empty()),
        from,
        at_least: asked.at_least()?,
    };
    let found = authz.changes(call, store, filter, page).await?;
    let next = found.next.map(|at| (at, of_type));
    let token = next.map(|next| exchange.app.openfga.tokens.write(purpose, &next));
    let changes: Vec<Value> = found.items.iter().map(change).collect();
    let body = json!({ "changes": changes, "continuation_token": token.unwrap_or_default() });
    Ok(wire::ok(&body))
}

/// The type that is asked of; empty: all.
fn of_type<'a>(asked: &'a Asked<'_>, message: &'static str) -> Result<&'a str, Failure> {
    let name = asked.query("type")?;
    if name.is_empty() || pattern::CHANGED_TYPE.holds(name) {
        return Ok(name);
    }
    let reason = pattern::CHANGED_TYPE.reason();
    Err(Failure::violation(message, "Type", &reason))
}

fn start_time(asked: Asked<'_>) -> Result<Option<Time>, Failure> {
    let text = asked.raw_query("start_time");
    if text.is_empty() {
        return Ok(None);
    }
    let time = Time::parse(text)
        .ok_or_else(|| Failure::invalid("start_time is no time as RFC 3339 writes it"))?;
    // In OpenFGA a change has its time within its ULID, which none before 1970 fits into.
    if time < Time::from_unix_seconds(0) {
        let what = "start_time is before 1970-01-01T00:00:00Z".to_owned();
        return Err(Failure::Refused(Code::InvalidStartTime, what));
    }
    Ok(Some(time))
}

/// A change; of a deleted tuple the key only.
fn change(row: &ChangeRow) -> Value {
    let (operation, condition) = match row.operation {
        Operation::Write => ("TUPLE_OPERATION_WRITE", row.tuple.condition.as_ref()),
        Operation::Delete => ("TUPLE_OPERATION_DELETE", None),
    };
    json!({
        "tuple_key": wire::tuple(&row.tuple.key, condition),
        "operation": operation,
        "timestamp": row.at.to_string(),
    })
}
