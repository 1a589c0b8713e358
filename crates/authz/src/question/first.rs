//! Which is the first of several relations that a user has to an object? Asked of a view, or within
//! a transaction that is about to change what the answer rests on.

use super::check::{Numbered, number, one};
use super::{Progress, ROUNDS_MAX, ROWS_MAX, refused};
use crate::asked::Asked;
use crate::error::{Error, Refusal, Result};
use crate::known::View;
use crate::request::{Answered, CheckQuestion, Given, Scope};
use crate::service::Authz;
use crate::transaction::Transaction;
use rebac::check::DEPTH_MAX;
use rebac::{Answer, Budget, Failure, Set};
use std::collections::BTreeSet;
use std::sync::Arc;
use store::tuples;
use types::{Call, ModelId};

/// Which of these relations, the first in front?
#[derive(Debug, Clone)]
pub(crate) struct FirstQuestion {
    /// Who.
    pub(crate) user: String,
    /// To what.
    pub(crate) object: String,
    /// Which relations, in the order in which they count.
    pub(crate) relations: Arc<[String]>,
}

/// The index of the first relation that holds; none: no relation does.
pub(crate) type Held = Result<Option<usize>, Refusal>;

/// Steps that a question within a transaction may take: others wait for it.
const LOCKED_STEPS: u64 = 20_000;

impl Authz {
    /// Asks several such questions, all at one version. An error of one relation counts only where
    /// no other holds.
    pub(crate) async fn first(
        &self,
        call: &Call,
        scope: Scope,
        questions: &[FirstQuestion],
    ) -> Result<Answered<Vec<Held>>> {
        let (store, view) = self.view(call, scope).await?;
        let mut asked = Asked::of(&view, &[]);
        let numbered = numbers(&view, &mut asked, questions)?;
        let evaluate = move |asked: &Asked, budget| evaluated(asked, &numbered, budget);
        let (held, _, version) = self.settle(call, store, asked, evaluate).await?;
        Ok(Answered {
            value: held,
            model: view.model_id,
            version,
        })
    }

    /// The same within a transaction: nothing that it rests on can change before the commit.
    pub(crate) async fn first_within(
        &self,
        call: &Call,
        transaction: &mut Transaction,
        model: ModelId,
        questions: &[FirstQuestion],
    ) -> Result<Vec<Held>> {
        let store = Arc::clone(&transaction.store);
        let (model_id, ready, names) = store.model(self.parts(), call, Some(model)).await?;
        let view = Arc::new(View {
            model_id,
            ready,
            names,
            resident: None,
        });
        let mut asked = Asked::of(&view, &[]);
        let numbered = numbers(&view, &mut asked, questions)?;
        let budget = Budget {
            steps: LOCKED_STEPS,
            depth: DEPTH_MAX,
        };
        for _ in 0..ROUNDS_MAX {
            let sets = match evaluated(&asked, &numbered, budget) {
                Progress::Done(held) | Progress::OutOfSteps(held, _) => return Ok(held),
                Progress::Missing(sets, _) => sets,
            };
            let wanted = asked.wanted(&sets);
            let wanted =
                wanted.ok_or_else(|| Error::internal("a set has no name to be loaded by"))?;
            let tx = &mut transaction.tx;
            let loaded = tuples::load_in(tx, store.number, &wanted, call.now, ROWS_MAX).await?;
            let (_, found) = loaded.ok_or(Refusal::StoreNotFound)?;
            if found.len() > ROWS_MAX {
                break;
            }
            asked.fill(&sets, &found);
        }
        let message = "it takes too many tuples to resolve";
        Err(Refusal::TooComplex(message.to_owned()).into())
    }
}

/// Each question in numbers, relation by relation.
fn numbers(
    view: &View,
    asked: &mut Asked,
    questions: &[FirstQuestion],
) -> Result<Vec<Vec<Numbered>>, Refusal> {
    let mut all = Vec::with_capacity(questions.len());
    for question in questions {
        let relations = question.relations.iter().map(|relation| CheckQuestion {
            user: question.user.clone(),
            relation: relation.clone(),
            object: question.object.clone(),
            given: Given::default(),
        });
        let numbered = relations.map(|question| number(view, asked, question));
        all.push(numbered.collect::<Result<Vec<_>, _>>()?);
    }
    Ok(all)
}

fn evaluated(asked: &Asked, questions: &[Vec<Numbered>], budget: Budget) -> Progress<Vec<Held>> {
    let share = u64::try_from(questions.len().max(1)).unwrap_or(u64::MAX);
    let mut missing = BTreeSet::new();
    let mut is_cut = false;
    let mut all = Vec::with_capacity(questions.len());
    for relations in questions {
        let mut budget = Budget {
            steps: budget.steps / share,
            ..budget
        };
        let held = first(asked, relations, &mut budget, &mut missing);
        is_cut |= matches!(&held, Err(Failure::TooManySteps));
        all.push(held.map_err(refused));
    }
    if !missing.is_empty() {
        Progress::Missing(missing, None)
    } else if is_cut {
        Progress::OutOfSteps(all, None)
    } else {
        Progress::Done(all)
    }
}

/// The first that holds. Where something in front of it is missing, all that is missing is named,
/// and what is returned counts for nothing.
fn first(
    asked: &Asked,
    relations: &[Numbered],
    budget: &mut Budget,
    missing: &mut BTreeSet<Set>,
) -> Result<Option<usize>, Failure<String>> {
    let mut failure = None;
    for (index, numbered) in relations.iter().enumerate() {
        match one(asked, numbered, budget) {
            Answer::Allowed => return Ok(Some(index)),
            Answer::Denied => {}
            Answer::Missing(sets) => missing.extend(sets),
            Answer::Failed(failed) => failure = Some(failed),
        }
    }
    failure.map_or(Ok(None), Err)
}
