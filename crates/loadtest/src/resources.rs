//! The suite of resources: registering, decisions, lists and links to files over HTTP, in a world
//! that was registered over HTTP as well.

mod report;
mod world;

use crate::auth::progress;
use crate::client::{Answer, request};
use crate::load::{self, Asker, Charged, Sample, Verdict};
use crate::server::Server;
use crate::{Result, failed};
use clap::Args;
use report::{Arrivals, Figure, Measured, Report};
use std::path::{Path, PathBuf};
use std::time::Duration;
use world::{Size, World};

/// Connections of the loads.
const CONNECTIONS: [usize; 3] = [1, 8, 64];
/// Connections of arrivals at half load: enough that none waits for another.
const OPEN_CONNECTIONS: usize = 64;

/// Resources: registering, authorizing, listing, links to files.
#[derive(Debug, Args)]
pub(crate) struct Resources {
    /// The claviger binary, a release build
    #[arg(long)]
    server: PathBuf,
    /// The bare server of the same stack
    #[arg(long)]
    bare: PathBuf,
    /// A `PostgreSQL` with durable commits: postgres://user@host:port, without a database name
    #[arg(long)]
    postgres: Option<String>,
    /// The process id of its postmaster
    #[arg(long, requires = "postgres")]
    postmaster: Option<u32>,
    /// The part of the whole world: 100,000 users, 10,000 teams, 50,000 projects, 1,000,000
    /// generations
    #[arg(long, default_value_t = 0.01)]
    scale: f64,
    /// Seconds per measurement
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// Rounds; the median of each figure is reported
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// sqlite, postgres or both
    #[arg(long, default_value = "both")]
    engine: String,
    /// Where the results go: FILE.json and FILE.md
    #[arg(long)]
    out: PathBuf,
}

