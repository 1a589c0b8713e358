//! The settings and keys of the recorded servers, from instances.json.

use super::json::{Escaping, Json};
use super::token;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::{hmac, signature};
use data_encoding::BASE64URL_NOPAD;

/// The one instance that does not have the common settings.
const WITHOUT_COMMON: &str = "bare";

/// Access tokens live this long unless an instance says otherwise, in seconds.
const LIFETIME_DEFAULT_SECONDS: i64 = 3600;

/// All recorded servers.
#[derive(Clone, Debug)]
pub(crate) struct Instances {
    json: Json,
}

impl Instances {
    /// Reads the text of instances.json.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        Json::parse(text).map(|json| Self { json })
    }

    /// The literal API key called `name` there: `service_role_jwt` or `anon_jwt`.
    pub(crate) fn api_key(&self, name: &str) -> &str {
        self.json
            .get(name)
            .and_then(Json::as_text)
            .unwrap_or_default()
    }

    /// The environment of the server called `instance`: names and values, templates filled in,
    /// values that are JSON (the signing keys) as JSON text.
    pub(crate) fn settings(&self, instance: &str) -> Vec<(String, String)> {
        let of = |json: Option<&Json>| json.map_or(&[][..], Json::members).to_vec();
        let own = of(self.json.get("instances").and_then(|all| all.get(instance)));
        let mut all = if instance == WITHOUT_COMMON {
            Vec::new()
        } else {
            of(self.json.get("common"))
        };
        all.retain(|(name, _)| !own.iter().any(|(other, _)| other == name));
        all.extend(own);
        let template = self.api_key("template_A");
        all.into_iter()
            .map(|(name, value)| match value {
                Json::Text(text) if text == "<template A>" => (name, template.to_owned()),
                Json::Text(text) => (name, text),
                other => (name, other.write(Escaping::Plain)),
            })
            .collect()
    }

    /// How many seconds an access token of `instance` lives.
    pub(crate) fn lifetime_seconds(&self, instance: &str) -> i64 {
        let seconds = self
            .setting(instance, "GOTRUE_JWT_EXP")
            .and_then(|text| text.parse().ok());
        seconds.unwrap_or(LIFETIME_DEFAULT_SECONDS)
    }

    /// The shared secret of `instance`.
    pub(crate) fn secret(&self, instance: &str) -> String {
        self.setting(instance, "GOTRUE_JWT_SECRET")
            .unwrap_or_default()
    }

    /// Signs a JWT as `instance` would: with the key that the header's `kid` names, or else with
    /// the shared secret.
    pub(crate) fn sign(
        &self,
        instance: &str,
        header: &Json,
        claims: &Json,
    ) -> Result<String, String> {
        let input = token::signing_input(header, claims);
        let message = input.as_bytes();
        let bytes = match self.key(instance, header) {
            Some(key) if is_kind(&key, "RSA") => sign_rsa(&key, message)?,
            Some(key) if is_kind(&key, "EC") => sign_ec(&key, message)?,
            _ => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, self.secret(instance).as_bytes());
                hmac::sign(&key, message).as_ref().to_vec()
            }
        };
        Ok(format!("{input}.{}", BASE64URL_NOPAD.encode(&bytes)))
    }

    /// Checks the signature of a JWT that `instance` issued.
    pub(crate) fn verify(&self, instance: &str, jwt: &str) -> Result<(), String> {
        let (header, _) = token::decode(jwt)?;
        let (input, signature) = jwt.rsplit_once('.').ok_or("a JWT has three parts")?;
        let signature = BASE64URL_NOPAD
            .decode(signature.as_bytes())
            .map_err(|error| format!("the signature is no base64url: {error}"))?;
        let algorithm = header
            .get("alg")
            .and_then(Json::as_text)
            .unwrap_or_default();
        let message = input.as_bytes();
        let verified = match (self.key(instance, &header), algorithm) {
            (Some(key), "RS256") => signature::RsaPublicKeyComponents {
                n: bytes_of(&key, "n")?,
                e: bytes_of(&key, "e")?,
            }
            .verify(&signature::RSA_PKCS1_2048_8192_SHA256, message, &signature)
            .is_ok(),
            (Some(key), "ES256") => {
                signature::UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point(&key)?)
                    .verify(message, &signature)
                    .is_ok()
            }
            (None, "HS256") => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, self.secret(instance).as_bytes());
                hmac::verify(&key, message, &signature).is_ok()
            }
            _ => return Err(format!("no key of `{instance}` signs with `{algorithm}`")),
        };
        verified
            .then_some(())
            .ok_or_else(|| format!("the {algorithm} signature is wrong"))
    }

    fn setting(&self, instance: &str, name: &str) -> Option<String> {
        let settings = self.settings(instance);
        settings
            .into_iter()
            .find(|(other, _)| other == name)
            .map(|(_, value)| value)
    }

    /// The JWK that the header's `kid` names, if it names one.
    fn key(&self, instance: &str, header: &Json) -> Option<Json> {
        let kid = header.get("kid")?;
        let keys = Json::parse(&self.setting(instance, "GOTRUE_JWT_KEYS")?).ok()?;
        keys.elements()
            .iter()
            .find(|key| key.get("kid") == Some(kid))
            .cloned()
    }
}

