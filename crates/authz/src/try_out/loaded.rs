//! A model and tuples, made ready for questions.

use super::tuples;
use crate::flaw::Flaw;
use crate::store_file::Tuple;
use rebac::condition::{Compiled, Context, JsonObject};
use rebac::{Conditional, Conditions, Model, NameId, Names, Plan, RelationId, World};
use std::collections::HashMap;
use std::path::Path;
use types::{Object, Subject};

/// A valid model, ready.
pub(super) struct Rules<'a> {
    pub(super) model: &'a Model,
    pub(super) plan: Plan,
    compiled: HashMap<NameId, Compiled>,
}

/// Tuples in memory, with the values that they give to conditions.
#[derive(Debug, Clone)]
pub(super) struct Loaded {
    pub(super) names: Names,
    pub(super) world: World,
    contexts: Vec<JsonObject>,
}

/// Judges the conditions of tuples for one request.
pub(super) struct Judge<'a> {
    compiled: &'a HashMap<NameId, Compiled>,
    contexts: &'a [JsonObject],
    names: &'a Names,
    request: Option<&'a JsonObject>,
}

impl<'a> Rules<'a> {
    /// Makes a valid model ready, with a world without tuples.
    pub(super) fn new(model: &'a Model) -> (Self, Loaded) {
        let mut names = Names::default();
        let plan = Plan::new(model, &mut names);
        let mut compiled = HashMap::new();
        for condition in &model.conditions {
            if let Ok(ready) = Compiled::new(condition) {
                compiled.insert(names.add(&condition.name), ready);
            }
        }
        let loaded = Loaded {
            names,
            world: World::default(),
            contexts: Vec::new(),
        };
        let rules = Self {
            model,
            plan,
            compiled,
        };
        (rules, loaded)
    }

    /// The condition of a name, if the model has it.
    pub(super) fn condition(&self, names: &Names, name: &str) -> Option<&Compiled> {
        self.compiled.get(&names.find(name)?)
    }
}

impl Loaded {
    /// Adds tuples; one that is there already takes its new condition. What is wrong with any.
    pub(super) fn add(&mut self, rules: &Rules<'_>, file: &Path, added: &[Tuple]) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        for tuple in added {
            match tuples::read(rules, &self.names, tuple) {
                Err(reason) => {
                    let Tuple {
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
        rules: &'a Rules<'_>,
        request: Option<&'a JsonObject>,
    ) -> Judge<'a> {
        Judge {
            compiled: &rules.compiled,
            contexts: &self.contexts,
            names: &self.names,
            request,
        }
    }

    /// A relation of a type, or that there is none.
    pub(super) fn relation(
        &mut self,
        rules: &Rules<'_>,
        type_name: &str,
        relation: &str,
    ) -> Result<RelationId, String> {
        tuples::defined(rules.model, type_name, relation)?;
        let type_id = self.names.add(type_name);
        let found = rules.plan.relation(type_id, self.names.add(relation));
        found.ok_or_else(|| tuples::undefined(type_name, relation))
    }

    /// Somebody that the model knows the type of.
    pub(super) fn subject(
        &mut self,
        rules: &Rules<'_>,
        text: &str,
    ) -> Result<rebac::Subject, String> {
        let subject = Subject::parse(text).map_err(|e| format!("user `{text}`: {e}"))?;
        tuples::known_type(rules.model, subject.type_name())?;
        if let Subject::Userset(object, relation) = &subject {
            tuples::defined(rules.model, object.type_name(), relation)?;
        }
        Ok(self.world.subject(&mut self.names, &subject))
    }

    /// An object, and a relation of its type.
    pub(super) fn object(
        &mut self,
        rules: &Rules<'_>,
        text: &str,
        relation: &str,
    ) -> Result<(rebac::ObjectId, RelationId), String> {
        let object = Object::parse(text).map_err(|e| format!("object `{text}`: {e}"))?;
        let relation = self.relation(rules, object.type_name(), relation)?;
        Ok((self.world.object(&mut self.names, &object), relation))
    }
}

impl Conditions for Judge<'_> {
    type Error = String;

    fn holds(&mut self, conditional: Conditional) -> Result<bool, String> {
        let name = self.names.text(conditional.name);
        let Some(compiled) = self.compiled.get(&conditional.name) else {
            return Err(format!("condition `{name}` is not defined"));
        };
        let index = usize::try_from(conditional.context).ok();
        let of_tuple = index.and_then(|index| self.contexts.get(index));
        let holds = compiled.evaluate(&Context::new(of_tuple, self.request));
        holds.map_err(|error| format!("condition `{name}`: {error}"))
    }
}
