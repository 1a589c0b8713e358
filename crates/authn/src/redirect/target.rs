//! An absolute URL, taken to pieces as a browser would, or refused where readings could differ.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Schemes that run, read or embed something instead of going somewhere.
const REFUSED_SCHEMES: [&str; 8] = [
    "about",
    "blob",
    "data",
    "file",
    "filesystem",
    "javascript",
    "vbscript",
    "view-source",
];

/// The pieces that decide where a URL leads.
#[derive(Debug, Clone)]
pub(super) struct Target<'a> {
    scheme: String,
    host: String,
    port: &'a str,
    /// Everything up to the path.
    before_path: &'a str,
    /// Path, query and fragment.
    rest: &'a str,
}

/// What the host of a URL is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Address {
    /// A name, or nothing.
    Name,
    /// An address of this machine (127.0.0.0/8, `::1`).
    Loopback,
    /// Another address, in any spelling.
    Elsewhere,
}

impl<'a> Target<'a> {
    /// Splits `url`; `None` when it is relative, has a refused scheme, user information or a
    /// backslash, or (for `http` and `https`) anything but a plain host name or address.
    pub(super) fn parse(url: &'a str) -> Option<Self> {
        let (scheme, after_scheme) = url.split_once(':')?;
        let scheme = scheme.to_ascii_lowercase();
        if !is_scheme(&scheme) || REFUSED_SCHEMES.contains(&scheme.as_str()) || url.contains('\\') {
            return None;
        }
        let web = matches!(scheme.as_str(), "http" | "https");
        let (authority, rest) = match after_scheme.strip_prefix("//") {
            Some(text) => text.split_at(text.find(['/', '?', '#']).unwrap_or(text.len())),
            None if web => return None,
            None => ("", after_scheme),
        };
        if !authority.is_ascii() || authority.contains('@') {
            return None;
        }
        let (host, port) = split_port(authority);
        let port_ok = port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit());
        if web && !(port_ok && is_web_host(host)) {
            return None;
        }
        Some(Self {
            scheme,
            host: host.to_ascii_lowercase(),
            port,
            before_path: url.strip_suffix(rest)?,
            rest,
        })
    }

    /// Same scheme, host and port; the port does not count on a loopback host.
    pub(super) fn is_same_site(&self, site: &Self) -> bool {
        self.scheme == site.scheme
            && self.host == site.host
            && (self.port == site.port
                || self.host == "localhost"
                || self.address() == Address::Loopback)
    }

    /// What the host is.
    pub(super) fn address(&self) -> Address {
        let literal = self
            .host
            .strip_prefix('[')
            .and_then(|h| h.strip_suffix(']'));
        let loopback = match literal {
            Some(text) => text
                .parse::<Ipv6Addr>()
                .is_ok_and(|address| address.to_canonical().is_loopback()),
            None if !ends_in_number(&self.host) => return Address::Name,
            None => self
                .host
                .parse::<Ipv4Addr>()
                .is_ok_and(|address| address.is_loopback()),
        };
        if loopback {
            Address::Loopback
        } else {
            Address::Elsewhere
        }
    }

    /// The URL without fragment as browsers complete it when a query follows the host at once;
    /// `None` when it needs no completion.
    pub(super) fn with_slash_before_query(&self) -> Option<String> {
        let (query, _) = self.rest.split_once('#').unwrap_or((self.rest, ""));
        let incomplete = !self.host.is_empty() && query.starts_with('?');
        incomplete.then(|| format!("{}/{query}", self.before_path))
    }
}

/// RFC 3986 section 3.1, and the underscore that mobile applications use.
fn is_scheme(scheme: &str) -> bool {
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+-._".contains(&byte))
}

fn split_port(authority: &str) -> (&str, &str) {
    match authority.rsplit_once(':') {
        // The colons inside of brackets belong to an IPv6 address.
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (authority, ""),
    }
}

fn is_web_host(host: &str) -> bool {
    if let Some(literal) = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')) {
        return literal.parse::<Ipv6Addr>().is_ok();
    }
    let alphanumeric = |c: char| c.is_ascii_alphanumeric();
    host.starts_with(alphanumeric)
        && host.ends_with(alphanumeric)
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte))
}

/// Whether browsers read the host as an IPv4 address (URL standard, "ends in a number"): decimal,
/// octal and hexadecimal numbers, in one to four parts.
fn ends_in_number(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or(host);
    let hexadecimal = last
        .strip_prefix("0x")
        .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    hexadecimal || (!last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit()))
}
