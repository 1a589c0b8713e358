//! What is compared in place of a hash that is not there: it costs what people's hashes cost here.

use super::scheme::{Cost, StoredHash};
use aws_lc_rs::hmac;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use types::Entropy;

/// Gives every contact without a hash one of the costs that people's hashes have here, always the
/// same one. With one cost for all of them the time of a refused sign-in would tell who has an
/// older hash, and so an account.
pub(super) struct Nobody {
    crowd: RwLock<Arc<Crowd>>,
}

/// The costs, each with its part of the people.
struct Crowd {
    /// Whoever knows it could compute the cost that a contact without an account has.
    key: hmac::Key,
    /// Outdated ones first: as hashes are renewed, a contact only ever moves to the cost of a new
    /// hash, as somebody who signs in does.
    parts: Vec<Part>,
}

struct Part {
    /// How many people come before the end of this part.
    end: u64,
    stand_in: Arc<StoredHash>,
}

impl Nobody {
    /// Everybody costs what a new hash costs, until [`Nobody::learn`] knows better.
    pub(super) fn new(entropy: &dyn Entropy) -> Self {
        let mut key = [0; 32];
        entropy.fill(&mut key);
        let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
        Self {
            crowd: RwLock::new(Arc::new(Crowd::of(key, std::iter::empty()))),
        }
    }

    /// Takes over the costs of `hashes`, a sample of those that are stored. What is not supported
    /// is compared as nobody's, so it does not count.
    pub(super) fn learn<'a>(&self, key: hmac::Key, hashes: impl Iterator<Item = &'a str>) {
        let crowd = Crowd::of(key, hashes);
        *self.crowd.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(crowd);
    }

    /// What to compare with in place of the hash that `contact` has not. It is no one's.
    pub(super) fn stand_in(&self, contact: &str) -> Option<Arc<StoredHash>> {
        let crowd = Arc::clone(&self.crowd.read().unwrap_or_else(PoisonError::into_inner));
        crowd.stand_in(contact)
    }
}

impl fmt::Debug for Nobody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let crowd = self.crowd.read().unwrap_or_else(PoisonError::into_inner);
        let costs = crowd.parts.iter().map(|part| part.stand_in.cost());
        f.debug_list().entries(costs).finish()
    }
}

impl Crowd {
    fn of<'a>(key: hmac::Key, hashes: impl Iterator<Item = &'a str>) -> Self {
        let mut counts = BTreeMap::<(bool, Cost), (u64, StoredHash)>::new();
        let supported = hashes.filter_map(|hash| StoredHash::parse(hash).ok());
        for hash in supported {
            let kind = (!hash.is_outdated(), hash.cost());
            counts.entry(kind).or_insert((0, hash.blank())).0 += 1;
        }
        let mut counts: Vec<_> = counts.into_values().collect();
        if counts.is_empty() {
            counts.extend(StoredHash::nobody().map(|newest| (1, newest)));
        }
        let mut end = 0;
        let parts = counts.into_iter().map(|(count, stand_in)| {
            end += count;
            Part {
                end,
                stand_in: Arc::new(stand_in),
            }
        });
        Self {
            parts: parts.collect(),
            key,
        }
    }

    fn stand_in(&self, contact: &str) -> Option<Arc<StoredHash>> {
        let people = self.parts.last()?.end;
        let tag = hmac::sign(&self.key, contact.as_bytes());
        let (tag, _) = tag.as_ref().split_first_chunk()?;
        // A place among the people, each as likely as any other; it moves little as they do.
        let place = u128::from(u64::from_be_bytes(*tag)) * u128::from(people);
        let place = u64::try_from(place >> u64::BITS).ok()?;
        let part = self.parts.iter().find(|part| place < part.end)?;
        Some(Arc::clone(&part.stand_in))
    }
}

#[cfg(test)]
mod tests {
    use super::super::pool::Memory;
    use super::*;
    use types::SystemEntropy;

