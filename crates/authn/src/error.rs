//! Why a use case refuses or fails, as reasons its callers act on.
//!
//! The words that clients read are the adapters' (`gotrue/error.rs`); these are the reasons.

use crate::password::{HashError, WeakPassword};
use std::error::Error as StdError;
use std::time::Duration;
use store::Raised;
use types::{InvalidContact, Time};

/// The outcome of a use case that did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Refused for a reason that the client can act on.
    #[error("refused: {0:?}")]
    Refused(Refusal),
    /// Refused, and the session and user that the refusal concerns.
    #[error("refused: {refusal:?}")]
    RefusedSession {
        /// The reason.
        refusal: Refusal,
        /// What clients are told beside it.
        trace: Box<crate::issue::Trace>,
    },
    /// The password is too weak.
    #[error("refused: weak password")]
    Weak(WeakPassword),
    /// The application's own trigger or constraint refused the change.
    #[error("refused by the database")]
    Raised(Box<Raised>),
    /// A dependency cannot answer now; trying again later may help.
    #[error("{what} unavailable")]
    Unavailable {
        /// Which dependency.
        what: &'static str,
        /// Why.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// A fault of ours or of the data.
    #[error("internal error")]
    Internal(#[source] Box<dyn StdError + Send + Sync>),
}

/// A result with this crate's error.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The reasons that a client can act on. A closed list: each has one answer in each API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// No address was given.
    EmailMissing,
    /// The address is longer than the column.
    EmailTooLong,
    /// The address is malformed.
    EmailFormat,
    /// The number is not E.164.
    PhoneFormat,
    /// A text holds a NUL, which no database column can store.
    ControlCharacter,
    /// An access token with this much metadata could not be sent.
    MetadataTooLarge,
    /// Sign-up with an address and a number.
    SignupWithBothContacts,
    /// Sign-in with an address and a number.
    LoginWithBothContacts,
    /// Sign-in with neither.
    LoginWithoutContact,
    /// A code was asked for with both contacts.
    OtpWithBothContacts,
    /// A code was asked for with neither contact.
    OtpWithoutContact,
    /// A code was presented with both contacts, or with none.
    VerifyWithBothContacts,
    /// Recovery without an address.
    RecoverWithoutEmail,
    /// Resend with both contacts.
    ResendWithBothContacts,
    /// Resend of an unknown kind.
    ResendNeedsType,
    /// Resend of a mail without an address.
    ResendNeedsEmail,
    /// Resend of a message without a number.
    ResendNeedsPhone,
    /// Neither `sms` nor `whatsapp`.
    InvalidChannel,
    /// A channel for a mail.
    ChannelNeedsPhone,
    /// Resend with neither contact.
    ResendWithoutContact,
    /// Sign-up without a password.
    SignupNeedsPassword,
    /// Longer than the 72 bytes that bcrypt reads.
    PasswordTooLong,
    /// A password for a user without contact.
    AnonymousNeedsContact,
    /// Only one of challenge and method.
    PkceIncomplete,
    /// Phone sign-ups return the session themselves.
    PkceForPhone,
    /// Neither `s256` nor `plain`.
    ChallengeMethod,
    /// Not 43 to 128 characters.
    ChallengeLength,
    /// Other than unreserved characters.
    ChallengeCharacters,
    /// Code or verifier missing.
    ExchangeIncomplete,
    /// No such flow, or it has ended.
    FlowNotFound,
    /// The flow began too long ago.
    FlowExpired,
    /// The verifier does not answer the challenge.
    BadCodeVerifier,
    /// Nobody may register by themselves.
    SignupDisabled,
    /// Anonymous sign-in is off.
    AnonymousDisabled,
    /// Sign-up by address is off.
    EmailSignupsDisabled,
    /// Sign-up by number is off.
    PhoneSignupsDisabled,
    /// Sign-in by address is off.
    EmailLoginsDisabled,
    /// Sign-in by number is off.
    PhoneLoginsDisabled,
    /// Sign-in by mailed link is off.
    MagicLinksDisabled,
    /// Resending to numbers is off with them.
    PhoneResendDisabled,
    /// Recovery by address is off.
    EmailRecoveryDisabled,
    /// Numbers cannot be used here.
    PhoneProviderUnsupported,
    /// The user is unknown and may not be created.
    OtpSignupsDisabled,
    /// Users may not link identities.
    ManualLinkingDisabled,
    /// No SMS provider is configured and the number has no test code.
    SmsUnavailable,
    /// Unknown user, wrong password or no password: one answer.
    InvalidCredentials,
    /// An unknown grant type.
    UnsupportedGrant,
    /// The address must be confirmed first.
    EmailNotConfirmed,
    /// The number must be confirmed first.
    PhoneNotConfirmed,
    /// The user is banned.
    UserBannedAtSignIn,
    /// The contact has an account.
    UserAlreadyExists,
    /// Another user has the address.
    EmailExists,
    /// Another user has the number.
    PhoneExists,
    /// Another user has the number, as administrators are told.
    PhoneTaken,
    /// Another user has the id.
    IdTaken,
    /// No bearer token.
    NoBearer,
    /// The `apikey` header holds no key of this server.
    InvalidApiKey,
    /// The token names nobody.
    MissingSub,
    /// The token's subject is no user id.
    BadSub,
    /// The token's session is no session id.
    BadSessionClaim,
    /// The token's user is gone.
    TokenUserNotFound,
    /// The token's session has ended.
    TokenSessionNotFound,
    /// The user is banned.
    UserBanned,
    /// The token's role may not administrate.
    NotAdmin,
    /// Only administrators write `app_metadata`.
    AppMetadataNeedsAdmin,
    /// Users without contact may not do this.
    AnonymousNotAllowed,
    /// The token belongs to another audience than the request.
    AudienceMismatch,
    /// Not a refresh token.
    RefreshMalformed,
    /// No such refresh token, or its session has ended.
    RefreshNotFound,
    /// Spent before, outside the reuse window.
    RefreshAlreadyUsed,
    /// Its counter is ahead of ours.
    RefreshNotIssuedHere,
    /// The user is banned.
    RefreshUserBanned,
    /// The session is over.
    SessionExpired,
    /// The session was idle for too long.
    SessionExpiredInactive,
    /// The session never passed the second factor.
    SessionLowAal,
    /// A newer sign-in took its place.
    SessionReplaced,
    /// The session belongs to a client of an OAuth server, which must prove itself.
    RefreshNeedsClient,
    /// The refresh token is older than sessions are.
    RefreshWithoutSession,
    /// Too many refreshes of one session at once.
    RefreshContended,
    /// Unknown, spent or expired code.
    OtpExpired,
    /// Unknown, spent or expired link.
    LinkExpired,
    /// No type was given.
    VerifyNeedsType,
    /// No token was given.
    VerifyNeedsToken,
    /// Both or neither of token and hash.
    VerifyNeedsOneToken,
    /// A hash came with a contact.
    VerifyHashAlone,
    /// Not a kind of mailed link.
    VerifyEmailType,
    /// A code was presented with a malformed address.
    VerifyEmailFormat,
    /// No flow waits for the code of this link.
    LinkFlowNotFound,
    /// Not a kind of texted code.
    VerifySmsType,
    /// The new password is the old one.
    SamePassword,
    /// The old password is missing.
    CurrentPasswordRequired,
    /// The old password is wrong.
    CurrentPasswordInvalid,
    /// The session is old; a mailed code is needed.
    ReauthenticationNeeded,
    /// The mailed code is wrong or expired.
    ReauthenticationInvalid,
    /// The user has no contact to send a code to.
    ReauthenticationNeedsContact,
    /// The address that the code would be sent to is not confirmed.
    ReauthenticationNeedsConfirmedEmail,
    /// The number that the code would be sent to is not confirmed.
    ReauthenticationNeedsConfirmedPhone,
    /// Single sign-on manages this user.
    SsoManaged,
    /// A second factor must be passed first.
    AalForUpdate,
    /// The token belongs to another audience than the identity's request.
    AudienceUnexpected,
    /// Not an id.
    IdentityIdFormat,
    /// The user has no such identity.
    IdentityNotFound,
    /// The last identity stays.
    SingleIdentity,
    /// Unlinking would give the user another user's address.
    IdentityEmailConflict,
    /// The identity is linked already.
    IdentityExists,
    /// The provider is known and off.
    ProviderDisabled,
    /// The provider is on and cannot be used; the detail in the words of GoTrue.
    ProviderUnusable(String),
    /// No pending invitation has this token.
    InviteTokenNotFound,
    /// Not an id.
    FactorIdFormat,
    /// Neither `totp`, `phone` nor `webauthn`.
    FactorType,
    /// The user has no such factor.
    FactorNotFound,
    /// No such challenge.
    ChallengeNotFound,
    /// Answered from another address than it was put from.
    ChallengeAddress,
    /// No code was given.
    TotpCodeMissing,
    /// The code is wrong or was used before.
    TotpCodeInvalid,
    /// The user has as many factors as allowed.
    TooManyFactors,
    /// Enrolment of time-based codes is off.
    TotpEnrollDisabled,
    /// Verification of time-based codes is off.
    TotpVerifyDisabled,
    /// Enrolment of phones is off.
    PhoneEnrollDisabled,
    /// Verification of phones is off.
    PhoneVerifyDisabled,
    /// Enrolment of security keys is off.
    WebauthnEnrollDisabled,
    /// Verification of security keys is off.
    WebauthnVerifyDisabled,
    /// A verified factor must be passed before another is enrolled.
    AalForEnrol,
    /// A verified factor can only be removed after passing it.
    AalForUnenrol,
    /// No such user.
    UserNotFound,
    /// No user has this address.
    UserWithEmailNotFound,
    /// A link for the current address is of no use where only the new one confirms a change.
    CurrentEmailNotAsked,
    /// Not an id.
    UserIdFormat,
    /// The wanted id is the nil id.
    NewIdNil,
    /// The wanted id is no UUID.
    NewIdFormat,
    /// A user must have an address or a number.
    UserNeedsContact,
    /// Either a password or a hash.
    PasswordAndHash,
    /// A hash that cannot be verified here.
    UnsupportedPasswordHash,
    /// The server has sent as many mails as it may.
    OverEmailBudget {
        /// Seconds until the next one may be sent.
        seconds: u64,
    },
    /// The server has sent as many messages as it may.
    OverSmsBudget {
        /// Seconds until the next one may be sent.
        seconds: u64,
    },
    /// The address has asked too often.
    OverRequestRate,
    /// Too many wrong codes were tried for this contact or factor.
    TooManyWrongCodes {
        /// Seconds until another may be tried.
        seconds: u64,
    },
    /// Mails go to listed addresses only.
    EmailNotAuthorized,
    /// The access token is malformed, forged or expired; the detail in the words of GoTrue.
    BadJwt(String),
    /// A message to this contact was sent too recently.
    TooSoonForEmail {
        /// Seconds until the next one may be sent.
        seconds: u64,
    },
    /// A message to this number was sent too recently.
    TooSoonForSms {
        /// Seconds until the next one may be sent.
        seconds: u64,
    },
    /// No provider of this name.
    ProviderUnknown {
        /// The name that was asked for.
        name: String,
    },
    /// A scope that logout does not know.
    LogoutScope {
        /// The scope that was asked for.
        scope: String,
    },
    /// A kind of link that cannot be generated.
    LinkType {
        /// The kind that was asked for.
        kind: String,
    },
    /// A ban that is no span of time; the detail in the words of GoTrue.
    BanDuration(String),
    /// Page or size out of range; the detail in the words of GoTrue.
    Pagination(String),
    /// A field that users cannot be sorted by.
    SortField(String),
    /// Neither `asc` nor `desc`.
    SortDirection(String),
    /// A field that the audit log cannot be searched by.
    AuditQuery(String),
    /// A name has characters that cannot be shown on one line.
    FieldFormat {
        /// The field.
        field: &'static str,
    },
    /// A text is longer than its column or than makes sense.
    FieldTooLong {
        /// The field.
        field: &'static str,
    },
    /// The challenge can no longer be answered.
    ChallengeExpired {
        /// The challenge.
        id: types::ChallengeId,
    },
    /// The user has a factor of this name.
    FactorNameConflict {
        /// The name.
        name: String,
    },
}

