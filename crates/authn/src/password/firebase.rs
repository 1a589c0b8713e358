//! Firebase's variant of scrypt: the derived key encrypts a key of the project, which is the hash.

use super::scheme::UnsupportedHash;
use aws_lc_rs::cipher::{AES_256, AES_256_KEY_LEN, EncryptingKey, EncryptionContext};
use aws_lc_rs::cipher::{AES_CTR_IV_LEN, UnboundCipherKey};
use aws_lc_rs::iv::FixedLength;
use data_encoding::BASE64;
use subtle::ConstantTimeEq;
use types::limits::SCRYPT_WORK_MAX;
use zeroize::Zeroizing;

const SCHEME: &str = "fbscrypt";

/// A parsed `$fbscrypt$v=1,n=..,r=..,p=..,ss=..,sk=..$salt$hash`.
#[derive(Debug)]
pub(super) struct FirebaseHash {
    parameters: scrypt::Params,
    /// The user's salt followed by the project's salt separator.
    salt: Vec<u8>,
    signer_key: Vec<u8>,
    hash: Vec<u8>,
}

impl FirebaseHash {
    /// Parses what follows `$fbscrypt$`.
    pub(super) fn parse(text: &str) -> Result<Self, UnsupportedHash> {
        let malformed = || UnsupportedHash::Malformed(SCHEME);
        let mut parts = text.split('$');
        let (Some(settings), Some(salt), Some(hash), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(malformed());
        };
        let mut fields = settings.split(',').peekable();
        let mut number = |name: &str| {
            let value = fields.next()?.strip_prefix(name)?.strip_prefix('=')?;
            super::scheme::decimal(value)
        };
        let (version, log_n) = (number("v"), number("n"));
        let (r, p) = (number("r"), number("p"));
        let mut key = |name: &str| {
            let value = fields.next_if(|field| field.starts_with(name))?;
            Some(value.strip_prefix(name)?.strip_prefix('=')?.as_bytes())
        };
        let separator = key("ss").unwrap_or_default();
        let signer_key = key("sk").unwrap_or_default();
        if fields.next().is_some() {
            return Err(malformed());
        }
        if version != Some(1) {
            return Err(UnsupportedHash::Variant(SCHEME));
        }
        let decode = |text: &[u8]| BASE64.decode(text).map_err(|_| malformed());
        let mut salt = decode(salt.as_bytes())?;
        salt.extend(decode(separator)?);
        let parsed = Self {
            parameters: parameters(log_n, r, p)?,
            salt,
            signer_key: decode(signer_key)?,
            hash: decode(hash.as_bytes())?,
        };
        if parsed.signer_key.is_empty() || parsed.hash.len() != parsed.signer_key.len() {
            return Err(malformed());
        }
        Ok(parsed)
    }

    /// N, r and p.
    pub(super) fn cost(&self) -> (u64, u32, u32) {
        let parameters = &self.parameters;
        (parameters.n(), parameters.r(), parameters.p())
    }

    /// One of the same cost that no password is known for.
    pub(super) fn blank(&self) -> Self {
        Self {
            parameters: self.parameters,
            salt: vec![0; self.salt.len()],
            signer_key: vec![0; self.signer_key.len()],
            hash: vec![0; self.hash.len()],
        }
    }

    /// The memory that [`FirebaseHash::matches`] needs: 128 bytes times `N * r`.
    pub(super) fn memory_kib(&self) -> u64 {
        self.parameters.n() * u64::from(self.parameters.r()) / 8
    }

    /// Compares in constant time; `None` when the computation failed.
    pub(super) fn matches(&self, password: &[u8]) -> Option<bool> {
        let mut key = Zeroizing::new([0; AES_256_KEY_LEN]);
        scrypt::scrypt(password, &self.salt, &self.parameters, key.as_mut()).ok()?;
        let key = UnboundCipherKey::new(&AES_256, key.as_ref()).ok()?;
        // The same counter for every user is Firebase's choice: each key encrypts one value.
        let counter = EncryptionContext::Iv128(FixedLength::from([0; AES_CTR_IV_LEN]));
        let mut computed = self.signer_key.clone();
        EncryptingKey::ctr(key)
            .ok()?
            .less_safe_encrypt(&mut computed, counter)
            .ok()?;
        Some(computed.ct_eq(&self.hash).into())
    }
}

fn parameters(
    log_n: Option<u32>,
    r: Option<u32>,
    p: Option<u32>,
) -> Result<scrypt::Params, UnsupportedHash> {
    let (Some(log_n @ 1..), Some(r @ 1..), Some(p @ 1..)) = (log_n, r, p) else {
        return Err(UnsupportedHash::Malformed(SCHEME));
    };
    let work = 1_u64
        .checked_shl(log_n)
        .and_then(|n| n.checked_mul(u64::from(r)))
        .and_then(|work| work.checked_mul(u64::from(p)))
        .filter(|&work| work <= SCRYPT_WORK_MAX);
    let log_n = u8::try_from(log_n).ok().filter(|_| work.is_some());
    log_n
        .and_then(|log_n| scrypt::Params::new(log_n, r, p).ok())
        .ok_or(UnsupportedHash::TooCostly(SCHEME))
}
