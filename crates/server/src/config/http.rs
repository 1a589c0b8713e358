//! `[http]`: the border.

use super::key::{Section, key};
use super::kind::Kind::{Boolean, List, Networks, PositiveSpan, Span as SpanText, Text, Whole};
use super::problem::Fault;
use ipnet::IpNet;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use types::Span;
use types::limits::{DELETION_SPAN, REQUEST_SPAN};

pub(crate) const HTTP: Section = Section {
    name: "http",
    about: "The border.",
    keys: &[
        key(
            "http.also_at_root",
            Boolean,
            "GoTrue's API is served at `/` too, and not only below `/auth/v1`.",
        ),
        key(
            "http.cors_allowed_headers",
            List,
            "Headers that browsers may send beyond those of GoTrue.",
        ),
        key(
            "http.trusted_proxies",
            Networks,
            "Networks whose `X-Forwarded-For` is believed; where given, headers that name clients \
             are believed from them only.",
        ),
        key(
            "http.rate_limit_header",
            Text,
            "The header in which a gateway names the client for the limits; its first item counts.",
        ),
        key(
            "http.sb_forwarded_for_enabled",
            Boolean,
            "The header `Sb-Forwarded-For` names the client; only for a gateway that sets it.",
        ),
        key(
            "http.request_id_header",
            Text,
            "The header in which a gateway gives the request's id; empty means that none does.",
        ),
        key(
            "http.request_deadline",
            PositiveSpan,
            "After this time a request is answered with a time-out.",
        ),
        key(
            "http.deletion_deadline",
            PositiveSpan,
            "The same for the deletion of a user, a team or a resource, which takes along all that \
             hangs on it.",
        ),
        key(
            "http.connections_max",
            Whole(1, 1_000_000),
            "Most connections at once.",
        ),
        key(
            "http.drain_notice",
            SpanText,
            "How long a server that is told to stop goes on answering after it has said that it \
             is not ready, so that balancers see it first; none in development.",
        ),
    ],
};

/// The border.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Http {
    /// GoTrue's API is served at `/` too, and not only below `/auth/v1`.
    pub also_at_root: bool,
    /// Headers that browsers may send beyond those of GoTrue.
    pub cors_allowed_headers: Vec<String>,
    /// Networks whose `X-Forwarded-For` is believed.
    #[serde(serialize_with = "write_networks", deserialize_with = "read_networks")]
    pub trusted_proxies: Vec<IpNet>,
    /// The header that names the client for the limits; its first item counts. Empty: none.
    pub rate_limit_header: String,
    /// The header `Sb-Forwarded-For` names the client.
    pub sb_forwarded_for_enabled: bool,
    /// The header in which a gateway gives the request's id. Empty: none.
    pub request_id_header: String,
    /// The deadline of a request.
    pub request_deadline: Span,
    /// The deadline of a deletion of a user, a team or a resource.
    pub deletion_deadline: Span,
    /// Most connections at once.
    pub connections_max: usize,
    /// How long everybody is still answered after readiness has turned red.
    pub drain_notice: Span,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            also_at_root: false,
            // Browsers talk to this server without a gateway, and their clients send it.
            cors_allowed_headers: vec!["apikey".to_owned()],
            trusted_proxies: Vec::new(),
            rate_limit_header: String::new(),
            sb_forwarded_for_enabled: false,
            request_id_header: String::new(),
            request_deadline: Span(REQUEST_SPAN),
            deletion_deadline: Span(DELETION_SPAN),
            connections_max: 10_000,
            drain_notice: Span::seconds(2),
        }
    }
}

/// Checks the name of a header (RFC 9110 section 5.1).
pub(crate) fn check_header_name(name: &str) -> Result<(), Fault> {
    match axum::http::HeaderName::try_from(name) {
        Ok(_) => Ok(()),
        Err(_) => Err(Fault::new(
            format!("`{name}` is no name of a header"),
            "write for example X-Forwarded-For",
        )),
    }
}

fn write_networks<S: Serializer>(networks: &[IpNet], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(networks.iter().map(ToString::to_string))
}

fn read_networks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<IpNet>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    let networks = texts.iter().map(|text| text.parse());
    networks
        .collect::<Result<_, _>>()
        .map_err(de::Error::custom)
}
