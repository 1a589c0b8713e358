//! What was to be reached by the authorization suite, beside what was measured: of several cases
//! the worst counts.

use super::super::measured::{Case, Kind};
use super::{Report, cases};
use std::fmt::Write;

const DEPTH: u64 = 3;

impl Report {
    /// The table of goals.
    pub(super) fn goals(&self, text: &mut String) {
        text.push_str(
            "\n## Goals\n\nOf the cases the worst counts.\n\n| figure | goal | measured | reached |\n\
             |---|---|---|---|\n",
        );
        self.checks(text);
        for world in &self.in_process.worlds {
            let name = format!("{}, {} tuples", world.engine, world.tuples);
            if world.engine == "PostgreSQL" {
                self.cold(text, world);
                let writes = self.figure(world.of("write"), None, |row| row.per_second);
                least(
                    text,
                    &format!("{name}: writes/s by 64 writers"),
                    5_000.0,
                    writes,
                );
            }
            if world.tuples == 1_000_000 {
                most(
                    text,
                    &format!("{name}: import, s"),
                    30.0,
                    world.import_seconds,
                );
                let bytes = world.bytes_per_tuple();
                most(
                    text,
                    &format!("{name}: bytes a tuple in memory"),
                    96.0,
                    bytes,
                );
            }
            let list = self.figure(world.of("list"), None, |row| row.p99_us / 1e3);
            most(text, &format!("{name}: list of 1,000, p99 ms"), 20.0, list);
            let loads = self.loads().into_iter();
            let loads = loads.filter(|(one, _, _)| std::ptr::eq(*one, world));
            let parts = loads.map(|(world, case, count)| self.of_bare(world, case, count));
            let part = parts.fold(f64::INFINITY, f64::min);
            least(
                text,
                &format!("{name}: over HTTP, % of the bare server's rate"),
                60.0,
                part,
            );
        }
    }

    /// Checks in memory.
    fn checks(&self, text: &mut String) {
        for (tuples, engine) in self.first_of_each_size() {
            let of = super::Of {
                figure: "resident",
                engine,
                tuples,
            };
            let deep: Vec<Case> = cases().filter(|case| case.depth == DEPTH).collect();
            for kind in Kind::ALL {
                let some = deep.iter().filter(|case| case.kind == kind);
                let rates = some.map(|case| self.rate(of, *case));
                let rate = rates.fold(f64::INFINITY, f64::min);
                if rate.is_finite() {
                    let name = format!("{tuples} tuples: checks/s, depth 3, {}", kind.name());
                    least(text, &name, 500_000.0, rate);
                }
            }
            let spans = deep
                .iter()
                .map(|case| self.figure(of, Some(*case), |row| row.p99_us));
            let name = format!("{tuples} tuples: check in memory, depth 3, p99 us");
            most(text, &name, 20.0, spans.fold(0.0, f64::max));
            let ratios = cases().filter(|case| !case.answer).map(|case| {
                let truly = Case {
                    answer: true,
                    ..case
                };
                self.rate(of, truly) / self.rate(of, case)
            });
            let name = format!("{tuples} tuples: time of a false answer, of the true one's");
            most(text, &name, 1.5, ratios.fold(0.0, f64::max));
        }
    }

    /// Checks of a store of which nothing is in memory.
    fn cold(&self, text: &mut String, world: &super::World) {
        let of = world.of("loaded");
        let name = format!(
            "{}, {} tuples, nothing in memory",
            world.engine, world.tuples
        );
        let beyond = cases().map(|case| {
            let trips = self.round_trips(of, case);
            i32::try_from(trips).unwrap_or(i32::MAX) - i32::try_from(case.depth).unwrap_or(0)
        });
        let beyond = f64::from(beyond.max().unwrap_or(0));
        most(
            text,
            &format!("{name}: round trips beyond the depth"),
            1.0,
            beyond,
        );
        let spans = cases().map(|case| self.figure(of, Some(case), |row| row.p99_us / 1e3));
        most(
            text,
            &format!("{name}: p99 ms"),
            10.0,
            spans.fold(0.0, f64::max),
        );
    }
}

fn most(text: &mut String, figure: &str, goal: f64, value: f64) {
    row(
        text,
        figure,
        &format!("at most {goal}"),
        value,
        value <= goal,
    );
}

fn least(text: &mut String, figure: &str, goal: f64, value: f64) {
    row(
        text,
        figure,
        &format!("at least {goal}"),
        value,
        value >= goal,
    );
}

fn row(text: &mut String, figure: &str, goal: &str, value: f64, is_reached: bool) {
    let reached = if is_reached { "yes" } else { "no" };
    let _ = writeln!(text, "| {figure} | {goal} | {value:.2} | {reached} |");
}
