//! What is told about a request, in one place: its id, its span, its one log line and its one
//! histogram sample.

use crate::app::App;
use crate::http::limits::LIMIT_HEADER;
use crate::http::reply::{self, Notes, Reply};
use crate::log::masked;
use axum::http::header::HeaderName;
use axum::http::{Method, StatusCode};
use axum::response::Response;
use std::time::{Duration, Instant};
use tracing::Instrument;
use types::Call;

/// The status of a request whose client did not wait for the answer: nginx's, since HTTP has none.
/// Nobody receives it.
const HUNG_UP: u16 = 499;

/// One request on its way.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Observed<'a> {
    /// The services.
    pub(crate) app: &'a App,
    /// The API that was asked, as the log names it.
    pub(crate) api: &'static str,
    /// Who asked, when, until when.
    pub(crate) call: &'a Call,
    /// How it was asked.
    pub(crate) method: &'a Method,
    /// When, on the monotonic clock.
    pub(crate) started: Instant,
}

/// A request whose client is still there. When it goes before it was told of, its client has hung
/// up, or the drain has cut the connection.
#[derive(Debug)]
struct Awaited<'a> {
    observed: Observed<'a>,
    operation: &'static str,
    is_told: bool,
}

impl Observed<'_> {
    /// Waits for the reply, inside of a span, and tells about it.
    pub(crate) async fn answer(
        self,
        operation: &'static str,
        work: impl Future<Output = Reply>,
    ) -> Response {
        let mut awaited = Awaited {
            observed: self,
            operation,
            is_told: false,
        };
        let call = self.call;
        // Below the level of debugging it costs a comparison; lines at a higher level say the id
        // themselves.
        let span = tracing::debug_span!("request", request.id = %call.id, operation);
        let mut reply = work.instrument(span).await;
        let name = HeaderName::from_static("x-request-id");
        // An API may be bound to answer with the client's own id.
        if !reply.headers().contains_key(&name) {
            reply::set(&mut reply, name, &call.id.to_string());
        }
        if reply.headers().contains_key(LIMIT_HEADER) {
            self.app.metrics.limited();
        }
        let notes = reply.extensions_mut().remove::<Notes>().unwrap_or_default();
        awaited.tell(reply.status().as_u16(), &notes);
        reply::sent(reply)
    }

    /// The one line about a request.
    fn log(self, operation: &'static str, status: u16, notes: &Notes, took: Duration) {
        let call = self.call;
        let code = notes.error_code.as_deref().unwrap_or_default();
        // What a database says may quote a row.
        let fault = notes.fault.as_deref().map(masked);
        let ip = call.origin.ip.map(|ip| ip.to_string()).unwrap_or_default();
        let cost = &call.cost;
        // Wider than 64 bits, JSON has it as text.
        let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    request.id = %call.id,
                    api = self.api,
                    operation,
                    method = %self.method,
                    status,
                    code,
                    client.ip = ip,
                    duration_us = took_us,
                    database_us = cost.database_us(),
                    hash_us = cost.hash_us(),
                    statements = cost.statements(),
                    round_trips = cost.round_trips(),
                    fault,
                    "request"
                )
            };
        }
        if status < 500 || status == StatusCode::SERVICE_UNAVAILABLE.as_u16() {
            line!(info);
        } else {
            line!(error);
        }
    }
}

impl Awaited<'_> {
    /// The line, the sample, and the word to whoever sends mail.
    fn tell(&mut self, status: u16, notes: &Notes) {
        self.is_told = true;
        let Observed {
            app, call, started, ..
        } = self.observed;
        if call.cost.mails() > 0 {
            app.mail_written.notify_one();
        }
        let took = app.clock.instant() - started;
        app.metrics.request(self.operation, status, took);
        self.observed.log(self.operation, status, notes, took);
    }
}

impl Drop for Awaited<'_> {
    fn drop(&mut self) {
        if !self.is_told {
            self.tell(HUNG_UP, &Notes::default());
        }
    }
}
