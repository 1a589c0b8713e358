//! The bare engine over a graph in memory: no use case, no texts, no database.

use crate::Result;
use crate::case::Case;
use crate::checks::{QUESTIONS, RATE_SPAN, TIMED, expect};
use crate::sample::{Sample, rate};
use crate::world::{MODEL, World};
use authz::CheckQuestion;
use authz::resident::Resident;
use rebac::condition::{Compiled, Context};
use rebac::{Answer, Budget, Conditional, Conditions, Model, Names, Plan, Question};
use std::time::Duration;
use types::{Clock, Object, Subject, SystemClock, Tuple, TupleKey};

/// The graph of a world, and what it takes to ask it.
#[derive(Debug)]
pub(crate) struct Engine {
    plan: Plan,
    condition: Compiled,
    pub(crate) graph: Resident,
}

impl Engine {
    /// Builds the graph.
    pub(crate) fn build(world: &World) -> Result<Self> {
        let (model, _) = rebac::dsl::parse(MODEL).map_err(|e| format!("{e:?}"))?;
        let mut names = Names::default();
        let plan = Plan::new(&model, &mut names);
        let condition = condition(&model)?;
        names.add("at_level");
        let mut builder = Resident::builder(names);
        for written in world.portions().flatten() {
            builder.add(&Tuple {
                key: TupleKey {
                    subject: Subject::parse(&written.user)?,
                    relation: written.relation,
                    object: Object::parse(&written.object)?,
                },
                condition: written.condition,
                expires_at: None,
            });
        }
        Ok(Self {
            plan,
            condition,
            graph: builder.finish(1),
        })
    }

    /// Checks, one after the other.
    pub(crate) fn check(&self, world: &World, (case, round): (Case, u64)) -> Result<Sample> {
        let asked = world.questions(case, round, QUESTIONS);
        let questions = asked.iter().map(|question| self.number(question));
        let questions = questions.collect::<Result<Vec<_>>>()?;
        let (mut spent, mut count) = (Duration::ZERO, 0);
        while spent < RATE_SPAN {
            let started = SystemClock.instant();
            for question in &questions {
                self.one(case, question)?;
            }
            spent += SystemClock.instant() - started;
            count += questions.len();
        }
        let mut spans = Vec::with_capacity(TIMED);
        for question in questions.iter().cycle().take(TIMED) {
            let started = SystemClock.instant();
            self.one(case, question)?;
            spans.push(SystemClock.instant() - started);
        }
        Ok(Sample {
            per_second: rate(count, spent),
            samples: count + TIMED,
            ..Sample::of(spans, None)
        })
    }

    fn one(&self, case: Case, &(question, request): &(Question, &CheckQuestion)) -> Result<()> {
        let mut judge = Judge {
            engine: self,
            request,
        };
        let budget = Budget::default();
        match rebac::check(&self.plan, &self.graph, &mut judge, question, budget) {
            Answer::Allowed => expect(case, true),
            Answer::Denied => expect(case, false),
            other => Err(format!("{other:?}").into()),
        }
    }

    fn number<'a>(&self, question: &'a CheckQuestion) -> Result<(Question, &'a CheckQuestion)> {
        let names = self.graph.names();
        let object = |text: &str| {
            let object = Object::parse(text).ok()?;
            let type_name = names.find(object.type_name())?;
            Some((type_name, self.graph.find(type_name, object.id())?))
        };
        let found = object(&question.object).and_then(|(type_name, number)| {
            let relation = names.find(&question.relation)?;
            Some(Question {
                object: number,
                relation: self.plan.relation(type_name, relation)?,
                subject: rebac::Subject {
                    object: object(&question.user)?.1,
                    relation: None,
                },
            })
        });
        let found = found.ok_or("a question about what is not in the world")?;
        Ok((found, question))
    }
}

fn condition(model: &Model) -> Result<Compiled> {
    let condition = model.conditions.first().ok_or("no condition")?;
    Ok(Compiled::new(condition)?)
}

/// Judges the one condition of the model.
struct Judge<'a> {
    engine: &'a Engine,
    request: &'a CheckQuestion,
}

impl Conditions for Judge<'_> {
    type Error = String;

    fn holds(&mut self, conditional: Conditional) -> std::result::Result<bool, String> {
        let stored = self.engine.graph.context(conditional.context);
        let request = self.request.given.context.as_ref();
        let held = (self.engine.condition).evaluate(&Context::new(stored, request));
        held.map_err(|error| error.to_string())
    }
}
