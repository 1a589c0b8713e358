//! The table of refusals: what each reason is on the account API's wire.

use authn::Refusal;

/// One answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) status: u16,
    pub(super) detail: &'static str,
    /// How to authenticate (RFC 6750 section 3), where that is what is missing.
    pub(super) challenge: Option<&'static str>,
}

/// A key in `apikey` that is none.
pub(super) const INVALID_API_KEY: Words = unauthenticated("The API key is not valid.");

/// One arm per answer and no other: a new reason does not compile until it is worded.
#[expect(clippy::too_many_lines, reason = "one flat table, read by searching")]
pub(super) fn words(refusal: &Refusal) -> Words {
    use Refusal as R;
    match refusal {
        // who asks
        R::NoBearer => unauthenticated("An access token is required."),
        R::BadJwt(_)
        | R::MissingSub
        | R::BadSub
        | R::BadSessionClaim
        | R::TokenUserNotFound
        | R::TokenSessionNotFound
        | R::AudienceUnexpected
        | R::AudienceMismatch => bad_token("The access token is not valid, or no longer."),
        R::InvalidApiKey => INVALID_API_KEY,
        R::InvalidCredentials => unauthenticated("Wrong address or password."),
        R::RefreshMalformed
        | R::RefreshNotFound
        | R::RefreshAlreadyUsed
        | R::RefreshNotIssuedHere
        | R::RefreshNeedsClient
        | R::RefreshWithoutSession
        | R::SessionExpired
        | R::SessionExpiredInactive
        | R::SessionLowAal
        | R::SessionReplaced => unauthenticated("The session is over, please sign in again."),
        // who may not
        R::UserBannedAtSignIn | R::UserBanned | R::RefreshUserBanned => {
            told(403, "This account is suspended.")
        }
        R::EmailNotConfirmed => told(403, "Please confirm your address first."),
        R::AalForUpdate => told(
            403,
            "This account has a second factor, which must be shown to change its password.",
        ),
        R::AnonymousNotAllowed => told(403, "Please give an address or a number first."),
        R::SsoManaged => told(403, "This account is managed by single sign-on."),
        R::SignupDisabled | R::EmailSignupsDisabled => told(403, "Registration is closed."),
        R::EmailLoginsDisabled => told(403, "Sign-in by address is switched off."),
        R::EmailRecoveryDisabled => told(403, "Password resets are switched off."),
        // what is asked
        R::UserAlreadyExists | R::EmailExists => told(409, "This address has an account already."),
        R::LinkExpired | R::OtpExpired => told(
            400,
            "This link is not valid any more, please ask for another.",
        ),
        R::EmailMissing | R::EmailTooLong | R::EmailFormat => {
            told(422, "email must be an e-mail address")
        }
        R::SignupNeedsPassword | R::PasswordTooLong => told(422, "password cannot be used"),
        R::MetadataTooLarge => told(422, "The profile is too long."),
        R::ControlCharacter => told(422, "Text must not contain the NUL character."),
        // how often
        R::OverRequestRate
        | R::TooManyWrongCodes { .. }
        | R::OverEmailBudget { .. }
        | R::OverSmsBudget { .. }
        | R::TooSoonForEmail { .. }
        | R::TooSoonForSms { .. } => told(429, "Too many requests, please slow down."),
        R::EmailNotAuthorized => told(403, "This address cannot be written to."),
        R::RefreshContended => told(503, "The session is busy, please try again."),
        // what no use case of this API refuses: should one do so, that is a fault of ours
        R::PhoneFormat
        | R::SignupWithBothContacts
        | R::LoginWithBothContacts
        | R::LoginWithoutContact
        | R::OtpWithBothContacts
        | R::OtpWithoutContact
        | R::VerifyWithBothContacts
        | R::RecoverWithoutEmail
        | R::ResendWithBothContacts
        | R::ResendNeedsType
        | R::ResendNeedsEmail
        | R::ResendNeedsPhone
        | R::InvalidChannel
        | R::ChannelNeedsPhone
        | R::ResendWithoutContact
        | R::AnonymousNeedsContact
        | R::PkceIncomplete
        | R::PkceForPhone
        | R::ChallengeMethod
        | R::ChallengeLength
        | R::ChallengeCharacters
        | R::ExchangeIncomplete
        | R::FlowNotFound
        | R::FlowExpired
        | R::BadCodeVerifier
        | R::AnonymousDisabled
        | R::PhoneSignupsDisabled
        | R::PhoneLoginsDisabled
        | R::MagicLinksDisabled
        | R::PhoneResendDisabled
        | R::PhoneProviderUnsupported
        | R::OtpSignupsDisabled
        | R::ManualLinkingDisabled
        | R::SmsUnavailable
        | R::UnsupportedGrant
        | R::PhoneNotConfirmed
        | R::PhoneExists
        | R::PhoneTaken
        | R::IdTaken
        | R::NotAdmin
        | R::AppMetadataNeedsAdmin
        | R::VerifyNeedsType
        | R::VerifyNeedsToken
        | R::VerifyNeedsOneToken
        | R::VerifyHashAlone
        | R::VerifyEmailType
        | R::VerifyEmailFormat
        | R::FieldFormat { .. }
        | R::LinkFlowNotFound
        | R::VerifySmsType
        | R::SamePassword
        | R::CurrentPasswordRequired
        | R::CurrentPasswordInvalid
        | R::ReauthenticationNeeded
        | R::ReauthenticationInvalid
        | R::ReauthenticationNeedsContact
        | R::ReauthenticationNeedsConfirmedEmail
        | R::ReauthenticationNeedsConfirmedPhone
        | R::IdentityIdFormat
        | R::IdentityNotFound
        | R::SingleIdentity
        | R::IdentityEmailConflict
        | R::IdentityExists
        | R::ProviderDisabled
        | R::ProviderUnusable(_)
        | R::InviteTokenNotFound
        | R::FactorIdFormat
        | R::FactorType
        | R::FactorNotFound
        | R::ChallengeNotFound
        | R::ChallengeAddress
        | R::TotpCodeMissing
        | R::TotpCodeInvalid
        | R::TooManyFactors
        | R::TotpEnrollDisabled
        | R::TotpVerifyDisabled
        | R::PhoneEnrollDisabled
        | R::PhoneVerifyDisabled
        | R::WebauthnEnrollDisabled
        | R::WebauthnVerifyDisabled
        | R::AalForEnrol
        | R::AalForUnenrol
        | R::UserNotFound
        | R::UserWithEmailNotFound
        | R::CurrentEmailNotAsked
        | R::UserIdFormat
        | R::NewIdNil
        | R::NewIdFormat
        | R::UserNeedsContact
        | R::PasswordAndHash
        | R::UnsupportedPasswordHash
        | R::ProviderUnknown { .. }
        | R::LogoutScope { .. }
        | R::LinkType { .. }
        | R::BanDuration(_)
        | R::Pagination(_)
        | R::SortField(_)
        | R::AuditQuery(_)
        | R::SortDirection(_)
        | R::FieldTooLong { .. }
        | R::ChallengeExpired { .. }
        | R::FactorNameConflict { .. } => told(500, "Internal server error"),
    }
}

/// In how many seconds the same request may be made again, where no limit says it.
pub(super) const fn retry_after(refusal: &Refusal) -> Option<u64> {
    match refusal {
        Refusal::RefreshContended => Some(1),
        _ => None,
    }
}

const fn told(status: u16, detail: &'static str) -> Words {
    Words {
        status,
        detail,
        challenge: None,
    }
}

const fn unauthenticated(detail: &'static str) -> Words {
    Words {
        status: 401,
        detail,
        challenge: Some("Bearer"),
    }
}

const fn bad_token(detail: &'static str) -> Words {
    Words {
        challenge: Some("Bearer error=\"invalid_token\""),
        ..unauthenticated(detail)
    }
}
