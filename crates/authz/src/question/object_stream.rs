//! Objects as they are found, for those who do not wait for the whole list.
//!
//! All are of one version of the store, and each is told once. Their order is that in which they
//! are found. Whoever stops listening ends the evaluation at its next step.

use super::lists::listed_unfit;
use super::{Progress, refused};
use crate::asked::Asked;
use crate::error::{Error, Refusal, Result};
use crate::known::{KnownStore, View};
use crate::ready::ReadyModel;
use crate::request::{Given, List, ObjectsQuestion, Scope};
use crate::service::Authz;
use crate::written;
use rebac::{Budget, Failure, ListQuestion, ObjectId, Subject};
use std::collections::HashSet;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use types::{Call, ModelId};

/// Most objects of one piece.
const PIECE_OBJECTS_MAX: usize = 1_000;

/// A list of objects that is told as it is found.
#[derive(Debug)]
pub struct StreamedObjects {
    /// The model that was asked.
    pub model: ModelId,
    /// What is known by now.
    pub listing: Listing,
}

/// How far a list has come.
#[derive(Debug)]
pub enum Listing {
    /// There is no more to wait for: the list, and why it is not complete.
    Whole(List, Option<Error>),
    /// The first objects, and those to come.
    Underway(Vec<String>, ObjectStream),
}

/// The objects to come.
#[derive(Debug)]
pub struct ObjectStream {
    found: mpsc::Receiver<String>,
    /// The evaluation, which ends when the stream is dropped.
    work: JoinSet<Result<()>>,
}

impl ObjectStream {
    /// The next objects, as many as there are by now, or why there are no more although the list
    /// is not complete. `None`: it is.
    pub async fn next(&mut self) -> Option<Result<Vec<String>>> {
        let mut piece = Vec::new();
        if self.found.recv_many(&mut piece, PIECE_OBJECTS_MAX).await > 0 {
            return Some(Ok(piece));
        }
        // Nobody is left who could find more.
        match self.work.join_next().await? {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(Err(error)),
            Err(error) => Some(Err(Error::Internal(error.into()))),
        }
    }
}

/// An evaluation in the hands of whoever waits for it.
type Work = Pin<Box<dyn Future<Output = Result<()>> + Send>>;

/// Why an evaluation has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Nothing is left to find.
    Whole,
    /// The first objects were told, and there is more to do for others.
    Begun,
    /// Nobody takes more for now.
    Paused,
}

/// Where objects go when they are found.
struct Sink {
    found: mpsc::Sender<String>,
    told: HashSet<ObjectId>,
    after: Option<String>,
}

/// What an evaluation needs, each time that it begins.
struct Asking {
    ready: Arc<ReadyModel>,
    question: ListQuestion,
    given: Given,
    sink: Mutex<Sink>,
}

impl Authz {
    /// Lists the objects of a type that a user has a relation to, as they are found. At most so
    /// many wait to be taken; for as long as they do, no others are looked for.
    ///
    /// A list that is found without waiting is whole at once, and in the order of the texts.
    pub async fn stream_objects(
        &self,
        call: &Call,
        scope: Scope,
        question: ObjectsQuestion,
        waiting_max: usize,
    ) -> Result<StreamedObjects> {
        let (store, view) = self.view(call, scope).await?;
        let model = view.model_id;
        let (sender, mut found) = mpsc::channel(waiting_max.max(1));
        let (asked, asking) = asking(&view, question, sender)?;
        let mut work = work(self.clone(), call.clone(), (store, view), (asked, asking));
        let mut first = Vec::new();
        let listing = tokio::select! {
            biased;
            outcome = &mut work => {
                while let Ok(text) = found.try_recv() {
                    first.push(text);
                }
                whole(first, outcome)?
            }
            _ = found.recv_many(&mut first, PIECE_OBJECTS_MAX) => {
                // Of its own, so that it ends in time whether or not somebody reads.
                let mut tasks = JoinSet::new();
                tasks.spawn(work);
                Listing::Underway(first, ObjectStream { found, work: tasks })
            }
        };
        Ok(StreamedObjects { model, listing })
    }
}

/// A list that is as long as it gets. One of which nothing was found has the reason.
fn whole(mut found: Vec<String>, outcome: Result<()>) -> Result<Listing> {
    let error = match outcome {
        Err(error) if found.is_empty() => return Err(error),
        outcome => outcome.err(),
    };
    found.sort_unstable();
    let list = List {
        found,
        is_complete: error.is_none(),
        resume_after: None,
    };
    Ok(Listing::Whole(list, error))
}

