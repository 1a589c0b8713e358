//! Sends what is in the outbox: soon after it was written, again after a failure, never twice.
//!
//! A message is claimed for longer than sending it may take, so that of several nodes one sends
//! it. It leaves again, with the same `Message-ID`, only where nobody can know whether it has
//! left: the mail server's "accepted" did not come through, or came and could not be noted before
//! the process ended or the claim lapsed.

use crate::app::App;
use crate::mail::{CONNECTIONS_MAX, Mailer, SEND_SPAN, SendError};
use crate::start::{World, own_call};
use std::sync::Arc;
use std::time::Duration;
use store::Store;
use store::outbox::{self, Message};
use tokio::sync::watch;
use tokio::task::JoinSet;
use types::{Call, Time};

/// How often the outbox is looked at when nobody says that something was written: for retries,
/// and for what other nodes have left.
const IDLE_SPAN: Duration = Duration::from_secs(5);
/// How long after a claim its last mail is begun; what was not begun by then is given back.
const BEGIN_SPAN: Duration = Duration::from_mins(1);
/// How far the clocks of two nodes may be apart. A claim is made by one clock and lapses by
/// another: time stays an argument of every statement, so the database's own clock has no say.
const SKEW_SPAN: Duration = Duration::from_mins(2);
/// Longest time for the statements around sending.
const STATEMENT_SPAN: Duration = Duration::from_secs(10);
/// How long a claim holds. Even the mail that is begun last, takes longest, and is noted after all
/// others that were on their way with it, is still ours when that is done.
const CLAIM_SPAN: Duration = Duration::from_secs(
    BEGIN_SPAN.as_secs()
        + SEND_SPAN.as_secs()
        + STATEMENT_SPAN.as_secs() * CONNECTIONS_MAX as u64
        + SKEW_SPAN.as_secs(),
);
/// Messages claimed at once.
const CLAIM_MESSAGES_MAX: i64 = 32;
/// How long mails on their way are waited for when the server stops.
const STOP_SPAN: Duration = Duration::from_secs(7);
/// How long after that it may take to note what became of them.
const STOP_NOTES_SPAN: Duration = Duration::from_secs(5);
/// The pauses between attempts; after the last one the message goes to the dead letters.
const PAUSES: [Duration; 9] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_mins(2),
    Duration::from_mins(10),
    Duration::from_mins(30),
    Duration::from_hours(1),
    Duration::from_hours(2),
    Duration::from_hours(4),
    Duration::from_hours(8),
];
/// Longest error text that is kept.
const ERROR_CHARACTERS_MAX: usize = 500;

/// What is noted about a mail that the stop has cut.
const CUT: &str = "the server stopped before the mail server had answered: it may have arrived";

/// How long a mail is tried until it is given up.
pub fn trying_span() -> Duration {
    PAUSES.iter().sum()
}

/// Whoever sends mail.
#[derive(Debug)]
pub struct Sender {
    app: App,
    store: Store,
    world: World,
    mailer: Arc<Mailer>,
    /// This process, among all that share the database.
    node: String,
    /// What became of messages, where the database could not be told yet. Nothing is claimed
    /// before it knows: a message that has left must not leave again.
    unnoted: Vec<(Message, Outcome)>,
    /// How long mails on their way are waited for after the stop.
    stop_span: Duration,
    stop: watch::Receiver<bool>,
}

type Outcome = Result<(), SendError>;

impl Sender {
    /// A sender for one process, which works until `stop` turns true.
    pub fn new(
        app: App,
        store: Store,
        world: World,
        mailer: Mailer,
        stop: watch::Receiver<bool>,
    ) -> Self {
        let node = world.entropy.uuid().to_string();
        Self {
            app,
            store,
            world,
            mailer: Arc::new(mailer),
            node,
            unnoted: Vec::new(),
            stop_span: STOP_SPAN,
            stop,
        }
    }

    /// The same, but waiting so long for mails that are on their way when the stop comes.
    #[must_use]
    pub fn stopping_within(mut self, span: Duration) -> Self {
        self.stop_span = span;
        self
    }

    /// Sends until told to stop. What is on its way then is waited for and what was only claimed
    /// given back; what was not answered in time is noted as failed, for the next server to try.
    pub async fn run(mut self) {
        let mut stop = self.stop.clone();
        let stop_span = self.stop_span + STOP_NOTES_SPAN;
        while !*stop.borrow() {
            let round = async {
                match self.round().await {
                    Ok(sent) => sent,
                    Err(e) => {
                        let error: &dyn std::error::Error = &e;
                        tracing::warn!(error, "the outbox cannot be used");
                        0
                    }
                }
            };
            // More may be due than one round claims.
            let claimed = unless_stopped(&mut stop, stop_span, round).await;
            if claimed.unwrap_or_default() > 0 {
                continue;
            }
            tokio::select! {
                () = self.app.mail_written.notified() => {}
                _ = stop.changed() => {}
                () = pause(IDLE_SPAN) => {}
            }
        }
    }

    /// Claims what is due and sends it; how many messages were claimed.
    pub async fn round(&mut self) -> store::Result<usize> {
        for (message, outcome) in std::mem::take(&mut self.unnoted) {
            self.note(message, outcome).await;
        }
        if !self.unnoted.is_empty() {
            return Err(store::Error::Late);
        }
        let call = own_call(&self.world, STATEMENT_SPAN);
        let mut tx = self.store.db(&call).begin().await?;
        let until = call.now + CLAIM_SPAN;
        let claimed =
            outbox::claim(&mut tx, &self.node, call.now, until, CLAIM_MESSAGES_MAX).await?;
        tx.commit().await?;
        let count = claimed.len();
        let left = self.send(claimed, call.now + BEGIN_SPAN).await;
        self.give_back(left).await?;
        Ok(count)
    }