    const BCRYPT: &str = "$2a$10$X2oWPETyO2Bc6KW1foLWkuhxRforZWhFzgdn3yQwAL9LflsdM0LSe";
    const CURRENT: &str = "$argon2id$v=19$m=19456,t=2,p=1$Z29sZGVuLXNhbHQtMDAwMQ$\
        i4vKBdtTSmEKVqit1oexIF+2bf2PYq+3ZHe4s9yApnI";
    const CONTACTS: u32 = 4_000;

    /// What each of many contacts costs where these hashes are stored.
    fn costs(nobody: &Nobody) -> Vec<Cost> {
        let contact = |number| format!("nobody{number}@example.com");
        let stand_in = |number| nobody.stand_in(&contact(number)).unwrap().cost();
        (0..CONTACTS).map(stand_in).collect()
    }

    fn key(byte: u8) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, &[byte; 32])
    }

    fn learned(outdated: usize, current: usize) -> Nobody {
        let nobody = Nobody::new(&SystemEntropy);
        let stored = [vec![BCRYPT; outdated], vec![CURRENT; current]].concat();
        nobody.learn(key(7), stored.into_iter());
        nobody
    }

    fn is_bcrypt(cost: &Cost) -> bool {
        matches!(cost, Cost::Bcrypt { cost: 10 })
    }

    fn share_of_bcrypt(costs: &[Cost]) -> f64 {
        let bcrypt = costs.iter().filter(|cost| is_bcrypt(cost)).count();
        f64::from(u32::try_from(bcrypt).unwrap()) / f64::from(CONTACTS)
    }

    #[test]
    fn nobody_costs_a_new_hash_where_nothing_else_is_known() {
        let newest = StoredHash::parse(CURRENT).unwrap().cost();
        for nobody in [Nobody::new(&SystemEntropy), learned(0, 0), learned(0, 9)] {
            assert!(costs(&nobody).iter().all(|cost| *cost == newest));
        }
    }

    #[test]
    fn the_costs_are_spread_as_among_the_people() {
        assert!(costs(&learned(9, 0)).iter().all(is_bcrypt));
        for (outdated, current, share) in [(1, 1, 0.5), (9, 1, 0.9), (1, 3, 0.25)] {
            let found = share_of_bcrypt(&costs(&learned(outdated, current)));
            assert!((found - share).abs() < 0.04, "{found} instead of {share}");
        }
    }

    /// Asked twice, on another server or after a restart, the time must not change.
    #[test]
    fn a_contact_keeps_its_cost() {
        assert_eq!(costs(&learned(5, 5)), costs(&learned(50, 50)));
        let other = Nobody::new(&SystemEntropy);
        let stored = [BCRYPT, CURRENT];
        other.learn(key(8), stored.into_iter());
        assert_ne!(costs(&other), costs(&learned(5, 5)));
    }

    #[test]
    fn renewed_hashes_move_contacts_to_the_newest_cost_only() {
        let (before, after) = (costs(&learned(60, 40)), costs(&learned(30, 70)));
        let back = |(before, after): (&Cost, &Cost)| !is_bcrypt(before) && is_bcrypt(after);
        assert!(!before.iter().zip(&after).any(back));
        assert_ne!(before, after);
    }

    #[test]
    fn unsupported_hashes_and_absent_ones_do_not_count() {
        let nobody = Nobody::new(&SystemEntropy);
        nobody.learn(key(7), ["", "md5", "$2a$31$", BCRYPT].into_iter());
        assert!(costs(&nobody).iter().all(is_bcrypt));
    }

    #[test]
    fn nothing_of_a_sampled_hash_is_kept() {
        let stored = StoredHash::parse(BCRYPT).unwrap();
        let stand_in = learned(1, 0).stand_in("a@example.com").unwrap();
        let matches = |hash: &StoredHash| hash.matches(b"correct-horse-01", &mut Memory::default());
        assert_eq!(
            (matches(&stored), matches(&stand_in)),
            (Some(true), Some(false))
        );
    }
}
