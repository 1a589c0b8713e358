//! The results of the suite of resources: every sample as JSON, medians as Markdown tables.

use super::world::Filled;
use crate::Result;
use crate::load::Sample;
use crate::report::{self, median};
use serde::Serialize;
use std::fmt::Write;
use std::path::Path;

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Figure {
    /// One decision; a fourth of them denials.
    Authorize,
    /// A hundred decisions at once.
    Batch,
    /// A list of a thousand.
    Visible,
    /// A link to a file opened.
    Media,
}

/// What one step of filling the world took.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Step {
    pub(super) what: &'static str,
    pub(super) count: usize,
    pub(super) requests: usize,
    pub(super) seconds: f64,
}

/// Arrivals at half of the highest rate, and the same at the bare server.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Half {
    pub(super) served: Arrivals,
    pub(super) bare: Arrivals,
}

/// Arrivals that do not wait for answers.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Arrivals {
    pub(super) per_second: f64,
    pub(super) requests: u64,
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
}

/// One measurement.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Measured {
    pub(super) engine: String,
    pub(super) figure: Figure,
    pub(super) sample: Sample,
    pub(super) bare: Option<Sample>,
    pub(super) half: Option<Half>,
}

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) scale: f64,
    pub(super) rounds: usize,
    pub(super) seconds: u64,
    pub(super) worlds: Vec<Filled>,
    pub(super) measured: Vec<Measured>,
}

impl Figure {
    pub(super) const ALL: [Self; 4] = [Self::Authorize, Self::Batch, Self::Visible, Self::Media];

    const fn name(self) -> &'static str {
        match self {
            Self::Authorize => "authorize",
            Self::Batch => "batch of 100",
            Self::Visible => "visible, 1,000",
            Self::Media => "a link opened",
        }
    }
}

impl Report {
    /// Writes `out`.json and `out`.md.
    pub(super) fn write(&self, out: &Path) -> Result<()> {
        report::write(out, self, &self.markdown())
    }

    fn markdown(&self) -> String {
        let mut text = format!(
            "# Resources: what a decision costs\n\nMade by `cargo xtask bench uuid-authz`: {} \
             rounds, {} s per figure; medians of the rounds. The world is {} of the whole: 100,000 \
             users, 10,000 teams, 50,000 projects, 1,000,000 generations; it was registered over \
             HTTP, and the store behind it may take 4 GiB of memory. Who asks has signed in; of their questions a fourth each is about \
             what they own, what a team of theirs is linked to, what is public, and what they may \
             not know of. Client, server and database share the machine's cores.\n",
            self.rounds, self.seconds, self.scale
        );
        self.filling(&mut text);
        self.asking(&mut text);
        self.half_load(&mut text);
        self.goals(&mut text);
        text
    }

    fn filling(&self, text: &mut String) {
        text.push_str(
            "\n## Filling the world, 8 connections, durable commits\n\n| engine | what | count | \
             requests | s | in a second |\n|---|---|---|---|---|---|\n",
        );
        for world in &self.worlds {
            for step in &world.steps {
                let Step {
                    what,
                    count,
                    requests,
                    seconds,
                } = step;
                #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
                let rate = *count as f64 / seconds;
                let engine = &world.engine;
                let _ = writeln!(
                    text,
                    "| {engine} | {what} | {count} | {requests} | {seconds:.1} | {rate:.0} |"
                );
            }
        }
    }

