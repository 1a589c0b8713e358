//! `[keys]`: what signs and verifies access tokens.

use super::key::{Section, key};
use super::kind::Kind::{List, Secret as SecretText, Text};
use super::problem::Fault;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use types::Secret;

pub(crate) const KEYS: Section = Section {
    name: "keys",
    about: "What signs and verifies access tokens; generated in the data directory when nothing \
     is given.",
    keys: &[
        key(
            "keys.jwt_secret",
            SecretText,
            "The secret of HS256, shared with the application; at least 32 bytes.",
        ),
        key(
            "keys.jwt_key_id",
            Text,
            "The `kid` of tokens signed with that secret; may be empty.",
        ),
        key(
            "keys.jwks",
            SecretText,
            "A JSON array of private JWKs (RFC 7517), of which exactly one has the operation \
             `sign`.",
        ),
        key(
            "keys.verify_algorithms",
            List,
            "Algorithms that are accepted; empty means those of the keys. That of the key that \
             signs must be among them.",
        ),
    ],
};

/// What signs and verifies access tokens. With neither secret nor keys, the server generates an
/// ES256 key on its first start.
#[derive(Debug, Clone, Default)]
pub struct KeySources {
    /// The secret of HS256.
    pub jwt_secret: Option<Secret<String>>,
    /// The `kid` of tokens signed with the secret; empty: none.
    pub jwt_key_id: String,
    /// A JSON array of private JWKs, one of which signs.
    pub jwks: Option<Secret<String>>,
    /// Algorithms that are accepted; empty: those of the keys.
    pub verify_algorithms: Vec<String>,
}

/// `[keys]` as it is written, but for the secrets.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct KeysSection {
    pub(crate) jwt_key_id: String,
    pub(crate) verify_algorithms: Vec<String>,
}

/// How reachable the server is, which decides what a secret must withstand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// Listens on loopback, and every URL is loopback.
    Loopback,
    Network,
}

/// Algorithms that tokens can be signed with.
pub(crate) const ALGORITHMS: &[&str] = &["HS256", "RS256", "RS512", "ES256", "ES512", "EdDSA"];

/// RFC 7518 section 3.2: an HS256 key is at least as long as the hash.
const SECRET_BYTES_LEAST: usize = 32;
/// Fewer different bytes than this were not made by chance.
const DIFFERENT_BYTES_LEAST: usize = 8;
/// Secrets printed in public documentation; everybody can sign tokens with them.
const PUBLISHED_SECRETS: &[&str] = &[
    "super-secret-jwt-token-with-at-least-32-characters-long",
    "your-super-secret-jwt-token-with-at-least-32-characters-long",
];
const MAKE_ONE: &str = "make one with `openssl rand -base64 48`";

/// Refuses a secret that can be guessed.
pub(crate) fn check_secret(secret: &[u8], reach: Reach) -> Result<(), Fault> {
    if secret.len() < SECRET_BYTES_LEAST {
        let bytes = secret.len();
        return Err(Fault::new(
            format!("the secret has {bytes} bytes; HS256 needs {SECRET_BYTES_LEAST}"),
            MAKE_ONE,
        ));
    }
    if is_repetitive(secret) {
        return Err(Fault::new(
            "the secret repeats a few characters and can be guessed",
            MAKE_ONE,
        ));
    }
    let published = PUBLISHED_SECRETS
        .iter()
        .any(|text| text.as_bytes() == secret);
    if published && reach == Reach::Network {
        return Err(Fault::new(
            "the secret is the published example: everybody can sign tokens with it",
            MAKE_ONE,
        ));
    }
    Ok(())
}

/// A few characters over and over, which no chance makes.
pub(crate) fn is_repetitive(secret: &[u8]) -> bool {
    let different: BTreeSet<u8> = secret.iter().copied().collect();
    different.len() < DIFFERENT_BYTES_LEAST
}

/// A list of keys, or a key set (RFC 7517 section 5).
#[derive(Deserialize)]
#[serde(untagged)]
enum Jwks {
    List(Vec<Jwk>),
    Set { keys: Vec<Jwk> },
}

#[derive(Deserialize)]
struct Jwk {
    #[serde(default)]
    kid: String,
    kty: String,
    #[serde(default)]
    key_ops: Vec<String>,
    k: Option<String>,
}

