//! A flood of sign-ins beside quiet readers: do passwords slow down everything else?

use crate::auth::Users;
use crate::client::{Answer, Client};
use crate::load::{self, Asker};
use crate::server::Server;
use crate::{Result, failed};
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::{Interval, interval_at};
use types::{Clock, SystemClock};

/// Connections of the readers.
const READERS: usize = 16;
/// Connections of the flood: more than can wait for the hash pool, so that arrivals go on.
const FLOOD: u32 = 512;
/// Sign-ins arrive this many times as fast as they can be served.
const EXCESS: f64 = 10.0;
/// Readers ask at this part of their quiet peak.
const OFFERED: f64 = 0.2;
/// How often it is quiet and then flooded; the median counts.
const TURNS: usize = 5;
/// How long a flood has lasted before it is measured: connections to the database are opened.
const SETTLING: Duration = Duration::from_millis(500);

/// What readers saw without and with the flood.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Flood {
    pub(crate) offered_per_second: f64,
    pub(crate) quiet_p99_ms: f64,
    pub(crate) flooded_p99_ms: f64,
    pub(crate) sign_ins_offered_per_second: f64,
    pub(crate) sign_ins_answered: u64,
    pub(crate) sign_ins_refused: u64,
}

/// What a server serves at most, in requests per second.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peaks {
    pub(crate) get_user: f64,
    pub(crate) sign_in: f64,
}

/// Measures GET /user at a fifth of its peak, then again beside the flood, several times in turn:
/// of a noisy machine both see the same.
pub(crate) async fn measure(
    server: &Server,
    users: &Users,
    peaks: Peaks,
    span: Duration,
) -> Result<Vec<Flood>> {
    let readers = Readers {
        server,
        request: users.get_user(),
        rate: peaks.get_user * OFFERED,
    };
    let flood_rate = peaks.sign_in * EXCESS;
    let mut turns = Vec::with_capacity(TURNS);
    for _ in 0..TURNS {
        let quiet = readers.p99_ms(span).await?;
        let flood = SignIns::begin(server, users, flood_rate).await?;
        readers.p99_ms(SETTLING).await?;
        let flooded = readers.p99_ms(span).await?;
        let (answered, refused) = flood.end().await;
        if answered == 0 {
            return failed("no sign-in of the flood was answered");
        }
        turns.push(Flood {
            offered_per_second: readers.rate,
            quiet_p99_ms: quiet,
            flooded_p99_ms: flooded,
            sign_ins_offered_per_second: flood_rate,
            sign_ins_answered: answered,
            sign_ins_refused: refused,
        });
    }
    Ok(turns)
}

/// Those who are signed in, and should notice nothing.
struct Readers<'a> {
    server: &'a Server,
    request: Vec<u8>,
    rate: f64,
}

impl Readers<'_> {
    async fn p99_ms(&self, span: Duration) -> Result<f64> {
        let clients = load::connect(self.server.address, READERS).await?;
        let latencies = load::open(clients, vec![self.request.clone()], self.rate, span).await?;
        Ok(Duration::from_micros(latencies.value_at_quantile(0.99)).as_secs_f64() * 1e3)
    }
}

/// A flood that is under way.
struct SignIns {
    stop: Arc<AtomicBool>,
    tasks: JoinSet<(u64, u64)>,
}

impl SignIns {
    async fn begin(server: &Server, users: &Users, per_second: f64) -> Result<Self> {
        let clients = load::connect(server.address, FLOOD as usize).await?;
        let stop = Arc::new(AtomicBool::new(false));
        let mut tasks = JoinSet::new();
        let turn = |count: u32| Duration::from_secs_f64(f64::from(count) / per_second);
        let started = tokio::time::Instant::from_std(SystemClock.instant());
        let askers = users.sign_ins(FLOOD as usize).into_iter().zip(clients);
        for (number, (asker, client)) in (0..).zip(askers) {
            let due = interval_at(started + turn(number), turn(FLOOD));
            tasks.spawn(ask(asker, client, due, Arc::clone(&stop)));
        }
        Ok(Self { stop, tasks })
    }

    /// Sign-ins that were answered, and that were not.
    async fn end(mut self) -> (u64, u64) {
        self.stop.store(true, Ordering::Relaxed);
        let mut sum = (0, 0);
        while let Some(outcome) = self.tasks.join_next().await {
            let (answered, refused) = outcome.unwrap_or_default();
            sum = (sum.0 + answered, sum.1 + refused);
        }
        sum
    }
}

async fn ask(
    mut asker: Box<dyn Asker>,
    mut client: Client,
    mut due: Interval,
    stop: Arc<AtomicBool>,
) -> (u64, u64) {
    let (mut answered, mut refused) = (0, 0);
    while !stop.load(Ordering::Relaxed) {
        due.tick().await;
        match client.send(&asker.next()).await {
            Ok(Answer { status: 200, .. }) => answered += 1,
            Ok(_) => refused += 1,
            Err(_) => break,
        }
    }
    (answered, refused)
}