impl Resources {
    pub(crate) async fn run(self) -> Result<()> {
        let folder = std::env::temp_dir().join(format!("claviger-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let outcome = self.measure(&folder).await;
        std::fs::remove_dir_all(&folder)?;
        outcome
    }

    async fn measure(&self, folder: &Path) -> Result<()> {
        let mut report = Report {
            scale: self.scale,
            rounds: self.rounds,
            seconds: self.seconds,
            worlds: Vec::new(),
            measured: Vec::new(),
        };
        if !["sqlite", "postgres", "both"].contains(&self.engine.as_str()) {
            return failed(format!("no engine `{}`", self.engine));
        }
        for engine in ["sqlite", "postgres"] {
            if self.engine != "both" && self.engine != engine {
                continue;
            }
            let data = folder.join(engine);
            let mut arguments = vec!["--data".to_owned(), data.display().to_string()];
            match (engine, &self.postgres) {
                ("postgres", Some(url)) => {
                    arguments.extend(["--database".to_owned(), format!("{url}/postgres")]);
                }
                ("postgres", None) => continue,
                _ => {}
            }
            let server = Server::claviger(&self.server, &arguments, &environment()).await?;
            let size = Size::of(self.scale);
            let world = World::register(&server, size, engine).await?;
            report.worlds.push(world.filled.clone());
            for round in 0..self.rounds {
                let (number, rounds) = (round + 1, self.rounds);
                progress(&format!("{engine}: round {number} of {rounds}"));
                let measured = self.round(&server, &world, engine).await?;
                report.measured.extend(measured);
            }
            server.stop().await?;
        }
        report.write(&self.out)?;
        progress(&format!("written: {}.json and .md", self.out.display()));
        Ok(())
    }

    async fn round(&self, server: &Server, world: &World, engine: &str) -> Result<Vec<Measured>> {
        let bare = Server::bare(&self.bare).await?;
        let mut all = Vec::new();
        for figure in Figure::ALL {
            let asked = world.requests(figure);
            let mut highest: f64 = 0.0;
            for connections in figure.connections() {
                let constant: Vec<_> = asked.iter().map(toward_bare).collect();
                let ceiling = self.closed(&bare, &constant, *connections).await?;
                let sample = self.closed(server, &asked, *connections).await?;
                highest = highest.max(sample.per_second);
                all.push(Measured {
                    engine: engine.to_owned(),
                    figure,
                    sample,
                    bare: Some(ceiling),
                    half: None,
                });
            }
            if let Some(last) = all.last_mut().filter(|_| figure.is_asked_at_half_load()) {
                let rate = highest / 2.0;
                let constant: Vec<_> = asked.iter().map(toward_bare).collect();
                last.half = Some(report::Half {
                    bare: self.arrivals(&bare, constant, rate).await?,
                    served: self.arrivals(server, asked, rate).await?,
                });
            }
        }
        bare.stop().await?;
        Ok(all)
    }

    async fn arrivals(&self, server: &Server, asked: Vec<Asked>, rate: f64) -> Result<Arrivals> {
        let requests = asked.into_iter().map(|one| one.request).collect();
        let clients = load::connect(server.address, OPEN_CONNECTIONS).await?;
        let span = Duration::from_secs(self.seconds);
        let seen = load::open(clients, requests, rate, span).await?;
        let millis = |part| Duration::from_micros(seen.value_at_quantile(part)).as_secs_f64() * 1e3;
        Ok(Arrivals {
            per_second: rate,
            requests: seen.len(),
            p50_ms: millis(0.5),
            p99_ms: millis(0.99),
        })
    }

    async fn closed(&self, server: &Server, asked: &[Asked], connections: usize) -> Result<Sample> {
        let askers = (0..connections).map(|number| {
            let mut asked = asked.to_vec();
            let first = number * asked.len() / connections;
            asked.rotate_left(first);
            let asker = Turns { asked, next: 0 };
            Box::new(asker) as Box<dyn Asker>
        });
        let charged = Charged {
            server: server.pid,
            database: self.postmaster,
        };
        let span = Duration::from_secs(self.seconds);
        let sample = load::closed(server.address, charged, askers.collect(), span).await?;
        if sample.failures > 0 || sample.requests == 0 {
            return failed(format!(
                "{} served, {} failures over HTTP",
                sample.requests, sample.failures
            ));
        }
        Ok(sample)
    }
}

/// What the server is told beside where its data is.
fn environment() -> [(String, String); 5] {
    [
        ("CLAVIGER_LIMITS_BY_PEER_ADDRESS", "false"),
        ("CLAVIGER_EMAIL_AUTOCONFIRM", "true"),
        // Room for the whole world, and for every list.
        ("CLAVIGER_OPENFGA_RESIDENT_MIB_MAX", "4096"),
        ("CLAVIGER_HTTP_REQUEST_DEADLINE", "30s"),
        // A line per request would be written and read by nobody.
        ("RUST_LOG", "warn"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
}

/// The same question to the bare server, which reads it and has one answer to all.
fn toward_bare(asked: &Asked) -> Asked {
    let text = String::from_utf8_lossy(&asked.request);
    let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    Asked {
        request: request("POST", "/", Some("token"), body),
        status: 200,
    }
}

/// A request, and the status of its right answer: a decision tells itself by it.
#[derive(Debug, Clone)]
struct Asked {
    request: Vec<u8>,
    status: u16,
}

/// Asks one question after the other.
struct Turns {
    asked: Vec<Asked>,
    next: usize,
}

impl Asker for Turns {
    fn next(&mut self) -> Vec<u8> {
        self.next = (self.next + 1) % self.asked.len().max(1);
        let asked = self.asked.get(self.next);
        asked.map(|one| one.request.clone()).unwrap_or_default()
    }
    fn learn(&mut self, answer: &Answer) -> Verdict {
        match self.asked.get(self.next) {
            Some(asked) if asked.status == answer.status => Verdict::Served,
            _ => Verdict::Failed,
        }
    }
}

impl Figure {
    /// How many ask at once.
    const fn connections(self) -> &'static [usize] {
        match self {
            Self::Authorize | Self::Media => &CONNECTIONS,
            Self::Batch => &[1, 4],
            Self::Visible => &[1],
        }
    }

    const fn is_asked_at_half_load(self) -> bool {
        !matches!(self, Self::Media)
    }
}
