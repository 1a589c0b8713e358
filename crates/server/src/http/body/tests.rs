//! Tests of what bodies may take.

use super::*;
use futures_util::stream;
use std::convert::Infallible;
use std::time::Duration;
use types::{Clock, SystemClock};

fn deadline(span: Duration) -> Deadline {
    Deadline::after(SystemClock.instant(), span)
}

fn soon() -> Deadline {
    deadline(Duration::from_secs(60))
}

/// A body in chunks of one byte each.
fn crumbs(count: usize) -> Body {
    let chunk = || Ok::<_, Infallible>(Bytes::from_static(b"x"));
    Body::from_stream(stream::iter((0..count).map(move |_| chunk())))
}

fn bodies(room: usize) -> Bodies {
    Bodies(Arc::new(Semaphore::new(room)))
}

#[tokio::test]
async fn a_body_of_crumbs_takes_no_more_than_twice_its_size() {
    let bodies = bodies(1 << 20);
    let held = bodies.read(crumbs(40_000), soon()).await.unwrap();
    let room = held.room.as_ref().map(OwnedSemaphorePermit::num_permits);
    assert_eq!(held.bytes, b"x".repeat(40_000));
    assert_eq!((held.bytes.capacity(), room), (1 << 16, Some(1 << 16)));
}

#[tokio::test]
async fn a_body_is_held_up_to_the_limit_and_no_further() {
    let bodies = Bodies::default();
    let whole = Body::from(vec![0; BODY_BYTES_MAX]);
    let held = bodies.read(whole, soon()).await.unwrap();
    assert_eq!(held.bytes.len(), BODY_BYTES_MAX);
    let larger = Body::from(vec![0; BODY_BYTES_MAX + 1]);
    let refused = bodies.read(larger, soon()).await;
    assert_eq!(refused.unwrap_err(), Fault::BodyTooLarge);
    let empty = bodies.read(Body::empty(), soon()).await.unwrap();
    assert_eq!((empty.bytes.capacity(), empty.room.is_none()), (0, true));
}

#[tokio::test]
async fn a_body_without_room_waits_until_the_deadline_of_its_request() {
    let bodies = bodies(ROOM_BYTES_MIN);
    let first = bodies.read(crumbs(1), soon()).await.unwrap();
    let late = bodies.read(crumbs(1), deadline(Duration::ZERO)).await;
    assert_eq!(late.unwrap_err(), Fault::Busy);
    let (_bytes, room) = first.into_parts();
    let waiting = bodies.read(crumbs(1), soon());
    let (second, ()) = tokio::join!(waiting, async { drop(room) });
    assert_eq!(second.unwrap().bytes, b"x");
    assert_eq!(bodies.0.available_permits(), ROOM_BYTES_MIN);
}
