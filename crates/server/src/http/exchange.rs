//! One request as an adapter sees it: decoded as far as all routes need it.

use crate::app::App;
use crate::http::border::Fault;
use axum::body::Bytes;
use axum::http::request::Parts;
use std::collections::BTreeMap;
use std::sync::Arc;
use types::Call;
use types::limits::FORM_PAIRS_MAX;

/// Ours: an answer must know at least this version of the store.
pub(crate) const AT_LEAST_HEADER: &str = "claviger-at-least-version";

/// One request on its way through an adapter.
#[derive(Debug)]
pub struct Exchange {
    /// The services.
    pub app: App,
    /// Who asked, when, until when.
    pub call: Call,
    /// Method, URI and headers.
    pub parts: Arc<Parts>,
    /// The whole body, at most `BODY_BYTES_MAX`; empty where it is a form that was taken apart.
    pub body: Bytes,
    /// The fields of a body that is a form (`application/x-www-form-urlencoded`); of several
    /// values of one name the first. GoTrue's framework takes forms away before its handlers,
    /// which expect JSON, can see them: only routes that ask for a form get one. `None` in the APIs
    /// that take a form for a body as any other.
    pub form: Option<BTreeMap<String, String>>,
    /// The variable parts of the path.
    pub path: BTreeMap<String, String>,
    /// The decoded query; of several values of one name the first.
    pub query: BTreeMap<String, String>,
    /// The `Authorization` header, after the gateway's rule for API keys.
    pub authorization: Option<String>,
}

impl Exchange {
    /// A request header as text; a header that is no text counts as absent.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok())
    }

    /// The text of a header without which the request would mean something else; `None`: absent.
    ///
    /// # Errors
    ///
    /// What is wrong with it: it stands twice (RFC 9110 section 5.3), or is no UTF-8.
    pub fn header_once(&self, name: &str) -> Result<Option<&str>, &'static str> {
        let mut values = self.parts.headers.get_all(name).iter();
        let Some(value) = values.next() else {
            return Ok(None);
        };
        let text = std::str::from_utf8(value.as_bytes());
        match (text, values.next()) {
            (Ok(text), None) => Ok(Some(text)),
            _ => Err("must stand once, as text"),
        }
    }

    /// The version of a store, as a change has told it, that the answer must know
    /// (`Claviger-At-Least-Version`); `None` when any will do.
    ///
    /// # Errors
    ///
    /// What is wrong with the header.
    pub fn at_least(&self) -> Result<Option<i64>, &'static str> {
        let Some(text) = self.header_once(AT_LEAST_HEADER)? else {
            return Ok(None);
        };
        let version = text.parse().ok().filter(|version| *version >= 0);
        version
            .map(Some)
            .ok_or("must be the Claviger-Version of a change, a whole number")
    }

    /// A query parameter; empty when absent.
    pub fn query(&self, name: &str) -> &str {
        self.query.get(name).map_or("", String::as_str)
    }

    /// A variable part of the path; empty when the route has none of that name.
    pub fn path(&self, name: &str) -> &str {
        self.path.get(name).map_or("", String::as_str)
    }

    /// The bearer token (RFC 6750 section 2.1); the scheme in either letter case.
    pub fn bearer(&self) -> Option<&str> {
        let header = self.authorization.as_deref()?;
        let token = header
            .strip_prefix("Bearer ")
            .or_else(|| header.strip_prefix("bearer "))?;
        let one_word = !token.is_empty() && !token.contains(char::is_whitespace);
        one_word.then_some(token)
    }
}

/// Decodes a query string; of several values of one name the first is kept, as Go's `Get` does.
pub(super) fn parse_query(query: Option<&str>) -> Result<BTreeMap<String, String>, Fault> {
    parse_form(query.unwrap_or_default().as_bytes())
}

/// Decodes a form, which is spelled like a query.
pub(super) fn parse_form(form: &[u8]) -> Result<BTreeMap<String, String>, Fault> {
    let mut map = BTreeMap::new();
    for (number, (name, value)) in url::form_urlencoded::parse(form).enumerate() {
        if number == FORM_PAIRS_MAX {
            return Err(Fault::TooManyPairs);
        }
        map.entry(name.into_owned())
            .or_insert_with(|| value.into_owned());
    }
    Ok(map)
}
