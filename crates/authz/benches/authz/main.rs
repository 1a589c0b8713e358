//! Measures the use cases in process: checks in memory and from the database, lists, writes and the
//! import of worlds; leaves the databases behind for whoever asks them over HTTP.

mod case;
mod checks;
mod database;
mod engine;
mod sample;
mod world;
mod writes;

use case::Case;
use clap::Parser;
use database::{Database, Place};
use engine::Engine;
use sample::{Row, Sample, name};
use serde::Serialize;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;
use world::World;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Error = Box<dyn std::error::Error + Send + Sync>;
type Result<T> = std::result::Result<T, Error>;

/// Room for every world that is measured.
const RESIDENT_BYTES_MAX: u64 = 2 << 30;
/// Questions of each case for whoever asks over HTTP.
const QUESTIONS_OVER_HTTP: usize = 1_024;

#[derive(Debug, Parser)]
struct Arguments {
    /// Sizes of worlds
    #[arg(long, value_delimiter = ',', default_value = "10000,1000000")]
    tuples: Vec<u64>,
    /// Rounds; all cases take turns in each
    #[arg(long, default_value_t = 3)]
    rounds: u64,
    /// Seconds of each measurement of writers
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// sqlite, postgres or both
    #[arg(long, default_value = "both", value_parser = ["sqlite", "postgres", "both"])]
    engine: String,
    /// The seed of the worlds
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// A server with durable commits: `postgres://user@host:port`, without a database name
    #[arg(long)]
    postgres: Option<String>,
    /// Where databases of `SQLite` go
    #[arg(long)]
    folder: PathBuf,
    /// Measure only figures whose name contains this, such as `engine`
    #[arg(long, default_value = "")]
    only: String,
    /// The file for the results
    #[arg(long)]
    out: PathBuf,
    /// What cargo gives to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

/// All that was measured.
#[derive(Debug, Default, Serialize)]
struct Results {
    rows: Vec<Row>,
    worlds: Vec<Filled>,
}

/// A world in a database.
#[derive(Debug, Serialize)]
struct Filled {
    engine: &'static str,
    tuples: u64,
    import_seconds: f64,
    /// Seconds from the first question until the store was in memory.
    read_seconds: f64,
    /// Bytes of its graph in memory.
    graph_bytes: usize,
    database: String,
    store: String,
    questions: Vec<Asked>,
}

/// Questions of a case, as bodies of requests.
#[derive(Debug, Serialize)]
struct Asked {
    #[serde(flatten)]
    case: Case,
    bodies: Vec<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let outcome = runtime
        .map_err(Error::from)
        .and_then(|runtime| runtime.block_on(arguments.run()));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            progress(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

impl Arguments {
    async fn run(&self) -> Result<()> {
        let mut results = Results::default();
        for tuples in &self.tuples {
            let world = World::new(*tuples, self.seed);
            progress(&format!("{tuples} tuples: the bare engine"));
            let engine = Engine::build(&world)?;
            self.bare(&engine, &world, *tuples, &mut results)?;
            let graph_bytes = engine.graph.bytes();
            drop(engine);
            for place in self.places(*tuples)? {
                let filled = self.measure(place, &world, *tuples, &mut results).await?;
                results.worlds.push(Filled {
                    graph_bytes,
                    ..filled
                });
                self.write(&results)?;
            }
        }
        self.write(&results)
    }

    fn write(&self, results: &Results) -> Result<()> {
        Ok(std::fs::write(&self.out, serde_json::to_string(results)?)?)
    }

    fn places(&self, tuples: u64) -> Result<Vec<Place>> {
        let mut places = Vec::new();
        if self.engine != "postgres" {
            places.push(Place::Sqlite(self.folder.join(format!("world-{tuples}"))));
        }
        if self.engine != "sqlite" {
            let url = self.postgres.clone().ok_or("--postgres is missing")?;
            let name = format!("world_{}_{tuples}", std::process::id());
            places.push(Place::Postgres { url, name });
        }
        Ok(places)
    }

    fn bare(&self, engine: &Engine, world: &World, tuples: u64, to: &mut Results) -> Result<()> {
        for round in self.rounds("engine") {
            for case in Case::all() {
                let sample = engine.check(world, (case, round))?;
                to.add("engine", "none", tuples, Some(case), sample);
            }
        }
        Ok(())
    }

    async fn measure(
        &self,
        place: Place,
        world: &World,
        tuples: u64,
        to: &mut Results,
    ) -> Result<Filled> {
        let database = Database::fill(place, world).await?;
        let engine = database.engine;
        let imported = database.import_seconds;
        progress(&format!(
            "{tuples} tuples in {engine}: stored in {imported:.1} s"
        ));
        let cold = database.open(0)?;
        for round in self.rounds("loaded") {
            for case in Case::all() {
                let sample = checks::loaded(&cold, &database, world, (case, round)).await?;
                to.add("loaded", engine, tuples, Some(case), sample);
            }
        }
        let authz = database.open(RESIDENT_BYTES_MAX)?;
        let read = checks::settle(&authz, &database, world).await?;
        progress(&format!("in memory after {:.1} s", read.as_secs_f64()));
        for round in self.rounds("resident") {
            for case in Case::all() {
                let sample = checks::resident(&authz, &database, world, (case, round)).await?;
                to.add("resident", engine, tuples, Some(case), sample);
            }
        }
        for _ in self.rounds("list") {
            let sample = checks::lists(&authz, &database).await?;
            to.add("list", engine, tuples, None, sample);
        }
        let span = Duration::from_secs(self.seconds);
        for round in self.rounds("write") {
            let sample = writes::single(&authz, &database, round, span).await?;
            to.add("write", engine, tuples, None, sample);
        }
        authz.finish().await;
        Ok(Filled {
            engine,
            tuples,
            import_seconds: database.import_seconds,
            read_seconds: read.as_secs_f64(),
            graph_bytes: 0,
            database: database.setting.clone(),
            store: database.store.to_string(),
            questions: Case::all()
                .into_iter()
                .map(|case| asked(world, case))
                .collect(),
        })
    }

    /// The rounds of a figure; none where it is not asked for.
    fn rounds(&self, figure: &str) -> std::ops::Range<u64> {
        let is_asked = figure.contains(&self.only);
        0..if is_asked { self.rounds } else { 0 }
    }
}

impl Results {
    fn add(
        &mut self,
        figure: &'static str,
        engine: &'static str,
        tuples: u64,
        case: Option<Case>,
        sample: Sample,
    ) {
        let of = case.map_or_else(String::new, |case| {
            format!("{} {} {}", name(case.kind), case.depth, case.answer)
        });
        progress(&format!(
            "{tuples} {engine} {figure} {of}: {:.0}/s, p50 {:.2} us, p99 {:.2} us, {:?}",
            sample.per_second, sample.p50_us, sample.p99_us, sample.round_trips_max
        ));
        self.rows.push(Row {
            figure,
            engine,
            tuples,
            case,
            sample,
        });
    }
}

fn asked(world: &World, case: Case) -> Asked {
    let questions = world.questions(case, 0, QUESTIONS_OVER_HTTP);
    let bodies = questions.into_iter().map(|question| {
        let mut body = serde_json::json!({
            "tuple_key": {
                "user": question.user,
                "relation": question.relation,
                "object": question.object,
            },
        });
        if let (Some(context), Some(body)) = (question.given.context, body.as_object_mut()) {
            body.insert("context".to_owned(), context.into());
        }
        body.to_string()
    });
    Asked {
        case,
        bodies: bodies.collect(),
    }
}

#[expect(clippy::print_stderr, reason = "progress on long work")]
fn progress(text: &str) {
    eprintln!("bench authz: {text}");
}
