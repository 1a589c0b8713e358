//! Open arrivals: requests that leave when it is their time, whether answers come or not.

use super::{add, histogram};
use crate::client::Client;
use crate::{Error, Result, failed};
use hdrhistogram::Histogram;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};
use std::fs::File;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::AsyncReadExt;
use tokio::net::unix::pipe;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use types::{Clock, SystemClock};

/// Sends requests in turn at fixed times, whether answers come or not: a slow server gets no rest,
/// and a request that had to wait for a free connection counts its wait.
pub(crate) async fn open(
    clients: Vec<Client>,
    requests: Vec<Vec<u8>>,
    per_second: f64,
    span: Duration,
) -> Result<Histogram<u64>> {
    let connections = clients.len();
    let requests = Arc::new(requests);
    let total = span.as_secs_f64() * per_second;
    let schedule = Arc::new(Schedule {
        started: SystemClock.instant(),
        per_second,
        total,
        turns: clients.iter().map(|_| Semaphore::new(0)).collect(),
    });
    let mut workers: JoinSet<Result<_>> = JoinSet::new();
    for (worker, mut client) in clients.into_iter().enumerate() {
        let (requests, schedule) = (Arc::clone(&requests), Arc::clone(&schedule));
        workers.spawn(async move {
            let mut latencies = histogram();
            let mut number = worker;
            while let Some(due) = schedule.due(number) {
                // Who waits for an answer is late by the server, who waits for the time by the
                // one who keeps it.
                let is_free = SystemClock.instant() < due;
                schedule.turn(worker).await;
                let begun = if is_free { SystemClock.instant() } else { due };
                let turn = number % requests.len().max(1);
                let request = requests.get(turn).map_or(&[][..], Vec::as_slice);
                let answer = client.send(request).await?;
                // A refusal is quick, and no answer.
                if answer.status == 429 || answer.status >= 500 {
                    let text = format!("an arrival was answered with {}", answer.status);
                    return Err(Error::Failed(text));
                }
                let micros = (SystemClock.instant() - begun).as_micros();
                latencies.saturating_record(u64::try_from(micros).unwrap_or(u64::MAX));
                number += connections;
            }
            Ok(latencies)
        });
    }
    let ((), latencies) = tokio::try_join!(schedule.pace(), gather(workers))?;
    Ok(latencies)
}

async fn gather(mut workers: JoinSet<Result<Histogram<u64>>>) -> Result<Histogram<u64>> {
    let mut all = histogram();
    while let Some(outcome) = workers.join_next().await {
        let Ok(latencies) = outcome else {
            return failed("a worker panicked");
        };
        add(&mut all, &latencies?);
    }
    Ok(all)
}

/// When which request leaves.
struct Schedule {
    started: Instant,
    per_second: f64,
    total: f64,
    /// By worker: a permit for each request whose time has come.
    turns: Vec<Semaphore>,
}

impl Schedule {
    /// When a request is due; none: it is behind the end.
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    fn due(&self, number: usize) -> Option<Instant> {
        let number = number as f64;
        let due = || self.started + Duration::from_secs_f64(number / self.per_second);
        (number < self.total).then(due)
    }

    async fn turn(&self, worker: usize) {
        if let Some(turns) = self.turns.get(worker)
            && let Ok(permit) = turns.acquire().await
        {
            permit.forget();
        }
    }

    /// Gives each worker its turns.
    async fn pace(&self) -> Result<()> {
        let mut timer = ticks(Duration::from_secs_f64(1.0 / self.per_second))?;
        let mut number = 0;
        while let Some(due) = self.due(number) {
            if SystemClock.instant() < due {
                // How many ticks it were, the schedule says as well.
                timer.read_u64().await?;
            } else {
                let worker = number % self.turns.len().max(1);
                if let Some(turns) = self.turns.get(worker) {
                    turns.add_permits(1);
                }
                number += 1;
            }
        }
        Ok(())
    }
}

/// A timer of the kernel, whose ticks are read as from a pipe. Those of the runtime count in
/// milliseconds, and would send whatever is due within one as a burst that nobody's users are; a
/// thread that sleeps from one to the next takes a tenth of two cores from who is measured.
fn ticks(period: Duration) -> io::Result<pipe::Receiver> {
    let period = Timespec::try_from(period).map_err(io::Error::other)?;
    let each = Itimerspec {
        it_interval: period,
        it_value: period,
    };
    let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK)?;
    timerfd_settime(&timer, TimerfdTimerFlags::empty(), &each)?;
    pipe::Receiver::from_file_unchecked(File::from(timer))
}
