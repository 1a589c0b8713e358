//! The results: every sample as JSON, medians as a Markdown table.

mod goals;

use crate::Result;
use crate::flood::Flood;
use crate::load::Sample;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// What the tool calls itself.
pub(crate) const TITLE: &str = "bench";

/// One measurement of one operation.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Row {
    pub(crate) setup: &'static str,
    pub(crate) operation: &'static str,
    pub(crate) sample: Sample,
}

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    rounds: usize,
    seconds: u64,
    rows: Vec<Row>,
    idle_kib: BTreeMap<&'static str, Vec<u64>>,
    connection_bytes: BTreeMap<&'static str, Vec<u64>>,
    floods: BTreeMap<&'static str, Vec<Flood>>,
}

impl Report {
    pub(crate) const fn new(rounds: usize, seconds: u64) -> Self {
        Self {
            rounds,
            seconds,
            rows: Vec::new(),
            idle_kib: BTreeMap::new(),
            connection_bytes: BTreeMap::new(),
            floods: BTreeMap::new(),
        }
    }

    pub(crate) fn add(&mut self, row: Row) {
        self.rows.push(row);
    }

    pub(crate) fn idle_kib(&mut self, setup: &'static str, kib: u64) {
        self.idle_kib.entry(setup).or_default().push(kib);
    }

    pub(crate) fn connection_bytes(&mut self, setup: &'static str, bytes: u64) {
        self.connection_bytes.entry(setup).or_default().push(bytes);
    }

    pub(crate) fn flood(&mut self, setup: &'static str, flood: Flood) {
        self.floods.entry(setup).or_default().push(flood);
    }

    /// The highest rate of one operation so far, requests per second.
    pub(crate) fn peak(&self, setup: &str, operation: &str) -> f64 {
        let rates = self
            .rows
            .iter()
            .filter(|row| row.setup == setup && row.operation == operation);
        rates.map(|row| row.sample.per_second).fold(0.0, f64::max)
    }

    /// Writes `out`.json and `out`.md.
    pub(crate) fn write(&self, out: &Path) -> Result<()> {
        write(out, self, &self.markdown())
    }

    fn markdown(&self) -> String {
        let mut text = format!(
            "# Sign-in: cost per request\n\nMade by `cargo xtask bench auth`: {} rounds of {} s per \
             figure, interleaved; medians. Client, server and database share the machine's cores, so \
             compare CPU-ms per request and the ratio to the bare server of the same run, not \
             absolute rates.\n\n\
             | setup | operation | connections | requests/s | of bare | p50 ms | p99 ms | server \
             CPU-ms | of it hash | database CPU-ms | requests | refused |\n\
             |---|---|---|---|---|---|---|---|---|---|---|---|\n",
            self.rounds, self.seconds
        );
        for (setup, operation, connections) in self.keys() {
            let samples = self.samples(setup, operation, connections);
            let of = |figure: fn(&Sample) -> f64| median(samples.iter().map(|s| figure(s)));
            let bare = self.samples("bare server", "constant answer", connections);
            let ceiling = median(bare.iter().map(|s| s.per_second));
            let rate = of(|s| s.per_second);
            let requests: u64 = samples.iter().map(|s| s.requests).sum();
            let refused: u64 = samples.iter().map(|s| s.refused).sum();
            let _ = writeln!(
                text,
                "| {setup} | {operation} | {connections} | {rate:.0} | {:.0} % | {:.2} | {:.2} | \
                 {:.3} | {:.3} | {:.3} | {requests} | {refused} |",
                100.0 * rate / ceiling,
                of(|s| s.p50_ms),
                of(|s| s.p99_ms),
                of(|s| s.server_cpu_ms),
                of(|s| s.hash_cpu_ms),
                of(|s| s.database_cpu_ms),
            );
        }
        self.memory(&mut text);
        self.flood_table(&mut text);
        self.goals(&mut text);
        text
    }

    fn memory(&self, text: &mut String) {
        text.push_str(
            "\n## Memory\n\n| setup | idle, before the first hash | one idle connection |\n\
             |---|---|---|\n",
        );
        for (setup, kib) in &self.idle_kib {
            let bytes = self
                .connection_bytes
                .get(setup)
                .cloned()
                .unwrap_or_default();
            let _ = writeln!(
                text,
                "| {setup} | {:.1} MiB | {:.1} KiB |",
                median_of(kib) / 1024.0,
                median_of(&bytes) / 1024.0
            );
        }
    }

    fn flood_table(&self, text: &mut String) {
        text.push_str(
            "\n## GET /user beside a flood of sign-ins\n\nReaders arrive on schedule at a fifth of \
             their quiet peak, sign-ins ten times as fast as they can be served. Quiet and \
             flooded spans take turns; medians.\n\n| setup | \
             readers/s | p99 quiet ms | p99 flooded ms | ratio | sign-ins/s | answered | refused |\n\
             |---|---|---|---|---|---|---|---|\n",
        );
        for (setup, floods) in &self.floods {
            let of = |figure: fn(&Flood) -> f64| median(floods.iter().map(figure));
            let (quiet, flooded) = (of(|f| f.quiet_p99_ms), of(|f| f.flooded_p99_ms));
            let answered: u64 = floods.iter().map(|f| f.sign_ins_answered).sum();
            let refused: u64 = floods.iter().map(|f| f.sign_ins_refused).sum();
            let _ = writeln!(
                text,
                "| {setup} | {:.0} | {quiet:.2} | {flooded:.2} | {:.2} | {:.0} | {answered} | \
                 {refused} |",
                of(|f| f.offered_per_second),
                flooded / quiet.max(0.001),
                of(|f| f.sign_ins_offered_per_second),
            );
        }
    }

    /// Setup, operation and connections of every row, in the order of measurement.
    fn keys(&self) -> Vec<(&'static str, &'static str, usize)> {
        let mut keys = Vec::new();
        for row in &self.rows {
            let key = (row.setup, row.operation, row.sample.connections);
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        keys
    }

    fn samples(&self, setup: &str, operation: &str, connections: usize) -> Vec<&Sample> {
        let rows = self.rows.iter().filter(|row| {
            row.setup == setup
                && row.operation == operation
                && row.sample.connections == connections
        });
        rows.map(|row| &row.sample).collect()
    }
}

pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "sizes of a measurement are far below 2^52"
)]
fn median_of(values: &[u64]) -> f64 {
    median(values.iter().map(|value| *value as f64))
}

/// Writes the results of a suite to `out`.json and its tables to `out`.md.
pub(crate) fn write(out: &Path, results: &impl Serialize, tables: &str) -> Result<()> {
    if let Some(folder) = out.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let json = serde_json::to_string_pretty(results).map_err(std::io::Error::other)?;
    std::fs::write(out.with_extension("json"), json + "\n")?;
    std::fs::write(out.with_extension("md"), tables)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_one() {
        assert!((median([3.0, 1.0, 2.0].into_iter()) - 2.0).abs() < f64::EPSILON);
        assert!(median(std::iter::empty()).is_nan());
    }
}
