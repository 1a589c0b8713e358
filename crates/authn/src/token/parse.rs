//! From text to header, claims and signature: strictly, and in the order in which GoTrue complains.

use super::TokenError;
use crate::keys::KeySet;
use crate::keys::method::Method;
use data_encoding::{BASE64URL_NOPAD, DecodeKind};
use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;
use types::limits::TOKEN_BYTES_MAX;

/// Longest piece of what a token says that is repeated in an error message, in characters.
const SHOWN_MAX: usize = 100;

/// A token whose parts can be read; nothing has been verified.
pub(super) struct Parsed<'a> {
    pub(super) header: Header,
    pub(super) claims: Map<String, Value>,
    /// What is signed: header, dot, claims.
    pub(super) message: &'a str,
    /// Encoded.
    pub(super) signature: &'a str,
}

pub(super) struct Header(Map<String, Value>);

/// A JSON object that names no member twice: parsers disagree about which one counts.
struct UniqueObject(Map<String, Value>);

pub(super) fn parse(token: &str) -> Result<Parsed<'_>, TokenError> {
    if token.len() > TOKEN_BYTES_MAX {
        return Err(TokenError::malformed("token is too long"));
    }
    let segments = || TokenError::malformed("token contains an invalid number of segments");
    let (message, signature) = token.rsplit_once('.').ok_or_else(segments)?;
    let (header, claims) = message.split_once('.').ok_or_else(segments)?;
    if claims.contains('.') {
        return Err(segments());
    }
    Ok(Parsed {
        header: Header(object(header, "header")?),
        claims: object(claims, "claim")?,
        message,
        signature,
    })
}

/// Refuses what is not exactly base64url without padding, line breaks and stray bits.
pub(super) fn check_base64(text: &str, part: &str) -> Result<(), TokenError> {
    decode(text, part).map(|_| ())
}

impl Header {
    /// The algorithm, if `keys` accept it.
    pub(super) fn method(&self, keys: &KeySet) -> Result<Method, TokenError> {
        let Some(Value::String(name)) = self.0.get("alg") else {
            let fault = "signing method (alg) is unspecified";
            return Err(TokenError::Unverifiable(fault.into()));
        };
        if !REGISTERED.contains(&name.as_str()) {
            let fault = "signing method (alg) is unavailable";
            return Err(TokenError::Unverifiable(fault.into()));
        }
        let method = Method::named(name).filter(|&method| keys.accepts(method));
        method.ok_or_else(|| {
            TokenError::SignatureInvalid(format!("signing method {name} is invalid").into())
        })
    }

    pub(super) fn kid(&self) -> Option<&str> {
        self.0.get("kid").and_then(Value::as_str)
    }

    /// No extension is understood, so none may be critical (RFC 7515 section 4.1.11).
    pub(super) fn check_extensions(&self) -> Result<(), TokenError> {
        if self.0.contains_key("crit") {
            let fault = "header names critical extensions (crit)";
            return Err(TokenError::Unverifiable(fault.into()));
        }
        Ok(())
    }

    pub(super) fn unrecognized(&self) -> TokenError {
        let kid = match self.0.get("kid") {
            None | Some(Value::Null) => "<nil>".to_owned(),
            Some(Value::String(kid)) => shortened(kid),
            Some(other) => shortened(&other.to_string()),
        };
        let algorithm = self
            .0
            .get("alg")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let fault = format!(
            "error while executing keyfunc: unrecognized JWT kid {kid} for algorithm {algorithm}"
        );
        TokenError::Unverifiable(fault.into())
    }
}

/// The algorithms that GoTrue's library knows by name, accepted or not.
const REGISTERED: [&str; 14] = [
    "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256",
    "ES384", "ES512", "EdDSA", "none",
];

fn object(text: &str, part: &str) -> Result<Map<String, Value>, TokenError> {
    let bytes = decode(text, part)?;
    let object: Result<UniqueObject, _> = serde_json::from_slice(&bytes);
    object.map(|object| object.0).map_err(|fault| {
        let fault = shortened(&fault.to_string());
        TokenError::malformed(format!("could not JSON decode {part}: {fault}"))
    })
}

fn shortened(text: &str) -> String {
    text.chars().take(SHOWN_MAX).collect()
}

fn decode(text: &str, part: &str) -> Result<Vec<u8>, TokenError> {
    BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|fault| {
        let foreign = |byte: u8| !(byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        // The position of the first fault from the left, as Go counts.
        let position = match fault.kind {
            DecodeKind::Length => text.bytes().position(foreign).unwrap_or(fault.position),
            _ => fault.position,
        };
        TokenError::malformed(format!(
            "could not base64 decode {part}: illegal base64 data at input byte {position}"
        ))
    })
}

impl<'de> Deserialize<'de> for UniqueObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor;
        impl<'de> Visitor<'de> for ObjectVisitor {
            type Value = UniqueObject;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(
                self,
                mut members: A,
            ) -> Result<UniqueObject, A::Error> {
                let mut object = Map::new();
                while let Some((name, value)) = members.next_entry::<String, Value>()? {
                    if object.insert(name, value).is_some() {
                        return Err(de::Error::custom("a member appears twice"));
                    }
                }
                Ok(UniqueObject(object))
            }
        }
        deserializer.deserialize_map(ObjectVisitor)
    }
}
