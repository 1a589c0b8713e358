//! Tests of how the border words its own faults.

use super::*;
use crate::{account, gotrue, openfga};
use axum::http::header::RETRY_AFTER;
use types::{Clock, Deadline, Entropy, Origin, RequestId, SystemClock, SystemEntropy};

fn call() -> Call {
    let entropy: &dyn Entropy = &SystemEntropy;
    Call {
        id: RequestId::random(entropy),
        now: SystemClock.now(),
        deadline: Deadline::after(SystemClock.instant(), Duration::ZERO),
        origin: Origin::default(),
        cost: Arc::default(),
    }
}

#[test]
fn whoever_found_the_server_busy_is_told_when_to_come_again() {
    let (parts, ()) = Request::new(()).into_parts();
    for (surface, fault, status) in [
        (gotrue::SURFACE, Fault::Late, 504),
        (gotrue::SURFACE, Fault::Busy, 503),
        (account::SURFACE, Fault::Late, 503),
        (account::SURFACE, Fault::Busy, 503),
        (openfga::SURFACE, Fault::Late, 500),
        (openfga::SURFACE, Fault::Busy, 503),
    ] {
        let reply = faulted(surface, &parts, &call(), &fault);
        assert_eq!(reply.status(), status, "{} {fault:?}", surface.name);
        assert_eq!(
            reply.headers()[RETRY_AFTER],
            "1",
            "{} {fault:?}",
            surface.name
        );
    }
}
