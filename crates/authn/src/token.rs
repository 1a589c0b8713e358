//! Access tokens and API keys: JSON web tokens (RFC 7519) as GoTrue writes and reads them.

use crate::keys::{KeyError, KeySet};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::fmt;
use types::{SessionId, Time, UserId};

mod claims;
mod error;
mod parse;

pub use error::TokenError;

/// The claims of an access token, in the order in which GoTrue writes them.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Claims {
    /// Who issued the token; left out when no issuer is configured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    /// The user.
    pub sub: UserId,
    /// Whom the token is for; present even when empty.
    pub aud: String,
    /// The token is good before this time, in seconds since the Unix epoch.
    pub exp: i64,
    /// When the token was made, in seconds since the Unix epoch.
    pub iat: i64,
    /// The user's e-mail address; empty when there is none.
    pub email: String,
    /// The user's phone number; empty when there is none.
    pub phone: String,
    /// What administrators know about the user: an object.
    pub app_metadata: Value,
    /// What the user may change: an object.
    pub user_metadata: Value,
    /// The database role of the user; may be empty.
    pub role: String,
    /// The authenticator assurance level: `aal1` or `aal2`.
    pub aal: String,
    /// How the user proved who they are, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub amr: Vec<AmrEntry>,
    /// The session that the token belongs to.
    pub session_id: SessionId,
    /// The user signed in without any contact.
    pub is_anonymous: bool,
    /// The client of the OAuth server that the token was made for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<String>,
    /// What that client may do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}

/// One way in which a user proved who they are (RFC 8176, with more than its values).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AmrEntry {
    /// `password`, `otp`, `totp`, `oauth`, ...
    pub method: String,
    /// When, in seconds since the Unix epoch.
    pub timestamp: i64,
    /// The provider, for single sign-on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
}

/// The two roles of API keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiKeyRole {
    /// What everybody may do.
    Anon,
    /// What only servers may do: everything.
    ServiceRole,
}

/// The claims of a token whose signature and times are good. Nothing else has been checked: whether
/// the session lives, and whether the audience is the right one, is for the caller.
#[derive(Clone, PartialEq)]
pub struct Verified {
    /// The user, as text; `None` when missing or empty, as in API keys.
    pub sub: Option<String>,
    /// The session, as text; `None` when missing or empty.
    pub session_id: Option<String>,
    /// Empty when missing.
    pub role: String,
    /// One audience, several, or none.
    pub aud: Vec<String>,
    /// Empty when missing.
    pub iss: String,
    /// Seconds since the Unix epoch; a token without it never expires.
    pub exp: Option<i64>,
    /// Seconds since the Unix epoch.
    pub iat: Option<i64>,
    /// Empty when missing.
    pub aal: String,
    /// Empty when missing.
    pub amr: Vec<AmrEntry>,
    /// Empty when missing.
    pub email: String,
    /// Empty when missing.
    pub phone: String,
    /// False when missing.
    pub is_anonymous: bool,
    /// The client of the OAuth server that the token was made for.
    pub client_id: Option<String>,
    /// What that client may do.
    pub scope: Option<String>,
    /// Everything that the token says.
    pub claims: Map<String, Value>,
}

impl KeySet {
    /// Signs an access token.
    pub fn mint(&self, claims: &Claims) -> Result<String, KeyError> {
        let payload = serde_json::to_vec(claims).map_err(|_| KeyError::NotSigned)?;
        self.sign(&payload)
    }

    /// Signs an API key: a token without user and session. Times are in seconds since the Unix
    /// epoch.
    pub fn mint_api_key(&self, role: ApiKeyRole, iat: i64, exp: i64) -> Result<String, KeyError> {
        let role = role.as_str();
        let payload = format!(r#"{{"role":"{role}","iat":{iat},"exp":{exp}}}"#);
        self.sign(payload.as_bytes())
    }

    /// Checks a token's form, algorithm, signature, `exp` and `nbf`. As GoTrue does, a token
    /// without `exp` is accepted, `iat` is not looked at, and there is no leeway.
    pub fn verify(&self, token: &str, now: Time) -> Result<Verified, TokenError> {
        let parsed = parse::parse(token)?;
        let (verified, not_before) = claims::read(parsed.claims)?;
        let method = parsed.header.method(self)?;
        parse::check_base64(parsed.signature, "signature")?;
        parsed.header.check_extensions()?;
        let kid = parsed.header.kid();
        let Some(key) = self.find(kid, method) else {
            return Err(parsed.header.unrecognized());
        };
        if key.method.family() != method.family() {
            return Err(TokenError::wrong_key_type(method));
        }
        let message = parsed.message.as_bytes();
        let algorithm = method.algorithm();
        let verify = || {
            let signature = parsed.signature;
            jsonwebtoken::crypto::verify(signature, message, &key.key, algorithm).unwrap_or(false)
        };
        // The key decides on the algorithm; the header was only allowed to agree.
        let valid = key.method == method && self.signatures().is_good(token, verify);
        if !valid {
            return Err(TokenError::wrong_signature(method));
        }
        let reached = |time: i64| now >= Time::from_unix_seconds(time);
        let expired = verified.exp.is_some_and(reached);
        let premature = not_before.is_some_and(|time| !reached(time));
        if expired || premature {
            return Err(TokenError::InvalidTimes { expired, premature });
        }
        Ok(verified)
    }
}

impl ApiKeyRole {
    /// The value of the claim.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Anon => "anon",
            Self::ServiceRole => "service_role",
        }
    }
}

/// Shows neither contacts nor metadata.
impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims")
            .field("sub", &self.sub)
            .field("session_id", &self.session_id)
            .field("role", &self.role)
            .field("aal", &self.aal)
            .field("exp", &self.exp)
            .finish_non_exhaustive()
    }
}

/// Shows neither contacts nor metadata.
impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("sub", &self.sub)
            .field("session_id", &self.session_id)
            .field("role", &self.role)
            .field("aal", &self.aal)
            .field("exp", &self.exp)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
