//! JSON web keys (RFC 7517, 7518, 8037): read strictly, checked as far as a key can be checked.

use super::method::{Family, Method};
use super::signer::Signer;
use super::{KeyError, check_secret};
use aws_lc_rs::rsa::KeyPairComponents;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair,
    RsaPublicKeyComponents,
};
use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::DecodingKey;
use serde::Deserialize;
use serde_json::{Value, json};
use zeroize::{Zeroize, Zeroizing};

/// Bytes of the longest public exponent that verifies: 33 bits.
const RSA_EXPONENT_BYTES_MAX: usize = 5;

/// One key, private or public.
#[derive(Deserialize)]
pub(super) struct Jwk {
    kty: Option<String>,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    #[serde(default)]
    key_ops: Vec<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
    d: Option<String>,
    p: Option<String>,
    q: Option<String>,
    dp: Option<String>,
    dq: Option<String>,
    qi: Option<String>,
    k: Option<String>,
}

/// A key set (RFC 7517 section 5).
#[derive(Deserialize)]
struct Jwks {
    keys: Vec<Jwk>,
}

impl Jwk {
    pub(super) fn parse_all(json: &str) -> Result<Vec<Self>, KeyError> {
        // What the parser complains about may be a piece of a key, so its words are dropped.
        serde_json::from_str(json)
            .or_else(|_| serde_json::from_str(json).map(|set: Jwks| set.keys))
            .or_else(|_| serde_json::from_str(json).map(|key| vec![key]))
            .map_err(|_| KeyError::NotJwks)
    }

    pub(super) fn kid(&self) -> Result<&str, KeyError> {
        let kid = self.kid.as_deref().filter(|kid| !kid.is_empty());
        kid.ok_or(KeyError::MissingKid)
    }

    /// The algorithm, which must fit the type of the key.
    pub(super) fn method(&self) -> Result<Method, KeyError> {
        let name = self.alg.as_deref();
        let method = Method::supported(name.ok_or_else(|| self.unusable("`alg` is missing"))?)?;
        let (kty, crv) = match method.family() {
            Family::Hmac => ("oct", None),
            Family::Rsa => ("RSA", None),
            Family::Ecdsa => ("EC", Some("P-256")),
            Family::Ed25519 => ("OKP", Some("Ed25519")),
        };
        if self.kty.as_deref() != Some(kty) {
            return Err(self.unusable("`kty` does not fit `alg`"));
        }
        if self.crv.as_deref() != crv {
            return Err(self.unusable("`crv` does not fit `alg`"));
        }
        if self.usage.as_deref().is_some_and(|usage| usage != "sig") {
            return Err(self.unusable("`use` is not `sig`"));
        }
        Ok(method)
    }

    pub(super) fn signs(&self) -> bool {
        self.key_ops.iter().any(|operation| operation == "sign")
    }

    /// The key that verifies.
    pub(super) fn verifier(&self) -> Result<DecodingKey, KeyError> {
        match self.method()?.family() {
            Family::Hmac => Ok(DecodingKey::from_secret(&self.secret()?)),
            Family::Rsa => {
                let public = self.rsa_public()?;
                let key = DecodingKey::from_rsa_raw_components(&public.n, &public.e);
                Ok(key)
            }
            Family::Ecdsa => Ok(DecodingKey::from_ec_der(&self.point()?)),
            Family::Ed25519 => Ok(DecodingKey::from_ed_der(&self.ed25519_public()?)),
        }
    }

    /// The key that signs.
    pub(super) fn signer(&self) -> Result<Signer, KeyError> {
        let method = self.method()?;
        let private = |member: &Option<String>| self.bytes(member.as_deref()).map(Zeroizing::new);
        let signer = match method.family() {
            Family::Hmac => Some(Signer::hmac(&self.secret()?)),
            Family::Rsa => RsaKeyPair::from_components(&KeyPairComponents {
                public_key: self.rsa_public()?,
                d: private(&self.d)?,
                p: private(&self.p)?,
                q: private(&self.q)?,
                dP: private(&self.dp)?,
                dQ: private(&self.dq)?,
                qInv: private(&self.qi)?,
            })
            .ok()
            .map(|key| Signer::rsa(method, key)),
            Family::Ecdsa => Signer::ecdsa(&private(&self.d)?, &self.point()?),
            Family::Ed25519 => Signer::ed25519(&private(&self.d)?, &self.ed25519_public()?),
        };
        signer.ok_or_else(|| self.unusable("its private and public members do not fit"))
    }

