//! Questions in their order, until one decides: what lies behind it is not asked.

use super::Rounds;
use super::check::{Verdict, answered, number};
use crate::asked::Asked;
use crate::error::{Error, Refusal, Result};
use crate::known::View;
use crate::request::{Answered, CheckQuestion, Scope, WrittenTuple};
use crate::service::Authz;
use crate::written;
use std::sync::Arc;
use types::Call;

/// Which verdict ends a list of questions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// The first that does not allow, be it a denial or a reason why nobody can say.
    FirstDenied,
    /// The first that allows.
    FirstAllowed,
}

impl Until {
    /// Nothing is asked behind this verdict.
    pub fn ends<E>(self, verdict: &Result<bool, E>) -> bool {
        matches!(verdict, Ok(true)) == (self == Self::FirstAllowed)
    }
}

/// The graph of the last question, with what was loaded for it.
struct Kept {
    contextual: Vec<WrittenTuple>,
    asked: Asked,
}

impl Authz {
    /// Asks questions one after another, all at one version, until one decides. There are as many
    /// verdicts as questions up to the one that decides, and it is the last.
    pub async fn checks_until(
        &self,
        call: &Call,
        scope: Scope,
        questions: Vec<CheckQuestion>,
        until: Until,
    ) -> Result<Answered<Vec<Verdict>>> {
        let (store, view) = self.view(call, scope).await?;
        let mut rounds = self.rounds(call, store, &view);
        let (mut verdicts, mut kept) = (Vec::new(), None);
        for question in questions {
            let verdict = match next(&mut rounds, &view, &mut kept, question).await {
                Ok(verdict) => verdict,
                Err(Error::Refused(refusal @ Refusal::TooComplex(_))) => Err(refusal),
                // What is known does not become wrong by what there is no time for.
                Err(Error::Late) if !verdicts.is_empty() => Err(Refusal::OutOfTime),
                Err(error) => return Err(error),
            };
            let is_last = until.ends(&verdict);
            verdicts.push(verdict);
            if is_last {
                break;
            }
            // Many short questions must not hold up those of others.
            tokio::task::yield_now().await;
        }
        Ok(Answered {
            value: verdicts,
            model: view.model_id,
            version: rounds.version,
        })
    }
}

/// The verdict on one question. One that brings the same tuples along as the one before it sees
/// the same graph, and what was loaded into it.
async fn next(
    rounds: &mut Rounds<'_>,
    view: &Arc<View>,
    kept: &mut Option<Kept>,
    question: CheckQuestion,
) -> Result<Verdict> {
    let contextual = question.given.contextual.clone();
    let known = kept.take().filter(|kept| kept.contextual == contextual);
    let mut asked = match known {
        Some(kept) => kept.asked,
        None => match written::contextual(&view.ready, &view.names, &contextual) {
            Ok(tuples) => Asked::of(view, &tuples),
            Err(Error::Refused(refusal)) => return Ok(Err(refusal)),
            Err(error) => return Err(error),
        },
    };
    let numbered = match number(view, &mut asked, question) {
        Ok(numbered) => numbered,
        Err(refusal) => {
            *kept = Some(Kept { contextual, asked });
            return Ok(Err(refusal));
        }
    };
    let evaluate = move |asked: &Asked, budget| answered(asked, &numbered, budget);
    let (verdict, asked) = rounds.settle(asked, evaluate).await?;
    *kept = Some(Kept { contextual, asked });
    Ok(verdict)
}
