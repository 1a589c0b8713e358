//! What is measured, as numbers.

use crate::case::{Case, Kind};
use serde::Serialize;
use std::time::Duration;

/// One measurement.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Row {
    /// What was measured.
    pub(crate) figure: &'static str,
    /// The database behind it; none for the bare engine.
    pub(crate) engine: &'static str,
    /// The size of the world.
    pub(crate) tuples: u64,
    #[serde(flatten)]
    pub(crate) case: Option<Case>,
    #[serde(flatten)]
    pub(crate) sample: Sample,
}

/// How fast something was.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Sample {
    pub(crate) samples: usize,
    pub(crate) per_second: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    /// Round trips to the database that a question took at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) round_trips_max: Option<u64>,
}

impl Sample {
    /// Of spans that were taken one by one. `took` is how long all of them took together; where
    /// nothing ran beside them, their sum.
    pub(crate) fn of(mut spans: Vec<Duration>, took: Option<Duration>) -> Self {
        spans.sort_unstable();
        let at = |part: usize| {
            let index = (spans.len() * part / 100).min(spans.len().saturating_sub(1));
            spans
                .get(index)
                .map_or(f64::NAN, |span| seconds(*span) * 1e6)
        };
        let took = took.unwrap_or_else(|| spans.iter().sum());
        Self {
            samples: spans.len(),
            per_second: rate(spans.len(), took),
            p50_us: at(50),
            p99_us: at(99),
            round_trips_max: None,
        }
    }
}

pub(crate) fn seconds(span: Duration) -> f64 {
    span.as_secs_f64()
}

/// How often something was done in a second.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
pub(crate) fn rate(count: usize, took: Duration) -> f64 {
    count as f64 / seconds(took).max(1e-9)
}

/// Names for lines of progress.
pub(crate) const fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Direct => "direct",
        Kind::Group => "group",
        Kind::FolderTree => "folder tree",
        Kind::Exclusion => "exclusion",
        Kind::Ban => "ban",
        Kind::Condition => "condition",
    }
}
