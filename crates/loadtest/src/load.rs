//! Load: closed loops that ask as fast as answers come, and open arrivals that do not wait.

use crate::client::{Answer, Client};
use crate::{Result, cpu, failed};
use hdrhistogram::Histogram;
use serde::Serialize;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
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
    /// Looks at the answer; false: it is not the expected one.
    fn learn(&mut self, answer: &Answer) -> bool;
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
    pub(crate) requests: u64,
    pub(crate) failures: u64,
    pub(crate) per_second: f64,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    pub(crate) server_cpu_ms: f64,
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
    let (server_before, database_before) = charge(charged);
    let started = SystemClock.instant();
    let end = started + span;
    for (client, asker) in clients {
        workers.spawn(ask_until(end, client, asker));
    }
    let mut all = histogram();
    let mut failures = 0;
    while let Some(outcome) = workers.join_next().await {
        let Ok((latencies, failed)) = outcome else {
            return failed("a worker panicked");
        };
        // Both have the same bounds, so that adding cannot fail.
        drop(all.add(latencies));
        failures += failed;
    }
    let took = SystemClock.instant() - started;
    let (server_after, database_after) = charge(charged);
    Ok(sample(
        connections,
        &all,
        failures,
        took,
        [
            server_after.saturating_sub(server_before),
            database_after.saturating_sub(database_before),
        ],
    ))
}

fn charge(charged: Charged) -> (Duration, Duration) {
    let database = charged.database.map_or(Duration::ZERO, cpu::of_family);
    (cpu::of_process(charged.server), database)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of a measurement are far below 2^52"
)]
fn sample(
    connections: usize,
    latencies: &Histogram<u64>,
    failures: u64,
    took: Duration,
    [server, database]: [Duration; 2],
) -> Sample {
    let requests = latencies.len();
    let per_request = |spent: Duration| spent.as_secs_f64() * 1e3 / (requests.max(1) as f64);
    let millis = |quantile| latencies.value_at_quantile(quantile) as f64 / 1e3;
    Sample {
        connections,
        requests,
        failures,
        per_second: requests as f64 / took.as_secs_f64(),
        p50_ms: millis(0.5),
        p99_ms: millis(0.99),
        server_cpu_ms: per_request(server),
        database_cpu_ms: per_request(database),
    }
}

async fn ask_until(
    end: std::time::Instant,
    mut client: Client,
    mut asker: Box<dyn Asker>,
) -> (Histogram<u64>, u64) {
    let mut latencies = histogram();
    let mut failures = 0;
    while SystemClock.instant() < end {
        let request = asker.next();
        let sent = SystemClock.instant();
        let Ok(answer) = client.send(&request).await else {
            failures += 1;
            break;
        };
        let micros = (SystemClock.instant() - sent).as_micros();
        latencies.saturating_record(u64::try_from(micros).unwrap_or(u64::MAX));
        if !asker.learn(&answer) {
            failures += 1;
        }
    }
    (latencies, failures)
}

/// Sends `request` at fixed times, whether answers come or not: a slow server gets no rest, and a
/// request that had to wait for a free connection counts its wait.
pub(crate) async fn open(
    address: SocketAddr,
    request: Vec<u8>,
    per_second: f64,
    connections: usize,
    span: Duration,
) -> Result<Histogram<u64>> {
    let request = Arc::new(request);
    let total = span.as_secs_f64() * per_second;
    let started = SystemClock.instant();
    let mut workers = JoinSet::new();
    for worker in 0..connections {
        let mut client = Client::connect(address).await?;
        let request = Arc::clone(&request);
        workers.spawn(async move {
            let mut latencies = histogram();
            let mut number = worker;
            #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
            while (number as f64) < total {
                let due = started + Duration::from_secs_f64(number as f64 / per_second);
                wait_until(due).await;
                if client.send(&request).await.is_err() {
                    break;
                }
                let micros = (SystemClock.instant() - due).as_micros();
                latencies.saturating_record(u64::try_from(micros).unwrap_or(u64::MAX));
                number += connections;
            }
            latencies
        });
    }
    let mut all = histogram();
    while let Some(outcome) = workers.join_next().await {
        let Ok(latencies) = outcome else {
            return failed("a worker panicked");
        };
        drop(all.add(latencies));
    }
    Ok(all)
}

#[expect(
    clippy::disallowed_methods,
    reason = "arrivals are a schedule: time is the event"
)]
async fn wait_until(due: std::time::Instant) {
    tokio::time::sleep_until(due.into()).await;
}
