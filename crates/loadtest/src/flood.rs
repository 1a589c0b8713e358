//! A flood of sign-ins beside quiet readers: do passwords slow down everything else?

use crate::auth::Users;
use crate::client::{Answer, Client};
use crate::load;
use crate::server::Server;
use crate::{Result, failed};
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;
use tokio::task::JoinSet;
use tokio::time::interval_at;
use types::{Clock, SystemClock};

/// Connections of the readers.
const READERS: usize = 16;
/// Connections of the flood: more than can wait for the hash pool, so that arrivals go on.
const FLOOD: usize = 512;
/// Sign-ins arrive this many times as fast as they can be served.
const EXCESS: f64 = 10.0;
/// Readers ask at this part of their quiet peak.
const OFFERED: f64 = 0.2;

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

/// Measures GET /user at a fifth of its peak, then again beside the flood.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts and latencies are far below 2^52"
)]
pub(crate) async fn measure(
    server: &Server,
    users: &Arc<Users>,
    peaks: Peaks,
    span: Duration,
) -> Result<Flood> {
    let rate = peaks.get_user * OFFERED;
    let ask = users.get_user();
    // Connected before: who is signed in has a connection already.
    let (before, beside) = (
        load::connect(server.address, READERS).await?,
        load::connect(server.address, READERS).await?,
    );
    let quiet = load::open(before, ask.clone(), rate, span).await?;
    let stop = Arc::new(AtomicBool::new(false));
    let (answered, refused) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let flood_rate = peaks.sign_in * EXCESS;
    let mut flood = JoinSet::new();
    let started = tokio::time::Instant::from_std(SystemClock.instant());
    for (number, mut asker) in users.sign_ins(FLOOD).into_iter().enumerate() {
        let mut client = Client::connect(server.address).await?;
        let turn = |count: usize| Duration::from_secs_f64(count as f64 / flood_rate);
        let mut due = interval_at(started + turn(number), turn(FLOOD));
        let (stop, answered, refused) = (
            Arc::clone(&stop),
            Arc::clone(&answered),
            Arc::clone(&refused),
        );
        flood.spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                due.tick().await;
                match client.send(&asker.next()).await {
                    Ok(Answer { status: 200, .. }) => answered.fetch_add(1, Ordering::Relaxed),
                    Ok(_) => refused.fetch_add(1, Ordering::Relaxed),
                    Err(_) => break,
                };
            }
        });
    }
    let flooded = load::open(beside, ask, rate, span).await?;
    stop.store(true, Ordering::Relaxed);
    while flood.join_next().await.is_some() {}
    if answered.load(Ordering::Relaxed) == 0 {
        return failed("no sign-in of the flood was answered");
    }
    let p99 =
        |latencies: &hdrhistogram::Histogram<u64>| latencies.value_at_quantile(0.99) as f64 / 1e3;
    Ok(Flood {
        offered_per_second: rate,
        quiet_p99_ms: p99(&quiet),
        flooded_p99_ms: p99(&flooded),
        sign_ins_offered_per_second: flood_rate,
        sign_ins_answered: answered.load(Ordering::Relaxed),
        sign_ins_refused: refused.load(Ordering::Relaxed),
    })
}
