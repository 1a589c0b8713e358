//! Typed ids: one list, one macro, so that a session id can never stand where a user id belongs.

use crate::entropy::Entropy;
use serde::{Deserialize, Serialize};
use std::fmt;
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
    /// One request, as it appears in the log and in error bodies.
    RequestId;
}
