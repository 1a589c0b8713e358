//! What judging conditions takes, over all the tuples that one question meets.

use super::pattern::{Pattern, check_length};
use super::{COST_MAX, Context};
use serde_json::Value as Json;
use std::collections::HashMap;

/// So much cost of an expression is a step.
const COST: u64 = 10;
/// So many values that are read are a step.
const VALUES: u64 = 4;
/// So many bytes of texts that are read are a step.
const BYTES: u64 = 256;
/// Patterns that are kept: hardly a question has a second, and each may take half a megabyte.
const PATTERNS_MAX: usize = 8;

/// What one question has spent on conditions, and what it keeps from one tuple to the next.
#[derive(Debug, Default)]
pub struct Effort {
    steps: u64,
    /// By what callers have written, hence in a map of the standard library.
    patterns: HashMap<Box<str>, Result<Pattern, String>>,
}

impl Effort {
    /// The steps that were spent since this was asked last: a step is what looking at a tuple
    /// takes, half a microsecond at most.
    pub fn take_steps(&mut self) -> u64 {
        std::mem::take(&mut self.steps)
    }

    /// Charges an evaluation that cost so much; one that failed is charged the most.
    pub(super) fn charge(&mut self, cost: Option<u64>) {
        self.add(cost.unwrap_or(COST_MAX) / COST);
    }

    /// Charges the reading of the values that parameters have.
    pub(super) fn charge_reading<'n>(
        &mut self,
        context: &Context<'_>,
        names: impl Iterator<Item = &'n str>,
    ) {
        let mut weight = Weight::default();
        for value in names.filter_map(|name| context.get(name)) {
            weight.add(value);
        }
        self.add(weight.values / VALUES + weight.bytes / BYTES);
    }

    /// Whether a pattern that was written with its condition is found in a text.
    pub(super) fn matches(&mut self, text: &str, pattern: &Pattern) -> bool {
        self.add(pattern.matching_steps(text));
        pattern.matches(text)
    }

    /// Whether a pattern that came with the values is found in a text.
    pub(super) fn matches_given(&mut self, text: &str, pattern: &str) -> Result<bool, String> {
        check_length(pattern)?;
        if !self.patterns.contains_key(pattern) {
            let compiled = Pattern::new(pattern);
            self.add(Pattern::compiling_steps(pattern, compiled.as_ref().ok()));
            if self.patterns.len() >= PATTERNS_MAX {
                self.patterns.clear();
            }
            self.patterns.insert(pattern.into(), compiled);
        }
        match self.patterns.get(pattern) {
            Some(Ok(known)) => {
                self.steps = self.steps.saturating_add(known.matching_steps(text));
                Ok(known.matches(text))
            }
            Some(Err(message)) => Err(message.clone()),
            None => Err("it was not kept".to_owned()),
        }
    }

    const fn add(&mut self, steps: u64) {
        self.steps = self.steps.saturating_add(steps);
    }
}

/// How much there is of a value.
#[derive(Default)]
struct Weight {
    values: u64,
    bytes: u64,
}

impl Weight {
    /// Adds a value with all that is in it. Values that came over the wire are nested as deep as
    /// their parser allows, no deeper.
    fn add(&mut self, value: &Json) {
        self.values += 1;
        match value {
            Json::String(text) => self.bytes += text.len() as u64,
            Json::Array(items) => items.iter().for_each(|item| self.add(item)),
            Json::Object(entries) => {
                for (key, value) in entries {
                    self.bytes += key.len() as u64;
                    self.add(value);
                }
            }
            Json::Null | Json::Bool(_) | Json::Number(_) => {}
        }
    }
}