impl Error {
    /// A fault of ours: an invariant does not hold.
    pub fn internal(message: &'static str) -> Self {
        Self::Internal(message.into())
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<WeakPassword> for Error {
    fn from(weak: WeakPassword) -> Self {
        Self::Weak(weak)
    }
}

impl From<InvalidContact> for Error {
    fn from(invalid: InvalidContact) -> Self {
        Self::Refused(match invalid {
            InvalidContact::EmailMissing => Refusal::EmailMissing,
            InvalidContact::EmailTooLong => Refusal::EmailTooLong,
            InvalidContact::EmailFormat => Refusal::EmailFormat,
            InvalidContact::PhoneFormat => Refusal::PhoneFormat,
        })
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Raised(raised) => Self::Raised(raised),
            error if error.is_outage() => Self::Unavailable {
                what: "the database",
                source: Box::new(error),
            },
            error => Self::Internal(Box::new(error)),
        }
    }
}

impl From<HashError> for Error {
    fn from(error: HashError) -> Self {
        Self::Unavailable {
            what: "password hashing",
            source: Box::new(error),
        }
    }
}

/// Whole seconds, rounded up, until `frequency` has passed since `last`; `None` when it has.
pub(crate) fn too_soon(last: Option<Time>, frequency: Duration, now: Time) -> Option<u64> {
    let next = last? + frequency;
    (now < next).then(|| seconds_until(next.since(now)))
}

/// Whole seconds, rounded up.
pub(crate) fn seconds_until(span: Duration) -> u64 {
    span.as_secs() + u64::from(span.subsec_nanos() > 0)
}
