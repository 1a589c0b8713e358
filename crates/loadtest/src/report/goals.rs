//! What was to be reached, beside what was measured: the worst of the loads counts.

use super::{Report, median, median_of};
use crate::load::Sample;
use std::fmt::Write;

const GET_USER: &str = "GET /user";
const REFRESH: &str = "refresh";
const SIGN_IN: &str = "password sign-in";

/// On which side of its limit a figure should be.
#[derive(Clone, Copy)]
enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

impl Limit {
    fn is_kept_by(self, value: f64) -> bool {
        match self {
            Self::AtMost(most) => value <= most,
            Self::AtLeast(least) => value >= least,
        }
    }

    fn text(self) -> String {
        match self {
            Self::AtMost(most) => format!("at most {most}"),
            Self::AtLeast(least) => format!("at least {least}"),
        }
    }
}

impl Report {
    /// The table of goals.
    pub(super) fn goals(&self, text: &mut String) {
        text.push_str(
            "\n## Goals\n\nOf the three loads the worst counts.\n\n| figure | goal | measured | reached |\n\
             |---|---|---|---|\n",
        );
        let mut row = |figure: &str, limit: Limit, value: f64| {
            let reached = if limit.is_kept_by(value) { "yes" } else { "no" };
            let _ = writeln!(
                text,
                "| {figure} | {} | {value:.2} | {reached} |",
                limit.text()
            );
        };
        let cpu = |setup, operation| {
            self.worst(setup, operation, |s| s.server_cpu_ms + s.database_cpu_ms)
        };
        for (setup, operation, most) in [
            ("PostgreSQL, ES256", GET_USER, 0.45),
            ("PostgreSQL, HS256", GET_USER, 0.25),
            ("PostgreSQL, ES256", REFRESH, 0.8),
            ("PostgreSQL, HS256", REFRESH, 0.8),
        ] {
            let figure = format!("{setup}: CPU-ms of {operation}, with the database");
            row(&figure, Limit::AtMost(most), cpu(setup, operation));
        }
        let beyond = |s: &Sample| s.server_cpu_ms - s.hash_cpu_ms + s.database_cpu_ms;
        for setup in ["PostgreSQL, ES256", "PostgreSQL, HS256"] {
            let figure = format!("{setup}: CPU-ms of {SIGN_IN} beyond the hash");
            row(
                &figure,
                Limit::AtMost(1.0),
                self.worst(setup, SIGN_IN, beyond),
            );
        }
        let figure = "SQLite, HS256: GET /user, % of the bare server's rate";
        row(
            figure,
            Limit::AtLeast(50.0),
            self.least_of_bare("SQLite, HS256", GET_USER),
        );
        for (setup, floods) in &self.floods {
            let quiet = median(floods.iter().map(|f| f.quiet_p99_ms));
            let flooded = median(floods.iter().map(|f| f.flooded_p99_ms));
            let figure = format!("{setup}: p99 beside a flood of sign-ins, of the quiet one");
            row(&figure, Limit::AtMost(2.0), flooded / quiet.max(0.001));
        }
        let idle = self.idle_kib.values().map(|kib| median_of(kib));
        row(
            "idle memory, MiB",
            Limit::AtMost(30.0),
            idle.fold(0.0, f64::max) / 1024.0,
        );
        let connection = self.connection_bytes.values().map(|bytes| median_of(bytes));
        let connection = connection.fold(0.0, f64::max) / 1024.0;
        row("an idle connection, KiB", Limit::AtMost(20.0), connection);
    }

    /// The highest median over the loads.
    fn worst(&self, setup: &str, operation: &str, figure: fn(&Sample) -> f64) -> f64 {
        let loads = self.loads(setup, operation);
        let medians = loads.map(|connections| {
            let samples = self.samples(setup, operation, connections);
            median(samples.iter().map(|sample| figure(sample)))
        });
        medians.fold(0.0, f64::max)
    }

    /// The lowest rate over the loads, in percent of the bare server's.
    fn least_of_bare(&self, setup: &str, operation: &str) -> f64 {
        let rate = |setup, operation, connections| {
            let samples = self.samples(setup, operation, connections);
            median(samples.iter().map(|sample| sample.per_second))
        };
        let parts = self.loads(setup, operation).map(|connections| {
            let bare = rate("bare server", "constant answer", connections);
            100.0 * rate(setup, operation, connections) / bare
        });
        parts.fold(f64::INFINITY, f64::min)
    }

    /// The numbers of connections with which an operation was measured.
    fn loads(&self, setup: &str, operation: &str) -> impl Iterator<Item = usize> {
        let keys = self.keys().into_iter();
        let of = keys.filter(|(one, other, _)| *one == setup && *other == operation);
        of.map(|(_, _, connections)| connections)
            .collect::<Vec<_>>()
            .into_iter()
    }
}
