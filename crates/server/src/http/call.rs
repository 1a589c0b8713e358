//! The one place that makes a [`Call`]: request id, time, deadline, and where it came from.

use crate::app::App;
use crate::http::client;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use types::{Call, Cost, Deadline, Origin, RequestId};
use uuid::Uuid;

/// The peer of a connection, put into each request by the accept loop.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

impl Peer {
    /// The address; one of IPv4 in one form only.
    pub(super) fn ip(self) -> IpAddr {
        self.0.ip().to_canonical()
    }
}

/// Longest `User-Agent` that is kept, in bytes.
const USER_AGENT_BYTES_MAX: usize = 512;

/// The call of a request that has just arrived.
pub(crate) fn make(app: &App, parts: &Parts, span: Duration) -> Call {
    let headers = &parts.headers;
    let peer = parts.extensions.get::<Peer>().copied();
    let user_agent = text(headers, "user-agent").unwrap_or_default();
    let mut end = user_agent.len().min(USER_AGENT_BYTES_MAX);
    while !user_agent.is_char_boundary(end) {
        end -= 1;
    }
    Call {
        id: request_id(app, headers),
        now: app.clock.now(),
        deadline: Deadline::after(app.clock.instant(), span),
        origin: Origin {
            ip: client_ip(app, headers, peer),
            user_agent: user_agent.get(..end).unwrap_or_default().to_owned(),
        },
        cost: Arc::new(Cost::default()),
    }
}

/// An id that a proxy has given is kept where it is a UUID; anything else could forge log lines.
fn request_id(app: &App, headers: &HeaderMap) -> RequestId {
    let name = app.border.request_id_header.as_str();
    let given = (!name.is_empty()).then(|| text(headers, name)).flatten();
    given
        .and_then(|id| Uuid::parse_str(id).ok())
        .map_or_else(|| RequestId::random(app.entropy.as_ref()), RequestId)
}

/// The client's address: the peer's, unless the peer is a trusted proxy. Then it is the last entry
/// of `X-Forwarded-For` that no trusted proxy has written, since everything before it is hearsay.
fn client_ip(app: &App, headers: &HeaderMap, peer: Option<Peer>) -> Option<IpAddr> {
    let peer = peer?.ip();
    let trusted = |ip: &IpAddr| is_trusted(&app.border.trusted_proxies, *ip);
    if !trusted(&peer) {
        return Some(peer);
    }
    let mut found = peer;
    let forwarded = headers.get_all("x-forwarded-for");
    let chain: Vec<&str> = forwarded
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    for entry in chain.into_iter().rev() {
        let Some(ip) = client::address(entry.trim()) else {
            break;
        };
        found = ip;
        if !trusted(&found) {
            break;
        }
    }
    Some(found)
}

/// The operator vouches for what this peer says about its clients.
pub(super) fn is_trusted(proxies: &[IpNet], peer: IpAddr) -> bool {
    proxies.iter().any(|network| network.contains(&peer))
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}