/// Checks the shape of private keys: one signs, no two share an id, shared secrets are strong.
pub(crate) fn check_jwks(text: &Secret<String>, reach: Reach) -> Result<(), Fault> {
    let expected = "give a JSON array of private JWKs";
    let parsed = serde_json::from_str(text.expose());
    let (Jwks::List(keys) | Jwks::Set { keys }) =
        parsed.map_err(|_| Fault::new("this is no array of JWKs", expected))?;
    let signers = keys
        .iter()
        .filter(|key| key.key_ops.iter().any(|operation| operation == "sign"))
        .count();
    if signers != 1 {
        return Err(Fault::new(
            format!("{signers} keys have the operation `sign`"),
            "give it to exactly one key; others with `verify` stay accepted",
        ));
    }
    let mut ids = BTreeSet::new();
    for key in &keys {
        if key.kid.is_empty() {
            let advice = "give every key its own kid";
            return Err(Fault::new("a key has no `kid`", advice));
        }
        if !ids.insert(&key.kid) {
            return Err(Fault::new(
                format!("two keys have the id `{}`", key.kid),
                "give every key its own kid",
            ));
        }
        if key.kty == "oct" {
            let secret = key.k.as_deref().unwrap_or_default();
            let secret = data_encoding::BASE64URL_NOPAD
                .decode(secret.trim_end_matches('=').as_bytes())
                .map_err(|_| Fault::new("the `k` of a key is not base64url", expected))?;
            check_secret(&secret, reach)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Result<(), String> {
        check_secret(text.as_bytes(), Reach::Network)
            .map_err(|f| format!("{}; {}", f.what, f.advice))
    }

    #[test]
    fn weak_secrets_are_refused_with_the_reason() {
        for (text, fault) in [
            (
                "thirty-one-bytes-are-too-few-01",
                "the secret has 31 bytes; HS256 needs 32; make one with `openssl rand -base64 48`",
            ),
            (
                "abcabcabcabcabcabcabcabcabcabcabcabc",
                "the secret repeats a few characters and can be guessed; make one with \
                 `openssl rand -base64 48`",
            ),
            (
                "super-secret-jwt-token-with-at-least-32-characters-long",
                "the secret is the published example: everybody can sign tokens with it; make \
                 one with `openssl rand -base64 48`",
            ),
        ] {
            assert_eq!(secret(text), Err(fault.to_owned()));
        }
        assert_eq!(
            secret("golden-secret-golden-secret-golden-secret-0001"),
            Ok(())
        );
    }

    #[test]
    fn the_published_secret_works_on_loopback_only() {
        let published = PUBLISHED_SECRETS[0].as_bytes();
        assert_eq!(check_secret(published, Reach::Loopback), Ok(()));
        assert!(check_secret(published, Reach::Network).is_err());
        assert!(check_secret(b"short", Reach::Loopback).is_err());
    }

    fn jwks(text: &str) -> Result<(), String> {
        check_jwks(&Secret::new(text.to_owned()), Reach::Network)
            .map_err(|fault| format!("{}; {}", fault.what, fault.advice))
    }

    #[test]
    fn exactly_one_key_signs_and_ids_differ() {
        let sign = r#"{"kty":"EC","kid":"a","key_ops":["sign","verify"]}"#;
        let verify = r#"{"kty":"EC","kid":"b","key_ops":["verify"]}"#;
        let short = r#"{"kty":"oct","kid":"c","k":"c2hvcnQ"}"#;
        assert_eq!(jwks(&format!("[{sign},{verify}]")), Ok(()));
        assert_eq!(jwks(&format!("{{\"keys\":[{sign}]}}")), Ok(()));
        for (keys, fault) in [
            (
                format!("[{verify}]"),
                "0 keys have the operation `sign`; give it to exactly one key; others with \
                 `verify` stay accepted",
            ),
            (
                format!("[{sign},{verify},{verify}]"),
                "two keys have the id `b`; give every key its own kid",
            ),
            (
                format!("[{sign},{short}]"),
                "the secret has 5 bytes; HS256 needs 32; make one with `openssl rand -base64 48`",
            ),
            (
                format!("[{sign},{{\"kty\":\"EC\"}}]"),
                "a key has no `kid`; give every key its own kid",
            ),
            (
                "{".to_owned(),
                "this is no array of JWKs; give a JSON array of private JWKs",
            ),
        ] {
            assert_eq!(jwks(&keys), Err(fault.to_owned()));
        }
    }
}
