//! Checks through the use case: of a store in memory, and of one that is loaded as it is asked.

use crate::Result;
use crate::case::Case;
use crate::database::{Database, call};
use crate::sample::{Sample, rate};
use crate::world::{World, list_question};
use authz::{Authz, CheckQuestion};
use std::time::Duration;
use types::{Clock, SystemClock};

/// Questions that are asked in turn; more than fit into a processor's nearest memory.
pub(crate) const QUESTIONS: usize = 4_096;
/// How long the rate of one case is measured.
pub(crate) const RATE_SPAN: Duration = Duration::from_millis(300);
/// Checks whose time is taken one by one.
pub(crate) const TIMED: usize = 20_000;
/// Checks of a store that is not in memory.
const LOADED: usize = 300;
/// Lists whose time is taken.
const LISTS: usize = 40;
/// A store is read into memory within this.
const READ_SPAN: Duration = Duration::from_secs(110);

/// Asks until the store is in memory; how long that took.
pub(crate) async fn settle(authz: &Authz, database: &Database, world: &World) -> Result<Duration> {
    let Some(case) = Case::all().into_iter().next() else {
        return Err("there are no cases".into());
    };
    let started = SystemClock.instant();
    for question in world.questions(case, 0, 1).iter().cycle() {
        let call = call();
        let asked = authz.check(&call, database.scope(), question.clone());
        asked.await?;
        let took = SystemClock.instant() - started;
        if call.cost.round_trips() == 0 {
            return Ok(took);
        }
        if took > READ_SPAN {
            return Err("the store was not read into memory".into());
        }
    }
    Err("nothing was asked".into())
}

/// Checks of a store in memory, one after the other.
pub(crate) async fn resident(
    authz: &Authz,
    database: &Database,
    world: &World,
    (case, round): (Case, u64),
) -> Result<Sample> {
    let questions = world.questions(case, round, QUESTIONS);
    let scope = database.scope();
    let call = call();
    let mut spent = Duration::ZERO;
    let mut asked = 0;
    while spent < RATE_SPAN {
        // A caller brings its question along; making a copy of it is no part of a check.
        let copies = questions.clone();
        let started = SystemClock.instant();
        for question in copies {
            let answered = authz.check(&call, scope, question).await?;
            expect(case, answered.value)?;
        }
        spent += SystemClock.instant() - started;
        asked += questions.len();
    }
    let mut spans = Vec::with_capacity(TIMED);
    for question in questions.iter().cycle().take(TIMED) {
        let question = question.clone();
        let started = SystemClock.instant();
        let answered = authz.check(&call, scope, question).await?;
        spans.push(SystemClock.instant() - started);
        expect(case, answered.value)?;
    }
    if call.cost.round_trips() > 0 {
        return Err("the database was asked about a store in memory".into());
    }
    let timed = Sample::of(spans, None);
    Ok(Sample {
        per_second: rate(asked, spent),
        samples: asked + TIMED,
        ..timed
    })
}

/// Checks of a store of which nothing is in memory, one after the other.
pub(crate) async fn loaded(
    authz: &Authz,
    database: &Database,
    world: &World,
    (case, round): (Case, u64),
) -> Result<Sample> {
    let questions: Vec<CheckQuestion> = world.questions(case, 1_000 + round, LOADED);
    let mut spans = Vec::with_capacity(LOADED);
    let mut round_trips = 0;
    // The model is known wherever anything was asked before.
    authz.model_of(&call(), database.scope()).await?;
    for question in questions {
        let call = call();
        let started = SystemClock.instant();
        let answered = authz.check(&call, database.scope(), question).await?;
        spans.push(SystemClock.instant() - started);
        expect(case, answered.value)?;
        round_trips = round_trips.max(call.cost.round_trips());
    }
    Ok(Sample {
        round_trips_max: Some(round_trips),
        ..Sample::of(spans, None)
    })
}

/// Lists the long list.
pub(crate) async fn lists(authz: &Authz, database: &Database) -> Result<Sample> {
    let mut spans = Vec::with_capacity(LISTS);
    for _ in 0..LISTS {
        let started = SystemClock.instant();
        let call = call();
        let asked = authz.list_objects(&call, database.scope(), list_question());
        let answered = asked.await?;
        spans.push(SystemClock.instant() - started);
        if answered.value.found.len() as u64 != crate::world::LISTED || !answered.value.is_complete
        {
            return Err(format!("{} objects listed", answered.value.found.len()).into());
        }
    }
    Ok(Sample::of(spans, None))
}

pub(crate) fn expect(case: Case, answer: bool) -> Result<()> {
    if answer == case.answer {
        return Ok(());
    }
    Err(format!("{case:?} was answered {answer}").into())
}