    /// Sends a few at a time; returns those that were not begun before `begin_by` or the stop.
    async fn send(&mut self, claimed: Vec<Message>, begin_by: Time) -> Vec<Message> {
        let mut waiting = claimed.into_iter();
        let mut sending = JoinSet::new();
        loop {
            while sending.len() < CONNECTIONS_MAX as usize
                && !*self.stop.borrow()
                && self.world.clock.now() <= begin_by
                && let Some(message) = waiting.next()
            {
                let (mailer, span) = (Arc::clone(&self.mailer), self.stop_span);
                let stop = self.stop.clone();
                sending.spawn(async move {
                    let outcome = send_one(&mailer, &message, stop, span).await;
                    (message, outcome)
                });
            }
            match sending.join_next().await {
                Some(Ok((message, outcome))) => self.note(message, outcome).await,
                // A panic while sending leaves the claim to lapse; the message is tried again.
                Some(Err(e)) => tracing::error!(error = %e, "sending a mail panicked"),
                None => return waiting.collect(),
            }
        }
    }

    async fn give_back(&self, messages: Vec<Message>) -> store::Result<()> {
        if messages.is_empty() {
            return Ok(());
        }
        let call = own_call(&self.world, STATEMENT_SPAN);
        let mut tx = self.store.db(&call).begin().await?;
        for message in messages {
            outbox::release(&mut tx, message.id, &self.node);
        }
        tx.commit().await
    }

    /// Tells the database what became of a message, or keeps it to tell it later.
    async fn note(&mut self, message: Message, outcome: Outcome) {
        if let Err(e) = self.try_note(&message, &outcome).await {
            let error: &dyn std::error::Error = &e;
            tracing::warn!(mail.id = %message.id, error, "what became of a mail cannot be noted");
            self.unnoted.push((message, outcome));
        }
    }

    async fn try_note(&self, message: &Message, outcome: &Outcome) -> store::Result<()> {
        let call = own_call(&self.world, STATEMENT_SPAN);
        let mut tx = self.store.db(&call).begin().await?;
        match outcome {
            Ok(()) => match *self.mailer {
                Mailer::Inbox => outbox::sent(&mut tx, message.id, &self.node, call.now),
                _ => outbox::sent_and_wiped(&mut tx, message.id, &self.node, call.now),
            },
            Err(error) => self.note_failure(&mut tx, &call, message, error),
        }
        tx.commit().await
    }

    fn note_failure(&self, tx: &mut store::Tx, call: &Call, message: &Message, error: &SendError) {
        let text: String = error
            .to_string()
            .chars()
            .take(ERROR_CHARACTERS_MAX)
            .collect();
        let attempts = message.attempts + 1;
        if let Some(at) = next_attempt(call.now, message.attempts, error) {
            tracing::warn!(mail.id = %message.id, attempts, error = text, "a mail is tried again");
            outbox::retry(tx, message.id, &self.node, at, &text);
        } else {
            tracing::error!(mail.id = %message.id, attempts, error = text, "a mail was given up");
            outbox::give_up(tx, message.id, &self.node, call.now, &text);
        }
    }
}

/// Sends one message; after the stop, only for `span` longer.
async fn send_one(
    mailer: &Mailer,
    message: &Message,
    mut stop: watch::Receiver<bool>,
    span: Duration,
) -> Outcome {
    let sending = Box::pin(mailer.send(message));
    let sent = unless_stopped(&mut stop, span, sending).await;
    let sent = sent.unwrap_or_else(|| Err(SendError::Transient(CUT.to_owned())))?;
    // The mail has left; a stop cuts no more than the farewell.
    unless_stopped(&mut stop, Duration::ZERO, sent.farewell()).await;
    Ok(())
}

/// Does some work to its end; after the stop, only for `span` longer.
async fn unless_stopped<T>(
    stop: &mut watch::Receiver<bool>,
    span: Duration,
    work: impl Future<Output = T>,
) -> Option<T> {
    let mut work = std::pin::pin!(work);
    tokio::select! {
        done = &mut work => return Some(done),
        _ = stop.wait_for(|stop| *stop) => {}
    }
    tokio::select! {
        done = &mut work => Some(done),
        () = pause(span) => None,
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a job of the server's own: nobody's deadline is there to cut it"
)]
async fn pause(span: Duration) {
    tokio::time::sleep(span).await;
}

/// When to try again after `attempts` earlier failures and this one; `None`: never.
fn next_attempt(now: Time, attempts: i64, error: &SendError) -> Option<Time> {
    match error {
        SendError::Permanent(_) => None,
        SendError::Transient(_) => {
            let pause = PAUSES.get(usize::try_from(attempts).ok()?)?;
            Some(now + *pause)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_end() {
        let error = SendError::Transient(String::new());
        let start = Time(0);
        let mut last = start;
        for attempts in 0..9 {
            let next = next_attempt(start, attempts, &error).unwrap();
            assert!(next > last);
            last = next;
        }
        assert_eq!(next_attempt(start, 9, &error), None);
    }

    #[test]
    fn what_was_refused_for_good_is_not_tried_again() {
        assert_eq!(
            next_attempt(Time(0), 0, &SendError::Permanent(String::new())),
            None
        );
    }
}
