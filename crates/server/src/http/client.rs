//! Whom the limits count: an address or, where a gateway names its clients otherwise, a name.

use crate::http::call::{self, Peer};
use crate::http::exchange::Exchange;
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

/// The bits of an IPv6 address that tell one client from another: every subscriber has a whole
/// network of this length (RFC 6177), and could count as 2^64 clients otherwise.
const NETWORK_BITS: u32 = 64;
/// The header in which Supabase's gateway names the client.
const SB_FORWARDED_FOR: &str = "sb-forwarded-for";
/// The header that proxies add themselves to.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// One client. Of a fixed size: what clients write must not fill the memory of the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Client {
    /// An IPv4 address, or the network of an IPv6 address.
    Network(IpAddr),
    /// A name that is no address; GoTrue counts any text.
    Name(u64),
}

/// Tells clients apart.
#[derive(Debug, Default)]
pub(super) struct Clients {
    /// Keyed, so that nobody can choose a name that counts for somebody else.
    names: RandomState,
}

impl Clients {
    /// Whom a request is counted for: the first header that names a client, else, if the operator
    /// wants that, the client's address.
    pub(super) fn counted(&self, exchange: &Exchange) -> Option<Client> {
        let border = &exchange.app.border;
        let configured = Some(border.rate_limit_header.as_str()).filter(|name| !name.is_empty());
        let forwarded = border.sb_forwarded_for.then_some(SB_FORWARDED_FOR);
        let mut headers = configured.into_iter().chain(forwarded);
        let named = headers.find_map(|header| self.named(exchange, header));
        let address = || exchange.call.origin.ip.map(network);
        named.or_else(|| border.count_peers.then(address).flatten())
    }

    /// The client that a header names, if it is there. Where the operator has said which proxies
    /// to believe, whoever else sends the header counts as itself; and of `X-Forwarded-For` the
    /// first item is hearsay then, since proxies add themselves behind what a client has written.
    fn named(&self, exchange: &Exchange, header: &str) -> Option<Client> {
        let value = exchange.parts.headers.get(header)?.as_bytes();
        let first = value.split(|byte| *byte == b',').next()?.trim_ascii();
        if first.is_empty() {
            return None;
        }
        let proxies = &exchange.app.border.trusted_proxies;
        let peer = exchange.parts.extensions.get::<Peer>();
        let is_believed = peer.is_some_and(|peer| call::is_trusted(proxies, peer.ip()));
        if proxies.is_empty() || (is_believed && header != FORWARDED_FOR) {
            return Some(self.client(first));
        }
        exchange.call.origin.ip.map(network)
    }

    fn client(&self, name: &[u8]) -> Client {
        let address = std::str::from_utf8(name).ok().and_then(address);
        address.map_or_else(|| Client::Name(self.names.hash_one(name)), network)
    }
}

/// An address as gateways write it: bare, in brackets, or with a port.
pub(super) fn address(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    let address = bare.unwrap_or(text).parse::<IpAddr>();
    let address = address.or_else(|_| text.parse::<SocketAddr>().map(|socket| socket.ip()));
    address.ok().map(|ip| ip.to_canonical())
}

fn network(ip: IpAddr) -> Client {
    Client::Network(match ip.to_canonical() {
        IpAddr::V4(ip) => ip.into(),
        IpAddr::V6(ip) => {
            let mask = u128::MAX << (Ipv6Addr::BITS - NETWORK_BITS);
            Ipv6Addr::from_bits(ip.to_bits() & mask).into()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(one: &str, other: &str) -> bool {
        let clients = Clients::default();
        clients.client(one.as_bytes()) == clients.client(other.as_bytes())
    }

    #[test]
    fn one_address_counts_once_however_it_is_written() {
        for other in [
            "192.0.2.7:443",
            "::ffff:192.0.2.7",
            "[::ffff:192.0.2.7]:443",
        ] {
            assert!(same("192.0.2.7", other), "{other}");
        }
        for other in ["[2001:db8::7]", "[2001:db8::7]:443", "2001:DB8:0::7"] {
            assert!(same("2001:db8::7", other), "{other}");
        }
        assert!(!same("192.0.2.7", "192.0.2.8"));
    }

    #[test]
    fn a_network_of_ipv6_counts_as_one_client() {
        assert!(same("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff"));
        assert!(!same("2001:db8:1:2::1", "2001:db8:1:3::1"));
    }

    #[test]
    fn what_is_no_address_is_told_apart_without_being_kept() {
        assert!(same("customer-1", "customer-1"));
        assert!(!same("customer-1", "customer-2"));
        let long = "x".repeat(64 * 1024);
        assert!(!same(&long, &format!("{long}x")));
        // An address and a word say which it is; a text of the client's would need an allocation.
        assert!(size_of::<Client>() <= 24);
    }
}
