//! The password hashes that can be stored: what they look like, what they cost, how they compare.

use super::bcrypt::BcryptHash;
use super::firebase::FirebaseHash;
use super::pool::{Memory, Weight};
use argon2::{Algorithm, Argon2, Params, Version};
use data_encoding::BASE64_NOPAD;
use subtle::ConstantTimeEq;
use types::limits::{
    ARGON2_LANES_MAX, ARGON2_MEMORY_KIB_MAX, ARGON2_PASSES_MAX, ARGON2_WORK_MAX,
    HASH_MEMORY_SHARED_KIB_MAX, PASSWORD_HASH_BYTES_MAX,
};

/// Memory of a new hash, in KiB (OWASP password storage cheat sheet).
const MEMORY_KIB: u32 = 19 * 1024;
/// The same in blocks of Argon2.
pub(super) const NEW_HASH_BLOCKS: usize = MEMORY_KIB as usize;
/// Passes of a new hash.
const PASSES: u32 = 2;
/// Lanes of a new hash.
const LANES: u32 = 1;
/// Bytes of a new salt (RFC 9106 section 3.1).
pub(super) const SALT_BYTES: usize = 16;
/// Bytes of a new hash.
pub(super) const HASH_BYTES: usize = 32;
/// Shortest Argon2 salt, in bytes (RFC 9106 section 3.1).
const SALT_BYTES_MIN: usize = 8;
/// Shortest Argon2 hash that is worth comparing, in bytes (PHC string format).
const HASH_BYTES_MIN: usize = 12;

