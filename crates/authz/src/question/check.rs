//! May this user do this to this object? One question, or many at one version.

use super::{Progress, refused};
use crate::asked::Asked;
use crate::error::{Error, Refusal, Result};
use crate::known::View;
use crate::request::{Answered, CheckQuestion, Scope, WrittenTuple};
use crate::service::Authz;
use crate::written;
use rebac::{Answer, Budget, Failure, Question, Set};
use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use types::{Call, JsonObject};

/// What came of one check.
pub type Verdict = Result<bool, Refusal>;

/// A question in numbers.
pub(super) struct Numbered {
    pub(super) question: Question,
    pub(super) context: Option<JsonObject>,
}

impl Authz {
    /// Asks one question.
    pub async fn check(
        &self,
        call: &Call,
        scope: Scope,
        question: CheckQuestion,
    ) -> Result<Answered<bool>> {
        let (store, view) = self.view(call, scope).await?;
        let contextual = &question.given.contextual;
        let contextual = written::contextual(&view.ready, &view.names, contextual)?;
        let mut asked = Asked::of(&view, &contextual);
        let numbered = number(&view, &mut asked, question)?;
        let evaluate = move |asked: &Asked, budget| answered(asked, &numbered, budget);
        let (verdict, _, version) = self.settle(call, store, asked, evaluate).await?;
        Ok(Answered {
            value: verdict?,
            model: view.model_id,
            version,
        })
    }

    /// Asks many questions at once, all at one version. Each has an answer, or a reason why it has
    /// none.
    pub async fn checks(
        &self,
        call: &Call,
        scope: Scope,
        questions: Vec<CheckQuestion>,
    ) -> Result<Answered<Vec<Verdict>>> {
        let (store, view) = self.view(call, scope).await?;
        let mut verdicts: Vec<Option<Verdict>> = questions.iter().map(|_| None).collect();
        let mut rounds = self.rounds(call, store, &view);
        let groups = groups(&questions);
        // Many groups take no more of the time of others than one.
        rounds.inline.steps /= u64::try_from(groups.len().max(1)).unwrap_or(u64::MAX);
        for group in groups {
            // Those that bring the same tuples along see the same graph.
            let contextual = written::contextual(&view.ready, &view.names, group.contextual);
            let contextual = match contextual {
                Ok(contextual) => contextual,
                Err(Error::Refused(refusal)) => {
                    for index in group.members {
                        put(&mut verdicts, index, Err(refusal.clone()));
                    }
                    continue;
                }
                Err(error) => return Err(error),
            };
            let mut asked = Asked::of(&view, &contextual);
            let (mut numbered, mut members) = (Vec::new(), Vec::new());
            for index in group.members {
                let Some(question) = questions.get(index) else {
                    continue;
                };
                match number(&view, &mut asked, question.clone()) {
                    Ok(question) => {
                        members.push(index);
                        numbered.push((index, question));
                    }
                    Err(refusal) => put(&mut verdicts, index, Err(refusal)),
                }
            }
            let evaluate = evaluation(numbered);
            let (found, _) = rounds.settle(asked, evaluate).await?;
            let open = match rounds.cut.take() {
                Some(Error::Refused(refusal)) => refusal,
                _ => Refusal::OutOfTime,
            };
            let open = members.into_iter().map(|index| (index, Err(open.clone())));
            for (index, verdict) in open.chain(found) {
                put(&mut verdicts, index, verdict);
            }
        }
        let verdicts = verdicts.into_iter().map(|verdict| {
            verdict.unwrap_or_else(|| Err(Refusal::Invalid("it was not asked".to_owned())))
        });
        Ok(Answered {
            value: verdicts.collect(),
            model: view.model_id,
            version: rounds.version,
        })
    }
}

/// Questions that bring the same tuples along.
struct Group<'a> {
    contextual: &'a [WrittenTuple],
    hash: u64,
    members: Vec<usize>,
}

fn groups(questions: &[CheckQuestion]) -> Vec<Group<'_>> {
    let hashes = RandomState::new();
    let mut groups: Vec<Group<'_>> = Vec::new();
    for (index, question) in questions.iter().enumerate() {
        let contextual = question.given.contextual.as_slice();
        let texts = contextual.iter();
        let texts: Vec<_> = texts
            .map(|one| (&one.user, &one.relation, &one.object))
            .collect();
        // Long lists that differ at their ends are seldom compared.
        let hash = hashes.hash_one(texts);
        let mut known = groups.iter_mut();
        match known.find(|group| group.hash == hash && group.contextual == contextual) {
            Some(group) => group.members.push(index),
            None => groups.push(Group {
                contextual,
                hash,
                members: vec![index],
            }),
        }
    }
    groups
}

