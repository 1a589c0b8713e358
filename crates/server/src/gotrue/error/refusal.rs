//! The table of refusals: what each reason is on GoTrue's wire.

use authn::Refusal;
use std::borrow::Cow;

/// Status, code and text.
pub(super) type Words = (u16, &'static str, Cow<'static, str>);

/// One arm per reason and no other: a new reason does not compile until it is worded.
#[expect(clippy::too_many_lines, reason = "one flat table, read by searching")]
pub(super) fn words(refusal: &Refusal) -> Words {
    use Refusal as R;
    match refusal {
        // contacts and input
        R::EmailMissing => (400, "validation_failed", "An email address is required".into()),
        R::EmailTooLong => (400, "validation_failed", "An email address is too long".into()),
        R::EmailFormat => (400, "validation_failed", "Unable to validate email address: invalid format".into()),
        R::PhoneFormat => (400, "validation_failed", "Invalid phone number format (E.164 required)".into()),
        R::MetadataTooLarge => (422, "validation_failed", "Metadata is too large for an access token: at most 45000 bytes of JSON, user_metadata and app_metadata together".into()),
        R::ControlCharacter => (400, "validation_failed", "Text must not contain the NUL character".into()),
        R::SignupWithBothContacts => (400, "validation_failed", "Only an email address or phone number should be provided on signup.".into()),
        R::LoginWithBothContacts => (400, "validation_failed", "Only an email address or phone number should be provided on login.".into()),
        R::LoginWithoutContact => (400, "validation_failed", "missing email or phone".into()),
        R::OtpWithBothContacts => (400, "validation_failed", "Only an email address or phone number should be provided".into()),
        R::OtpWithoutContact => (400, "validation_failed", "One of email or phone must be set".into()),
        R::VerifyWithBothContacts => (400, "validation_failed", "Only an email address or phone number should be provided on verify".into()),
        R::RecoverWithoutEmail => (400, "validation_failed", "Password recovery requires an email".into()),
        R::ResendWithBothContacts => (400, "validation_failed", "Only an email address or phone number should be provided.".into()),
        R::ResendNeedsType => (400, "validation_failed", "Missing one of these types: signup, email_change, sms, phone_change".into()),
        R::ResendNeedsEmail => (400, "validation_failed", "Type provided requires an email address".into()),
        R::ResendNeedsPhone => (400, "validation_failed", "Type provided requires a phone number".into()),
        R::InvalidChannel => (400, "validation_failed", "Invalid channel, supported values are 'sms' or 'whatsapp'. 'whatsapp' is only supported if Twilio or Twilio Verify is used as the provider.".into()),
        R::ChannelNeedsPhone => (400, "validation_failed", "Channel should only be specified with Phone OTP".into()),
        R::ResendWithoutContact => (400, "validation_failed", "Missing one of email or phone".into()),
        R::SignupNeedsPassword => (400, "validation_failed", "Signup requires a valid password".into()),
        R::PasswordTooLong => (400, "validation_failed", "Password cannot be longer than 72 characters".into()),
        R::AnonymousNeedsContact => (422, "validation_failed", "Updating password of an anonymous user without an email or phone is not allowed".into()),
        // PKCE and flows
        R::PkceIncomplete => (400, "validation_failed", "PKCE flow requires code_challenge_method and code_challenge".into()),
        R::PkceForPhone => (400, "validation_failed", "PKCE not supported for phone signups".into()),
        R::ChallengeMethod => (400, "validation_failed", "Invalid code_challenge_method".into()),
        R::ChallengeLength => (400, "validation_failed", "code challenge has to be between 43 and 128 characters".into()),
        R::ChallengeCharacters => (400, "validation_failed", "code challenge can only contain alphanumeric characters, hyphens, periods, underscores and tildes".into()),
        R::ExchangeIncomplete => (400, "validation_failed", "invalid request: both auth code and code verifier should be non-empty".into()),
        R::FlowNotFound => (404, "flow_state_not_found", "invalid flow state, no valid flow state found".into()),
        R::FlowExpired => (422, "flow_state_expired", "invalid flow state, flow state has expired".into()),
        R::BadCodeVerifier => (400, "bad_code_verifier", "code challenge does not match previously saved code verifier".into()),
        // what is switched off
        R::SignupDisabled => (422, "signup_disabled", "Signups not allowed for this instance".into()),
        R::AnonymousDisabled => (422, "anonymous_provider_disabled", "Anonymous sign-ins are disabled".into()),
        R::EmailSignupsDisabled => (400, "email_provider_disabled", "Email signups are disabled".into()),
        R::PhoneSignupsDisabled => (400, "phone_provider_disabled", "Phone signups are disabled".into()),
        R::EmailLoginsDisabled => (422, "email_provider_disabled", "Email logins are disabled".into()),
        R::PhoneLoginsDisabled => (422, "phone_provider_disabled", "Phone logins are disabled".into()),
        R::MagicLinksDisabled => (422, "email_provider_disabled", "Login with magic link is disabled".into()),
        R::PhoneResendDisabled => (400, "phone_provider_disabled", "Phone logins are disabled".into()),
        R::EmailRecoveryDisabled => (400, "email_provider_disabled", "Email logins are disabled".into()),
        R::PhoneProviderUnsupported => (400, "phone_provider_disabled", "Unsupported phone provider".into()),
        R::OtpSignupsDisabled => (422, "otp_disabled", "Signups not allowed for otp".into()),
        R::ManualLinkingDisabled => (404, "manual_linking_disabled", "Manual linking is disabled".into()),
        R::SmsUnavailable => (500, "unexpected_failure", "Unable to get SMS provider".into()),
        // sign-in
        R::InvalidCredentials => (400, "invalid_credentials", "Invalid login credentials".into()),
        R::UnsupportedGrant => (400, "invalid_credentials", "unsupported_grant_type".into()),
        R::EmailNotConfirmed => (400, "email_not_confirmed", "Email not confirmed".into()),
        R::PhoneNotConfirmed => (400, "phone_not_confirmed", "Phone not confirmed".into()),
        R::UserBannedAtSignIn => (400, "user_banned", "User is banned".into()),
        R::UserAlreadyExists => (422, "user_already_exists", "User already registered".into()),
        R::EmailExists => (422, "email_exists", "A user with this email address has already been registered".into()),
        R::PhoneExists => (422, "phone_exists", "A user with this phone number has already been registered".into()),
        R::PhoneTaken => (422, "phone_exists", "Phone number already registered by another user".into()),
        R::IdTaken => (422, "user_already_exists", "A user with this ID has already been registered".into()),
        // bearer tokens
        R::NoBearer => (401, "no_authorization", "This endpoint requires a valid Bearer token".into()),
        R::InvalidApiKey => (401, "no_authorization", "Invalid API key".into()),
        R::MissingSub => (403, "bad_jwt", "invalid claim: missing sub claim".into()),
        R::BadSub => (400, "bad_jwt", "invalid claim: sub claim must be a UUID".into()),
        R::BadSessionClaim => (403, "bad_jwt", "invalid claim: session_id claim must be a UUID".into()),
        R::TokenUserNotFound => (403, "user_not_found", "User from sub claim in JWT does not exist".into()),
        R::TokenSessionNotFound => (403, "session_not_found", "Session from session_id claim in JWT does not exist".into()),
        R::UserBanned => (403, "user_banned", "User is banned".into()),
        R::NotAdmin => (403, "not_admin", "User not allowed".into()),
        R::AppMetadataNeedsAdmin => (403, "not_admin", "Updating app_metadata requires admin privileges".into()),
        R::AnonymousNotAllowed => (403, "no_authorization", "Anonymous user not allowed to perform these actions".into()),
        R::AudienceMismatch => (400, "validation_failed", "Token audience doesn't match request audience".into()),
        // refresh
        R::RefreshMalformed => (400, "validation_failed", "Refresh token is not valid".into()),
        R::RefreshNotFound => (400, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found".into()),
        R::RefreshAlreadyUsed => (400, "refresh_token_already_used", "Invalid Refresh Token: Already Used".into()),
        R::RefreshNotIssuedHere => (400, "validation_failed", "Invalid Refresh Token: Not Issued By This Server".into()),
        R::RefreshUserBanned => (400, "user_banned", "Invalid Refresh Token: User Banned".into()),
        R::SessionExpired => (400, "session_expired", "Invalid Refresh Token: Session Expired".into()),
        R::SessionExpiredInactive => (400, "session_expired", "Invalid Refresh Token: Session Expired (Inactivity)".into()),
        R::SessionLowAal => (400, "session_expired", "Invalid Refresh Token: Session Expired (Low AAL: User Needs MFA Verification)".into()),
        R::SessionReplaced => (400, "session_expired", "Invalid Refresh Token: Session Expired (Revoked by Newer Login)".into()),
        R::RefreshNeedsClient => (400, "validation_failed", "Client authentication required for OAuth session".into()),
        R::RefreshWithoutSession => (400, "session_not_found", "Invalid Refresh Token: No Valid Session Found".into()),
        R::RefreshContended => (409, "conflict", "Too many concurrent token refresh requests on the same session or refresh token".into()),
        // one-time tokens
        R::OtpExpired => (403, "otp_expired", "Token has expired or is invalid".into()),
        R::LinkExpired => (403, "otp_expired", "Email link is invalid or has expired".into()),
        R::VerifyNeedsType => (400, "validation_failed", "Verify requires a verification type".into()),
        R::VerifyNeedsToken => (400, "validation_failed", "Verify requires a token or a token hash".into()),
        R::VerifyNeedsOneToken => (400, "validation_failed", "Verify requires either a token or a token hash".into()),
        R::VerifyHashAlone => (400, "validation_failed", "Only the token_hash and type should be provided".into()),
        R::VerifyEmailType => (400, "validation_failed", "Invalid email verification type".into()),
        R::VerifyEmailFormat => (422, "validation_failed", "Invalid email format".into()),
        R::LinkFlowNotFound => (400, "flow_state_not_found", "No associated flow state found. No valid flow state found for user.".into()),
        R::VerifySmsType => (400, "validation_failed", "Invalid sms verification type".into()),
        // own user
        R::SamePassword => (422, "same_password", "New password should be different from the old password.".into()),
        R::CurrentPasswordRequired => (400, "current_password_required", "Current password required when setting new password.".into()),
        R::CurrentPasswordInvalid => (400, "current_password_invalid", "Current password required when setting new password.".into()),
        R::ReauthenticationNeeded => (400, "reauthentication_needed", "Password update requires reauthentication".into()),
        R::ReauthenticationInvalid => (422, "reauthentication_not_valid", "Nonce has expired or is invalid".into()),
        R::ReauthenticationNeedsContact => (422, "validation_failed", "Reauthentication requires the user to have an email or a phone number".into()),
        R::ReauthenticationNeedsConfirmedEmail => (422, "email_not_confirmed", "Please verify your email first.".into()),
        R::ReauthenticationNeedsConfirmedPhone => (422, "phone_not_confirmed", "Please verify your phone first.".into()),
        R::SsoManaged => (422, "user_sso_managed", "Updating email, phone, password of a SSO account only possible via SSO".into()),
        R::AalForUpdate => (401, "insufficient_aal", "AAL2 session is required to update email or password when MFA is enabled.".into()),
        // identities
        R::AudienceUnexpected => (403, "unexpected_audience", "Token audience doesn't match request audience".into()),
        R::IdentityIdFormat => (404, "validation_failed", "identity_id must be an UUID".into()),
        R::IdentityNotFound => (422, "identity_not_found", "Identity doesn't exist".into()),
        R::SingleIdentity => (422, "single_identity_not_deletable", "User must have at least 1 identity after unlinking".into()),
        R::IdentityEmailConflict => (422, "email_conflict_identity_not_deletable", "Unable to unlink identity due to email conflict".into()),
        R::IdentityExists => (422, "identity_already_exists", "Identity is already linked".into()),
        R::ProviderDisabled => (400, "validation_failed", "Unsupported provider: provider is not enabled".into()),
        R::ProviderUnusable(detail) => (400, "validation_failed", format!("Unsupported provider: {detail}").into()),
        R::InviteTokenNotFound => (404, "user_not_found", "User identified by token not found".into()),
        // second factors
        R::FactorIdFormat => (404, "validation_failed", "factor_id must be an UUID".into()),
        R::FactorType => (400, "validation_failed", "factor_type needs to be totp, phone, or webauthn".into()),
        R::FactorNotFound => (404, "mfa_factor_not_found", "Factor not found".into()),
        R::ChallengeNotFound => (422, "mfa_factor_not_found", "MFA factor with the provided challenge ID not found".into()),
        R::ChallengeAddress => (422, "mfa_ip_address_mismatch", "Challenge and verify IP addresses mismatch.".into()),
        R::TotpCodeMissing => (400, "validation_failed", "Code needs to be non-empty".into()),
        R::TotpCodeInvalid => (422, "mfa_verification_failed", "Invalid TOTP code entered".into()),
        R::TooManyFactors => (422, "too_many_enrolled_mfa_factors", "Maximum number of verified factors reached, unenroll to continue".into()),
        R::TotpEnrollDisabled => (422, "mfa_totp_enroll_not_enabled", "MFA enroll is disabled for TOTP".into()),
        R::TotpVerifyDisabled => (422, "mfa_totp_verify_not_enabled", "MFA verification is disabled for TOTP".into()),
        R::PhoneEnrollDisabled => (422, "mfa_phone_enroll_not_enabled", "MFA enroll is disabled for Phone".into()),
        R::PhoneVerifyDisabled => (422, "mfa_phone_verify_not_enabled", "MFA verification is disabled for Phone".into()),
        R::WebauthnEnrollDisabled => (422, "mfa_webauthn_enroll_not_enabled", "MFA enroll is disabled for WebAuthn".into()),
        R::WebauthnVerifyDisabled => (422, "mfa_webauthn_verify_not_enabled", "MFA verification is disabled for WebAuthn".into()),
        R::AalForEnrol => (403, "insufficient_aal", "AAL2 required to enroll a new factor".into()),
        R::AalForUnenrol => (422, "insufficient_aal", "AAL2 required to unenroll verified factor".into()),
        // administration
        R::UserNotFound => (404, "user_not_found", "User not found".into()),
        R::UserWithEmailNotFound => (404, "user_not_found", "User with this email not found".into()),
        R::CurrentEmailNotAsked => (422, "validation_failed", "Enable secure email change to generate link for current email".into()),
        R::UserIdFormat => (404, "validation_failed", "user_id must be an UUID".into()),
        R::NewIdNil => (400, "validation_failed", "ID cannot be a nil uuid".into()),
        R::NewIdFormat => (400, "validation_failed", "ID must conform to the uuid v4 format".into()),
        R::UserNeedsContact => (400, "validation_failed", "Cannot create a user without either an email or phone".into()),
        R::PasswordAndHash => (400, "validation_failed", "Only a password or a password hash should be provided".into()),
        R::UnsupportedPasswordHash => (400, "validation_failed", "Password hash has an unsupported format".into()),
        // limits
        R::OverEmailBudget { .. } => (429, "over_email_send_rate_limit", "email rate limit exceeded".into()),
        R::OverSmsBudget { .. } => (429, "over_sms_send_rate_limit", "SMS rate limit exceeded".into()),
        R::OverRequestRate | R::TooManyWrongCodes { .. } => (429, "over_request_rate_limit", "Request rate limit reached".into()),
        R::EmailNotAuthorized => (400, "email_address_not_authorized", "Email address not authorized".into()),
        // with a detail
        R::BadJwt(detail) => (
            403,
            "bad_jwt",
            format!("invalid JWT: unable to parse or verify signature, {detail}").into(),
        ),
        R::TooSoonForEmail { seconds } => (429, "over_email_send_rate_limit", too_soon(*seconds)),
        R::TooSoonForSms { seconds } => (429, "over_sms_send_rate_limit", too_soon(*seconds)),
        R::ProviderUnknown { name } => (
            400,
            "validation_failed",
            format!("Unsupported provider: Provider {name} could not be found").into(),
        ),
        R::LogoutScope { scope } => {
            (400, "validation_failed", format!("Unsupported logout scope {scope:?}").into())
        }
        R::LinkType { kind } => (
            400,
            "validation_failed",
            format!("Invalid email action link type requested: {kind}").into(),
        ),
        R::BanDuration(detail) => (
            400,
            "validation_failed",
            format!("invalid format for ban duration: {detail}").into(),
        ),
        R::Pagination(detail) => {
            (400, "validation_failed", format!("Bad Pagination Parameters: {detail}").into())
        }
        R::SortField(field) => (
            400,
            "validation_failed",
            format!("Bad Sort Parameters: bad field for sort '{field}'").into(),
        ),
        R::SortDirection(direction) => (
            400,
            "validation_failed",
            format!(
                "Bad Sort Parameters: bad direction for sort '{direction}', only 'asc' and 'desc' \
                 allowed"
            )
            .into(),
        ),
        R::FieldFormat { field } => (
            400,
            "validation_failed",
            format!("{field} must not contain control characters").into(),
        ),
        R::FieldTooLong { field } => {
            (400, "validation_failed", format!("{field} is too long").into())
        }
        R::AuditQuery(query) => {
            (400, "validation_failed", format!("Invalid query scope: {query}").into())
        }
        R::ChallengeExpired { id } => (
            422,
            "mfa_challenge_expired",
            format!(
                "MFA challenge {id} has expired, verify against another challenge or create a \
                 new challenge."
            )
            .into(),
        ),
        R::FactorNameConflict { name } => (
            422,
            "mfa_factor_name_conflict",
            format!("A factor with the friendly name {name:?} for this user already exists")
                .into(),
        ),
    }
}

fn too_soon(seconds: u64) -> Cow<'static, str> {
    format!("For security purposes, you can only request this after {seconds} seconds.").into()
}
