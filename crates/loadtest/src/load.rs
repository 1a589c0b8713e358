//! Load: closed loops that ask as fast as answers come, and open arrivals that do not wait.

mod arrivals;

pub(crate) use arrivals::open;

use crate::client::{Answer, Client};
use crate::{Result, cpu, failed};
use hdrhistogram::Histogram;
use serde::Serialize;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;
use types::{Clock, SystemClock};

/// Latencies in microseconds, up to a minute, to three digits.
#[expect(clippy::expect_used, reason = "the bounds are constants")]
fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 60_000_000, 3).expect("1 to 60,000,000 at three digits is valid")
}

/// What a worker asks and how it learns from the answer: the next request from the last answer.
pub(crate) trait Asker: Send {
    /// The next request.
    fn next(&mut self) -> Vec<u8>;
    /// Looks at the answer.
    fn learn(&mut self, answer: &Answer) -> Verdict;
}

/// What an answer is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// As expected.
    Served,
    /// The server protects itself: 429 or 503.
    Refused,
    /// Wrong.
    Failed,
}

impl Verdict {
    /// The verdict on an answer that should have been a 200.
    pub(crate) const fn of(answer: &Answer) -> Self {
        match answer.status {
            200 => Self::Served,
            429 | 503 => Self::Refused,
            _ => Self::Failed,
        }
    }
}

/// What one loop saw.
struct Seen {
    latencies: Histogram<u64>,
    refused: u64,
    failures: u64,
}

/// Processes whose CPU time is charged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Charged {
    pub(crate) server: u32,
    /// The postmaster; its children are counted with it.
    pub(crate) database: Option<u32>,
}

/// One measurement.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Sample {
    pub(crate) connections: usize,
    /// Requests served; latencies and rates count these only.
    pub(crate) requests: u64,
    /// Requests answered with 429 or 503.
    pub(crate) refused: u64,
    /// Requests answered wrongly or not at all.
    pub(crate) failures: u64,
    pub(crate) per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) server_cpu_ms: f64,
    /// The part of `server_cpu_ms` that went into password hashes.
    pub(crate) hash_cpu_ms: f64,
    pub(crate) database_cpu_ms: f64,
}

/// Runs one closed loop per asker for `span`.
pub(crate) async fn closed(
    address: SocketAddr,
    charged: Charged,
    askers: Vec<Box<dyn Asker>>,
    span: Duration,
) -> Result<Sample> {
    let connections = askers.len();
    let mut workers = JoinSet::new();
    let mut clients = Vec::new();
    for asker in askers {
        clients.push((Client::connect(address).await?, asker));
    }
    let before = charge(charged);
    let started = SystemClock.instant();
    let end = started + span;
    for (client, asker) in clients {
        workers.spawn(ask_until(end, client, asker));
    }
    let mut all = Seen::default();
    while let Some(outcome) = workers.join_next().await {
        match outcome {
            Ok(seen) => all.add(&seen),
            Err(_) => return failed("a worker panicked"),
        }
    }
    let took = SystemClock.instant() - started;
    let spent = charge(charged).since(before);
    Ok(all.sample(connections, took, spent))
}

/// CPU time.
#[derive(Clone, Copy)]
struct Spent {
    server: Duration,
    /// The part of the server's that its hashing threads have used.
    hash: Duration,
    database: Duration,
}

impl Spent {
    fn since(self, before: Self) -> Self {
        Self {
            server: self.server.saturating_sub(before.server),
            hash: self.hash.saturating_sub(before.hash),
            database: self.database.saturating_sub(before.database),
        }
    }
}

fn charge(charged: Charged) -> Spent {
    Spent {
        server: cpu::of_process(charged.server),
        hash: cpu::of_threads(charged.server, "hash-"),
        database: charged.database.map_or(Duration::ZERO, cpu::of_family),
    }
}

impl Default for Seen {
    fn default() -> Self {
        Self {
            latencies: histogram(),
            refused: 0,
            failures: 0,
        }
    }
}

impl Seen {
    fn add(&mut self, other: &Self) {
        add(&mut self.latencies, &other.latencies);
        self.refused += other.refused;
        self.failures += other.failures;
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "counts of a measurement are far below 2^52"
    )]
    fn sample(&self, connections: usize, took: Duration, spent: Spent) -> Sample {
        let requests = self.latencies.len();
        let per_request = |spent: Duration| spent.as_secs_f64() * 1e3 / (requests.max(1) as f64);
        let millis = |quantile| self.latencies.value_at_quantile(quantile) as f64 / 1e3;
        Sample {
            connections,
            requests,
            refused: self.refused,
            failures: self.failures,
            per_second: requests as f64 / took.as_secs_f64(),
            p50_ms: millis(0.5),
            p99_ms: millis(0.99),
            server_cpu_ms: per_request(spent.server),
            hash_cpu_ms: per_request(spent.hash),
            database_cpu_ms: per_request(spent.database),
        }
    }
}

/// Adds one histogram to another.
#[expect(
    clippy::expect_used,
    reason = "all histograms here have the same bounds"
)]
fn add(to: &mut Histogram<u64>, other: &Histogram<u64>) {
    to.add(other)
        .expect("histograms of one configuration add up");
}

async fn ask_until(end: Instant, mut client: Client, mut asker: Box<dyn Asker>) -> Seen {
    let mut seen = Seen::default();
    while SystemClock.instant() < end {
        let request = asker.next();
        let sent = SystemClock.instant();
        let Ok(answer) = client.send(&request).await else {
            seen.failures += 1;
            break;
        };
        let micros = (SystemClock.instant() - sent).as_micros();
        match asker.learn(&answer) {
            Verdict::Served => {
                seen.latencies
                    .saturating_record(u64::try_from(micros).unwrap_or(u64::MAX));
            }
            Verdict::Refused => seen.refused += 1,
            Verdict::Failed => seen.failures += 1,
        }
    }
    seen
}

/// Opens as many connections.
pub(crate) async fn connect(address: SocketAddr, count: usize) -> Result<Vec<Client>> {
    let mut clients = Vec::with_capacity(count);
    for _ in 0..count {
        clients.push(Client::connect(address).await?);
    }
    Ok(clients)
}
