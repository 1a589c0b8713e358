//! The threads that hash: a queue bounded in length and age, and one slot for heavy work.

use super::HashError;
use super::scheme::NEW_HASH_BLOCKS;
use argon2::Block;
use std::collections::VecDeque;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};
use types::limits::{HASH_IDLE_SPAN, HASH_NICENESS, HASH_QUEUE_LENGTH_MAX};
use types::{Clock, SystemClock};

/// Dedicated threads and the queue that feeds them. The threads end when the pool is dropped.
pub(super) struct Pool {
    shared: Arc<Shared>,
}

/// How much memory a job needs, as far as the queue cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// Any number of these run side by side.
    Ordinary,
    /// One of these runs at a time.
    Heavy,
}

/// How long the caller of a job waits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// A job that has not been started by then is taken out of the queue.
    pub(super) start_by: Instant,
    /// The answer is of no use after this.
    pub(super) deadline: Instant,
}

/// The Argon2 memory of one thread, allocated at the first hash and used again.
#[derive(Default)]
pub(super) struct Memory(Vec<Block>);

struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Default)]
struct Queue {
    /// In the order of their tickets.
    waiting: VecDeque<Job>,
    ticket_next: u64,
    heavy_running: bool,
    closed: bool,
}

struct Job {
    ticket: u64,
    weight: Weight,
    work: Box<dyn FnOnce(&mut Memory) + Send>,
}

/// A job's place in the queue, given up when the caller goes away.
struct Place<'a> {
    shared: &'a Shared,
    ticket: u64,
}

impl Pool {
    /// Starts `threads` threads, at least one.
    #[expect(
        clippy::expect_used,
        reason = "called once, at the start: a process without threads cannot serve"
    )]
    pub(super) fn new(threads: usize) -> Self {
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            changed: Condvar::new(),
        });
        for index in 0..threads.max(1) {
            let shared = Arc::clone(&shared);
            thread::Builder::new()
                .name(format!("hash-{index}"))
                .spawn(move || work_until_closed(&shared))
                .expect("the operating system starts a thread");
        }
        Self { shared }
    }

    /// Runs `work` on one of the threads. When the returned future is dropped, work that has not
    /// started never will.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        patience: Patience,
        weight: Weight,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, HashError> {
        let start_by = patience.start_by.min(patience.deadline);
        if start_by <= now() {
            return Err(HashError::Busy);
        }
        let (reply, mut answer) = oneshot::channel();
        let place = self.shared.enter(weight, move |memory| {
            // Popped in the moment in which the caller gave up: nobody would read the answer.
            if reply.is_closed() || start_by <= now() {
                return;
            }
            let _ = reply.send(work(memory));
        })?;
        match timeout_at(start_by, &mut answer).await {
            Ok(answer) => return answered(answer, start_by),
            Err(_) if place.leave() => return Err(HashError::Busy),
            // It is being computed: only the deadline ends the wait now.
            Err(_) => {}
        }
        match timeout_at(patience.deadline, answer).await {
            Ok(answer) => answered(answer, start_by),
            Err(_) => Err(HashError::Busy),
        }
    }

    /// Jobs that wait for a thread.
    pub(super) fn waiting(&self) -> usize {
        self.shared.lock().waiting.len()
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let mut queue = self.shared.lock();
        queue.closed = true;
        queue.waiting.clear();
        self.shared.changed.notify_all();
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool")
            .field("waiting", &self.waiting())
            .finish()
    }
}

impl Memory {
    /// `count` blocks of 1 KiB with whatever the last hash left in them (Argon2 writes each block
    /// before it reads it); `None` when the machine has no memory for them.
    pub(super) fn blocks(&mut self, count: usize) -> Option<&mut [Block]> {
        let missing = count.saturating_sub(self.0.len());
        self.0.try_reserve_exact(missing).ok()?;
        self.0.resize(self.0.len() + missing, Block::new());
        self.0.get_mut(..count)
    }

