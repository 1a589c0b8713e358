//! The signature algorithms that tokens may have (RFC 7518, RFC 8037).

use super::KeyError;
use jsonwebtoken::Algorithm;

/// A supported algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    Hs256,
    Rs256,
    Rs512,
    Es256,
    EdDsa,
}

/// What an algorithm's key is; a key of one family never verifies signatures of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Hmac,
    Rsa,
    Ecdsa,
    Ed25519,
}

impl Method {
    const ALL: [Self; 5] = [
        Self::Hs256,
        Self::Rs256,
        Self::Rs512,
        Self::Es256,
        Self::EdDsa,
    ];

    /// The algorithm of that name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }

    /// As [`Method::named`], for configuration.
    pub(super) fn supported(name: &str) -> Result<Self, KeyError> {
        Self::named(name).ok_or_else(|| KeyError::UnsupportedAlgorithm(name.to_owned()))
    }

    /// The value of `alg`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Hs256 => "HS256",
            Self::Rs256 => "RS256",
            Self::Rs512 => "RS512",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    /// What its key is.
    pub(crate) const fn family(self) -> Family {
        match self {
            Self::Hs256 => Family::Hmac,
            Self::Rs256 | Self::Rs512 => Family::Rsa,
            Self::Es256 => Family::Ecdsa,
            Self::EdDsa => Family::Ed25519,
        }
    }

    /// The same algorithm in the words of the library that verifies.
    pub(crate) const fn algorithm(self) -> Algorithm {
        match self {
            Self::Hs256 => Algorithm::HS256,
            Self::Rs256 => Algorithm::RS256,
            Self::Rs512 => Algorithm::RS512,
            Self::Es256 => Algorithm::ES256,
            Self::EdDsa => Algorithm::EdDSA,
        }
    }
}
