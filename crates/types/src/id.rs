//! Typed ids: one list, one macro, so that a session id can never stand where a user id belongs.

use crate::entropy::Entropy;
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::fmt;
use ulid::Ulid;
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// A fresh random id (UUID version 4, RFC 9562 section 5.4).
            pub fn random(entropy: &dyn Entropy) -> Self {
                Self(entropy.uuid())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    )*};
}

ids! {
    /// A person or machine that can sign in; the `sub` of its access tokens.
    UserId;
    /// One signed-in device: the unit of revocation, the `session_id` claim.
    SessionId;
    /// One way in which a user proves who they are (an e-mail, a phone, a provider's account).
    IdentityId;
    /// A second factor.
    FactorId;
    /// One question put to a second factor.
    ChallengeId;
    /// A sign-in that began in one place and ends in another; OAuth's `state`.
    FlowId;
    /// A pending one-time token.
    OneTimeTokenId;
    /// One authentication method recorded for a session.
    AmrClaimId;
    /// One line of the audit log.
    AuditEntryId;
    /// One message in the outbox.
    MailId;
    /// One entry in the ledger of a user's credits.
    CreditEntryId;
    /// A team of users.
    TeamId;
    /// One invitation to a team.
    InvitationId;
    /// One emergency access: asked for, approved, ended.
    EmergencyId;
    /// One request, as it appears in the log and in error bodies.
    RequestId;
}

macro_rules! ulids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        pub struct $name(pub Ulid);

        impl $name {
            /// The id that nothing has: none is made at the beginning of time.
            pub const NONE: Self = Self(Ulid(0));

            /// A fresh id that sorts by the time at which it was made.
            pub fn fresh(now: Time, entropy: &dyn Entropy) -> Self {
                let mut bytes = [0; 16];
                entropy.fill(&mut bytes);
                let milliseconds = u64::try_from(now.0 / 1_000).unwrap_or_default();
                Self(Ulid::from_parts(milliseconds, u128::from_ne_bytes(bytes)))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidUlid;
            /// As it is printed: neither lower case nor the letters that other ULIDs stand for.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let id = Ulid::from_string(text).map_err(|_| InvalidUlid)?;
                if id.to_string() == text {
                    Ok(Self(id))
                } else {
                    Err(InvalidUlid)
                }
            }
        }
    )*};
}

ulids! {
    /// An authorization store: its own models and tuples (OpenFGA's store).
    StoreId;
    /// One authorization model of a store; it never changes.
    ModelId;
}

/// The text is no ULID.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("it is not a ULID: 26 characters of Crockford's base 32, in upper case")]
pub struct InvalidUlid;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::SystemEntropy;

    #[test]
    fn ulids_sort_by_time_and_read_back() {
        let early = StoreId::fresh(Time(1_000_000), &SystemEntropy);
        let late = StoreId::fresh(Time(2_000_000), &SystemEntropy);
        assert!(early < late && early.to_string() < late.to_string());
        assert_eq!(early.to_string().parse(), Ok(early));
    }

    #[test]
    fn other_spellings_of_a_ulid_are_refused() {
        let id = StoreId::fresh(Time(1), &SystemEntropy).to_string();
        let overflown = format!("8{}", &id[1..]);
        for text in ["", "01", &id.to_lowercase(), &overflown, &format!("{id}0")] {
            assert_eq!(text.parse::<StoreId>(), Err(InvalidUlid), "{text}");
        }
    }
}
