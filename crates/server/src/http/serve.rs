//! The accept loop: connections in, requests to a router, and a drain that loses none.

use crate::http::call::Peer;
use crate::http::stall::Unstalled;
use axum::Router;
use axum::extract::Request;
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, Response};
use futures_util::FutureExt;
use futures_util::future::join;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulConnection, GracefulShutdown};
use hyper_util::service::TowerToHyperService;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::task::coop::unconstrained;
use tower::ServiceExt;
use types::{Clock, SystemClock};

/// How long a client may take to send a request's head. The timer runs while a connection is idle,
/// too, and balancers keep idle connections for 60 s: whoever closes first must be they, or they
/// send a request into a connection that is just being closed. A head that comes slowly costs no
/// more than an idle connection, of which an attacker can have as many.
const HEAD_SPAN: Duration = Duration::from_secs(75);
/// The same for the last clients of a server that stops: most have asked before they were let in.
const LAST_HEAD_SPAN: Duration = Duration::from_secs(1);
/// How long a client may read nothing while an answer waits for it.
const STALL_SPAN: Duration = Duration::from_secs(30);
/// Largest head of a request, in bytes; also the largest read buffer of a connection.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// Pause after the process has run out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

const _: () = assert!(HEAD_SPAN.as_secs() > 60);

/// How a listener behaves.
#[derive(Debug, Clone, Copy)]
pub struct ServeSettings {
    /// Most connections at once; further ones wait to be accepted.
    pub connections_max: usize,
    /// How long requests under way may take to finish when the server stops.
    pub drain_span: Duration,
}

/// When a listener stops.
#[derive(Debug, Clone)]
pub struct Stop {
    signal: watch::Receiver<bool>,
    notice: Duration,
}

impl Stop {
    /// When `signal` turns true and `notice` has passed since. Until then everybody is answered,
    /// and asked to take the next request elsewhere.
    pub fn with_notice(signal: watch::Receiver<bool>, notice: Duration) -> Self {
        Self { signal, notice }
    }
}

impl From<watch::Receiver<bool>> for Stop {
    fn from(signal: watch::Receiver<bool>) -> Self {
        Self::with_notice(signal, Duration::ZERO)
    }
}

/// What every connection of a listener shares.
struct Listening {
    listener: TcpListener,
    router: Router,
    slots: Arc<Semaphore>,
    stall_span: Duration,
    /// The server is about to stop: connections are not kept for another request.
    is_closing: Arc<AtomicBool>,
    graceful: GracefulShutdown,
}

type Accepted = (TcpStream, SocketAddr, OwnedSemaphorePermit);

/// Serves until it is to stop, then finishes what is under way.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    settings: ServeSettings,
    stop: impl Into<Stop>,
) {
    let listening = Listening {
        listener,
        router,
        slots: Arc::new(Semaphore::new(settings.connections_max)),
        stall_span: STALL_SPAN,
        is_closing: Arc::new(AtomicBool::new(false)),
        graceful: GracefulShutdown::new(),
    };
    listening.run(settings.drain_span, stop.into()).await;
}

impl Listening {
    async fn run(self, drain_span: Duration, mut stop: Stop) {
        while !*stop.signal.borrow() {
            tokio::select! {
                _ = stop.signal.changed() => {}
                accepted = self.accept() => self.connect(accepted),
            }
        }
        self.is_closing.store(true, Ordering::Relaxed);
        let until = (SystemClock.instant() + stop.notice).into();
        if !stop.notice.is_zero() {
            while let Ok(accepted) = tokio::time::timeout_at(until, self.accept()).await {
                self.connect(accepted);
            }
        }
        // Whoever has been let in by the operating system already is answered too. They are not
        // told to end: that would close them before their first request is read. Unconstrained:
        // else the runtime says "not yet" after some sixty, for others to have their turn.
        let mut last = JoinSet::new();
        while let Some(Ok((stream, peer, slot))) = unconstrained(self.accept()).now_or_never() {
            let connection = self.connection(stream, peer, LAST_HEAD_SPAN);
            last.spawn(async move {
                drop(connection.await);
                drop(slot);
            });
        }
        drop(self.listener);
        // Whoever does not finish in time is cut: the operator has been promised an end.
        let drained_by = SystemClock.instant() + drain_span;
        let drained = join(self.graceful.shutdown(), last.join_all());
        drop(tokio::time::timeout_at(drained_by.into(), drained).await);
    }

    async fn accept(&self) -> io::Result<Accepted> {
        let slot = Arc::clone(&self.slots).acquire_owned().await;
        let slot = slot.map_err(io::Error::other)?;
        match self.listener.accept().await {
            Ok((stream, peer)) => Ok((stream, peer, slot)),
            Err(e) => {
                // Out of descriptors: accepting again at once would only spin.
                tracing::warn!(error = %e, "a connection could not be accepted");
                pause(ACCEPT_PAUSE).await;
                Err(e)
            }
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "one task per connection; the drain waits for all"
    )]
    fn connect(&self, accepted: io::Result<Accepted>) {
        let Ok((stream, peer, slot)) = accepted else {
            return;
        };
        let watched = self
            .graceful
            .watch(self.connection(stream, peer, HEAD_SPAN));
        tokio::spawn(async move {
            // A client that hangs up is not an event.
            drop(watched.await);
            drop(slot);
        });
    }

    /// What is read from a stream and answered. While the server is closing, that is one request.
    fn connection(
        &self,
        stream: TcpStream,
        peer: SocketAddr,
        head_span: Duration,
    ) -> impl GracefulConnection<Error = hyper::Error> + Send + use<> {
        // Replies are small; waiting to fill a packet only delays them. A failure costs speed.
        drop(stream.set_nodelay(true));
        let is_closing = Arc::clone(&self.is_closing);
        let service = self
            .router
            .clone()
            .map_request(move |request: hyper::Request<hyper::body::Incoming>| {
                let mut request: Request = request.map(axum::body::Body::new);
                request.extensions_mut().insert(Peer(peer));
                request
            })
            .map_response(move |mut response: Response<_>| {
                if is_closing.load(Ordering::Relaxed) {
                    let close = HeaderValue::from_static("close");
                    response.headers_mut().insert(CONNECTION, close);
                }
                response
            });
        let stream = Unstalled::new(stream, self.stall_span);
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(head_span)
            .max_buf_size(HEAD_BYTES_MAX)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "no event tells when a descriptor is free again"
)]
async fn pause(span: Duration) {
    tokio::time::sleep(span).await;
}

#[cfg(test)]
mod tests;
