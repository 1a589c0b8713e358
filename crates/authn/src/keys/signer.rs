//! Private keys, parsed once and ready to sign.

use super::method::Method;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, RSA_PKCS1_SHA256,
    RSA_PKCS1_SHA512, RsaEncoding, RsaKeyPair,
};

/// A private key. Signing goes to the cryptographic library directly, since `jsonwebtoken` parses
/// and checks the key again for every signature, which more than doubles the cost of RSA.
pub(super) enum Signer {
    Hmac(Box<hmac::Key>),
    Rsa(Box<RsaKeyPair>, &'static dyn RsaEncoding),
    Ecdsa(Box<EcdsaKeyPair>),
    Ed25519(Box<Ed25519KeyPair>),
}

impl Signer {
    pub(super) fn hmac(secret: &[u8]) -> Self {
        Self::Hmac(Box::new(hmac::Key::new(hmac::HMAC_SHA256, secret)))
    }

    pub(super) fn rsa(method: Method, key: RsaKeyPair) -> Self {
        let encoding: &'static dyn RsaEncoding = match method {
            Method::Rs512 => &RSA_PKCS1_SHA512,
            _ => &RSA_PKCS1_SHA256,
        };
        Self::Rsa(Box::new(key), encoding)
    }

    /// P-256; refused when the two halves of the key do not belong together.
    pub(super) fn ecdsa(private: &[u8], point: &[u8]) -> Option<Self> {
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let key = EcdsaKeyPair::from_private_key_and_public_key(algorithm, private, point);
        key.ok().map(|key| Self::Ecdsa(Box::new(key)))
    }

    /// Refused when the two halves of the key do not belong together.
    pub(super) fn ed25519(seed: &[u8], public: &[u8]) -> Option<Self> {
        let key = Ed25519KeyPair::from_seed_and_public_key(seed, public);
        key.ok().map(|key| Self::Ed25519(Box::new(key)))
    }

    /// The signature in the form that JWS prescribes. ECDSA and RSA take their randomness from the
    /// library's own generator.
    pub(super) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Hmac(key) => Some(hmac::sign(key, message).as_ref().to_vec()),
            Self::Rsa(key, encoding) => {
                let mut signature = vec![0; key.public_modulus_len()];
                let random = SystemRandom::new();
                key.sign(*encoding, &random, message, &mut signature).ok()?;
                Some(signature)
            }
            Self::Ecdsa(key) => {
                let signature = key.sign(&SystemRandom::new(), message).ok()?;
                Some(signature.as_ref().to_vec())
            }
            Self::Ed25519(key) => Some(key.try_sign(message).ok()?.as_ref().to_vec()),
        }
    }
}
