//! The nouns of the product: ids, time, secrets, contacts, the call. No I/O, no driver, no HTTP.

pub mod audit;
pub mod call;
pub mod contact;
pub mod entropy;
pub mod id;
pub mod limits;
pub mod secret;
pub mod span;
pub mod time;
pub mod tuple;

pub use call::{Call, Cost, Deadline, Origin};
pub use contact::{Email, InvalidContact, Phone};
pub use entropy::{Entropy, SystemEntropy};
pub use id::{
    AmrClaimId, AuditEntryId, ChallengeId, CreditEntryId, EmergencyId, FactorId, FlowId,
    IdentityId, InvalidUlid, InvitationId, MailId, ModelId, OneTimeTokenId, RequestId, SessionId,
    StoreId, TeamId, UserId,
};
pub use secret::Secret;
pub use span::Span;
pub use time::{Clock, SystemClock, Time};
pub use tuple::{InvalidTuple, JsonObject, Object, ObjectRef, Subject, SubjectRef};
pub use tuple::{Tuple, TupleCondition, TupleKey};
