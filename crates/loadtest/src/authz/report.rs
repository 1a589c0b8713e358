//! The results of the authorization suite: every sample as JSON, medians as Markdown tables.

mod goals;

use super::measured::{Case, InProcess, Kind, Row, World};
use crate::Result;
use crate::load::Sample;
use crate::report::{self, median};
use serde::Serialize;
use std::fmt::Write;
use std::path::Path;

const DEPTHS: [u64; 3] = [1, 3, 8];

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) rounds: usize,
    pub(super) seconds: u64,
    pub(super) in_process: InProcess,
    pub(super) http: Vec<Over>,
}

/// A measurement over HTTP.
#[derive(Debug, Serialize)]
pub(super) struct Over {
    engine: String,
    tuples: u64,
    case: Case,
    sample: Sample,
    /// The bare server, asked just before.
    bare: Sample,
}

impl Over {
    pub(super) fn of(world: &World, case: Case, sample: Sample, bare: Sample) -> Self {
        Self {
            engine: world.engine.clone(),
            tuples: world.tuples,
            case,
            sample,
            bare,
        }
    }
}

/// Rows of one figure of one world.
#[derive(Clone, Copy)]
struct Of<'a> {
    figure: &'a str,
    engine: &'a str,
    tuples: u64,
}

impl Report {
    /// Writes `out`.json and `out`.md.
    pub(super) fn write(&self, out: &Path) -> Result<()> {
        report::write(out, self, &self.markdown())
    }

    fn markdown(&self) -> String {
        let mut text = format!(
            "# Authorization: what a check costs\n\nMade by `cargo xtask bench authz`: {} rounds, \
             {} s per figure over HTTP and of writers; cases take turns in each round; medians of \
             the rounds. Depth is the number of tuples in the chain that leads to a true answer; \
             a true answer is found in the last place that is looked at, a false one nowhere (of \
             a condition: it does not hold; of a ban: found, but banned). Client, server and \
             database share the machine's cores.\n",
            self.rounds, self.seconds
        );
        self.in_memory(&mut text);
        self.on_demand(&mut text);
        self.over_http(&mut text);
        self.others(&mut text);
        self.goals(&mut text);
        text
    }

    fn in_memory(&self, text: &mut String) {
        text.push_str(
            "\n## In process, store in memory, one core\n\n*Engine*: the bare engine, with numbers \
             for names. *Use case*: `Authz::check`, with texts.\n\n| tuples | kind | depth | \
             answer | engine/s | engine p99 us | use case/s | p50 us | p99 us | time of the true \
             one: engine | use case | checks |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n",
        );
        for (tuples, database) in self.first_of_each_size() {
            let [bare, used] =
                [("engine", "none"), ("resident", database)].map(|(figure, engine)| Of {
                    figure,
                    engine,
                    tuples,
                });
            for case in cases() {
                let Case {
                    kind,
                    depth,
                    answer,
                } = case;
                let truly = Case {
                    answer: true,
                    ..case
                };
                let ratio = |of| self.rate(of, truly) / self.rate(of, case);
                let _ = writeln!(
                    text,
                    "| {tuples} | {} | {depth} | {answer} | {:.0} | {:.2} | {:.0} | {:.2} | {:.2} | \
                     {:.2} | {:.2} | {} |",
                    kind.name(),
                    self.rate(bare, case),
                    self.figure(bare, Some(case), |row| row.p99_us),
                    self.rate(used, case),
                    self.figure(used, Some(case), |row| row.p50_us),
                    self.figure(used, Some(case), |row| row.p99_us),
                    ratio(bare),
                    ratio(used),
                    self.count(used, Some(case)),
                );
            }
        }
    }

    fn on_demand(&self, text: &mut String) {
        text.push_str(
            "\n## In process, nothing in memory\n\nOf the server's own memory; the database keeps \
             its caches.\n\n| engine | tuples | kind | depth | answer | round trips, at most | p50 us \
             | p99 us | checks |\n|---|---|---|---|---|---|---|---|---|\n",
        );
        for world in &self.in_process.worlds {
            let of = world.of("loaded");
            for case in cases() {
                let _ = writeln!(
                    text,
                    "| {} | {} | {} | {} | {} | {} | {:.0} | {:.0} | {} |",
                    world.engine,
                    world.tuples,
                    case.kind.name(),
                    case.depth,
                    case.answer,
                    self.round_trips(of, case),
                    self.figure(of, Some(case), |row| row.p50_us),
                    self.figure(of, Some(case), |row| row.p99_us),
                    self.count(of, Some(case)),
                );
            }
        }
    }

