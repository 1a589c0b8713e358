//! Pages of lists: what is asked for in the query, and what the reply says about further pages.

use crate::gotrue::error::Failure;
use crate::http::exchange::Exchange;
use crate::http::reply::{self, Reply};
use authn::admin::Paging;
use axum::http::header::{HeaderName, LINK};
use std::fmt::Write;

/// The page that the query asks for.
pub(super) fn asked(exchange: &Exchange) -> Result<Paging, Failure> {
    Ok(Paging::parse(
        exchange.query("page"),
        exchange.query("per_page"),
    )?)
}

/// Adds `Link` to the next and the last page (RFC 8288), with the request's own query sorted by
/// name as Go prints it, and the number of all items.
pub(super) fn describe(reply: &mut Reply, exchange: &Exchange, paging: Paging, total: u64) {
    let pages = paging.pages(total);
    let mut links = Vec::new();
    if pages > paging.page {
        links.push(link(exchange, paging.page + 1, "next"));
    }
    links.push(link(exchange, pages, "last"));
    reply::set(reply, LINK, &links.join(", "));
    let count = HeaderName::from_static("x-total-count");
    reply::set(reply, count, &total.to_string());
}

fn link(exchange: &Exchange, page: u64, relation: &str) -> String {
    let uri = &exchange.parts.uri;
    let query = uri.query().unwrap_or_default();
    let mut pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .filter(|(name, _)| name != "page")
        .collect();
    pairs.push(("page".to_owned(), page.to_string()));
    pairs.sort_by(|(one, _), (other, _)| one.cmp(other));
    let query: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", escape(name), escape(value)))
        .collect();
    format!("<{}?{}>; rel=\"{relation}\"", uri.path(), query.join("&"))
}

/// Percent-encodes as Go's `url.QueryEscape` does.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' ' => escaped.push('+'),
            b'-' | b'_' | b'.' | b'~' => escaped.push(char::from(byte)),
            byte if byte.is_ascii_alphanumeric() => escaped.push(char::from(byte)),
            byte => {
                // Writing to a String cannot fail.
                let _ = write!(escaped, "%{byte:02X}");
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_escaped_as_go_escapes_them() {
        assert_eq!(escape("a b+c~*\r\n\u{e9}"), "a+b%2Bc~%2A%0D%0A%C3%A9");
    }
}