/// The question in numbers, with the graph that it sees.
fn asking(
    view: &Arc<View>,
    question: ObjectsQuestion,
    found: mpsc::Sender<String>,
) -> Result<(Asked, Asking)> {
    let ObjectsQuestion {
        user,
        relation,
        type_name,
        given,
        after,
    } = question;
    let relation = view.ready.relation(&view.names, &type_name, &relation);
    let relation = relation.map_err(listed_unfit)?;
    let subject = written::subject(&view.ready, &view.names, &user)?;
    let contextual = written::contextual(&view.ready, &view.names, &given.contextual)?;
    let mut asked = Asked::of(view, &contextual);
    let subject = asked.subject(subject);
    let asking = Asking {
        ready: Arc::clone(&view.ready),
        question: ListQuestion {
            relation,
            subject: subject.ok_or(Refusal::TypeNotFound(type_name))?,
            results: usize::MAX,
        },
        given,
        sink: Mutex::new(Sink {
            found,
            told: HashSet::new(),
            after,
        }),
    };
    Ok((asked, asking))
}

/// Evaluates until there are no more objects, or nobody wants them. Where too many wait to be
/// taken it begins anew when they are, with the same tuples, and passes by what was told.
fn work(
    authz: Authz,
    call: Call,
    (store, view): (Arc<KnownStore>, Arc<View>),
    (mut asked, asking): (Asked, Asking),
) -> Work {
    Box::pin(async move {
        let asking = Arc::new(asking);
        let mut rounds = authz.rounds(&call, store, &view);
        loop {
            let evaluated = Arc::clone(&asking);
            let evaluate = move |asked: &Asked, budget| evaluated.evaluate(asked, budget);
            let (stage, rest) = rounds.settle(asked, evaluate).await?;
            asked = rest;
            match stage? {
                Stage::Whole => return Ok(()),
                Stage::Begun => {
                    tokio::task::yield_now().await;
                    continue;
                }
                Stage::Paused => {}
            }
            let found = asking.sink().found.clone();
            let all_taken = found.reserve_many(found.max_capacity());
            let deadline = call.deadline.instant();
            match tokio::time::timeout_at(deadline.into(), all_taken).await {
                Ok(Ok(_)) => {}
                // Nobody listens any more.
                Ok(Err(_)) => return Ok(()),
                Err(_) => return Err(Error::Late),
            }
        }
    })
}

impl Asking {
    /// What is changed under the lock is never half changed.
    fn sink(&self) -> std::sync::MutexGuard<'_, Sink> {
        self.sink.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells what is found with the tuples that are there.
    fn evaluate(&self, asked: &Asked, budget: Budget) -> Progress<Result<Stage, Refusal>> {
        let mut sink = self.sink();
        let mut judge = asked.judge(&self.ready, self.given.context.as_ref());
        let (plan, question) = (&self.ready.plan, self.question);
        let is_told = !sink.told.is_empty();
        let tell = |found: Option<ObjectId>| match found {
            Some(object) => sink.tell(asked, object),
            None => !sink.found.is_closed(),
        };
        let listed = rebac::list_objects_while(plan, asked, &mut judge, question, budget, tell);
        let is_begun = !is_told && !sink.told.is_empty();
        let is_out_of_steps = listed.failure == Some(Failure::TooManySteps);
        let is_over = listed.missing.is_empty() && !is_out_of_steps;
        match listed.failure {
            _ if listed.is_cut => Progress::Done(Ok(Stage::Paused)),
            // Whoever waits for the first need not wait for what the others take.
            _ if is_begun && !is_over => Progress::Done(Ok(Stage::Begun)),
            Some(failure) if is_out_of_steps => Progress::OutOfSteps(Err(refused(failure)), None),
            _ if !listed.missing.is_empty() => Progress::Missing(listed.missing, None),
            Some(failure) => Progress::Done(Err(refused(failure))),
            None => Progress::Done(Ok(Stage::Whole)),
        }
    }
}

impl Sink {
    /// Tells of an object; whether there is room for another.
    fn tell(&mut self, asked: &Asked, object: ObjectId) -> bool {
        if self.told.contains(&object) {
            return true;
        }
        let text = asked.text(Subject {
            object,
            relation: None,
        });
        if self.after.as_ref().is_some_and(|after| text <= *after) {
            return true;
        }
        let is_taken = self.found.try_send(text).is_ok();
        if is_taken {
            self.told.insert(object);
        }
        is_taken
    }
}
