//! `[listen]` and what stands above the first table: where the server runs.

use super::key::{Section, key};
use super::kind::Kind::{Choice, Text};
use super::problem::Fault;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

pub(crate) const TOP: Section = Section {
    name: "",
    about: "What concerns the whole server.",
    keys: &[
        key(
            "mode",
            Choice(&["auto", "development", "production"]),
            "Development confirms sign-ups at once and shows mails in an inbox; auto chooses it \
             on this machine only.",
        ),
        key(
            "data_directory",
            Text,
            "Where the embedded database and generated keys are kept.",
        ),
    ],
};

pub(crate) const LISTEN: Section = Section {
    name: "listen",
    about: "Addresses and ports.",
    keys: &[
        key(
            "listen.address",
            Text,
            "Where the API is served; port 0 takes a free one.",
        ),
        key(
            "listen.management",
            Text,
            "Where metrics and health are served; empty means the next port below, on loopback.",
        ),
    ],
};

/// Where the server listens. Port 0 stands for any free port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listen {
    /// The API.
    pub address: SocketAddr,
    /// Metrics, health and profiles; on loopback unless configured.
    pub management: SocketAddr,
}

/// `[listen]` as it is written.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ListenSection {
    pub(crate) address: String,
    pub(crate) management: String,
}

impl Default for ListenSection {
    fn default() -> Self {
        Self {
            address: "127.0.0.1:9999".to_owned(),
            management: String::new(),
        }
    }
}

/// Reads an address with a port; `localhost` is the IPv4 loopback.
pub(crate) fn socket_address(text: &str) -> Result<SocketAddr, Fault> {
    let numeric = text
        .strip_prefix("localhost:")
        .map_or_else(|| text.to_owned(), |port| format!("127.0.0.1:{port}"));
    numeric.parse().map_err(|_| {
        Fault::new(
            format!("`{text}` is not an address with a port"),
            "write for example 127.0.0.1:9999, or 0.0.0.0:9999 for every interface",
        )
    })
}

/// Reads the host alone, as GoTrue's `API_HOST` has it; empty means every interface.
pub(crate) fn host(text: &str) -> Result<IpAddr, Fault> {
    match text {
        "localhost" => Ok(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        "" => Ok(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        _ => text.parse().map_err(|_| {
            Fault::new(
                format!("`{text}` is not an address"),
                "write for example 127.0.0.1, or 0.0.0.0 for every interface",
            )
        }),
    }
}

/// The management address beside `address`: loopback of the same family, the port below.
pub(crate) fn beside(address: SocketAddr) -> SocketAddr {
    let port = match address.port() {
        0 => 0,
        1 => 2,
        port => port - 1,
    };
    let loopback = match address {
        SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
    };
    SocketAddr::new(loopback, port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_management_port_is_the_one_below_on_loopback() {
        for (address, management) in [
            ("127.0.0.1:9999", "127.0.0.1:9998"),
            ("0.0.0.0:8081", "127.0.0.1:8080"),
            ("[::]:443", "[::1]:442"),
            ("127.0.0.1:0", "127.0.0.1:0"),
            ("127.0.0.1:1", "127.0.0.1:2"),
        ] {
            assert_eq!(
                beside(address.parse().unwrap()),
                management.parse().unwrap()
            );
        }
    }

    #[test]
    fn an_address_without_a_port_is_refused() {
        assert_eq!(
            socket_address("localhost:0"),
            Ok("127.0.0.1:0".parse().unwrap())
        );
        for text in [
            "",
            "9999",
            ":9999",
            "127.0.0.1",
            "example.com:1",
            "1.2.3.4:99999",
        ] {
            assert!(socket_address(text).is_err(), "{text}");
        }
    }
}
