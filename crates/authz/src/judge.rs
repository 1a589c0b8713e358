//! Judges the conditions of tuples, with what the tuple and the question say.

use crate::ready::ReadyModel;
use rebac::condition::{Context, Effort, JsonObject};
use rebac::{Conditional, Conditions, Names};

/// Where the values are that tuples give to their conditions.
pub(crate) trait Values {
    /// The values of a tuple by their number in [`Conditional::context`].
    fn of_tuple(&self, number: u32) -> Option<&JsonObject>;
}

/// Judges the conditions of tuples for one question.
#[derive(Debug)]
pub(crate) struct Judge<'a, V> {
    ready: &'a ReadyModel,
    names: &'a Names,
    values: &'a V,
    request: Option<&'a JsonObject>,
    effort: Effort,
}

impl<'a, V: Values> Judge<'a, V> {
    /// Nothing is judged yet.
    pub(crate) fn new(
        (ready, names): (&'a ReadyModel, &'a Names),
        values: &'a V,
        request: Option<&'a JsonObject>,
    ) -> Self {
        Self {
            ready,
            names,
            values,
            request,
            effort: Effort::default(),
        }
    }
}

impl<V: Values> Conditions for Judge<'_, V> {
    type Error = String;

    fn holds(&mut self, conditional: Conditional) -> Result<bool, String> {
        let name = self.names.text(conditional.name);
        let Some(compiled) = self.ready.conditions.get(&conditional.name) else {
            return Err(format!("condition `{name}` is not defined"));
        };
        let of_tuple = self.values.of_tuple(conditional.context);
        let context = Context::new(of_tuple, self.request);
        let holds = compiled.judge(&context, &mut self.effort);
        holds.map_err(|error| format!("condition `{name}`: {error}"))
    }

    fn take_steps(&mut self) -> u64 {
        self.effort.take_steps()
    }
}
