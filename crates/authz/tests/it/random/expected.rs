//! What the engine says of the same tuples, all of them in memory.

use super::worlds::CONDITION;
use authz::{CheckQuestion, Given, ObjectsQuestion, UsersQuestion, WrittenTuple};
use rebac::{
    Answer, Budget, Conditional, Conditions, Failure, ListQuestion, Listed, Model, Names, Plan,
    Question, RelationId, Subject, World,
};
use types::{JsonObject, Object};

/// What comes of a question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Answer(bool),
    Condition,
    TooComplex,
}

/// The engine over a model and tuples.
pub(super) struct Expected<'a> {
    model: &'a Model,
    tuples: &'a [WrittenTuple],
}

/// The same, made ready for one question.
struct Ready {
    names: Names,
    world: World,
    plan: Plan,
    judge: Judge,
}

/// Judges by the values of the tuple, and behind them by those of the question.
struct Judge {
    contexts: Vec<JsonObject>,
    request: JsonObject,
}

impl Conditions for Judge {
    type Error = ();

    fn holds(&mut self, conditional: Conditional) -> Result<bool, ()> {
        let index = usize::try_from(conditional.context).unwrap();
        let value = self.contexts[index].get("x").or(self.request.get("x"));
        value
            .and_then(serde_json::Value::as_i64)
            .map(|x| x >= 5)
            .ok_or(())
    }
}

impl<'a> Expected<'a> {
    pub(super) const fn new(model: &'a Model, tuples: &'a [WrittenTuple]) -> Self {
        Self { model, tuples }
    }

    fn ready(&self, given: &Given) -> Ready {
        let (mut names, mut world) = (Names::default(), World::default());
        let plan = Plan::new(self.model, &mut names);
        let mut contexts = Vec::new();
        // Those that the question brings along take the place of those that are stored.
        for tuple in self.tuples.iter().chain(&given.contextual) {
            let condition = tuple.condition.as_ref().map(|condition| {
                assert_eq!(condition.name, CONDITION);
                contexts.push(condition.context.clone());
                Conditional {
                    name: names.add(&condition.name),
                    context: u32::try_from(contexts.len() - 1).unwrap(),
                }
            });
            world.add(&mut names, &tuple.key().unwrap(), condition);
        }
        let request = given.context.clone().unwrap_or_default();
        Ready {
            names,
            world,
            plan,
            judge: Judge { contexts, request },
        }
    }

    pub(super) fn check(&mut self, question: &CheckQuestion) -> Outcome {
        let mut ready = self.ready(&question.given);
        let object = Object::parse(&question.object).unwrap();
        let asked = Question {
            object: ready.world.object(&mut ready.names, &object),
            relation: ready.relation(object.type_name(), &question.relation),
            subject: ready.subject(&question.user),
        };
        let Ready {
            world, plan, judge, ..
        } = &mut ready;
        match rebac::check(plan, world, judge, asked, Budget::default()) {
            Answer::Allowed => Outcome::Answer(true),
            Answer::Denied => Outcome::Answer(false),
            Answer::Failed(failure) => outcome(&failure),
            Answer::Missing(_) => panic!("all of it is in memory"),
        }
    }

    pub(super) fn list_objects(
        &mut self,
        question: &ObjectsQuestion,
    ) -> Result<Vec<String>, Outcome> {
        let mut ready = self.ready(&question.given);
        let asked = ListQuestion {
            relation: ready.relation(&question.type_name, &question.relation),
            subject: ready.subject(&question.user),
            results: usize::MAX,
        };
        let Ready {
            world, plan, judge, ..
        } = &mut ready;
        let listed = rebac::list_objects(plan, world, judge, asked, Budget::default());
        ready.texts(listed, |object| Subject {
            object,
            relation: None,
        })
    }

    pub(super) fn list_users(&mut self, question: &UsersQuestion) -> Result<Vec<String>, Outcome> {
        let mut ready = self.ready(&question.given);
        let object = Object::parse(&question.object).unwrap();
        let of_relation = question.of_relation.as_ref();
        let asked = rebac::UsersQuestion {
            object: ready.world.object(&mut ready.names, &object),
            relation: ready.relation(object.type_name(), &question.relation),
            type_name: ready.names.add(&question.type_name),
            of_relation: of_relation.map(|name| ready.names.add(name)),
            results: usize::MAX,
        };
        let Ready {
            world, plan, judge, ..
        } = &mut ready;
        let listed = rebac::list_users(plan, world, judge, asked, Budget::default());
        ready.texts(listed, |subject| subject)
    }
}

impl Ready {
    fn relation(&mut self, type_name: &str, relation: &str) -> RelationId {
        let (type_name, name) = (self.names.add(type_name), self.names.add(relation));
        self.plan.relation(type_name, name).unwrap()
    }

    fn subject(&mut self, text: &str) -> Subject {
        let subject = types::Subject::parse(text).unwrap();
        self.world.subject(&mut self.names, &subject)
    }

    fn texts<T>(
        &self,
        listed: Listed<T, ()>,
        subject: impl Fn(T) -> Subject,
    ) -> Result<Vec<String>, Outcome> {
        if let Some(failure) = &listed.failure {
            return Err(outcome(failure));
        }
        let found = listed.found.into_iter().map(subject);
        let mut texts: Vec<_> = found.map(|one| self.world.text(&self.names, one)).collect();
        texts.sort();
        Ok(texts)
    }
}

fn outcome(failure: &Failure<()>) -> Outcome {
    match failure {
        Failure::Condition(()) => Outcome::Condition,
        Failure::TooDeep | Failure::TooManySteps => Outcome::TooComplex,
    }
}
