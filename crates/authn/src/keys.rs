//! The keys that sign and verify access tokens: parsed once, each pinned to one algorithm.

use crate::keys::jwk::Jwk;
use crate::keys::method::Method;
use crate::keys::signatures::Signatures;
use crate::keys::signer::Signer;
use aws_lc_rs::agreement;
use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::DecodingKey;
use jsonwebtoken::crypto::aws_lc;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use types::limits::JWT_SECRET_BYTES_MIN;
use types::{Entropy, Secret};
use zeroize::Zeroizing;

#[cfg(test)]
pub(crate) mod fixture;
mod jwk;
pub(crate) mod method;
mod signatures;
mod signer;

/// One signing key and all keys that tokens are accepted from. Cloning shares them.
#[derive(Clone)]
pub struct KeySet(Arc<Keys>);

struct Keys {
    signing: SigningKey,
    /// By `kid`.
    listed: BTreeMap<String, VerifyingKey>,
    /// Verifies HS256 tokens that name no listed key.
    secret: Option<VerifyingKey>,
    /// The algorithms that tokens are accepted with.
    methods: Vec<Method>,
    public: Value,
    signatures: Signatures,
}

struct SigningKey {
    method: Method,
    kid: Option<String>,
    signer: Signer,
    /// The encoded header of every token, up to and including the dot.
    header: String,
}

/// A key that verifies signatures of one algorithm.
pub(crate) struct VerifyingKey {
    pub(crate) method: Method,
    pub(crate) key: DecodingKey,
}

/// Why keys cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A secret that could be guessed from one token (RFC 7518 section 3.2).
    #[error("the signing secret has {0} bytes, at least {JWT_SECRET_BYTES_MIN} are required")]
    WeakSecret(usize),
    /// Neither a key, nor an array of keys, nor a key set (RFC 7517).
    #[error("the signing keys are not JSON web keys")]
    NotJwks,
    /// Keys are found by their ids.
    #[error("a signing key has no `kid`")]
    MissingKid,
    /// Two keys with one id.
    #[error("two signing keys have the kid `{0}`")]
    DuplicateKid(String),
    /// An algorithm that this server does not have, or that is none.
    #[error("the signing algorithm `{0}` is not supported")]
    UnsupportedAlgorithm(String),
    /// A member of a key is missing, wrong or contradicts another.
    #[error("the signing key `{kid}` is unusable: {fault}")]
    Unusable {
        /// Which key.
        kid: String,
        /// What is wrong.
        fault: &'static str,
    },
    /// Not exactly one key says that it signs.
    #[error("exactly one signing key must have the key operation `sign`, but {0} have")]
    SigningKeys(usize),
    /// The server would refuse its own tokens.
    #[error("the signing key's algorithm `{0}` is not among the valid methods")]
    SigningMethodNotValid(String),
    /// The random bytes gave no key.
    #[error("no signing key could be generated")]
    NotGenerated,
    /// A token could not be signed.
    #[error("a token could not be signed")]
    NotSigned,
}

impl KeySet {
    /// One secret for HS256, without a key id: `GOTRUE_JWT_SECRET`.
    pub fn from_secret(secret: &Secret<String>) -> Result<Self, KeyError> {
        Self::from_optionally_named_secret(secret, None)
    }

    /// As [`KeySet::from_secret`], with a key id in the header of each token:
    /// `GOTRUE_JWT_KEY_ID`.
    pub fn from_named_secret(secret: &Secret<String>, kid: &str) -> Result<Self, KeyError> {
        Self::from_optionally_named_secret(secret, Some(kid.to_owned()))
    }

    /// Private keys as JSON (RFC 7517): an array as in `GOTRUE_JWT_KEYS`, a key set, or one key.
    /// Exactly one has the key operation `sign`; the others verify. `secret` verifies HS256 tokens
    /// that name no listed key. Tokens are accepted with the algorithms of the listed keys, or,
    /// when given, with `valid_methods` only.
    pub fn from_jwks(
        json: &str,
        secret: Option<&Secret<String>>,
        valid_methods: &[String],
    ) -> Result<Self, KeyError> {
        let mut listed = BTreeMap::new();
        let mut public = BTreeMap::new();
        let mut signers = Vec::new();
        for jwk in Jwk::parse_all(json)? {
            let kid = jwk.kid()?.to_owned();
            let method = jwk.method()?;
            if jwk.signs() {
                signers.push((kid.clone(), method, jwk.signer()?));
            }
            public.extend(jwk.public()?.map(|public| (kid.clone(), public)));
            let key = jwk.verifier()?;
            let verifying = VerifyingKey { method, key };
            if listed.insert(kid.clone(), verifying).is_some() {
                return Err(KeyError::DuplicateKid(kid));
            }
        }
        let count = signers.len();
        let (Some((kid, method, signer)), 1) = (signers.pop(), count) else {
            return Err(KeyError::SigningKeys(count));
        };
        let methods = if valid_methods.is_empty() {
            listed.values().map(|key| key.method).collect()
        } else {
            let named = valid_methods.iter().map(|name| Method::supported(name));
            named.collect::<Result<Vec<_>, _>>()?
        };
        if !methods.contains(&method) {
            return Err(KeyError::SigningMethodNotValid(method.name().to_owned()));
        }
        let secret = secret.filter(|_| methods.contains(&Method::Hs256));
        Ok(Self::new(Keys {
            signing: SigningKey::new(method, Some(kid), signer),
            listed,
            secret: secret.map(hmac_verifier).transpose()?,
            methods,
            public: json!({ "keys": public.into_values().collect::<Vec<_>>() }),
            signatures: Signatures::new(),
        }))
    }