    fn asking(&self, text: &mut String) {
        text.push_str(
            "\n## As fast as answers come\n\n| engine | figure | connections | requests/s | bare \
             server/s | of bare | p50 ms | p99 ms | server CPU-ms | database CPU-ms | requests |\n\
             |---|---|---|---|---|---|---|---|---|---|---|\n",
        );
        for (engine, figure, connections) in self.loads() {
            let all = self.of(engine, figure, Some(connections));
            let of = |figure: fn(&Sample) -> f64| median(all.iter().map(|m| figure(&m.sample)));
            let bare = median(all.iter().filter_map(|m| Some(m.bare.as_ref()?.per_second)));
            let part =
                median(all.iter().filter_map(|m| {
                    Some(100.0 * m.sample.per_second / m.bare.as_ref()?.per_second)
                }));
            let count: u64 = all.iter().map(|m| m.sample.requests).sum();
            let _ = writeln!(
                text,
                "| {engine} | {} | {connections} | {:.0} | {bare:.0} | {part:.0} % | {:.3} | {:.3} \
                 | {:.4} | {:.4} | {count} |",
                figure.name(),
                of(|s| s.per_second),
                of(|s| s.p50_ms),
                of(|s| s.p99_ms),
                of(|s| s.server_cpu_ms),
                of(|s| s.database_cpu_ms),
            );
        }
    }

    fn half_load(&self, text: &mut String) {
        text.push_str(
            "\n## At half of that rate, arrivals that do not wait\n\n| engine | figure | \
             requests/s | p50 ms | p99 ms | bare server p50 ms | bare server p99 ms | requests |\n\
             |---|---|---|---|---|---|---|---|\n",
        );
        for world in &self.worlds {
            for figure in Figure::ALL {
                let all = self.halves(&world.engine, figure);
                if all.is_empty() {
                    continue;
                }
                let of = |figure: fn(&Half) -> f64| median(all.iter().map(|half| figure(half)));
                let count: u64 = all.iter().map(|half| half.served.requests).sum();
                let _ = writeln!(
                    text,
                    "| {} | {} | {:.0} | {:.3} | {:.3} | {:.3} | {:.3} | {count} |",
                    world.engine,
                    figure.name(),
                    of(|half| half.served.per_second),
                    of(|half| half.served.p50_ms),
                    of(|half| half.served.p99_ms),
                    of(|half| half.bare.p50_ms),
                    of(|half| half.bare.p99_ms),
                );
            }
        }
    }

    fn goals(&self, text: &mut String) {
        text.push_str("\n## Goals\n\n| figure | goal | measured | reached |\n|---|---|---|---|\n");
        for world in &self.worlds {
            let engine = &world.engine;
            for (figure, goal) in [
                (Figure::Authorize, 2.0),
                (Figure::Batch, 5.0),
                (Figure::Visible, 25.0),
            ] {
                let halves = self.halves(engine, figure);
                let measured = median(halves.iter().map(|half| half.served.p99_ms));
                let name = format!("{engine}: {}, p99 at half load, ms", figure.name());
                goal_of(text, &name, goal, measured);
            }
            let all = self.of(engine, Figure::Media, None);
            let cpu = median(all.iter().map(|m| m.sample.server_cpu_ms * 1e3));
            goal_of(text, &format!("{engine}: a link opened, CPU us"), 50.0, cpu);
        }
    }

    /// What was asked, in its order.
    fn loads(&self) -> Vec<(&str, Figure, usize)> {
        let mut loads: Vec<(&str, Figure, usize)> = Vec::new();
        for one in &self.measured {
            let load = (one.engine.as_str(), one.figure, one.sample.connections);
            if !loads.contains(&load) {
                loads.push(load);
            }
        }
        loads
    }

    fn of(&self, engine: &str, figure: Figure, connections: Option<usize>) -> Vec<&Measured> {
        let all = self.measured.iter().filter(|one| {
            one.engine == engine
                && one.figure == figure
                && connections.is_none_or(|count| one.sample.connections == count)
        });
        all.collect()
    }

    fn halves(&self, engine: &str, figure: Figure) -> Vec<&Half> {
        let all = self.of(engine, figure, None).into_iter();
        all.filter_map(|one| one.half.as_ref()).collect()
    }
}

fn goal_of(text: &mut String, name: &str, goal: f64, measured: f64) {
    let reached = if measured <= goal { "yes" } else { "no" };
    let _ = writeln!(
        text,
        "| {name} | at most {goal} | {measured:.3} | {reached} |"
    );
}
