//! How many invitations may leave.

use super::error::Refusal;
use super::resource::Asker;
use resilience::rate::{Decision, KeyedBudget, Rate};
use std::time::Duration;
use types::{Call, Email, UserId};

/// Invitations of one user, and to one address, as long as this server runs: nobody's mailbox is
/// filled by teams that are made and deleted for it.
const OF_INVITER: Rate = Rate::per(50, Duration::from_secs(60 * 60));
const TO_ADDRESS: Rate = Rate::per(10, Duration::from_secs(60 * 60));
/// Users and addresses that are remembered.
const REMEMBERED_MAX: usize = 100_000;

/// How many invitations may still leave.
#[derive(Debug)]
pub(super) struct InvitationBudget {
    of_inviter: KeyedBudget<UserId>,
    to_address: KeyedBudget<String>,
}

impl Default for InvitationBudget {
    fn default() -> Self {
        Self {
            of_inviter: KeyedBudget::new(OF_INVITER, REMEMBERED_MAX),
            to_address: KeyedBudget::new(TO_ADDRESS, REMEMBERED_MAX),
        }
    }
}

impl InvitationBudget {
    /// Counts an invitation, or refuses it.
    pub(super) fn take(&self, call: &Call, asker: Asker, email: &Email) -> Result<(), Refusal> {
        let now_us = u64::try_from(call.now.0).unwrap_or_default();
        let of_inviter = match asker {
            Asker::User(id) => self.of_inviter.take(id, now_us),
            Asker::Service => Decision::Allowed,
        };
        for decision in [
            of_inviter,
            self.to_address.take(email.as_str().to_owned(), now_us),
        ] {
            if let Decision::Refused { retry_after } = decision {
                let seconds = retry_after.as_secs() + 1;
                return Err(Refusal::TooManyInvitations(seconds));
            }
        }
        Ok(())
    }
}
