//! Passwords: hashed and compared on threads of their own, judged by the operator's rules.

use crate::password::nobody::Nobody;
use crate::password::pool::{Memory, Patience, Pool, Weight};
use crate::password::scheme::{HASH_BYTES, SALT_BYTES, StoredHash};
use aws_lc_rs::hmac;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use types::limits::{HASH_QUEUE_SPAN, PASSWORD_BYTES_MAX, PASSWORD_INPUT_BYTES_MAX};
use types::{Call, Entropy, Secret};

mod bcrypt;
mod firebase;
mod nobody;
mod policy;
mod pool;
mod scheme;

pub use policy::{WeakPassword, check_strength};
pub use scheme::UnsupportedHash;

/// Hashes and compares passwords on its own bounded pool of threads, which end with the last
/// clone. New hashes are Argon2id (RFC 9106) with 19 MiB, two passes and one lane.
#[derive(Debug, Clone)]
pub struct Hasher {
    pool: Arc<Pool>,
    nobody: Arc<Nobody>,
    entropy: Arc<dyn Entropy>,
}

/// What comparing a password with a stored hash found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// The password is the one that was hashed.
    pub matches: bool,
    /// The password matches and its hash is weaker than a new one would be: hash it again.
    pub outdated: bool,
}

/// Why nothing was hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// The queue was full, or the wait would have outlived its limit or the request: try later.
    #[error("too many passwords wait to be hashed")]
    Busy,
    /// A new password is longer than [`PASSWORD_BYTES_MAX`]; it is never truncated.
    #[error("a password cannot be longer than {PASSWORD_BYTES_MAX} bytes")]
    TooLong,
    /// The machine has no memory for a hash, or the computation failed.
    #[error("a password could not be hashed")]
    Failed,
}

impl Hasher {
    /// Starts `threads` threads (at least one). They hold no memory before their first hash.
    pub fn new(threads: usize, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            pool: Arc::new(Pool::new(threads)),
            nobody: Arc::new(Nobody::new(entropy.as_ref())),
            entropy,
        }
    }

    /// Takes over what comparing with people's hashes costs, from a sample of them. From now on
    /// [`Hasher::verify_nobody`] costs as much for each contact as for one of these people. The
    /// same key on every server and after every start gives each contact the same cost.
    pub(crate) fn learn<'a>(&self, key: hmac::Key, hashes: impl Iterator<Item = &'a str>) {
        self.nobody.learn(key, hashes);
    }

    /// A hash of a new password as a PHC string, with a salt of its own.
    pub async fn hash(&self, call: &Call, password: &str) -> Result<String, HashError> {
        if password.len() > PASSWORD_BYTES_MAX {
            return Err(HashError::TooLong);
        }
        let mut salt = [0; SALT_BYTES];
        self.entropy.fill(&mut salt);
        self.run(call, Weight::Ordinary, password, move |password, memory| {
            scheme::hash_new(password, &salt, memory)
        })
        .await
    }

    /// What stands where a hash belongs when nobody has chosen a password: no password is known
    /// for it, and comparing with it takes as long as with a hash of [`Hasher::hash`]. It equals
    /// the hash of a long random password that is forgotten at once, without the work.
    pub fn hash_of_no_password(&self) -> String {
        let mut salt = [0; SALT_BYTES];
        self.entropy.fill(&mut salt);
        let mut hash = [0; HASH_BYTES];
        self.entropy.fill(&mut hash);
        scheme::phc(&salt, &hash)
    }

    /// Compares a password with the stored hash, of any supported scheme, of the user who is known
    /// as `contact`. A hash that is not supported, damaged, too costly or empty matches nothing,
    /// which takes as long as [`Hasher::verify_nobody`]; all but the empty one are logged.
    pub async fn verify(
        &self,
        call: &Call,
        contact: &str,
        password: &str,
        stored: &str,
    ) -> Result<Verdict, HashError> {
        let stored = match StoredHash::parse(stored) {
            Ok(stored) => stored,
            Err(reason) => {
                if !stored.is_empty() {
                    tracing::warn!(request.id = %call.id, %reason, "unusable password hash");
                }
                self.verify_nobody(call, contact, password).await?;
                return Ok(Verdict::MISMATCH);
            }
        };
        let outdated = stored.is_outdated() && password.len() <= PASSWORD_BYTES_MAX;
        let matches = self.compare(call, password, Arc::new(stored)).await?;
        Ok(Verdict {
            matches,
            outdated: matches && outdated,
        })
    }

    /// Takes as long as comparing with somebody's hash, for contacts that have no user, or one
    /// without a password, so that time does not tell them apart.
    pub async fn verify_nobody(
        &self,
        call: &Call,
        contact: &str,
        password: &str,
    ) -> Result<(), HashError> {
        let stand_in = self.nobody.stand_in(contact).ok_or(HashError::Failed)?;
        self.compare(call, password, stand_in).await?;
        Ok(())
    }

    async fn compare(
        &self,
        call: &Call,
        password: &str,
        stored: Arc<StoredHash>,
    ) -> Result<bool, HashError> {
        // Nobody has such a password, known or unknown, so the quick answer gives nothing away.
        if password.len() > PASSWORD_INPUT_BYTES_MAX {
            return Ok(false);
        }
        let weight = stored.weight();
        self.run(call, weight, password, move |password, memory| {
            stored.matches(password, memory)
        })
        .await
    }

    async fn run<T: Send + 'static>(
        &self,
        call: &Call,
        weight: Weight,
        password: &str,
        work: impl FnOnce(&[u8], &mut Memory) -> Option<T> + Send + 'static,
    ) -> Result<T, HashError> {
        let stopwatch = Stopwatch {
            call,
            started: pool::now(),
        };
        let patience = Patience {
            start_by: stopwatch.started + HASH_QUEUE_SPAN,
            deadline: Instant::from_std(call.deadline.instant()),
        };
        let password = Secret::new(password.to_owned());
        let work = move |memory: &mut Memory| work(password.expose().as_bytes(), memory);
        let computed = self.pool.run(patience, weight, work).await?;
        computed.ok_or(HashError::Failed)
    }
}

impl Verdict {
    const MISMATCH: Self = Self {
        matches: false,
        outdated: false,
    };
}

/// Whether an administrator may store `hash` for a user: bcrypt (`2a`, `2b`, `2y`), Argon2i and
/// Argon2id (version 19) and Firebase's scrypt, each up to a cost that one sign-in may take.
pub fn check_import(hash: &str) -> Result<(), UnsupportedHash> {
    StoredHash::parse(hash).map(|_| ())
}

/// Reports the time taken, waiting included, also when the request is dropped meanwhile.
struct Stopwatch<'a> {
    call: &'a Call,
    started: Instant,
}

impl Drop for Stopwatch<'_> {
    fn drop(&mut self) {
        let spent: Duration = pool::now() - self.started;
        self.call.cost.add_hash(spent);
    }
}

#[cfg(test)]
mod tests;
