//! Judges the conditions of tuples, with what the tuple and the question say.

use super::Asked;
use crate::ready::ReadyModel;
use rebac::condition::JsonObject;
use rebac::{Conditional, Conditions};

/// Judges the conditions of tuples for one question.
#[derive(Debug)]
pub(crate) struct Judge<'a> {
    pub(super) asked: &'a Asked,
    pub(super) ready: &'a ReadyModel,
    pub(super) request: Option<&'a JsonObject>,
}

impl Conditions for Judge<'_> {
    type Error = String;

    fn holds(&mut self, conditional: Conditional) -> Result<bool, String> {
        let name = self.asked.names().text(conditional.name);
        let Some(compiled) = self.ready.conditions.get(&conditional.name) else {
            return Err(format!("condition `{name}` is not defined"));
        };
        let context = self.asked.values(conditional.context, self.request);
        let holds = compiled.evaluate(&context);
        holds.map_err(|error| format!("condition `{name}`: {error}"))
    }
}
