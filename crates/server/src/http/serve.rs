//! The accept loop: connections in, requests to a router, and a drain that loses none.

use crate::http::call::Peer;
use axum::Router;
use axum::extract::Request;
use futures_util::FutureExt;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tower::ServiceExt;
use types::{Clock, SystemClock};

/// How long a client may take to send a request's head.
const HEAD_SPAN: Duration = Duration::from_secs(10);
/// Largest head of a request, in bytes; also the largest read buffer of a connection.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// Pause after the process has run out of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// How a listener behaves.
#[derive(Debug, Clone, Copy)]
pub struct ServeSettings {
    /// Most connections at once; further ones wait to be accepted.
    pub connections_max: usize,
    /// How long requests under way may take to finish when the server stops.
    pub drain_span: Duration,
}

/// Serves until `stop` turns true, then finishes what is under way.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    settings: ServeSettings,
    mut stop: watch::Receiver<bool>,
) {
    let graceful = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(settings.connections_max));
    while !*stop.borrow() {
        let accepted = tokio::select! {
            _ = stop.changed() => continue,
            accepted = accept(&listener, &slots) => accepted,
        };
        if let Ok((stream, peer, slot)) = accepted {
            connect(stream, peer, slot, router.clone(), &graceful);
        }
    }
    // Whoever has been let in by the operating system already is answered too.
    while let Some(Ok((stream, peer, slot))) = accept(&listener, &slots).now_or_never() {
        connect(stream, peer, slot, router.clone(), &graceful);
    }
    drop(listener);
    // Whoever does not finish in time is cut: the operator has been promised an end.
    let drained_by = SystemClock.instant() + settings.drain_span;
    drop(tokio::time::timeout_at(drained_by.into(), graceful.shutdown()).await);
}

async fn accept(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, tokio::sync::OwnedSemaphorePermit)> {
    let slot = Arc::clone(slots)
        .acquire_owned()
        .await
        .map_err(io::Error::other)?;
    match listener.accept().await {
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
fn connect(
    stream: TcpStream,
    peer: SocketAddr,
    slot: tokio::sync::OwnedSemaphorePermit,
    router: Router,
    graceful: &GracefulShutdown,
) {
    // Replies are small; waiting to fill a packet only delays them. A failure costs speed alone.
    drop(stream.set_nodelay(true));
    let service = router.map_request(move |request: hyper::Request<hyper::body::Incoming>| {
        let mut request: Request = request.map(axum::body::Body::new);
        request.extensions_mut().insert(Peer(peer));
        request
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_SPAN)
        .max_buf_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    let watched = graceful.watch(connection);
    tokio::spawn(async move {
        // A client that hangs up is not an event.
        drop(watched.await);
        drop(slot);
    });
}

#[expect(
    clippy::disallowed_methods,
    reason = "no event tells when a descriptor is free again"
)]
async fn pause(span: Duration) {
    tokio::time::sleep(span).await;
}
