//! Refresh tokens of both generations as text: minting, parsing, checking. No state.

use aws_lc_rs::{digest, hmac};
use data_encoding::BASE64URL_NOPAD;
use std::fmt;
use subtle::ConstantTimeEq;
use types::{Entropy, Secret, SessionId};
use uuid::Uuid;

const V1_LENGTH: usize = 12;
/// 32 letters, so that five random bits choose one without bias.
const V1_ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

const V2_VERSION: u8 = 0;
const SIGNATURE_BYTES: usize = 16;
const CHECKSUM_BYTES: usize = 4;
/// Longest token: version, session, a counter of nine bytes (`i64::MAX`), signature, checksum.
const V2_BYTES_MAX: usize = 1 + 16 + 9 + SIGNATURE_BYTES + CHECKSUM_BYTES;
/// The database column is a signed 64-bit integer.
const COUNTER_MAX: u64 = i64::MAX.cast_unsigned();

const HMAC_KEY_BYTES: usize = 32;
const HMAC_KEY_BYTES_MIN: usize = 16;

/// What a client presents, well-formed but not yet known to be genuine.
#[derive(Clone, PartialEq, Eq)]
pub enum Presented {
    /// First generation: twelve random characters, to be looked up.
    V1(String),
    /// Second generation: names its session; see [`Counter::verify`].
    V2(Counter),
}

/// The content of a refresh token of the second generation.
#[derive(Clone, PartialEq, Eq)]
pub struct Counter {
    /// The session that the token claims to belong to.
    pub session: SessionId,
    /// How many refreshes the session had seen when the token was issued, at most `i64::MAX`.
    pub counter: u64,
    signed: Vec<u8>,
    signature: [u8; SIGNATURE_BYTES],
}

/// The text is no refresh token (or no key) that this or the original server could have issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed refresh token")]
pub struct Malformed;

impl Presented {
    /// Tells the generations apart and takes a token of the second one to pieces. Only the one
    /// canonical spelling of a token is accepted. The checksum is checked, the signature is not.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        if text.len() == V1_LENGTH {
            let known = text.bytes().all(|byte| V1_ALPHABET.contains(&byte));
            return if known {
                Ok(Self::V1(text.to_owned()))
            } else {
                Err(Malformed)
            };
        }
        if text.len() > BASE64URL_NOPAD.encode_len(V2_BYTES_MAX) {
            return Err(Malformed);
        }
        let bytes = BASE64URL_NOPAD
            .decode(text.as_bytes())
            .map_err(|_| Malformed)?;
        parse_v2(&bytes).map(Self::V2).ok_or(Malformed)
    }
}

impl Counter {
    /// Whether the holder of the session's key issued this token. Takes the same time for every
    /// signature.
    pub fn verify(&self, hmac_key: &[u8]) -> bool {
        sign(&self.signed, hmac_key).ct_eq(&self.signature).into()
    }
}

/// A token of the first generation: 60 random bits.
pub fn mint_v1(entropy: &dyn Entropy) -> String {
    let mut bytes = [0; V1_LENGTH];
    entropy.fill(&mut bytes);
    let letter = |byte: &u8| V1_ALPHABET.get(usize::from(byte & 31)).copied();
    bytes.iter().filter_map(letter).map(char::from).collect()
}

/// The token of the second generation for one state of one session:
/// base64url without padding of `0x00`, session, counter (LEB128), the first 16 bytes of
/// HMAC-SHA256 over all before, the first 4 bytes of SHA-256 over all before.
pub fn mint_v2(session: SessionId, counter: u64, key: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(V2_BYTES_MAX);
    bytes.push(V2_VERSION);
    bytes.extend_from_slice(session.0.as_bytes());
    push_varint(&mut bytes, counter.min(COUNTER_MAX));
    bytes.extend_from_slice(&sign(&bytes, key));
    bytes.extend_from_slice(&checksum(&bytes));
    BASE64URL_NOPAD.encode(&bytes)
}

/// A fresh key for the tokens of one session, as the column `refresh_token_hmac_key` holds it:
/// 32 bytes, base64url without padding.
pub fn new_hmac_key(entropy: &dyn Entropy) -> String {
    let mut bytes = [0; HMAC_KEY_BYTES];
    entropy.fill(&mut bytes);
    BASE64URL_NOPAD.encode(&bytes)
}

/// The bytes of a key that [`new_hmac_key`] made; a key under 16 bytes is refused.
pub fn decode_hmac_key(column: &str) -> Result<Secret<Vec<u8>>, Malformed> {
    let bytes = BASE64URL_NOPAD
        .decode(column.as_bytes())
        .map_err(|_| Malformed)?;
    if bytes.len() < HMAC_KEY_BYTES_MIN {
        return Err(Malformed);
    }
    Ok(Secret::new(bytes))
}

/// Shows no token.
impl fmt::Debug for Presented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V1(_) => f.write_str("V1(..)"),
            Self::V2(counter) => f.debug_tuple("V2").field(counter).finish(),
        }
    }
}

/// Shows what is in the log anyway, and no signature.
impl fmt::Debug for Counter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Counter")
            .field("session", &self.session)
            .field("counter", &self.counter)
            .finish_non_exhaustive()
    }
}

fn parse_v2(bytes: &[u8]) -> Option<Counter> {
    let (checked, presented_checksum) = bytes.split_last_chunk::<CHECKSUM_BYTES>()?;
    let (signed, signature) = checked.split_last_chunk::<SIGNATURE_BYTES>()?;
    let (version, rest) = signed.split_first()?;
    let (session, varint) = rest.split_first_chunk::<16>()?;
    if *version != V2_VERSION || checksum(checked) != *presented_checksum {
        return None;
    }
    Some(Counter {
        session: SessionId(Uuid::from_bytes(*session)),
        counter: parse_varint(varint)?,
        signed: signed.to_vec(),
        signature: *signature,
    })
}

fn sign(bytes: &[u8], key: &[u8]) -> [u8; SIGNATURE_BYTES] {
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), bytes);
    first_chunk(tag.as_ref())
}

fn checksum(bytes: &[u8]) -> [u8; CHECKSUM_BYTES] {
    first_chunk(digest::digest(&digest::SHA256, bytes).as_ref())
}

#[expect(
    clippy::expect_used,
    reason = "SHA-256 gives 32 bytes, more than any N here"
)]
fn first_chunk<const N: usize>(bytes: &[u8]) -> [u8; N] {
    *bytes
        .first_chunk()
        .expect("a hash is longer than its prefix")
}

/// Unsigned LEB128, seven bits to a byte, lowest first.
fn push_varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push((value & 0x7f) as u8);
}

/// The value of exactly these bytes; `None` when they go on, end early, are longer than needed or
/// exceed [`COUNTER_MAX`].
fn parse_varint(bytes: &[u8]) -> Option<u64> {
    let (last, continued) = bytes.split_last()?;
    let well_formed = bytes.len() <= 9
        && *last < 0x80
        && (*last != 0 || continued.is_empty())
        && continued.iter().all(|byte| *byte >= 0x80);
    well_formed.then(|| {
        bytes
            .iter()
            .rev()
            .fold(0, |value, byte| value << 7 | u64::from(byte & 0x7f))
    })
}

#[cfg(test)]
mod tests;