fn put(verdicts: &mut [Option<Verdict>], index: usize, verdict: Verdict) {
    if let Some(place) = verdicts.get_mut(index) {
        *place = Some(verdict);
    }
}

/// A question in numbers, or what is wrong with it.
pub(super) fn number(
    view: &View,
    asked: &mut Asked,
    question: CheckQuestion,
) -> Result<Numbered, Refusal> {
    let subject = written::subject(&view.ready, asked.names(), &question.user)?;
    let object = written::object(&question.object)?;
    let type_name = object.type_name();
    let relation = (view.ready).relation(asked.names(), type_name, &question.relation)?;
    let numbers = asked.object(object).zip(asked.subject(subject));
    let unknown = || Refusal::TypeNotFound(type_name.to_owned());
    let (object, subject) = numbers.ok_or_else(unknown)?;
    Ok(Numbered {
        question: Question {
            object,
            relation,
            subject,
        },
        context: question.given.context,
    })
}

/// Evaluates all questions, and names what any of them lacks. They share the steps: each has as
/// many, and what some leave over goes to those that need more.
fn evaluation(
    questions: Vec<(usize, Numbered)>,
) -> impl Fn(&Asked, Budget) -> Progress<Vec<(usize, Verdict)>> + Send {
    move |asked, mut budget| {
        let all: Vec<_> = questions.iter().collect();
        let mut evaluated = Evaluated::default();
        let mut open = evaluated.add(asked, &mut budget, &all);
        if open.len() < all.len() {
            open = evaluated.add(asked, &mut budget, &open);
        }
        let Evaluated { verdicts, missing } = evaluated;
        if !missing.is_empty() {
            return Progress::Missing(missing, Some(verdicts));
        }
        if open.is_empty() {
            return Progress::Done(verdicts);
        }
        let so_far = (!verdicts.is_empty()).then(|| verdicts.clone());
        let failure = || Err(refused(Failure::TooManySteps));
        let too_dear = open.iter().map(|(index, _)| (*index, failure()));
        Progress::OutOfSteps(verdicts.into_iter().chain(too_dear).collect(), so_far)
    }
}

/// What came of the questions so far.
#[derive(Default)]
struct Evaluated {
    verdicts: Vec<(usize, Verdict)>,
    missing: BTreeSet<Set>,
}

impl Evaluated {
    /// Evaluates questions, each with its share of the steps that are left; those that need more
    /// are left over.
    fn add<'a>(
        &mut self,
        asked: &Asked,
        budget: &mut Budget,
        questions: &[&'a (usize, Numbered)],
    ) -> Vec<&'a (usize, Numbered)> {
        let mut left = Vec::new();
        for (place, question) in questions.iter().enumerate() {
            let (index, numbered) = *question;
            let others = u64::try_from(questions.len() - place).unwrap_or(u64::MAX);
            match budget.lend(others, |share| one(asked, numbered, share)) {
                Answer::Allowed => self.verdicts.push((*index, Ok(true))),
                Answer::Denied => self.verdicts.push((*index, Ok(false))),
                Answer::Missing(sets) => self.missing.extend(sets),
                Answer::Failed(Failure::TooManySteps) => left.push(*question),
                Answer::Failed(failure) => self.verdicts.push((*index, Err(refused(failure)))),
            }
        }
        left
    }
}

/// What comes of one question.
pub(super) fn answered(
    asked: &Asked,
    numbered: &Numbered,
    mut budget: Budget,
) -> Progress<Verdict> {
    match one(asked, numbered, &mut budget) {
        Answer::Allowed => Progress::Done(Ok(true)),
        Answer::Denied => Progress::Done(Ok(false)),
        Answer::Missing(sets) => Progress::Missing(sets, None),
        Answer::Failed(failure) if failure == Failure::TooManySteps => {
            Progress::OutOfSteps(Err(refused(failure)), None)
        }
        Answer::Failed(failure) => Progress::Done(Err(refused(failure))),
    }
}

/// Evaluates one question with what is there.
pub(super) fn one(asked: &Asked, numbered: &Numbered, budget: &mut Budget) -> Answer<String> {
    let ready = &asked.view().ready;
    let mut judge = asked.judge(ready, numbered.context.as_ref());
    rebac::check_one_of(&ready.plan, asked, &mut judge, numbered.question, budget)
}