    /// Gives back what a costly imported hash needed beyond a new one.
    fn trim(&mut self) {
        if self.0.len() > NEW_HASH_BLOCKS {
            self.release();
        }
    }

    fn release(&mut self) {
        self.0 = Vec::new();
    }

    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Shared {
    fn enter(
        &self,
        weight: Weight,
        work: impl FnOnce(&mut Memory) + Send + 'static,
    ) -> Result<Place<'_>, HashError> {
        let mut queue = self.lock();
        if queue.closed || queue.waiting.len() >= HASH_QUEUE_LENGTH_MAX {
            return Err(HashError::Busy);
        }
        let ticket = queue.ticket_next;
        queue.ticket_next += 1;
        queue.waiting.push_back(Job {
            ticket,
            weight,
            work: Box::new(work),
        });
        self.changed.notify_one();
        Ok(Place {
            shared: self,
            ticket,
        })
    }

    /// Waits for the next job; `None` when the pool is closed. A thread that finds nothing to do
    /// for a while gives its memory back.
    fn next(&self, memory: &mut Memory) -> Option<Job> {
        let mut queue = self.lock();
        loop {
            if queue.closed {
                return None;
            }
            if let Some(job) = queue.take() {
                return Some(job);
            }
            if memory.is_empty() {
                queue = self
                    .changed
                    .wait(queue)
                    .unwrap_or_else(PoisonError::into_inner);
            } else {
                let waited = self.changed.wait_timeout(queue, HASH_IDLE_SPAN);
                let (guard, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
                queue = guard;
                if timeout.timed_out() {
                    memory.release();
                }
            }
        }
    }

    /// The queue. Nothing panics while it is locked, so a poisoned lock cannot hide a broken queue.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    /// The oldest job that may run now.
    fn take(&mut self) -> Option<Job> {
        let may_run = |job: &Job| job.weight == Weight::Ordinary || !self.heavy_running;
        let index = self.waiting.iter().position(may_run)?;
        let job = self.waiting.remove(index)?;
        self.heavy_running |= job.weight == Weight::Heavy;
        Some(job)
    }
}

impl Place<'_> {
    /// Takes the job out of the queue; false when it is no longer in it.
    fn leave(&self) -> bool {
        let mut queue = self.shared.lock();
        let found = queue
            .waiting
            .binary_search_by_key(&self.ticket, |job| job.ticket);
        found.is_ok_and(|index| queue.waiting.remove(index).is_some())
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.leave();
    }
}

fn work_until_closed(shared: &Shared) {
    give_way();
    let mut memory = Memory::default();
    while let Some(job) = shared.next(&mut memory) {
        let weight = job.weight;
        let work = AssertUnwindSafe(|| (job.work)(&mut memory));
        // A panic in a hash must not cost the pool a thread for good; the caller sees that its
        // answer was dropped.
        if catch_unwind(work).is_err() {
            memory.release();
        }
        memory.trim();
        if weight == Weight::Heavy {
            // This thread looks at the queue again right away, so no other needs to be woken.
            shared.lock().heavy_running = false;
        }
    }
}

/// Lets every other thread of this machine go first: a request that takes microseconds should not
/// stand behind a hash that takes milliseconds.
#[cfg(target_os = "linux")]
fn give_way() {
    // On Linux this concerns the calling thread; POSIX means the whole process.
    if let Err(error) = rustix::process::nice(HASH_NICENESS) {
        tracing::warn!(%error, "hashing threads keep their ordinary priority");
    }
}

#[cfg(not(target_os = "linux"))]
const fn give_way() {}

/// The clock that deadlines are measured on.
pub(super) fn now() -> Instant {
    Instant::from_std(SystemClock.instant())
}

fn answered<T>(
    answer: Result<T, oneshot::error::RecvError>,
    start_by: Instant,
) -> Result<T, HashError> {
    // A dropped answer: the job was popped too late, or it panicked.
    answer.map_err(|_| {
        if start_by <= now() {
            HashError::Busy
        } else {
            HashError::Failed
        }
    })
}

#[cfg(test)]
mod tests;
