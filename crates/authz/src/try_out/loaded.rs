//! A model and tuples, made ready for questions.

use crate::flaw::Flaw;
use crate::judge::{Judge, Values};
use crate::ready::ReadyModel;
use crate::request::WrittenTuple;
use rebac::condition::JsonObject;
use rebac::{Conditional, Names, RelationId, World};
use std::path::Path;
use types::{Object, Subject, TupleKey};

/// Tuples in memory, with the values that they give to conditions.
#[derive(Debug, Clone)]
pub(super) struct Loaded {
    pub(super) names: Names,
    pub(super) world: World,
    contexts: Vec<JsonObject>,
}

impl Loaded {
    /// A world without tuples, for a model with these names.
    pub(super) fn new(names: Names) -> Self {
        Self {
            names,
            world: World::default(),
            contexts: Vec::new(),
        }
    }

    /// Adds tuples; one that is there already takes its new condition. What is wrong with any.
    pub(super) fn add(
        &mut self,
        rules: &ReadyModel,
        file: &Path,
        added: &[WrittenTuple],
    ) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        for tuple in added {
            match read(rules, &self.names, tuple) {
                Err(reason) => {
                    let WrittenTuple {
                        user,
                        relation,
                        object,
                        ..
                    } = tuple;
                    let message = format!("tuple `{object}#{relation}@{user}`: {reason}");
                    flaws.push(Flaw::of(file, message));
                }
                Ok(key) => {
                    let condition = tuple.condition.as_ref().map(|condition| {
                        // Memory ends long before four thousand million tuples.
                        let context = u32::try_from(self.contexts.len()).unwrap_or(u32::MAX);
                        self.contexts.push(condition.context.clone());
                        Conditional {
                            name: self.names.add(&condition.name),
                            context,
                        }
                    });
                    self.world.add(&mut self.names, &key, condition);
                }
            }
        }
        flaws
    }

    /// Who judges conditions, with the values that a request gives to them.
    pub(super) fn judge<'a>(
        &'a self,
        rules: &'a ReadyModel,
        request: Option<&'a JsonObject>,
    ) -> Judge<'a, Self> {
        Judge::new((rules, &self.names), self, request)
    }

    /// A relation of a type, or that there is none.
    pub(super) fn relation(
        &self,
        rules: &ReadyModel,
        type_name: &str,
        relation: &str,
    ) -> Result<RelationId, String> {
        let found = rules.relation(&self.names, type_name, relation);
        found.map_err(|unfit| unfit.to_string())
    }

    /// Somebody that the model knows the type of.
    pub(super) fn subject(
        &mut self,
        rules: &ReadyModel,
        text: &str,
    ) -> Result<rebac::Subject, String> {
        let subject = Subject::parse(text).map_err(|e| format!("user `{text}`: {e}"))?;
        let known = rules.known_subject(&self.names, subject.by_ref());
        known.map_err(|unfit| unfit.to_string())?;
        Ok(self.world.subject(&mut self.names, &subject))
    }

    /// An object, and a relation of its type.
    pub(super) fn object(
        &mut self,
        rules: &ReadyModel,
        text: &str,
        relation: &str,
    ) -> Result<(rebac::ObjectId, RelationId), String> {
        let object = Object::parse(text).map_err(|e| format!("object `{text}`: {e}"))?;
        let relation = self.relation(rules, object.type_name(), relation)?;
        Ok((self.world.object(&mut self.names, &object), relation))
    }
}

/// Reads a tuple and holds it against the model; the error says what is wrong with it.
fn read(rules: &ReadyModel, names: &Names, tuple: &WrittenTuple) -> Result<TupleKey, String> {
    let object = Object::parse(&tuple.object);
    let object = object.map_err(|e| format!("object `{}`: {e}", tuple.object))?;
    let subject = Subject::parse(&tuple.user);
    let subject = subject.map_err(|e| format!("user `{}`: {e}", tuple.user))?;
    let key = TupleKey {
        subject,
        relation: tuple.relation.clone(),
        object,
    };
    let taken = rules.takes(names, &key, tuple.condition.as_ref());
    taken.map_err(|unfit| unfit.to_string())?;
    Ok(key)
}

impl Values for Loaded {
    fn of_tuple(&self, number: u32) -> Option<&JsonObject> {
        self.contexts.get(usize::try_from(number).ok()?)
    }
}