/// Why a stored hash can never match a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnsupportedHash {
    /// Longer than the database's column.
    #[error("the password hash is longer than {PASSWORD_HASH_BYTES_MAX} bytes")]
    TooLong,
    /// Nothing that is known.
    #[error("the password hash is none of bcrypt, argon2i, argon2id and fbscrypt")]
    UnknownScheme,
    /// Named like a known scheme, but its parts are wrong.
    #[error("the {0} password hash is malformed")]
    Malformed(&'static str),
    /// A variant or version of a known scheme that is not supported.
    #[error("the {0} password hash is of a variant that is not supported")]
    Variant(&'static str),
    /// Verifying it would keep a hashing thread busy for too long, or take too much memory.
    #[error("the {0} password hash costs more to verify than this server allows")]
    TooCostly(&'static str),
}

/// A stored hash, parsed and affordable.
#[derive(Debug)]
pub(super) enum StoredHash {
    Argon2(Argon2Hash),
    Bcrypt(BcryptHash),
    Firebase(FirebaseHash),
}

#[derive(Debug)]
pub(super) struct Argon2Hash {
    algorithm: Algorithm,
    parameters: Params,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

/// What comparing with a hash costs: equal ones take the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cost {
    Argon2 {
        is_id: bool,
        memory_kib: u32,
        passes: u32,
        lanes: u32,
    },
    Bcrypt {
        cost: u32,
    },
    Firebase {
        n: u64,
        r: u32,
        p: u32,
    },
}

impl StoredHash {
    /// Parses a hash as GoTrue stores them.
    pub(super) fn parse(text: &str) -> Result<Self, UnsupportedHash> {
        if text.len() > PASSWORD_HASH_BYTES_MAX {
            return Err(UnsupportedHash::TooLong);
        }
        if let Some(rest) = text.strip_prefix("$argon2") {
            return Argon2Hash::parse(rest).map(Self::Argon2);
        }
        if let Some(rest) = text.strip_prefix("$fbscrypt$") {
            return FirebaseHash::parse(rest).map(Self::Firebase);
        }
        if let Some(rest) = text.strip_prefix("$2") {
            return BcryptHash::parse(rest).map(Self::Bcrypt);
        }
        Err(UnsupportedHash::UnknownScheme)
    }

    /// A hash with the cost of a new one that no password is known for.
    pub(super) fn nobody() -> Option<Self> {
        Some(Self::Argon2(Argon2Hash {
            algorithm: Algorithm::Argon2id,
            parameters: new_parameters()?,
            salt: vec![0; SALT_BYTES],
            hash: vec![0; HASH_BYTES],
        }))
    }

    /// What comparing with it costs.
    pub(super) fn cost(&self) -> Cost {
        match self {
            Self::Argon2(argon2) => Cost::Argon2 {
                is_id: argon2.algorithm == Algorithm::Argon2id,
                memory_kib: argon2.parameters.m_cost(),
                passes: argon2.parameters.t_cost(),
                lanes: argon2.parameters.p_cost(),
            },
            Self::Bcrypt(bcrypt) => Cost::Bcrypt {
                cost: bcrypt.cost(),
            },
            Self::Firebase(firebase) => {
                let (n, r, p) = firebase.cost();
                Cost::Firebase { n, r, p }
            }
        }
    }

    /// One of the same cost that no password is known for.
    pub(super) fn blank(&self) -> Self {
        match self {
            Self::Argon2(argon2) => Self::Argon2(Argon2Hash {
                algorithm: argon2.algorithm,
                parameters: argon2.parameters.clone(),
                salt: vec![0; argon2.salt.len()],
                hash: vec![0; argon2.hash.len()],
            }),
            Self::Bcrypt(bcrypt) => Self::Bcrypt(bcrypt.blank()),
            Self::Firebase(firebase) => Self::Firebase(firebase.blank()),
        }
    }

    /// Whether the hash should be replaced by a new one as soon as the password is at hand: it is
    /// not Argon2id, or with less memory or fewer passes than a new one.
    pub(super) fn is_outdated(&self) -> bool {
        match self {
            Self::Argon2(argon2) => {
                argon2.algorithm != Algorithm::Argon2id
                    || argon2.parameters.m_cost() < MEMORY_KIB
                    || argon2.parameters.t_cost() < PASSES
            }
            Self::Bcrypt(_) | Self::Firebase(_) => true,
        }
    }

    /// How the hash weighs in the queue.
    pub(super) fn weight(&self) -> Weight {
        let memory_kib = match self {
            Self::Argon2(argon2) => u64::from(argon2.parameters.m_cost()),
            Self::Bcrypt(_) => 0,
            Self::Firebase(firebase) => firebase.memory_kib(),
        };
        if memory_kib > u64::from(HASH_MEMORY_SHARED_KIB_MAX) {
            Weight::Heavy
        } else {
            Weight::Ordinary
        }
    }

    /// Whether the hash is of `password`, compared in constant time; `None` when it could not be
    /// computed.
    pub(super) fn matches(&self, password: &[u8], memory: &mut Memory) -> Option<bool> {
        match self {
            Self::Argon2(argon2) => {
                let mut computed = vec![0; argon2.hash.len()];
                argon2.derive(password, memory, &mut computed)?;
                Some(computed.ct_eq(&argon2.hash).into())
            }
            Self::Bcrypt(bcrypt) => Some(bcrypt.matches(password)),
            Self::Firebase(firebase) => firebase.matches(password),
        }
    }
}

/// A new hash as a PHC string that Supabase Auth verifies too; `None` when the machine has no
/// memory for it.
pub(super) fn hash_new(
    password: &[u8],
    salt: &[u8; SALT_BYTES],
    memory: &mut Memory,
) -> Option<String> {
    let argon2 = Argon2Hash {
        algorithm: Algorithm::Argon2id,
        parameters: new_parameters()?,
        salt: salt.to_vec(),
        hash: Vec::new(),
    };
    let mut hash = [0; HASH_BYTES];
    argon2.derive(password, memory, &mut hash)?;
    Some(phc(salt, &hash))
}

/// The PHC string of a new hash.
pub(super) fn phc(salt: &[u8; SALT_BYTES], hash: &[u8; HASH_BYTES]) -> String {
    format!(
        "$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${}${}",
        BASE64_NOPAD.encode(salt),
        BASE64_NOPAD.encode(hash)
    )
}

/// A decimal number without sign or leading zeros (PHC string format).
pub(super) fn decimal(text: &str) -> Option<u32> {
    let plain = text == "0" || !text.starts_with('0');
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain && digits)
}

fn new_parameters() -> Option<Params> {
    Params::new(MEMORY_KIB, PASSES, LANES, None).ok()
}

impl Argon2Hash {
    /// Parses what follows `$argon2`.
    fn parse(text: &str) -> Result<Self, UnsupportedHash> {
        const SCHEME: &str = "argon2";
        let malformed = || UnsupportedHash::Malformed(SCHEME);
        let variant = || UnsupportedHash::Variant(SCHEME);
        let mut parts = text.split('$');
        let mut part = || parts.next().ok_or_else(malformed);
        let (name, version, settings) = (part()?, part()?, part()?);
        let (salt, hash) = (part()?, part()?);
        if parts.next().is_some() {
            return Err(malformed());
        }
        let algorithm = match name {
            "i" => Algorithm::Argon2i,
            "id" => Algorithm::Argon2id,
            _ => return Err(variant()),
        };
        if version != "v=19" {
            return Err(variant());
        }
        let mut fields = settings.split(',');
        let mut number = |prefix: &str| {
            let value = fields.next().and_then(|field| field.strip_prefix(prefix));
            value.and_then(decimal).ok_or_else(malformed)
        };
        let (memory_kib, passes, lanes) = (number("m=")?, number("t=")?, number("p=")?);
        // A key id or associated data, of which only the name is stored here.
        if fields.next().is_some() {
            return Err(variant());
        }
        let work = u64::from(memory_kib) * u64::from(passes);
        if memory_kib > ARGON2_MEMORY_KIB_MAX
            || passes > ARGON2_PASSES_MAX
            || lanes > ARGON2_LANES_MAX
            || work > ARGON2_WORK_MAX
        {
            return Err(UnsupportedHash::TooCostly(SCHEME));
        }
        let decode = |text: &str| {
            BASE64_NOPAD
                .decode(text.as_bytes())
                .map_err(|_| malformed())
        };
        let parsed = Self {
            algorithm,
            parameters: Params::new(memory_kib, passes, lanes, None).map_err(|_| malformed())?,
            salt: decode(salt)?,
            hash: decode(hash)?,
        };
        if parsed.salt.len() < SALT_BYTES_MIN || parsed.hash.len() < HASH_BYTES_MIN {
            return Err(malformed());
        }
        Ok(parsed)
    }

    fn derive(&self, password: &[u8], memory: &mut Memory, hash: &mut [u8]) -> Option<()> {
        let argon2 = Argon2::new(self.algorithm, Version::V0x13, self.parameters.clone());
        let blocks = memory.blocks(self.parameters.block_count())?;
        argon2
            .hash_password_into_with_memory(password, &self.salt, hash, blocks)
            .ok()
    }
}

#[cfg(test)]
mod tests;
