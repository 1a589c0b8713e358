//! Why a token was refused, in the words that clients of GoTrue see.

use crate::keys::method::{Family, Method};
use std::borrow::Cow;

/// Why a token was refused. Displays what GoTrue prints after "invalid JWT: unable to parse or
/// verify signature, ".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It has not the form of a token.
    #[error("token is malformed: {0}")]
    Malformed(Cow<'static, str>),
    /// No key is there to verify it with.
    #[error("token is unverifiable: {0}")]
    Unverifiable(Cow<'static, str>),
    /// Its algorithm or its signature is not accepted.
    #[error("token signature is invalid: {0}")]
    SignatureInvalid(Cow<'static, str>),
    /// It is signed, but too old or too young.
    #[error("token has invalid claims: {}", times((*expired, *premature)))]
    InvalidTimes {
        /// `exp` has been reached.
        expired: bool,
        /// `nbf` has not been reached.
        premature: bool,
    },
}

impl TokenError {
    pub(super) fn malformed(fault: impl Into<Cow<'static, str>>) -> Self {
        Self::Malformed(fault.into())
    }

    pub(super) fn wrong_key_type(method: Method) -> Self {
        let expects = match method.family() {
            Family::Hmac => "HMAC verify expects []byte",
            Family::Rsa => "RSA verify expects *rsa.PublicKey",
            Family::Ecdsa => "ECDSA verify expects *ecdsa.PublicKey",
            Family::Ed25519 => "Ed25519 verify expects ed25519.PublicKey",
        };
        Self::SignatureInvalid(format!("key is of invalid type: {expects}").into())
    }

    pub(super) fn wrong_signature(method: Method) -> Self {
        let fault = match method.family() {
            Family::Hmac => "signature is invalid",
            Family::Rsa => "crypto/rsa: verification error",
            Family::Ecdsa => "crypto/ecdsa: verification error",
            Family::Ed25519 => "ed25519: verification error",
        };
        Self::SignatureInvalid(fault.into())
    }
}

fn times(expired_and_premature: (bool, bool)) -> &'static str {
    match expired_and_premature {
        (true, true) => "token is expired, token is not valid yet",
        (true, false) => "token is expired",
        (false, _) => "token is not valid yet",
    }
}
