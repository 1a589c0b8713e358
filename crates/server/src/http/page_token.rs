//! Tokens that say where a list goes on: opaque to clients, and good only as they were given.

use aws_lc_rs::hmac;
use data_encoding::BASE64URL_NOPAD;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;

/// Longest token that is looked at, in bytes.
pub(crate) const TOKEN_BYTES_MAX: usize = 5_120;
/// How much of the authentication code is kept (RFC 2104 section 5 allows half).
const TAG_BYTES: usize = 16;

/// The token was made by nobody, or for something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Forged;

/// Makes tokens and reads them again.
pub struct Tokens(hmac::Key);

/// What a token is for: it is good nowhere else.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Purpose<'p> {
    /// The endpoint.
    pub(crate) endpoint: &'static str,
    /// The store, and what else must be the same in the next request.
    pub(crate) of: &'p [&'p str],
}

impl Tokens {
    /// Tokens under this key, which all servers over one database share.
    pub const fn new(key: hmac::Key) -> Self {
        Self(key)
    }

    /// A token of this position.
    pub(crate) fn write(&self, purpose: Purpose<'_>, position: &impl Serialize) -> String {
        // Positions are tuples and texts, of which each is JSON.
        let position = serde_json::to_vec(position).unwrap_or_default();
        let mut token = self.tag(purpose, &position).to_vec();
        token.extend(position);
        BASE64URL_NOPAD.encode(&token)
    }

    /// The position of a token; none of an empty one, where a list begins.
    pub(crate) fn read<P: DeserializeOwned>(
        &self,
        purpose: Purpose<'_>,
        token: &str,
    ) -> Result<Option<P>, Forged> {
        if token.is_empty() {
            return Ok(None);
        }
        self.verified(purpose, token).map(Some).ok_or(Forged)
    }

    fn verified<P: DeserializeOwned>(&self, purpose: Purpose<'_>, token: &str) -> Option<P> {
        if token.len() > TOKEN_BYTES_MAX {
            return None;
        }
        let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).ok()?;
        let (tag, position) = bytes.split_at_checked(TAG_BYTES)?;
        let good = self.tag(purpose, position);
        aws_lc_rs::constant_time::verify_slices_are_equal(tag, &good).ok()?;
        serde_json::from_slice(position).ok()
    }

    /// Each part with its length, so that no two purposes are written alike.
    fn tag(&self, purpose: Purpose<'_>, position: &[u8]) -> [u8; TAG_BYTES] {
        let mut context = hmac::Context::with_key(&self.0);
        let mut add = |part: &[u8]| {
            context.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            context.update(part);
        };
        add(purpose.endpoint.as_bytes());
        purpose.of.iter().for_each(|part| add(part.as_bytes()));
        add(position);
        let whole = context.sign();
        let mut tag = [0; TAG_BYTES];
        for (kept, byte) in tag.iter_mut().zip(whole.as_ref()) {
            *kept = *byte;
        }
        tag
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READ: Purpose<'_> = Purpose {
        endpoint: "read",
        of: &["store one"],
    };

    fn tokens(secret: u8) -> Tokens {
        Tokens::new(hmac::Key::new(hmac::HMAC_SHA256, &[secret; 32]))
    }

    fn position() -> (i64, String) {
        (7, "a\"b".to_owned())
    }

    fn read(purpose: Purpose<'_>, token: &str) -> Result<Option<(i64, String)>, Forged> {
        tokens(1).read(purpose, token)
    }

    #[test]
    fn a_token_reads_back_where_it_was_given() {
        let token = tokens(1).write(READ, &position());
        assert_eq!(read(READ, &token), Ok(Some(position())));
        assert_eq!(read(READ, ""), Ok(None));
        let url_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        assert!(token.bytes().all(url_safe), "{token}");
    }

    #[test]
    fn a_token_is_good_nowhere_else() {
        let token = tokens(1).write(READ, &position());
        for purpose in [
            Purpose {
                endpoint: "stores",
                ..READ
            },
            Purpose {
                of: &["store two"],
                ..READ
            },
            Purpose {
                of: &["store", " one"],
                ..READ
            },
            Purpose { of: &[], ..READ },
        ] {
            assert_eq!(read(purpose, &token), Err(Forged));
        }
        let other = tokens(2).write(READ, &position());
        assert_eq!(read(READ, &other), Err(Forged));
    }

    #[test]
    fn a_changed_token_is_refused() {
        let token = tokens(1).write(READ, &position());
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(read(READ, &changed), Err(Forged), "{at}");
        }
        let long = "A".repeat(TOKEN_BYTES_MAX + 1);
        for forged in ["x", "####", "AAAA", long.as_str(), &token[..20]] {
            assert_eq!(read(READ, forged), Err(Forged), "{forged}");
        }
    }
}
