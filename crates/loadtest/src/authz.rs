//! The authorization suite: what a check costs in process, from the database and over HTTP.

mod measured;
mod report;

use crate::auth::progress;
use crate::client::{Answer, Client, request};
use crate::load::{self, Asker, Charged, Sample, Verdict};
use crate::server::Server;
use crate::{Error, Result, failed};
use clap::Args;
use measured::{Case, InProcess, World};
use report::{Over, Report};
use std::path::{Path, PathBuf};
use std::time::Duration;
use types::{Clock, SystemClock};

/// Connections of the three loads.
const CONNECTIONS: [usize; 3] = [1, 8, 64];
/// The depth that is asked over HTTP.
const DEPTH: u64 = 3;
/// What a server takes at most to read a world into memory, beyond twice what it took in process.
const READ_SPAN: Duration = Duration::from_secs(2);
/// The key of the benchmark; protects nothing.
const KEY: &str = "a-key-of-the-benchmark-0123456789";

/// Authorization: checks, lists, writes and imports.
#[derive(Debug, Args)]
pub(crate) struct Authz {
    /// The claviger binary, a release build
    #[arg(long)]
    server: PathBuf,
    /// The bare server of the same stack
    #[arg(long)]
    bare: PathBuf,
    /// The benchmark that measures in process and stores the worlds
    #[arg(long)]
    in_process: PathBuf,
    /// A `PostgreSQL` with durable commits: postgres://user@host:port, without a database name
    #[arg(long)]
    postgres: Option<String>,
    /// The process id of its postmaster
    #[arg(long, requires = "postgres")]
    postmaster: Option<u32>,
    /// Sizes of worlds
    #[arg(long, default_value = "10000,1000000")]
    tuples: String,
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

impl Authz {
    pub(crate) async fn run(self) -> Result<()> {
        let folder = std::env::temp_dir().join(format!("claviger-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let outcome = self.measure(&folder).await;
        std::fs::remove_dir_all(&folder)?;
        outcome
    }

    async fn measure(&self, folder: &Path) -> Result<()> {
        let mut report = Report {
            rounds: self.rounds,
            seconds: self.seconds,
            in_process: self.in_process(folder).await?,
            http: Vec::new(),
        };
        for round in 0..self.rounds {
            for index in 0..report.in_process.worlds.len() {
                let Some(world) = report.in_process.worlds.get(index) else {
                    continue;
                };
                let (engine, tuples) = (&world.engine, world.tuples);
                let (number, rounds) = (round + 1, self.rounds);
                progress(&format!(
                    "{engine}, {tuples} tuples: round {number} of {rounds}"
                ));
                let over = self.over_http(world, &folder.join("data")).await?;
                report.http.extend(over);
            }
        }
        report.write(&self.out)?;
        progress(&format!("written: {}.json and .md", self.out.display()));
        Ok(())
    }

    /// Runs the benchmark that needs no server; it leaves its databases behind.
    async fn in_process(&self, folder: &Path) -> Result<InProcess> {
        let out = folder.join("in-process.json");
        let mut command = tokio::process::Command::new(&self.in_process);
        command.args(["--tuples", &self.tuples, "--engine", &self.engine]);
        command.args(["--rounds", &self.rounds.to_string()]);
        command.args(["--seconds", &self.seconds.to_string()]);
        command.arg("--folder").arg(folder).arg("--out").arg(&out);
        if let Some(url) = &self.postgres {
            command.args(["--postgres", url]);
        }
        if !command.kill_on_drop(true).status().await?.success() {
            return failed("the measurement in process failed");
        }
        let text = std::fs::read_to_string(out)?;
        serde_json::from_str(&text).map_err(|e| Error::Failed(e.to_string()))
    }

    /// The questions of one world to the server. The bare one is asked beside each of them: how
    /// fast a machine wakes up changes from one second to the next.
    async fn over_http(&self, world: &World, data: &Path) -> Result<Vec<Over>> {
        let mut samples = Vec::new();
        let bare = Server::bare(&self.bare).await?;
        let server = serve(&self.server, world, data).await?;
        warm_up(&server, world).await?;
        let deep = world.questions.iter();
        for asked in deep.filter(|asked| asked.case.depth == DEPTH) {
            let path = format!("/stores/{}/check", world.store);
            let requests = |path: &str| -> Vec<_> {
                let bodies = asked.bodies.iter();
                bodies
                    .map(|body| request("POST", path, Some(KEY), body))
                    .collect()
            };
            // The bare server reads the same questions, and has one answer to all of them.
            let (constant, requests) = (requests("/"), requests(&path));
            for connections in CONNECTIONS {
                let ceiling = self.load(&bare, &constant, "", connections).await?;
                let answer = expected(asked.case);
                let sample = self.load(&server, &requests, answer, connections).await?;
                samples.push(Over::of(world, asked.case, sample, ceiling));
            }
        }
        server.stop().await?;
        bare.stop().await?;
        Ok(samples)
    }

    async fn load(
        &self,
        server: &Server,
        requests: &[Vec<u8>],
        expected: &'static str,
        connections: usize,
    ) -> Result<Sample> {
        let askers = (0..connections).map(|number| {
            let mut requests = requests.to_vec();
            let first = number * requests.len() / connections;
            requests.rotate_left(first);
            let asker = Turns {
                requests,
                next: 0,
                expected,
            };
            Box::new(asker) as Box<dyn Asker>
        });
        let charged = Charged {
            server: server.pid,
            database: self.postmaster,
        };
        let span = Duration::from_secs(self.seconds);
        let sample = load::closed(server.address, charged, askers.collect(), span).await?;
        if sample.failures > 0 {
            return failed(format!("{} failures over HTTP", sample.failures));
        }
        Ok(sample)
    }
}

/// Starts the server over the database of a world.
async fn serve(binary: &Path, world: &World, data: &Path) -> Result<Server> {
    let arguments = [
        "--data".to_owned(),
        data.display().to_string(),
        "--database".to_owned(),
        world.database.clone(),
    ];
    let environment = [
        ("CLAVIGER_OPENFGA_PRESHARED_KEYS".to_owned(), KEY.to_owned()),
        (
            "CLAVIGER_LIMITS_BY_PEER_ADDRESS".to_owned(),
            "false".to_owned(),
        ),
        // Room for every world that is measured.
        (
            "CLAVIGER_OPENFGA_RESIDENT_MIB_MAX".to_owned(),
            "2048".to_owned(),
        ),
        // A line per request would be written and read by nobody.
        ("RUST_LOG".to_owned(), "warn".to_owned()),
    ];
    Server::claviger(binary, &arguments, &environment).await
}

/// Asks until the world must be in memory.
async fn warm_up(server: &Server, world: &World) -> Result<()> {
    let Some(asked) = world.questions.first() else {
        return failed("a world without questions");
    };
    let path = format!("/stores/{}/check", world.store);
    let mut client = Client::connect(server.address).await?;
    let span = Duration::from_secs_f64(world.read_seconds * 2.0) + READ_SPAN;
    let until = SystemClock.instant() + span;
    for body in asked.bodies.iter().cycle() {
        let answer = client
            .send(&request("POST", &path, Some(KEY), body))
            .await?;
        if !is_expected(&answer, expected(asked.case)) {
            let body = String::from_utf8_lossy(&answer.body);
            return failed(format!("a check was answered {} {body}", answer.status));
        }
        if SystemClock.instant() > until {
            break;
        }
    }
    Ok(())
}

const fn expected(case: Case) -> &'static str {
    if case.answer {
        r#""allowed":true"#
    } else {
        r#""allowed":false"#
    }
}

fn is_expected(answer: &Answer, expected: &str) -> bool {
    answer.status == 200 && String::from_utf8_lossy(&answer.body).contains(expected)
}

/// Asks one question after the other.
struct Turns {
    requests: Vec<Vec<u8>>,
    next: usize,
    /// What stands in every answer.
    expected: &'static str,
}

impl Asker for Turns {
    fn next(&mut self) -> Vec<u8> {
        let request = self.requests.get(self.next).cloned().unwrap_or_default();
        self.next = (self.next + 1) % self.requests.len().max(1);
        request
    }
    fn learn(&mut self, answer: &Answer) -> Verdict {
        match Verdict::of(answer) {
            Verdict::Served if !is_expected(answer, self.expected) => Verdict::Failed,
            verdict => verdict,
        }
    }
}
