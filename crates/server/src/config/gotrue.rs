//! What each environment variable of GoTrue does here: one list, from which the documentation is
//! made and against which the environment is checked.

use super::key::{self, MAIL_KINDS};
use authn::settings::BUILT_IN_PROVIDERS;
use read::Read;

pub(crate) mod defaults;
mod families;
pub(crate) mod read;
mod sets;
mod unbuilt;

/// The prefix of GoTrue's variables.
pub(crate) const PREFIX: &str = "GOTRUE_";

/// What one variable does.
#[derive(Debug, Clone)]
pub(crate) enum Effect {
    /// It sets one of our settings.
    Sets { path: String, read: Read },
    /// It holds the HTML of a mail, or the path of a file with it.
    Template { path: String },
    /// The host or the port of `listen.address`.
    Listen(Part),
    /// It is accepted, and nothing comes of it.
    Ignored { because: &'static str },
    /// With some values nothing comes of it, with others the server does not start.
    Refused {
        /// Which values, in words.
        when: &'static str,
        is_refused: fn(&str) -> bool,
        because: &'static str,
    },
}

/// A part of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Host,
    Port,
}

/// One variable.
#[derive(Debug, Clone)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) effect: Effect,
}

impl Variable {
    fn new(name: impl Into<String>, effect: Effect) -> Self {
        Self {
            name: name.into(),
            effect,
        }
    }

    /// The value may be in a file, whose path is in the variable with the suffix `_FILE`.
    pub(crate) fn takes_file(&self) -> bool {
        match &self.effect {
            Effect::Sets { path, .. } => key::find(path).is_some_and(|key| key.kind.takes_file()),
            _ => false,
        }
    }
}

/// Every variable, those of the families included. Of two that set one thing, the later wins.
pub(crate) fn variables() -> Vec<Variable> {
    let families = BUILT_IN_PROVIDERS
        .iter()
        .flat_map(|provider| families::provider(&provider.to_uppercase(), provider))
        .chain(
            MAIL_KINDS
                .iter()
                .flat_map(|kind| families::mail(&kind.to_uppercase(), kind)),
        )
        .chain(families::HOOKS.iter().flat_map(|hook| families::hook(hook)))
        .chain(families::notifications());
    sets::variables()
        .into_iter()
        .chain(unbuilt::variables())
        .chain(families)
        .collect()
}

/// The variables as they are documented: each family once, with a placeholder for its members.
pub(crate) fn documented() -> Vec<Variable> {
    let mut variables = sets::variables();
    variables.extend(unbuilt::variables());
    variables.extend(families::provider("<PROVIDER>", "*"));
    variables.extend(families::mail("<KIND>", "*"));
    variables.extend(families::hook("<POINT>"));
    variables.extend(families::notifications());
    variables
}

#[cfg(test)]
mod tests;
