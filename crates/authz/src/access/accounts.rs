//! Whether accounts count, as it was known a moment ago: for what must not wait for the database.

use super::Access;
use super::error::Result;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use types::{Call, UserId};

/// How long what was read of an account is believed: as long as what is known of a store.
const LEASE: Duration = crate::known::LEASE;
/// Accounts that are remembered.
const REMEMBERED_MAX: usize = 100_000;

/// Accounts that were looked at lately: whether each counted, and when that was read.
#[derive(Debug, Default)]
pub(super) struct Accounts(Mutex<HashMap<UserId, (Instant, bool)>>);

impl Accounts {
    fn remembered(&self, user: UserId, now: Instant) -> Option<bool> {
        let accounts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, counts) = accounts.get(&user)?;
        (now.saturating_duration_since(*at) < LEASE).then_some(*counts)
    }

    fn remember(&self, user: UserId, at: Instant, counts: bool) {
        let mut accounts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if accounts.len() >= REMEMBERED_MAX {
            accounts.retain(|_, (seen, _)| at.saturating_duration_since(*seen) < LEASE);
        }
        // Where all of them are fresh, this one is looked up again.
        if accounts.len() < REMEMBERED_MAX {
            accounts.insert(user, (at, counts));
        }
    }
}

impl Access {
    /// Whether an account counts, or did within the lease.
    pub(super) async fn counts(&self, call: &Call, user: UserId) -> Result<bool> {
        let clock = &self.authz().parts().clock;
        let accounts = self.accounts();
        // Read before the database is asked: what is read then is known as of now.
        let at = clock.instant();
        if let Some(counts) = accounts.remembered(user, at) {
            return Ok(counts);
        }
        let counts = self.is_active(call, user).await?;
        accounts.remember(user, at, counts);
        Ok(counts)
    }
}
