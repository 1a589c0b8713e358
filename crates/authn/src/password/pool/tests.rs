//! The queue under load: bounds, cancellation, age, weight and panics.

use super::*;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

const LONG: Duration = Duration::from_mins(1);
const SHORT: Duration = Duration::from_millis(20);

type Running = Pin<Box<dyn Future<Output = Result<(), HashError>>>>;

fn patience(start_within: Duration, deadline: Duration) -> Patience {
    let now = now();
    Patience {
        start_by: now + start_within,
        deadline: now + deadline,
    }
}

fn poll(future: &mut Running) -> Poll<Result<(), HashError>> {
    future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
}

/// A job that says when it has started and then waits for its gate to be opened.
fn gated(
    pool: &Arc<Pool>,
    weight: Weight,
) -> (Running, oneshot::Receiver<()>, mpsc::SyncSender<()>) {
    let pool = Arc::clone(pool);
    let (started, has_started) = oneshot::channel();
    let (gate, opened) = mpsc::sync_channel(64);
    let running = Box::pin(async move {
        let work = move |_: &mut Memory| {
            let _ = started.send(());
            let _ = opened.recv();
        };
        pool.run(patience(LONG, LONG), weight, work).await
    });
    (running, has_started, gate)
}

/// A job that counts that it ran.
fn counted(pool: &Arc<Pool>, patience: Patience, ran: &Arc<AtomicUsize>) -> Running {
    let (pool, ran) = (Arc::clone(pool), Arc::clone(ran));
    Box::pin(async move {
        let work = move |_: &mut Memory| {
            ran.fetch_add(1, Ordering::SeqCst);
        };
        pool.run(patience, Weight::Ordinary, work).await
    })
}

#[tokio::test]
async fn a_full_queue_refuses_and_a_cancelled_caller_frees_its_place() {
    let pool = Arc::new(Pool::new(1));
    let (mut busy, started, gate) = gated(&pool, Weight::Ordinary);
    assert!(poll(&mut busy).is_pending());
    started.await.unwrap();

    let ran = Arc::new(AtomicUsize::new(0));
    let mut waiting: Vec<_> = (0..HASH_QUEUE_LENGTH_MAX)
        .map(|_| counted(&pool, patience(LONG, LONG), &ran))
        .collect();
    for job in &mut waiting {
        assert!(poll(job).is_pending());
    }
    assert_eq!(pool.waiting(), HASH_QUEUE_LENGTH_MAX);
    let mut refused = counted(&pool, patience(LONG, LONG), &ran);
    assert_eq!(poll(&mut refused), Poll::Ready(Err(HashError::Busy)));

    drop(waiting.remove(100));
    assert_eq!(pool.waiting(), HASH_QUEUE_LENGTH_MAX - 1);
    waiting.push(counted(&pool, patience(LONG, LONG), &ran));
    assert!(poll(waiting.last_mut().unwrap()).is_pending());

    drop(gate);
    busy.await.unwrap();
    for job in waiting {
        job.await.unwrap();
    }
    assert_eq!(ran.load(Ordering::SeqCst), HASH_QUEUE_LENGTH_MAX);
}

#[tokio::test]
async fn a_job_that_waits_too_long_is_never_started() {
    let pool = Arc::new(Pool::new(1));
    let (mut busy, started, gate) = gated(&pool, Weight::Ordinary);
    assert!(poll(&mut busy).is_pending());
    started.await.unwrap();

    let ran = Arc::new(AtomicUsize::new(0));
    // The one that waits for a thread for too long gives up first, long before its deadline.
    let mut aged = counted(&pool, patience(SHORT, LONG), &ran);
    let mut late = counted(&pool, patience(LONG, SHORT * 50), &ran);
    tokio::select! {
        refused = &mut aged => assert_eq!(refused, Err(HashError::Busy)),
        _ = &mut late => panic!("a deadline came before the limit of the queue"),
    }
    assert_eq!(late.await, Err(HashError::Busy));
    assert_eq!(pool.waiting(), 0);

    drop(gate);
    busy.await.unwrap();
    assert_eq!(ran.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_passed_deadline_is_refused_before_the_queue() {
    let pool = Arc::new(Pool::new(1));
    let ran = Arc::new(AtomicUsize::new(0));
    let mut late = counted(&pool, patience(LONG, Duration::ZERO), &ran);
    assert_eq!(poll(&mut late), Poll::Ready(Err(HashError::Busy)));
    assert_eq!(ran.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_started_job_may_outlive_the_queue_limit_but_not_the_deadline() {
    let pool = Pool::new(1);
    let times = patience(SHORT, LONG);
    let outlive = move |_: &mut Memory| {
        while now() <= times.start_by {
            thread::yield_now();
        }
        7
    };
    let answer = pool.run(times, Weight::Ordinary, outlive).await;
    assert_eq!(answer, Ok(7));

    let (gate, opened) = mpsc::sync_channel::<()>(64);
    let block = move |_: &mut Memory| opened.recv().is_ok();
    let answer = pool.run(patience(SHORT, SHORT), Weight::Ordinary, block);
    assert_eq!(answer.await, Err(HashError::Busy));
    drop(gate);
    let next = pool.run(patience(LONG, LONG), Weight::Ordinary, |_| 8);
    assert_eq!(next.await, Ok(8));
}

#[tokio::test]
async fn heavy_jobs_run_one_at_a_time_and_let_others_pass() {
    let pool = Arc::new(Pool::new(2));
    let (mut first, first_started, first_gate) = gated(&pool, Weight::Heavy);
    assert!(poll(&mut first).is_pending());
    first_started.await.unwrap();
    let (mut second, mut second_started, second_gate) = gated(&pool, Weight::Heavy);
    assert!(poll(&mut second).is_pending());

    let ran = Arc::new(AtomicUsize::new(0));
    counted(&pool, patience(LONG, LONG), &ran).await.unwrap();
    assert!(second_started.try_recv().is_err());
    assert_eq!(pool.waiting(), 1);

    drop(first_gate);
    first.await.unwrap();
    second_started.await.unwrap();
    drop(second_gate);
    second.await.unwrap();
}

#[tokio::test]
async fn a_panic_fails_its_caller_and_nobody_else() {
    let pool = Pool::new(1);
    let broken = |_: &mut Memory| assert!(pool_is_sound(), "a fault in a hash");
    let answer = pool.run(patience(LONG, LONG), Weight::Heavy, broken).await;
    assert_eq!(answer, Err(HashError::Failed));
    let next = pool.run(patience(LONG, LONG), Weight::Heavy, |_| 9).await;
    assert_eq!(next, Ok(9));
}

fn pool_is_sound() -> bool {
    false
}

#[test]
fn memory_is_used_again_and_given_back() {
    let mut memory = Memory::default();
    assert!(memory.is_empty());
    let first = memory.blocks(64).unwrap().as_ptr();
    assert_eq!(memory.blocks(64).unwrap().as_ptr(), first);
    assert_eq!(memory.blocks(8).unwrap().len(), 8);
    assert_eq!(memory.blocks(64).unwrap().as_ptr(), first);
    assert!(memory.blocks(usize::MAX / 2).is_none());
    memory.trim();
    assert_eq!(memory.blocks(64).unwrap().as_ptr(), first);
    assert!(memory.blocks(NEW_HASH_BLOCKS + 1).is_some());
    memory.trim();
    assert!(memory.is_empty());
    assert!(memory.blocks(1).is_some());
    memory.release();
    assert!(memory.is_empty());
}