    /// A new P-256 key (ES256), and the private JSON web key that [`KeySet::from_jwks`] reads
    /// again. Its `kid` is its thumbprint (RFC 7638).
    pub fn generate_es256(entropy: &dyn Entropy) -> Result<(String, Self), KeyError> {
        let mut scalar = Zeroizing::new([0; 32]);
        // One of four thousand million scalars is not below the order of the curve.
        let private = (0..4).find_map(|_| {
            entropy.fill(scalar.as_mut());
            agreement::PrivateKey::from_private_key(&agreement::ECDH_P256, scalar.as_ref()).ok()
        });
        let point = private.and_then(|private| private.compute_public_key().ok());
        let point = point.ok_or(KeyError::NotGenerated)?;
        let coordinates = point
            .as_ref()
            .get(1..)
            .and_then(|xy| xy.split_at_checked(32));
        let (x, y) = coordinates.ok_or(KeyError::NotGenerated)?;
        let (x, y) = (BASE64URL_NOPAD.encode(x), BASE64URL_NOPAD.encode(y));
        let members = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        let kid = BASE64URL_NOPAD.encode(digest(&SHA256, members.as_bytes()).as_ref());
        let jwk = json!({
            "alg": "ES256",
            "crv": "P-256",
            "d": BASE64URL_NOPAD.encode(scalar.as_ref()),
            "key_ops": ["sign", "verify"],
            "kid": kid,
            "kty": "EC",
            "use": "sig",
            "x": x,
            "y": y,
        })
        .to_string();
        let keys = Self::from_jwks(&jwk, None, &[])?;
        Ok((jwk, keys))
    }

    /// The public key set (RFC 7517 section 5), in the order of the key ids: asymmetric keys only.
    pub fn public_jwks(&self) -> Value {
        self.0.public.clone()
    }

    /// The algorithm of new tokens, as their header names it.
    pub fn signing_algorithm(&self) -> &str {
        self.0.signing.method.name()
    }

    /// The key id in the header of new tokens.
    pub fn signing_kid(&self) -> Option<&str> {
        self.0.signing.kid.as_deref()
    }

    /// Signs `payload` as a compact JWS (RFC 7515 section 7.1).
    pub(crate) fn sign(&self, payload: &[u8]) -> Result<String, KeyError> {
        let signing = &self.0.signing;
        let mut token = signing.header.clone();
        BASE64URL_NOPAD.encode_append(payload, &mut token);
        let signature = signing.signer.sign(token.as_bytes());
        token.push('.');
        BASE64URL_NOPAD.encode_append(&signature.ok_or(KeyError::NotSigned)?, &mut token);
        Ok(token)
    }

    /// Whether tokens of this algorithm are accepted at all.
    pub(crate) fn accepts(&self, method: Method) -> bool {
        self.0.methods.contains(&method)
    }

    /// The key for a token: the listed one that it names, else the secret when it is HS256.
    pub(crate) fn find(&self, kid: Option<&str>, method: Method) -> Option<&VerifyingKey> {
        let listed = kid.and_then(|kid| self.0.listed.get(kid));
        let secret = self.0.secret.as_ref();
        listed.or_else(|| secret.filter(|_| method == Method::Hs256))
    }

    /// The signatures that these keys have found good.
    pub(crate) fn signatures(&self) -> &Signatures {
        &self.0.signatures
    }

    fn from_optionally_named_secret(
        secret: &Secret<String>,
        kid: Option<String>,
    ) -> Result<Self, KeyError> {
        let verifier = hmac_verifier(secret)?;
        let signer = Signer::hmac(secret.expose().as_bytes());
        Ok(Self::new(Keys {
            signing: SigningKey::new(Method::Hs256, kid, signer),
            listed: BTreeMap::new(),
            secret: Some(verifier),
            methods: vec![Method::Hs256],
            public: json!({ "keys": [] }),
            signatures: Signatures::new(),
        }))
    }

    fn new(keys: Keys) -> Self {
        // Says which of its two cryptographic providers jsonwebtoken must use, even when another
        // crate of the build brings the other one in; refused after the first time.
        let _ = aws_lc::DEFAULT_PROVIDER.install_default();
        Self(Arc::new(keys))
    }
}

impl fmt::Debug for KeySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeySet")
            .field("signing_algorithm", &self.signing_algorithm())
            .field("signing_kid", &self.signing_kid())
            .field("listed", &self.0.listed.keys())
            .field("methods", &self.0.methods)
            .finish_non_exhaustive()
    }
}

impl SigningKey {
    fn new(method: Method, kid: Option<String>, signer: Signer) -> Self {
        let header = match &kid {
            Some(kid) => json!({ "alg": method.name(), "kid": kid, "typ": "JWT" }),
            None => json!({ "alg": method.name(), "typ": "JWT" }),
        };
        let mut header = BASE64URL_NOPAD.encode(header.to_string().as_bytes());
        header.push('.');
        Self {
            method,
            kid,
            signer,
            header,
        }
    }
}

fn hmac_verifier(secret: &Secret<String>) -> Result<VerifyingKey, KeyError> {
    let secret = secret.expose().as_bytes();
    check_secret(secret)?;
    Ok(VerifyingKey {
        method: Method::Hs256,
        key: DecodingKey::from_secret(secret),
    })
}

fn check_secret(secret: &[u8]) -> Result<(), KeyError> {
    if secret.len() < JWT_SECRET_BYTES_MIN {
        return Err(KeyError::WeakSecret(secret.len()));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
