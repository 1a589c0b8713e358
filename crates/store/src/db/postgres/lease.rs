//! A connection of the pool that goes back clean or not at all.

use super::error::is_read_only;
use crate::error::{Error, Result};
use deadpool_postgres::Object;
use std::time::Duration;
use tokio_postgres_rustls::MakeRustlsConnect;

/// How long what an abandoned connection still runs is waited for before it is cancelled.
const PATIENCE: Duration = Duration::from_millis(100);
/// How long the cancelled rest may take before the connection is dropped without it.
const CANCEL_SPAN: Duration = Duration::from_secs(1);

/// What is left to do on a connection before somebody else may have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// Nothing.
    Clean,
    /// Statements outside of a transaction may still run.
    Reading,
    /// A transaction may be open.
    InTransaction,
}

/// A connection on loan. A caller may leave at any await: dropped in any state but `Clean`, the
/// connection is first brought to rest in the background.
pub(super) struct Lease {
    connection: Option<Object>,
    tls: MakeRustlsConnect,
    pub(super) state: State,
    /// It goes to nobody else.
    is_spoiled: bool,
}

impl Lease {
    pub(super) const fn new(connection: Object, tls: MakeRustlsConnect) -> Self {
        Self {
            connection: Some(connection),
            tls,
            state: State::Clean,
            is_spoiled: false,
        }
    }

    /// Passes an outcome on. A connection that was opened while the database was read-only stays
    /// so when the database is not any more: it is closed instead of given back.
    pub(super) fn judge<T>(&mut self, outcome: Result<T>) -> Result<T> {
        if let Err(error) = &outcome {
            self.is_spoiled |= is_read_only(error);
        }
        outcome
    }

    pub(super) fn connection(&self) -> Result<&Object> {
        self.connection.as_ref().ok_or(Error::Aborted)
    }
}

impl Drop for Lease {
    #[expect(
        clippy::disallowed_methods,
        reason = "the clean-up outlives the request that left; it ends by its own limits"
    )]
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else {
            return;
        };
        if self.is_spoiled {
            return discard(connection);
        }
        if self.state == State::Clean {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else {
            return discard(connection);
        };
        runtime.spawn(bring_to_rest(connection, self.tls.clone(), self.state));
    }
}

/// Ends what may be open on a connection and gives it back, or drops it.
#[expect(
    clippy::disallowed_methods,
    reason = "no request waits here; without a limit the connection would be lost to the pool"
)]
async fn bring_to_rest(connection: Object, tls: MakeRustlsConnect, state: State) {
    let mut rest = Box::pin(async {
        match state {
            State::InTransaction => connection.batch_execute("ROLLBACK").await,
            // Answered when everything before it has been.
            State::Reading | State::Clean => connection.check_connection().await,
        }
    });
    let rested = tokio::time::timeout(PATIENCE, &mut rest).await;
    if rested.is_err() {
        // The request travels on a line of its own, and nobody says when it has arrived: a
        // connection given back after it could have the next caller's statement cancelled. It is
        // only waited for, so that the server never has more of ours than the pool may open.
        let cancel = connection.cancel_token();
        let ended = async { tokio::join!(cancel.cancel_query(tls), &mut rest) };
        drop(tokio::time::timeout(CANCEL_SPAN, ended).await);
    }
    drop(rest);
    if !matches!(rested, Ok(Ok(()))) {
        discard(connection);
    }
}

/// Closes a connection instead of giving it back.
fn discard(connection: Object) {
    drop(Object::take(connection));
}
