//! Signatures that were found good: each token's is computed once, and remembered by a digest.

use aws_lc_rs::digest::{SHA256, digest};
use quick_cache::sync::Cache;
use std::fmt;
use types::limits::SIGNATURES_REMEMBERED_MAX;

/// Which tokens were signed by the keys that this belongs to. Nothing else is remembered of a
/// token: whether it is of the right form and its time has not come or is over is looked at each
/// time. Only good ones are remembered, so that nobody can fill it who has no key.
pub(crate) struct Signatures(Cache<[u8; 32], ()>);

impl Signatures {
    /// Remembers nothing yet.
    pub(crate) fn new() -> Self {
        Self(Cache::new(SIGNATURES_REMEMBERED_MAX))
    }

    /// Whether the signature of a token is good, as `verify` says who is asked once.
    pub(crate) fn is_good(&self, token: &str, verify: impl FnOnce() -> bool) -> bool {
        let mut key = [0; 32];
        key.copy_from_slice(digest(&SHA256, token.as_bytes()).as_ref());
        if self.0.get(&key).is_some() {
            return true;
        }
        let is_good = verify();
        if is_good {
            self.0.insert(key, ());
        }
        is_good
    }
}

impl fmt::Debug for Signatures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signatures")
            .field("remembered", &self.0.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_signature_is_computed_once_and_a_bad_one_each_time() {
        let signatures = Signatures::new();
        let asked = std::cell::Cell::new(0);
        let verify = |is_good| {
            asked.set(asked.get() + 1);
            is_good
        };
        assert!(!signatures.is_good("a", || verify(false)));
        assert!(!signatures.is_good("a", || verify(false)));
        assert_eq!(asked.get(), 2);
        assert!(signatures.is_good("a", || verify(true)));
        assert!(signatures.is_good("a", || verify(true)));
        assert_eq!(asked.get(), 3);
        assert!(!signatures.is_good("b", || verify(false)), "another token");
    }

    #[test]
    fn no_more_are_remembered_than_may_be() {
        let signatures = Signatures::new();
        for number in 0..2 * SIGNATURES_REMEMBERED_MAX {
            assert!(signatures.is_good(&number.to_string(), || true));
        }
        assert!(signatures.0.len() <= SIGNATURES_REMEMBERED_MAX);
    }
}
