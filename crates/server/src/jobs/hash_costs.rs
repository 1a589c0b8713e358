//! Keeps up with what people's password hashes cost, as sign-ins renew them.

use crate::start::{World, own_call};
use authn::Authn;
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

/// How often the hashes are looked at; the start has done it once.
const PERIOD: Duration = Duration::from_hours(1);
/// Longest time for one look.
const SPAN: Duration = Duration::from_secs(10);

/// Looks again and again until `stop` turns true.
pub async fn run(authn: Authn, world: World, mut stop: watch::Receiver<bool>) {
    let mut due = interval_at(Instant::from_std(world.clock.instant() + PERIOD), PERIOD);
    due.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let work = async {
        loop {
            due.tick().await;
            if let Err(e) = authn.learn_hash_costs(&own_call(&world, SPAN)).await {
                let error: &dyn std::error::Error = &e;
                tracing::warn!(error, "the costs of password hashes cannot be learned");
            }
        }
    };
    tokio::select! {
        () = work => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
}
