//! Legacy keys, which are tokens: what was said about each is remembered, good or bad.

use authn::keys::KeySet;
use authn::token::Verified;
use aws_lc_rs::digest::{SHA256, digest};
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use telemetry::Count;
use types::Time;
use types::limits::{API_KEY_SPAN, API_KEYS_REMEMBERED_MAX};

/// How many parts the memory has, so that keys wait for each other's verification rarely.
const SHARDS: usize = 16;

/// A key, as it is remembered: the key itself is a secret.
type Digest = [u8; 32];

/// Verifies keys, each at most once in [`API_KEY_SPAN`].
#[derive(Debug)]
pub(super) struct LegacyKeys {
    shards: [Mutex<Shard>; SHARDS],
    verifications: Count,
}

/// Good and bad keys apart: whoever presents many bad ones makes us forget bad ones only.
#[derive(Debug, Default)]
struct Shard {
    good: Memory,
    bad: Memory,
}

/// Digests and until when each counts; the one that came first is forgotten first.
#[derive(Debug, Default)]
struct Memory {
    until: HashMap<Digest, Time>,
    arrived: VecDeque<Digest>,
}

impl LegacyKeys {
    pub(super) fn new(verifications: Count) -> Self {
        Self {
            shards: Default::default(),
            verifications,
        }
    }

    /// Whether `key` is a token of ours that has not expired, and of the kind that this memory is
    /// of: the same `is_wanted` must be given each time.
    pub(super) fn is_good(
        &self,
        keys: &KeySet,
        now: Time,
        key: &str,
        is_wanted: impl Fn(&Verified) -> bool,
    ) -> bool {
        let key_digest = sha256(key);
        let Some(shard) = self.shard(key_digest) else {
            return false;
        };
        // Held while the key is verified: others with the same key then find the answer.
        let mut shard = shard.lock().unwrap_or_else(PoisonError::into_inner);
        if shard.good.counts(&key_digest, now) {
            return true;
        }
        if shard.bad.counts(&key_digest, now) {
            return false;
        }
        self.verifications.inc();
        let until = now + API_KEY_SPAN;
        let Some(verified) = keys.verify(key, now).ok().filter(is_wanted) else {
            shard.bad.keep(key_digest, until);
            return false;
        };
        let expires = verified.exp.map(Time::from_unix_seconds);
        let until = expires.map_or(until, |expires| expires.min(until));
        shard.good.keep(key_digest, until);
        true
    }

    fn shard(&self, digest: Digest) -> Option<&Mutex<Shard>> {
        let [first, ..] = digest;
        self.shards.get(usize::from(first) % SHARDS)
    }
}

impl Memory {
    const KEYS_MAX: usize = API_KEYS_REMEMBERED_MAX / SHARDS;

    fn counts(&self, digest: &Digest, now: Time) -> bool {
        self.until.get(digest).is_some_and(|until| now < *until)
    }

    fn keep(&mut self, digest: Digest, until: Time) {
        if self.until.insert(digest, until).is_none() {
            self.arrived.push_back(digest);
        }
        if self.arrived.len() > Self::KEYS_MAX
            && let Some(oldest) = self.arrived.pop_front()
        {
            self.until.remove(&oldest);
        }
    }
}

fn sha256(key: &str) -> Digest {
    let mut bytes = [0; 32];
    let hash = digest(&SHA256, key.as_bytes());
    bytes.copy_from_slice(hash.as_ref());
    bytes
}

const _: () = assert!(Memory::KEYS_MAX > 0);

#[cfg(test)]
mod tests {
    use super::*;
    use authn::token::ApiKeyRole;
    use std::time::Duration;
    use telemetry::Metrics;
    use types::Secret;

    const NOW: Time = Time::from_unix_seconds(1_000_000);

    fn keys() -> KeySet {
        KeySet::from_secret(&Secret::new("s".repeat(32))).unwrap()
    }

    fn good_key(expires: i64) -> String {
        keys().mint_api_key(ApiKeyRole::Anon, 0, expires).unwrap()
    }

    fn any(_: &Verified) -> bool {
        true
    }

    /// A memory, and the metric that counts its verifications.
    fn memory() -> (LegacyKeys, Count) {
        let metrics = Metrics::default();
        let count = metrics.api_key_verifications();
        (LegacyKeys::new(count.clone()), count)
    }

    #[test]
    fn a_good_key_is_verified_once_in_five_minutes() {
        let (memory, count) = memory();
        let key = good_key(i64::from(u32::MAX));
        let last = NOW + API_KEY_SPAN;
        for now in [NOW, NOW + Duration::from_secs(1), Time(last.0 - 1)] {
            assert!(memory.is_good(&keys(), now, &key, any));
        }
        assert_eq!(count.get(), 1);
        assert!(memory.is_good(&keys(), last, &key, any));
        assert_eq!(count.get(), 2);
    }

    #[test]
    fn a_bad_key_is_verified_once_too() {
        let (memory, count) = memory();
        for _ in 0..10 {
            assert!(!memory.is_good(&keys(), NOW, "bad", any));
        }
        assert_eq!(count.get(), 1);
        assert!(!memory.is_good(&keys(), NOW + API_KEY_SPAN, "bad", any));
        assert_eq!(count.get(), 2);
    }

    #[test]
    fn no_key_outlives_its_expiry() {
        let (memory, count) = memory();
        let key = good_key(NOW.unix_seconds() + 10);
        assert!(memory.is_good(&keys(), NOW, &key, any));
        assert!(memory.is_good(&keys(), NOW + Duration::from_secs(9), &key, any));
        assert!(!memory.is_good(&keys(), NOW + Duration::from_secs(10), &key, any));
        assert_eq!(count.get(), 2);
    }

    #[test]
    fn memory_is_bounded_and_bad_keys_forget_no_good_one() {
        let (memory, count) = memory();
        let key = good_key(i64::from(u32::MAX));
        assert!(memory.is_good(&keys(), NOW, &key, any));
        for number in 0..10 * API_KEYS_REMEMBERED_MAX {
            assert!(!memory.is_good(&keys(), NOW, &number.to_string(), any));
        }
        let remembered = |memory: &Memory| {
            assert_eq!(memory.until.len(), memory.arrived.len());
            memory.until.len()
        };
        let bad = |shard: &Mutex<Shard>| remembered(&shard.lock().unwrap().bad);
        let bad: usize = memory.shards.iter().map(bad).sum();
        assert!(bad <= API_KEYS_REMEMBERED_MAX, "{bad}");
        let before = count.get();
        assert!(memory.is_good(&keys(), NOW, &key, any));
        assert_eq!(count.get(), before);
    }

    #[test]
    fn a_key_that_is_kept_again_is_kept_once() {
        let mut memory = Memory::default();
        for seconds in 0..100 {
            memory.keep([1; 32], Time::from_unix_seconds(seconds));
        }
        assert_eq!((memory.until.len(), memory.arrived.len()), (1, 1));
    }

    #[test]
    fn a_good_key_of_another_kind_is_bad() {
        let (memory, count) = memory();
        let key = good_key(i64::from(u32::MAX));
        for _ in 0..2 {
            assert!(!memory.is_good(&keys(), NOW, &key, |verified| verified.role != "anon"));
        }
        assert_eq!(count.get(), 1);
    }

    #[test]
    fn many_at_once_cause_one_verification() {
        let (memory, count) = memory();
        let key = good_key(i64::from(u32::MAX));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| assert!(memory.is_good(&keys(), NOW, &key, any)));
            }
        });
        assert_eq!(count.get(), 1);
    }
}
