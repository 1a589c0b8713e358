//! What judging conditions takes, over all the tuples that one question meets.

use super::pattern::Pattern;
use super::{COST_MAX, Context};
use serde_json::Value as Json;
use std::collections::HashMap;

/// So much cost of an expression is a step.
const COST: u64 = 10;
/// So many values that are read are a step.
const VALUES: u64 = 4;
/// So many bytes of texts that are read are a step.
const BYTES: u64 = 256;
/// What compiling a pattern takes, for each of its bytes: a short one takes 20 us, one that says
/// `\pL` as often as it can half a millisecond.
const COMPILED_BYTE: u64 = 8;
/// Patterns that are kept; whoever brings more has each of them compiled when it is met.
const PATTERNS_MAX: usize = 64;

/// What one question has spent on conditions, and what it keeps from one tuple to the next.
#[derive(Debug, Default)]
pub struct Effort {
    steps: u64,
    /// By what callers have written, hence in a map of the standard library.
    patterns: HashMap<Box<str>, Pattern>,
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

    /// A pattern that came with the values.
    pub(super) fn pattern(&mut self, text: &str) -> Result<&Pattern, String> {
        if !self.patterns.contains_key(text) {
            self.add(COMPILED_BYTE.saturating_mul(text.len() as u64));
            let pattern = Pattern::new(text)?;
            if self.patterns.len() >= PATTERNS_MAX {
                self.patterns.clear();
            }
            self.patterns.insert(text.into(), pattern);
        }
        let known = self.patterns.get(text);
        known.ok_or_else(|| "not kept".to_owned())
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
