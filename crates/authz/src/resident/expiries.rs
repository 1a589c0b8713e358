//! When tuples expire: by tuple, and in the order of time.

use super::sorted::Sorted;
use rebac::{NameId, ObjectId, Subject};
use types::Time;

/// A tuple's key in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Key {
    pub(super) object: ObjectId,
    pub(super) relation: NameId,
    pub(super) subject: Subject,
}

/// The tuples that expire.
#[derive(Debug, Clone, Default)]
pub(super) struct Expiries {
    by_key: Sorted<(Key, Time)>,
    by_time: Sorted<(Time, Key)>,
}

impl Expiries {
    /// All of them.
    pub(super) fn build(expiries: impl IntoIterator<Item = (Key, Time)>) -> Self {
        let mut by_key: Vec<_> = expiries.into_iter().collect();
        by_key.sort_unstable();
        let mut by_time: Vec<_> = by_key.iter().map(|(key, time)| (*time, *key)).collect();
        by_time.sort_unstable();
        Self {
            by_key: Sorted::build(&by_key),
            by_time: Sorted::build(&by_time),
        }
    }

    /// When the next tuple expires.
    pub(super) fn next(&self) -> Option<Time> {
        self.by_time.first().map(|(time, _)| time)
    }

    /// Takes out the next tuple that has expired.
    pub(super) fn take_expired(&mut self, now: Time) -> Option<Key> {
        let (time, key) = self.by_time.first().filter(|(time, _)| *time <= now)?;
        self.by_time.remove((time, key));
        self.by_key.remove((key, time));
        Some(key)
    }

    /// Notes when a tuple expires, if ever: one that is not there does not.
    pub(super) fn set(&mut self, key: Key, expires_at: Option<Time>) {
        let known = self.by_key.at_least((key, Time(i64::MIN)));
        let known = known.filter(|known| known.0 == key).map(|known| known.1);
        if known == expires_at {
            return;
        }
        if let Some(known) = known {
            self.by_key.remove((key, known));
            self.by_time.remove((known, key));
        }
        if let Some(expires_at) = expires_at {
            self.by_key.insert((key, expires_at));
            self.by_time.insert((expires_at, key));
        }
    }

    /// The memory that it takes.
    pub(super) fn bytes(&self) -> usize {
        self.by_key.bytes() + self.by_time.bytes()
    }
}
