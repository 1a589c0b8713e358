//! Access tokens, v2 refresh tokens and one-time codes as the client of a recording sees them.

use super::json::{Escaping, Json};
use aws_lc_rs::{digest, hmac};
use data_encoding::{BASE32_NOPAD, BASE64URL_NOPAD};

/// Header and claims of a compact JWT, unverified.
pub(crate) fn decode(jwt: &str) -> Result<(Json, Json), String> {
    let mut pieces = jwt.split('.');
    let mut next = || -> Result<Json, String> {
        let piece = pieces.next().ok_or("a JWT has three parts")?;
        let bytes = BASE64URL_NOPAD
            .decode(piece.as_bytes())
            .map_err(|error| format!("a part of the JWT is no base64url: {error}"))?;
        let text = String::from_utf8(bytes).map_err(|error| error.to_string())?;
        Json::parse(&text)
    };
    Ok((next()?, next()?))
}

/// What is signed: header and claims, encoded.
pub(crate) fn signing_input(header: &Json, claims: &Json) -> String {
    let encode = |json: &Json| BASE64URL_NOPAD.encode(json.write(Escaping::Plain).as_bytes());
    format!("{}.{}", encode(header), encode(claims))
}

/// Whether two JWTs speak of the same session of the same user.
pub(crate) fn same_session(one: &str, other: &str) -> bool {
    let identity = |jwt: &str| {
        let (_, claims) = decode(jwt).ok()?;
        Some((
            claims.get("sub")?.clone(),
            claims.get("session_id")?.clone(),
        ))
    };
    match (identity(one), identity(other)) {
        (Some(one), Some(other)) => one == other,
        _ => false,
    }
}

/// The fields of a v2 refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CounterToken {
    pub(crate) version: u8,
    pub(crate) session: [u8; 16],
    pub(crate) counter: u64,
}

/// Which part of a forged v2 refresh token is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    Checksum,
    Signature,
}

const SIGNATURE_BYTES: usize = 16;
const CHECKSUM_BYTES: usize = 4;

impl CounterToken {
    /// Reads the fields and checks the checksum.
    pub(crate) fn decode(token: &str) -> Result<Self, String> {
        let bytes = BASE64URL_NOPAD
            .decode(token.as_bytes())
            .map_err(|error| error.to_string())?;
        let length = bytes.len().saturating_sub(CHECKSUM_BYTES);
        let (signed, checksum) = bytes.split_at(length);
        if digest::digest(&digest::SHA256, signed)
            .as_ref()
            .get(..CHECKSUM_BYTES)
            != Some(checksum)
        {
            return Err("the checksum of the refresh token is wrong".to_owned());
        }
        let (fields, _signature) = signed.split_at(length.saturating_sub(SIGNATURE_BYTES));
        let (version, rest) = fields.split_first().ok_or("the refresh token is empty")?;
        let (session, counter) = rest
            .split_first_chunk::<16>()
            .ok_or("the refresh token has no session")?;
        let counter = read_uvarint(counter).ok_or("the refresh token has no counter")?;
        Ok(Self {
            version: *version,
            session: *session,
            counter,
        })
    }

    /// Builds the token, signed with the session's key.
    pub(crate) fn encode(self, key: &[u8], flaw: Flaw) -> String {
        let mut bytes = self.fields();
        let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), &bytes);
        bytes.extend(signature.as_ref().iter().take(SIGNATURE_BYTES));
        if flaw == Flaw::Signature {
            flip_last(&mut bytes);
        }
        let checksum = digest::digest(&digest::SHA256, &bytes);
        bytes.extend(checksum.as_ref().iter().take(CHECKSUM_BYTES));
        if flaw == Flaw::Checksum {
            flip_last(&mut bytes);
        }
        BASE64URL_NOPAD.encode(&bytes)
    }

    fn fields(self) -> Vec<u8> {
        let mut bytes = vec![self.version];
        bytes.extend(self.session);
        let mut rest = self.counter;
        while rest >= 0x80 {
            bytes.push(u8::try_from(rest & 0x7f).unwrap_or_default() | 0x80);
            rest >>= 7;
        }
        bytes.push(u8::try_from(rest).unwrap_or_default());
        bytes
    }
}

/// The RFC 6238 code (SHA-1, six digits, 30 s) of `secret` at `seconds`; `None` for a bad secret.
pub(crate) fn totp(secret: &str, seconds: u64) -> Option<String> {
    let secret = BASE32_NOPAD.decode(secret.as_bytes()).ok()?;
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &secret);
    let mac = hmac::sign(&key, &(seconds / 30).to_be_bytes());
    let offset = usize::from(mac.as_ref().last()? & 0x0f);
    let word = mac.as_ref().get(offset..)?.first_chunk::<4>()?;
    let number = u32::from_be_bytes(*word) & 0x7fff_ffff;
    Some(format!("{:06}", number % 1_000_000))
}

fn flip_last(bytes: &mut [u8]) {
    if let Some(last) = bytes.last_mut() {
        *last ^= 0x01;
    }
}

fn read_uvarint(bytes: &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for (at, byte) in bytes.iter().enumerate() {
        let shift = u32::try_from(at).ok()?.checked_mul(7)?;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return (at + 1 == bytes.len()).then_some(value);
        }
    }
    None
}

#[test]
fn a_counter_token_is_read_back_and_a_wrong_checksum_is_seen() {
    let token = CounterToken {
        version: 0,
        session: [7; 16],
        counter: 300,
    };
    assert_eq!(
        CounterToken::decode(&token.encode(b"key", Flaw::None)),
        Ok(token)
    );
    assert_eq!(
        CounterToken::decode(&token.encode(b"key", Flaw::Signature)),
        Ok(token)
    );
    assert!(CounterToken::decode(&token.encode(b"key", Flaw::Checksum)).is_err());
    let short = CounterToken {
        counter: 3,
        ..token
    };
    assert_eq!(short.encode(b"key", Flaw::None).len(), 51);
}

#[test]
fn codes_are_those_of_rfc_6238() {
    // Appendix B, SHA-1, the last six of eight digits.
    let secret = BASE32_NOPAD.encode(b"12345678901234567890");
    assert_eq!(totp(&secret, 59).as_deref(), Some("287082"));
    assert_eq!(totp(&secret, 1_111_111_109).as_deref(), Some("081804"));
}
