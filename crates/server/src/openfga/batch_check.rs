//! Many checks at once, each with an answer or a reason why it has none.

use super::asked::Asked;
use super::error::{self, Failure};
use super::message::Message;
use super::{pattern, tuples, wire};
use crate::http::reply::Reply;
use authz::{CheckQuestion, Refusal, Verdict};
use serde_json::{Map, Value, json};
use std::collections::HashSet;

/// Most checks of a request.
const CHECKS_MAX: usize = 50;
/// The code of a conflict, which a check has none of.
const NO_CODE: &str = "validation_error";

/// `POST /stores/{store_id}/batch-check`.
pub(super) async fn check(asked: Asked<'_>) -> Result<Reply, Failure> {
    const MESSAGE: &str = "BatchCheckRequest";
    let store = asked.store(MESSAGE)?;
    let body = asked.body()?;
    let message = Message::of(MESSAGE, &body)?;
    let items = items(&message)?;
    let scope = asked.scope(store, &message)?;
    let (ids, questions): (Vec<&str>, Vec<CheckQuestion>) = items.into_iter().unzip();
    let exchange = asked.exchange;
    let answered = exchange
        .app
        .authz
        .checks(&exchange.call, scope, questions)
        .await;
    let answered = answered.map_err(|error| asked.missed((store, scope.model), error))?;
    let results = ids.into_iter().zip(&answered.value);
    let results = results.map(|(id, verdict)| (id.to_owned(), result(verdict)));
    let results: Map<String, Value> = results.collect();
    let mut reply = wire::ok(&wire::one("result", Value::Object(results)));
    wire::name_model(&mut reply, answered.model);
    Ok(reply)
}

/// The checks by their ids.
fn items<'v>(message: &Message<'v>) -> Result<Vec<(&'v str, CheckQuestion)>, Failure> {
    let checks = message.messages("checks", "BatchCheckItem")?;
    if checks.is_empty() {
        return Err(message.refuse("checks", "value must contain at least 1 item(s)"));
    }
    let count = checks.len();
    if count > CHECKS_MAX {
        let what = format!("batchCheck received {count} checks, the maximum allowed is");
        return Err(Failure::invalid(format!("{what} {CHECKS_MAX}")));
    }
    let mut seen = HashSet::new();
    let item = |check: &Message<'v>| {
        let given = tuples::given(check)?;
        let question = tuples::question(check, "CheckRequestTupleKey", given)?;
        let id = check.required("correlation_id", pattern::CORRELATION_ID)?;
        if !seen.insert(id) {
            return Err(Failure::invalid(format!(
                "received duplicate correlation id: {id}"
            )));
        }
        Ok((id, question))
    };
    checks.iter().map(item).collect()
}

fn result(verdict: &Verdict) -> Value {
    match verdict {
        Ok(allowed) => json!({ "allowed": allowed }),
        Err(refusal) => {
            let code = error::code_of(refusal).map_or(NO_CODE, super::code::Code::name);
            let kind = match refusal {
                Refusal::OutOfTime => "internal_error",
                _ => "input_error",
            };
            json!({ "error": { kind: code, "message": error::words(refusal) } })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(checks: &Value) -> String {
        let body = json!({ "checks": checks });
        let message = Message::of("BatchCheckRequest", &body).unwrap();
        items(&message).unwrap_err().told().1.to_owned()
    }

    fn check(id: &str) -> Value {
        let key = json!({"user": "user:a", "relation": "viewer", "object": "doc:1"});
        json!({"tuple_key": key, "correlation_id": id})
    }

    #[test]
    fn batches_are_bounded_and_their_ids_unique() {
        assert!(refused(&json!([])).contains("at least 1 item"));
        let many: Vec<Value> = (0..=CHECKS_MAX).map(|n| check(&n.to_string())).collect();
        assert!(refused(&json!(many)).contains("received 51 checks, the maximum allowed is 50"));
        assert!(refused(&json!([check("a"), check("a")])).contains("duplicate correlation id: a"));
        assert!(refused(&json!([check("")])).contains("CorrelationId"));
        assert!(refused(&json!([{"correlation_id": "a"}])).contains("TupleKey: value is required"));
    }

    #[test]
    fn each_check_has_its_own_result() {
        assert_eq!(result(&Ok(true)), json!({"allowed": true}));
        let refused = result(&Err(Refusal::Invalid("why".to_owned())));
        let error = json!({"input_error": "validation_error", "message": "why"});
        assert_eq!(refused, json!({"error": error}));
        let late = result(&Err(Refusal::OutOfTime));
        assert_eq!(late["error"]["internal_error"], "deadline_exceeded");
    }
}
