//! Redirects that bring the outcome of a link to the application, in the fragment or the query.

use crate::gotrue::error::told;
use crate::gotrue::session;
use crate::http::reply::{self, Notes, Reply};
use authn::redirect::{with_error_fragment, with_fragment, with_query};
use authn::verify::Landing;
use authn::{Error, Issued};
use axum::http::StatusCode;

/// Marks our own fragments, so that applications can tell them from their own.
const MARK: (&str, &str) = ("sb", "");

/// Where a link leads in the end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target<'a> {
    /// An allowed URL.
    pub(super) url: &'a str,
    /// The application reads the query: the link ends in a code (RFC 7636).
    pub(super) in_query: bool,
    /// The redirect comes with a short page, as Go adds it for `GET`.
    pub(super) shows_page: bool,
}

/// The outcome of a link that worked.
#[derive(Debug, Clone, Copy)]
pub(super) enum Landed<'a> {
    /// A session, and the `type` of the link.
    Tokens(&'a Issued, &'a str),
    /// A code that the application exchanges.
    Code(&'a str),
    /// Something to show.
    Message(&'a str),
}

impl<'a> Landed<'a> {
    /// The outcome of a verification; `half_done` tells somebody who must open another link too.
    pub(super) fn of(landing: &'a Landing, half_done: &'a str) -> Self {
        match landing {
            Landing::Tokens(issued, link_type) => Self::Tokens(issued, link_type),
            Landing::Code(code) => Self::Code(code),
            Landing::HalfDone => Self::Message(half_done),
        }
    }
}

impl Target<'_> {
    /// Sends the browser on with an outcome.
    pub(super) fn reply(self, landed: Landed<'_>) -> Reply {
        match landed {
            Landed::Tokens(issued, link_type) => {
                let expires_at = issued.expires_at.to_string();
                let expires_in = issued.expires_in.to_string();
                let location = with_fragment(
                    self.url,
                    &[
                        ("access_token", &issued.access_token),
                        ("expires_at", &expires_at),
                        ("expires_in", &expires_in),
                        ("refresh_token", &issued.refresh_token),
                        MARK,
                        ("token_type", "bearer"),
                        ("type", link_type),
                    ],
                );
                let mut reply = self.redirect(&location);
                session::trace(&mut reply, &issued.trace);
                reply
            }
            Landed::Code(code) => {
                let (bare, _) = self.url.split_once('#').unwrap_or((self.url, ""));
                self.redirect(&with_query(bare, &[("code", code)]))
            }
            Landed::Message(text) => {
                let message = ("message", text);
                let base = self.with_query(&[message]);
                self.redirect(&with_fragment(&base, &[message, MARK]))
            }
        }
    }

    /// Sends the browser on with a failure, which the application words or shows.
    pub(super) fn failure(self, error: &Error) -> Reply {
        let told = told::told(error);
        let mut params = vec![("error_code", told.code), ("error_description", &told.text)];
        params.extend(told.oauth_name().map(|name| ("error", name)));
        let base = self.with_query(&params);
        params.push(MARK);
        let mut reply = self.redirect(&with_error_fragment(&base, &params));
        reply.extensions_mut().insert(Notes {
            error_code: Some(told.code.to_owned()),
            fault: told.fault,
        });
        reply
    }

    fn with_query(self, params: &[(&str, &str)]) -> String {
        if self.in_query {
            with_query(self.url, params)
        } else {
            self.url.to_owned()
        }
    }

    /// 303: whatever the method was, the browser goes on with `GET` (RFC 9110 section 15.4.4).
    fn redirect(self, location: &str) -> Reply {
        reply::redirect(StatusCode::SEE_OTHER, location, self.shows_page)
    }
}
