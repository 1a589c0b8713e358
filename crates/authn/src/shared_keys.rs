//! Keys that all servers over one database share, and nobody else knows.

use crate::error::Result;
use aws_lc_rs::hmac;
use std::fmt;
use store::{Db, secrets};
use types::{Call, Entropy, Secret};

/// The name of the secret that every key is derived from.
const ROOT: &str = "root";
const ROOT_BYTES: usize = 32;

/// One key for each purpose, derived from one secret in the database (the expand step of HKDF, RFC
/// 5869, with the purpose as info). So they survive a start, a change of the signing keys, and a
/// move of the data.
pub struct SharedKeys {
    /// Makes the hashes of codes that are sent to people.
    pub(crate) codes: hmac::Key,
    /// Decides what the hash costs that somebody has not.
    pub(crate) nobody: hmac::Key,
    /// Authenticates the tokens with which the authorization API's lists go on.
    pub page_tokens: hmac::Key,
    /// Signs the links to files.
    pub media: hmac::Key,
}

impl SharedKeys {
    /// Reads the secret; the first server makes it.
    pub async fn load(db: &mut Db, call: &Call, entropy: &dyn Entropy) -> Result<Self> {
        let mut fresh = [0; ROOT_BYTES];
        entropy.fill(&mut fresh);
        let fresh = Secret::new(fresh);
        let root = secrets::find_or_keep(db, ROOT, &fresh, call.now).await?;
        let root = hmac::Key::new(hmac::HMAC_SHA256, root.expose());
        Ok(Self {
            codes: derive(&root, b"one-time codes", hmac::HMAC_SHA224),
            nobody: derive(&root, b"nobody's hash", hmac::HMAC_SHA256),
            page_tokens: derive(&root, b"tokens of pages", hmac::HMAC_SHA256),
            media: derive(&root, b"links to files", hmac::HMAC_SHA256),
        })
    }
}

impl fmt::Debug for SharedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedKeys").finish_non_exhaustive()
    }
}

fn derive(root: &hmac::Key, purpose: &[u8], algorithm: hmac::Algorithm) -> hmac::Key {
    let mut info = purpose.to_vec();
    info.push(1);
    hmac::Key::new(algorithm, hmac::sign(root, &info).as_ref())
}
