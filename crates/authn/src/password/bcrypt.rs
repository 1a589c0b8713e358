//! bcrypt, which Supabase Auth hashes passwords with.

use super::scheme::UnsupportedHash;
use data_encoding::{Encoding, Specification};
use std::sync::LazyLock;
use subtle::ConstantTimeEq;
use types::limits::{BCRYPT_COST_MAX, PASSWORD_BYTES_MAX};

const SCHEME: &str = "bcrypt";
/// Lowest cost that bcrypt knows.
const COST_MIN: u32 = 4;
const SALT_BYTES: usize = 16;
/// bcrypt stores all but the last byte of what it computes.
const HASH_BYTES: usize = 23;

/// A parsed `$2a$cost$salt-and-hash`.
#[derive(Debug)]
pub(super) struct BcryptHash {
    cost: u32,
    salt: [u8; SALT_BYTES],
    hash: [u8; HASH_BYTES],
}

impl BcryptHash {
    /// Parses what follows `$2`.
    pub(super) fn parse(text: &str) -> Result<Self, UnsupportedHash> {
        let malformed = || UnsupportedHash::Malformed(SCHEME);
        let mut parts = text.split('$');
        let (Some(minor), Some(cost), Some(body), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(malformed());
        };
        // 2x marks hashes of a faulty implementation, 2 ones without the final NUL.
        if !matches!(minor, "a" | "b" | "y") {
            return Err(UnsupportedHash::Variant(SCHEME));
        }
        let two_digits = cost.len() == 2 && cost.bytes().all(|byte| byte.is_ascii_digit());
        let cost = cost.parse().ok().filter(|_| two_digits);
        let cost: u32 = cost.ok_or_else(malformed)?;
        if cost < COST_MIN {
            return Err(malformed());
        }
        if cost > BCRYPT_COST_MAX {
            return Err(UnsupportedHash::TooCostly(SCHEME));
        }
        let (salt, hash) = body.split_at_checked(22).ok_or_else(malformed)?;
        let decode = |text: &str| BCRYPT64.decode(text.as_bytes()).map_err(|_| malformed());
        Ok(Self {
            cost,
            salt: decode(salt)?.try_into().map_err(|_| malformed())?,
            hash: decode(hash)?.try_into().map_err(|_| malformed())?,
        })
    }

    /// The binary logarithm of its rounds.
    pub(super) const fn cost(&self) -> u32 {
        self.cost
    }

    /// One of the same cost that no password is known for.
    pub(super) const fn blank(&self) -> Self {
        Self {
            cost: self.cost,
            salt: [0; SALT_BYTES],
            hash: [0; HASH_BYTES],
        }
    }

    /// bcrypt reads 72 bytes and repeats what is shorter, NUL included: of longer passwords it
    /// would ignore the end, and `a` and `a\0a` would be the same password. Both are refused, at
    /// the price of a comparison, so that the time taken does not tell them apart.
    pub(super) fn matches(&self, password: &[u8]) -> bool {
        let whole = password.len() <= PASSWORD_BYTES_MAX && !password.contains(&0);
        let read = if whole { password } else { &[] };
        let mut key = zeroize::Zeroizing::new(read.to_vec());
        if key.len() < PASSWORD_BYTES_MAX {
            key.push(0);
        }
        let computed = bcrypt::bcrypt(self.cost, self.salt, &key);
        let equal = computed
            .get(..HASH_BYTES)
            .is_some_and(|computed| computed.ct_eq(&self.hash).into());
        whole && equal
    }
}

/// bcrypt's own base 64. Some implementations leave bits behind the last whole byte set.
#[expect(
    clippy::expect_used,
    reason = "the specification is a constant, covered by every bcrypt test"
)]
static BCRYPT64: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification
        .symbols
        .push_str("./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");
    specification.check_trailing_bits = false;
    specification.encoding().expect("64 different symbols")
});
