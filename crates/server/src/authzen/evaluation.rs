//! One evaluation: may this subject do this to this resource?

use super::entity;
use super::error::Failure;
use super::message::{self, Fields, Invalid};
use super::scope;
use crate::http::exchange::Exchange;
use crate::http::reply::{self, Reply};
use authz::{Answered, CheckQuestion, Error, Refusal, Scope, Until, Verdict};
use axum::http::StatusCode;
use axum::http::header::CACHE_CONTROL;
use serde_json::{Value, json};

/// A decision, or why there is none: what a client must take as a denial.
pub(super) type Decision = Result<bool, Undecided>;

/// Why nobody can say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Undecided {
    /// In words.
    pub(super) what: String,
    /// The answer was given up on: there is one, but it costs more than is allowed.
    pub(super) is_given_up: bool,
}

impl From<Invalid> for Undecided {
    fn from(Invalid(what): Invalid) -> Self {
        Self {
            what,
            is_given_up: false,
        }
    }
}

impl From<Refusal> for Undecided {
    fn from(refusal: Refusal) -> Self {
        Self {
            what: refusal.to_string(),
            is_given_up: matches!(refusal, Refusal::TooComplex(_) | Refusal::OutOfTime),
        }
    }
}

/// `POST /access/v1/evaluation`.
pub(super) async fn evaluate(exchange: &Exchange) -> Result<Reply, Failure> {
    let body = message::body(exchange)?;
    single(exchange, Fields::of(&body)).await
}

/// The answer to a body that is one evaluation.
pub(super) async fn single(exchange: &Exchange, fields: Fields<'_>) -> Result<Reply, Failure> {
    entity::require(fields)?;
    let scope = scope::of(exchange).await?;
    let decisions = decide(exchange, scope, vec![entity::question(fields)]).await?;
    let decision = decisions.first().map(told);
    Ok(ok(&decision.unwrap_or_else(|| json!({ "decision": false }))))
}

/// Decides all of them at one version of the store. A question that nobody can answer is no
/// failure of the others.
pub(super) async fn decide(
    exchange: &Exchange,
    scope: Scope,
    questions: Vec<Result<CheckQuestion, Invalid>>,
) -> Result<Vec<Decision>, Failure> {
    let (mut asked, mut decisions) = (Vec::new(), Vec::new());
    for question in questions {
        decisions.push(match question {
            Ok(question) => {
                asked.push(question);
                None
            }
            Err(invalid) => Some(Err(invalid.into())),
        });
    }
    let count = asked.len();
    let authz = &exchange.app.authz;
    let verdicts = authz.checks(&exchange.call, scope, asked).await;
    let mut verdicts = told_or_none(verdicts, count)?.into_iter();
    let unanswered = || Err(Invalid("it was not asked".to_owned()).into());
    let decided = decisions.into_iter().map(|decision| match decision {
        Some(decision) => decision,
        None => (verdicts.next()).map_or_else(unanswered, |verdict| verdict.map_err(Into::into)),
    });
    Ok(decided.collect())
}

/// Decides one after another, all at one version of the store, until one is the last; nothing
/// behind it is evaluated.
pub(super) async fn decide_until(
    exchange: &Exchange,
    scope: Scope,
    questions: Vec<Result<CheckQuestion, Invalid>>,
    until: Until,
) -> Result<Vec<Decision>, Failure> {
    let (mut asked, mut decisions) = (Vec::new(), Vec::new());
    for question in questions {
        let decision = match question {
            Ok(question) => {
                asked.push(question);
                None
            }
            Err(invalid) => Some(Err(Undecided::from(invalid))),
        };
        let is_last = decision.as_ref().is_some_and(|one| until.ends(one));
        decisions.push(decision);
        if is_last {
            break;
        }
    }
    let count = asked.len();
    let authz = &exchange.app.authz;
    let verdicts = authz.checks_until(&exchange.call, scope, asked, until);
    let mut verdicts = told_or_none(verdicts.await, count)?.into_iter();
    let mut decided = Vec::new();
    for decision in decisions {
        let verdict = || Some(verdicts.next()?.map_err(Into::into));
        let Some(decision) = decision.or_else(verdict) else {
            break;
        };
        let is_last = until.ends(&decision);
        decided.push(decision);
        if is_last {
            break;
        }
    }
    Ok(decided)
}

/// The verdicts on so many questions. Without a model there are no types, and what is of no type
/// is denied.
fn told_or_none(
    answered: Result<Answered<Vec<Verdict>>, Error>,
    count: usize,
) -> Result<Vec<Verdict>, Failure> {
    match answered {
        Ok(answered) => Ok(answered.value),
        Err(Error::Refused(Refusal::NoModel)) => Ok(vec![Err(Refusal::NoModel); count]),
        Err(error) => Err(error.into()),
    }
}

/// A decision as it is told.
pub(super) fn told(decision: &Decision) -> Value {
    match decision {
        Ok(decision) => json!({ "decision": decision }),
        Err(undecided) => {
            let error = json!({ "status": 400, "message": undecided.what });
            json!({ "decision": false, "context": { "error": error } })
        }
    }
}

/// An answer. Nothing that this API decides may be kept by a cache.
pub(super) fn ok(body: &Value) -> Reply {
    let mut reply = reply::json(StatusCode::OK, body.to_string());
    reply::set(&mut reply, CACHE_CONTROL, "no-store");
    reply
}
