//! What a replay needs from the server under test.

use super::request::HttpRequest;
use std::time::Duration;
use types::Time;

/// The two engines under the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// An answer as it came over the wire.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// In the order of arrival, repeated names kept.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

/// A message that left the server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mail {
    /// The addresses, without names.
    pub(crate) to: Vec<String>,
    /// As in the header: `Example <auth@example.test>`.
    pub(crate) from: String,
    pub(crate) subject: String,
    pub(crate) html: String,
    /// The plain text beside it, which the recorded server does not send.
    pub(crate) text: Option<String>,
}

/// A system under test: all instances of instances.json over one database, and its clock.
///
/// Nothing sleeps: the clock moves only by [`Subject::advance`].
pub(crate) trait Subject {
    /// Which engine is under test; some entries only make sense on one.
    fn engine(&self) -> Engine;

    /// Sends `request` to the server called `instance`, literally.
    async fn request(&mut self, instance: &str, request: &HttpRequest) -> Reply;

    /// Sends `request` `count` times at the same time.
    async fn request_at_once(
        &mut self,
        instance: &str,
        request: &HttpRequest,
        count: usize,
    ) -> Vec<Reply>;

    /// The messages that left `instance` since the last call, after the work that sends them.
    async fn mails_since_last(&mut self, instance: &str) -> Vec<Mail>;

    /// Runs statements on the database, in the dialect of [`Subject::engine`].
    async fn execute_sql(&mut self, sql: &str);

    /// The HMAC key of a session's v2 refresh tokens, as the database has it, decoded.
    async fn refresh_key(&mut self, session: &str) -> Vec<u8>;

    /// Moves the clock of all instances.
    fn advance(&mut self, span: Duration);

    /// The time on that clock.
    fn now(&self) -> Time;
}
