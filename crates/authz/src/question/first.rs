//! Which is the first of several relations that a user has to an object? Asked of a view, or within
//! a transaction that is about to change what the answer rests on.

use super::{Progress, ROUNDS_MAX, ROWS_MAX, refused};
use crate::access::Resource;
use crate::asked::Asked;
use crate::error::{Error, Refusal, Result};
use crate::judge::Judge;
use crate::known::View;
use crate::request::{Answered, Scope};
use crate::service::Authz;
use crate::transaction::Transaction;
use crate::written;
use rebac::check::DEPTH_MAX;
use rebac::{Answer, Asking, Budget, Failure, ObjectId, RelationId, Set, Subject};
use std::collections::BTreeSet;
use std::sync::Arc;
use store::tuples;
use types::{Call, ModelId, TeamId, UserId};

/// Which of these relations, the first in front?
#[derive(Debug, Clone)]
pub(crate) struct FirstQuestion {
    /// Who.
    pub(crate) user: Arc<str>,
    /// To what.
    pub(crate) object: Arc<str>,
    /// Which relations, in the order in which they count.
    pub(crate) relations: Arc<[String]>,
}

impl FirstQuestion {
    /// Which relations a user has to a resource.
    pub(crate) fn of(user: UserId, resource: Resource, relations: &Arc<[String]>) -> Self {
        Self {
            user: format!("user:{user}").into(),
            object: resource.to_string().into(),
            relations: Arc::clone(relations),
        }
    }

    /// Whether a user has one of some relations to a team.
    pub(crate) fn of_team(user: UserId, team: TeamId, relations: &[&str]) -> Self {
        Self {
            user: format!("user:{user}").into(),
            object: format!("team:{team}").into(),
            relations: relations.iter().map(|one| (*one).to_owned()).collect(),
        }
    }
}

/// Such a question in numbers.
struct Numbered {
    subject: Subject,
    object: ObjectId,
    relations: Vec<RelationId>,
}

/// The index of the first relation that holds; none: no relation does.
pub(crate) type Held = Result<Option<usize>, Refusal>;

/// Steps that a question within a transaction may take: others wait for it.
const LOCKED_STEPS: u64 = 20_000;
/// One question takes at most this part of the steps that are left, so that those behind it are
/// answered too.
const SHARES_MAX: u64 = 8;

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

/// Each question in numbers. Who and what are looked up once where several questions in a row name
/// them.
fn numbers(
    view: &View,
    asked: &mut Asked,
    questions: &[FirstQuestion],
) -> Result<Vec<Numbered>, Refusal> {
    let mut all: Vec<Numbered> = Vec::with_capacity(questions.len());
    let mut before: Option<&FirstQuestion> = None;
    for question in questions {
        let last = before.zip(all.last());
        let same_user = last.filter(|(before, _)| before.user == question.user);
        let same_object = last.filter(|(before, _)| before.object == question.object);
        let same_user = same_user.map(|(_, numbered)| numbered.subject);
        let same_object = same_object.map(|(_, numbered)| numbered.object);
        let object = written::object(&question.object)?;
        let type_name = object.type_name();
        let unknown = || Refusal::TypeNotFound(type_name.to_owned());
        let subject = if let Some(subject) = same_user {
            subject
        } else {
            let subject = written::subject(&view.ready, asked.names(), &question.user)?;
            asked.subject(subject).ok_or_else(unknown)?
        };
        let number = same_object.or_else(|| asked.object(object));
        let named = question.relations.iter();
        let relations = named.map(|name| view.ready.relation(asked.names(), type_name, name));
        all.push(Numbered {
            subject,
            object: number.ok_or_else(unknown)?,
            relations: relations.collect::<Result<_, _>>()?,
        });
        before = Some(question);
    }
    Ok(all)
}

fn evaluated(asked: &Asked, questions: &[Numbered], mut budget: Budget) -> Progress<Vec<Held>> {
    let mut missing = BTreeSet::new();
    let mut is_cut = false;
    let mut all = Vec::with_capacity(questions.len());
    let ready = &asked.view().ready;
    let mut judge = asked.judge(ready, None);
    let Some(begin) = questions.first() else {
        return Progress::Done(all);
    };
    // What one question finds out about a project the next ones know: most ask of one user.
    let mut asking = Asking::new(&ready.plan, asked, &mut judge, begin.subject);
    for (place, question) in questions.iter().enumerate() {
        // Whoever is first at a project pays for all that ask about it.
        let shares = u64::try_from(questions.len() - place).unwrap_or(u64::MAX);
        asking.ask_of(question.subject);
        let held = budget.lend(shares.min(SHARES_MAX), |share| {
            first(&mut asking, question, share, &mut missing)
        });
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
    asking: &mut Asking<'_, Asked, Judge<'_, Asked>>,
    question: &Numbered,
    budget: &mut Budget,
    missing: &mut BTreeSet<Set>,
) -> Result<Option<usize>, Failure<String>> {
    let mut failure = None;
    for (index, relation) in question.relations.iter().enumerate() {
        match asking.ask(question.object, *relation, budget) {
            Answer::Allowed => return Ok(Some(index)),
            Answer::Denied => {}
            Answer::Missing(sets) => missing.extend(sets),
            Answer::Failed(failed) => failure = Some(failed),
        }
    }
    failure.map_or(Ok(None), Err)
}