    fn over_http(&self, text: &mut String) {
        text.push_str(
            "\n## Over HTTP, store in memory, depth 3\n\n| engine | tuples | kind | answer | \
             connections | checks/s | bare server/s | of bare | p50 ms | p99 ms | server CPU-ms | checks |\n\
             |---|---|---|---|---|---|---|---|---|---|---|---|\n",
        );
        for (world, case, connections) in self.loads() {
            let samples = self.samples(world, case, connections);
            let of = |figure: fn(&Sample) -> f64| median(samples.iter().map(|o| figure(&o.sample)));
            let count: u64 = samples.iter().map(|over| over.sample.requests).sum();
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {connections} | {:.0} | {:.0} | {:.0} % | {:.3} | {:.3} | \
                 {:.4} | {count} |",
                world.engine,
                world.tuples,
                case.kind.name(),
                case.answer,
                of(|s| s.per_second),
                median(samples.iter().map(|over| over.bare.per_second)),
                self.of_bare(world, case, connections),
                of(|s| s.p50_ms),
                of(|s| s.p99_ms),
                of(|s| s.server_cpu_ms),
            );
        }
    }

    fn others(&self, text: &mut String) {
        text.push_str(
            "\n## Lists, writes, imports, memory\n\nThe list has 1,000 objects, store in memory. \
             Writes: 64 writers to one store, a tuple each, durable. Import: the whole world, 1,000 \
             tuples with each commit, durable.\n\n| engine | tuples | list p50 ms | p99 ms | \
             writes/s | p50 ms | p99 ms | import s | read into memory s | bytes a tuple |\n\
             |---|---|---|---|---|---|---|---|---|---|\n",
        );
        for world in &self.in_process.worlds {
            let (list, write) = (world.of("list"), world.of("write"));
            let _ = writeln!(
                text,
                "| {} | {} | {:.2} | {:.2} | {:.0} | {:.2} | {:.2} | {:.1} | {:.2} | {:.1} |",
                world.engine,
                world.tuples,
                self.figure(list, None, |row| row.p50_us / 1e3),
                self.figure(list, None, |row| row.p99_us / 1e3),
                self.figure(write, None, |row| row.per_second),
                self.figure(write, None, |row| row.p50_us / 1e3),
                self.figure(write, None, |row| row.p99_us / 1e3),
                world.import_seconds,
                world.read_seconds,
                world.bytes_per_tuple(),
            );
        }
    }

    /// The sizes of worlds, each with the first database that it was measured in.
    fn first_of_each_size(&self) -> Vec<(u64, &str)> {
        let mut sizes: Vec<(u64, &str)> = Vec::new();
        for world in &self.in_process.worlds {
            if sizes.iter().all(|(tuples, _)| *tuples != world.tuples) {
                sizes.push((world.tuples, &world.engine));
            }
        }
        sizes
    }

    fn rows(&self, of: Of<'_>, case: Option<Case>) -> impl Iterator<Item = &Row> {
        let rows = self.in_process.rows.iter();
        rows.filter(move |row| {
            row.figure == of.figure
                && row.engine == of.engine
                && row.tuples == of.tuples
                && row.case == case
        })
    }

    fn figure(&self, of: Of<'_>, case: Option<Case>, figure: fn(&Row) -> f64) -> f64 {
        median(self.rows(of, case).map(figure))
    }

    fn rate(&self, of: Of<'_>, case: Case) -> f64 {
        self.figure(of, Some(case), |row| row.per_second)
    }

    fn count(&self, of: Of<'_>, case: Option<Case>) -> u64 {
        self.rows(of, case).map(|row| row.samples).sum()
    }

    fn round_trips(&self, of: Of<'_>, case: Case) -> u64 {
        let rows = self.rows(of, Some(case));
        rows.filter_map(|row| row.round_trips_max)
            .max()
            .unwrap_or(0)
    }

    /// World, case and connections of all loads, in their order.
    fn loads(&self) -> Vec<(&World, Case, usize)> {
        let mut loads: Vec<(&World, Case, usize)> = Vec::new();
        for world in &self.in_process.worlds {
            for over in self.http.iter().filter(|over| world.is_of(over)) {
                let connections = over.sample.connections;
                let is_known = loads.iter().any(|(one, case, count)| {
                    std::ptr::eq(*one, world) && *case == over.case && *count == connections
                });
                if !is_known {
                    loads.push((world, over.case, connections));
                }
            }
        }
        loads
    }

    fn samples(&self, world: &World, case: Case, connections: usize) -> Vec<&Over> {
        let over = self.http.iter().filter(|over| {
            world.is_of(over) && over.case == case && over.sample.connections == connections
        });
        over.collect()
    }

    /// The rate in percent of the bare server's: the median of the pairs.
    fn of_bare(&self, world: &World, case: Case, connections: usize) -> f64 {
        let pairs = self.samples(world, case, connections).into_iter();
        let parts = pairs.map(|over| 100.0 * over.sample.per_second / over.bare.per_second);
        median(parts)
    }
}

impl World {
    fn of<'a>(&'a self, figure: &'a str) -> Of<'a> {
        Of {
            figure,
            engine: &self.engine,
            tuples: self.tuples,
        }
    }

    fn is_of(&self, over: &Over) -> bool {
        over.engine == self.engine && over.tuples == self.tuples
    }

    #[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
    fn bytes_per_tuple(&self) -> f64 {
        self.graph_bytes as f64 / self.tuples as f64
    }
}

/// Every case, in the order of the tables.
fn cases() -> impl Iterator<Item = Case> {
    let depths = |kind| {
        DEPTHS
            .into_iter()
            .filter(move |depth| kind != Kind::Direct || *depth == 1)
    };
    let chains = Kind::ALL
        .into_iter()
        .flat_map(move |kind| depths(kind).map(move |depth| (kind, depth)));
    chains.flat_map(|(kind, depth)| {
        [true, false].map(|answer| Case {
            kind,
            depth,
            answer,
        })
    })
}

#[cfg(test)]
mod tests;
