//! Errors as redirects tell them.

use super::{OUTAGE_TEXT, UNEXPECTED_TEXT, refusal};
use crate::log::chain;
use authn::Error;
use std::borrow::Cow;

/// What an application learns from a redirect about a failure.
#[derive(Debug)]
pub(in crate::gotrue) struct Told {
    status: u16,
    /// The code.
    pub(in crate::gotrue) code: &'static str,
    /// The text.
    pub(in crate::gotrue) text: Cow<'static, str>,
    /// What went wrong inside, for the log only.
    pub(in crate::gotrue) fault: Option<String>,
}

impl Told {
    /// The `error` of OAuth (RFC 6749 section 4.1.2.1), for the statuses that have one.
    pub(in crate::gotrue) const fn oauth_name(&self) -> Option<&'static str> {
        Some(match self.status {
            400 => "invalid_request",
            401 => "unauthorized_client",
            403 => "access_denied",
            500 => "server_error",
            503 => "temporarily_unavailable",
            _ => return None,
        })
    }
}

/// What to tell about an error.
pub(in crate::gotrue) fn told(error: &Error) -> Told {
    let plain = |status, code, text| Told {
        status,
        code,
        text,
        fault: None,
    };
    match error {
        Error::Refused(refusal) | Error::RefusedSession { refusal, .. } => {
            let (status, code, text) = refusal::words(refusal);
            plain(status, code, text)
        }
        Error::Weak(weak) => plain(422, "weak_password", weak.message.clone().into()),
        Error::Raised(raised) => Told {
            fault: Some(format!("{}: {}", raised.sqlstate, raised.message)),
            ..plain(500, "unexpected_failure", UNEXPECTED_TEXT.into())
        },
        Error::Unavailable { what, source } => Told {
            fault: Some(format!("{what}: {}", chain(source.as_ref()))),
            ..plain(503, "unexpected_failure", OUTAGE_TEXT.into())
        },
        Error::Internal(source) => Told {
            fault: Some(chain(source.as_ref())),
            ..plain(500, "unexpected_failure", UNEXPECTED_TEXT.into())
        },
    }
}