    /// The public key as it is published; `None` for a secret.
    pub(super) fn public(&self) -> Result<Option<Value>, KeyError> {
        let (alg, kid) = (self.method()?.name(), self.kid()?);
        Ok(match self.method()?.family() {
            Family::Hmac => None,
            Family::Rsa => Some(json!({
                "alg": alg, "e": self.e, "key_ops": ["verify"], "kid": kid, "kty": "RSA",
                "n": self.n, "use": "sig",
            })),
            Family::Ecdsa => Some(json!({
                "alg": alg, "crv": self.crv, "key_ops": ["verify"], "kid": kid, "kty": "EC",
                "use": "sig", "x": self.x, "y": self.y,
            })),
            Family::Ed25519 => Some(json!({
                "alg": alg, "crv": self.crv, "key_ops": ["verify"], "kid": kid, "kty": "OKP",
                "use": "sig", "x": self.x,
            })),
        })
    }

    fn secret(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let secret = self.bytes(self.k.as_deref())?;
        check_secret(&secret)?;
        Ok(Zeroizing::new(secret))
    }

    /// The public point of a P-256 key, uncompressed (SEC 1 section 2.3.3).
    fn point(&self) -> Result<Vec<u8>, KeyError> {
        let (x, y) = (
            self.bytes(self.x.as_deref())?,
            self.bytes(self.y.as_deref())?,
        );
        let point = [&[4], x.as_slice(), y.as_slice()].concat();
        let on_curve = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &point).is_ok();
        if x.len() != 32 || y.len() != 32 || !on_curve {
            return Err(self.unusable("`x` and `y` are no point of the curve"));
        }
        Ok(point)
    }

    fn ed25519_public(&self) -> Result<Vec<u8>, KeyError> {
        let public = self.bytes(self.x.as_deref())?;
        if ParsedPublicKey::new(&ED25519, &public).is_err() {
            return Err(self.unusable("`x` is no point of the curve"));
        }
        Ok(public)
    }

    fn rsa_public(&self) -> Result<RsaPublicKeyComponents<Vec<u8>>, KeyError> {
        let (n, e) = (
            self.bytes(self.n.as_deref())?,
            self.bytes(self.e.as_deref())?,
        );
        let top_bit_missing = n.first().is_none_or(|&first| first < 0x80);
        if n.len() < 256 || n.len() > 1024 || (n.len() == 256 && top_bit_missing) {
            return Err(self.unusable("`n` has fewer than 2048 or more than 8192 bits"));
        }
        // With an even or tiny exponent anybody could sign; the parser below lets both pass.
        let odd = e.last().is_some_and(|last| last % 2 == 1);
        let sound = odd && e.as_slice() != [1] && e.len() <= RSA_EXPONENT_BYTES_MAX;
        let public = RsaPublicKeyComponents { n, e };
        let parsed = public.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256);
        if !sound || parsed.is_err() {
            return Err(self.unusable("`n` and `e` are no RSA key"));
        }
        Ok(public)
    }

    fn bytes(&self, member: Option<&str>) -> Result<Vec<u8>, KeyError> {
        let text = member.ok_or_else(|| self.unusable("a member is missing"))?;
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes());
        bytes.map_err(|_| self.unusable("a member is not base64url without padding"))
    }

    fn unusable(&self, fault: &'static str) -> KeyError {
        KeyError::Unusable {
            kid: self.kid.clone().unwrap_or_default(),
            fault,
        }
    }
}

impl Drop for Jwk {
    fn drop(&mut self) {
        let Self {
            d,
            p,
            q,
            dp,
            dq,
            qi,
            k,
            ..
        } = self;
        for private in [d, p, q, dp, dq, qi, k] {
            private.zeroize();
        }
    }
}