fn is_kind(key: &Json, kind: &str) -> bool {
    key.get("kty").and_then(Json::as_text) == Some(kind)
}

fn bytes_of(key: &Json, member: &str) -> Result<Vec<u8>, String> {
    let text = key.get(member).and_then(Json::as_text).unwrap_or_default();
    BASE64URL_NOPAD
        .decode(text.as_bytes())
        .map_err(|error| format!("`{member}`: {error}"))
}

/// The uncompressed point of SEC 1: 4, x, y.
fn point(key: &Json) -> Result<Vec<u8>, String> {
    Ok([vec![4], bytes_of(key, "x")?, bytes_of(key, "y")?].concat())
}

fn sign_ec(key: &Json, message: &[u8]) -> Result<Vec<u8>, String> {
    let pair = signature::EcdsaKeyPair::from_private_key_and_public_key(
        &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
        &bytes_of(key, "d")?,
        &point(key)?,
    )
    .map_err(|error| error.to_string())?;
    let signature = pair
        .sign(&SystemRandom::new(), message)
        .map_err(|error| error.to_string())?;
    Ok(signature.as_ref().to_vec())
}

fn sign_rsa(key: &Json, message: &[u8]) -> Result<Vec<u8>, String> {
    // RSAPrivateKey of RFC 8017, appendix A.1.2: version 0 and the eight numbers in this order.
    let mut numbers = der(0x02, &[0]);
    for member in ["n", "e", "d", "p", "q", "dp", "dq", "qi"] {
        // A leading zero keeps the number positive; DER forbids it where it is not needed.
        let mut number = bytes_of(key, member)?;
        if number.first().is_some_and(|byte| byte & 0x80 != 0) {
            number.insert(0, 0);
        }
        numbers.extend(der(0x02, &number));
    }
    let pair =
        signature::RsaKeyPair::from_der(&der(0x30, &numbers)).map_err(|error| error.to_string())?;
    let mut bytes = vec![0; pair.public_modulus_len()];
    pair.sign(
        &signature::RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        message,
        &mut bytes,
    )
    .map_err(|error| error.to_string())?;
    Ok(bytes)
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len();
    let mut bytes = vec![tag];
    match (u8::try_from(length), u16::try_from(length)) {
        (Ok(short), _) if short < 0x80 => bytes.push(short),
        (Ok(short), _) => bytes.extend([0x81, short]),
        (_, Ok(long)) => {
            bytes.push(0x82);
            bytes.extend(long.to_be_bytes());
        }
        _ => unreachable!("no key of the recordings is longer than 64 KiB"),
    }
    bytes.extend(content);
    bytes
}
