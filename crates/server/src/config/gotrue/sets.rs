//! The variables of GoTrue that set one of our settings.

use super::read::{self, Read};
use super::{Effect, Part, Variable};

// A macro, so that one variable is one line.
macro_rules! rows {
    ($($name:literal => $path:literal, $read:path;)*) => {
        &[$(($name, $path, $read)),*]
    };
}

/// Where GoTrue has two names for one thing, the one that wins there comes later here.
const SETS: &[(&str, &str, Read)] = rows! {
    "API_EXTERNAL_URL" => "site.external_url", read::text;
    "GOTRUE_API_EXTERNAL_URL" => "site.external_url", read::text;
    "GOTRUE_API_API_EXTERNAL_URL" => "site.external_url", read::text;
    "GOTRUE_SITE_URL" => "site.site_url", read::text;
    "GOTRUE_URI_ALLOW_LIST" => "site.redirect_allow_list", read::list;
    "GOTRUE_DISABLE_SIGNUP" => "signup.disabled", read::switch;
    "REQUEST_ID_HEADER" => "http.request_id_header", read::text;
    "GOTRUE_REQUEST_ID_HEADER" => "http.request_id_header", read::text;
    "GOTRUE_API_REQUEST_ID_HEADER" => "http.request_id_header", read::text;
    "GOTRUE_API_MAX_REQUEST_DURATION" => "http.request_deadline", read::positive_span;
    "GOTRUE_CORS_ALLOWED_HEADERS" => "http.cors_allowed_headers", read::list;
    "GOTRUE_RATE_LIMIT_HEADER" => "http.rate_limit_header", read::text;
    "GOTRUE_SECURITY_SB_FORWARDED_FOR_ENABLED" => "http.sb_forwarded_for_enabled", read::switch;
    "DATABASE_URL" => "database.url", read::text;
    "GOTRUE_DATABASE_URL" => "database.url", read::text;
    "GOTRUE_DB_DATABASE_URL" => "database.url", read::text;
    "GOTRUE_DB_MAX_POOL_SIZE" => "database.connections_max", read::pool_size;
    "GOTRUE_DB_CLEANUP_ENABLED" => "database.cleanup_enabled", read::switch;
    "GOTRUE_JWT_SECRET" => "keys.jwt_secret", read::text;
    "GOTRUE_JWT_KEYS" => "keys.jwks", read::text;
    "GOTRUE_JWT_KEY_ID" => "keys.jwt_key_id", read::text;
    "GOTRUE_JWT_VALIDMETHODS" => "keys.verify_algorithms", read::list;
    "GOTRUE_JWT_VALID_METHODS" => "keys.verify_algorithms", read::list;
    "GOTRUE_JWT_EXP" => "jwt.access_span", read::seconds_or_default;
    "GOTRUE_JWT_AUD" => "jwt.audience", read::text;
    "GOTRUE_JWT_ISSUER" => "jwt.issuer", read::text;
    "GOTRUE_JWT_ADMIN_ROLES" => "jwt.admin_roles", read::list;
    "GOTRUE_JWT_DEFAULT_GROUP_NAME" => "jwt.default_role", read::text;
    "GOTRUE_SECURITY_REFRESH_TOKEN_ROTATION_ENABLED" => "refresh.rotation_enabled", read::switch;
    "GOTRUE_SECURITY_REFRESH_TOKEN_REUSE_INTERVAL" => "refresh.reuse_interval", read::seconds;
    "GOTRUE_SECURITY_REFRESH_TOKEN_ALGORITHM_VERSION" =>
        "refresh.algorithm", read::refresh_algorithm;
    "GOTRUE_SECURITY_REFRESH_TOKEN_UPGRADE_PERCENTAGE" => "refresh.upgrade_percentage", read::whole;
    "GOTRUE_SECURITY_REFRESH_TOKEN_ALLOW_REUSE" => "refresh.allow_reuse", read::switch;
    "GOTRUE_SECURITY_MANUAL_LINKING_ENABLED" => "signup.manual_linking_enabled", read::switch;
    "GOTRUE_SECURITY_UPDATE_PASSWORD_REQUIRE_REAUTHENTICATION" =>
        "password.require_reauthentication", read::switch;
    "GOTRUE_SECURITY_UPDATE_PASSWORD_REQUIRE_CURRENT_PASSWORD" =>
        "password.require_current_password", read::switch;
    "GOTRUE_SECURITY_DB_ENCRYPTION_ENCRYPT" => "columns.encrypt", read::switch;
    "GOTRUE_SECURITY_DB_ENCRYPTION_ENCRYPTION_KEY_ID" => "columns.encryption_key_id", read::text;
    "GOTRUE_SECURITY_DB_ENCRYPTION_ENCRYPTION_KEY" => "columns.encryption_key", read::text;
    "GOTRUE_SECURITY_DB_ENCRYPTION_DECRYPTION_KEYS" => "columns.decryption_keys", read::column_keys;
    "GOTRUE_PASSWORD_MIN_LENGTH" => "password.min_length", read::password_length;
    "GOTRUE_PASSWORD_REQUIRED_CHARACTERS" => "password.required_characters", read::character_sets;
    "GOTRUE_SESSIONS_TIMEBOX" => "sessions.timebox", read::positive_span;
    "GOTRUE_SESSIONS_INACTIVITY_TIMEOUT" => "sessions.inactivity_timeout", read::positive_span;
    "GOTRUE_SESSIONS_ALLOW_LOW_AAL" => "sessions.allow_low_aal", read::positive_span;
    "GOTRUE_SESSIONS_SINGLE_PER_USER" => "sessions.single_per_user", read::switch;
    "GOTRUE_SESSIONS_TAGS" => "sessions.tags", read::list;
    "GOTRUE_RATE_LIMIT_EMAIL_SENT" => "limits.mails", read::budget;
    "GOTRUE_RATE_LIMIT_SMS_SENT" => "limits.sms", read::budget;
    "GOTRUE_RATE_LIMIT_VERIFY" => "limits.verify", read::per_five_minutes;
    "GOTRUE_RATE_LIMIT_TOKEN_REFRESH" => "limits.token", read::per_five_minutes;
    "GOTRUE_RATE_LIMIT_SSO" => "limits.sso", read::per_five_minutes;
    "GOTRUE_RATE_LIMIT_ANONYMOUS_USERS" => "limits.anonymous", read::per_hour;
    "GOTRUE_RATE_LIMIT_OTP" => "limits.otp", read::per_five_minutes;
    "GOTRUE_RATE_LIMIT_WEB3" => "limits.web3", read::per_five_minutes;
    "GOTRUE_RATE_LIMIT_PASSKEY" => "limits.passkey", read::per_five_minutes;
    "GOTRUE_RATE_LIMIT_OAUTH_DYNAMIC_CLIENT_REGISTER" =>
        "limits.client_registration", read::per_five_minutes;
    "GOTRUE_MFA_RATE_LIMIT_CHALLENGE_AND_VERIFY" => "limits.mfa", read::per_minute;
    "GOTRUE_SAML_RATE_LIMIT_ASSERTION" => "limits.saml", read::per_five_minutes;
    "GOTRUE_SMTP_HOST" => "smtp.host", read::text;
    "GOTRUE_SMTP_PORT" => "smtp.port", read::whole;
    "GOTRUE_SMTP_USER" => "smtp.user", read::text;
    "GOTRUE_SMTP_PASS" => "smtp.password", read::text;
    "GOTRUE_SMTP_ADMIN_EMAIL" => "smtp.admin_email", read::text;
    "GOTRUE_SMTP_SENDER_NAME" => "smtp.sender_name", read::text;
    "GOTRUE_SMTP_MAX_FREQUENCY" => "email.max_frequency", read::span_or_default;
    "GOTRUE_SMTP_HEADERS" => "smtp.headers", read::headers;
    "GOTRUE_MAILER_AUTOCONFIRM" => "email.autoconfirm", read::switch;
    "GOTRUE_MAILER_ALLOW_UNVERIFIED_EMAIL_SIGN_INS" =>
        "email.allow_unverified_sign_ins", read::switch;
    "GOTRUE_MAILER_SECURE_EMAIL_CHANGE_ENABLED" => "email.secure_change_enabled", read::switch;
    "GOTRUE_MAILER_OTP_EXP" => "email.otp_span", read::seconds_or_default;
    "GOTRUE_MAILER_OTP_LENGTH" => "email.otp_length", read::otp_length;
    "GOTRUE_SMS_PROVIDER" => "phone.provider", read::text;
    "GOTRUE_SMS_AUTOCONFIRM" => "phone.autoconfirm", read::switch;
    "GOTRUE_SMS_MAX_FREQUENCY" => "phone.max_frequency", read::span_or_default;
    "GOTRUE_SMS_OTP_EXP" => "phone.otp_span", read::seconds_or_default;
    "GOTRUE_SMS_OTP_LENGTH" => "phone.otp_length", read::otp_length;
    "GOTRUE_SMS_TEST_OTP" => "phone.test_otp", read::test_codes;
    "GOTRUE_SMS_TEST_OTP_VALID_UNTIL" => "phone.test_otp_valid_until", read::text;
    "GOTRUE_EXTERNAL_EMAIL_ENABLED" => "email.enabled", read::switch;
    "GOTRUE_EXTERNAL_EMAIL_MAGIC_LINK_ENABLED" => "email.magic_link_enabled", read::switch;
    "GOTRUE_EXTERNAL_EMAIL_AUTHORIZED_ADDRESSES" => "email.authorized_addresses", read::list;
    "GOTRUE_EXTERNAL_PHONE_ENABLED" => "phone.enabled", read::switch;
    "GOTRUE_EXTERNAL_ANONYMOUS_USERS_ENABLED" => "signup.anonymous_enabled", read::switch;
    "GOTRUE_EXTERNAL_WEB3_SOLANA_ENABLED" => "features.web3_solana_enabled", read::switch;
    "GOTRUE_EXTERNAL_WEB3_ETHEREUM_ENABLED" => "features.web3_ethereum_enabled", read::switch;
    "GOTRUE_CUSTOM_OAUTH_ENABLED" => "features.custom_providers_enabled", read::switch;
    "GOTRUE_MFA_MAX_ENROLLED_FACTORS" => "mfa.max_enrolled_factors", read::count;
    "GOTRUE_MFA_MAX_VERIFIED_FACTORS" => "mfa.max_verified_factors", read::whole;
    "GOTRUE_MFA_CHALLENGE_EXPIRY_DURATION" => "mfa.challenge_span", read::seconds_with_floor;
    "GOTRUE_MFA_FACTOR_EXPIRY_DURATION" => "mfa.factor_span", read::span_with_floor;
    "GOTRUE_MFA_TOTP_ENROLL_ENABLED" => "mfa.totp_enroll_enabled", read::switch;
    "GOTRUE_MFA_TOTP_VERIFY_ENABLED" => "mfa.totp_verify_enabled", read::switch;
    "GOTRUE_MFA_PHONE_ENROLL_ENABLED" => "mfa.phone_enroll_enabled", read::switch;
    "GOTRUE_MFA_PHONE_VERIFY_ENABLED" => "mfa.phone_verify_enabled", read::switch;
    "GOTRUE_MFA_WEB_AUTHN_ENROLL_ENABLED" => "mfa.webauthn_enroll_enabled", read::switch;
    "GOTRUE_MFA_WEB_AUTHN_VERIFY_ENABLED" => "mfa.webauthn_verify_enabled", read::switch;
    "GOTRUE_WEBAUTHN_RP_ID" => "webauthn.rp_id", read::text;
    "GOTRUE_WEBAUTHN_RP_DISPLAY_NAME" => "webauthn.rp_display_name", read::text;
    "GOTRUE_WEBAUTHN_RP_ORIGINS" => "webauthn.rp_origins", read::list;
    "GOTRUE_WEBAUTHN_CHALLENGE_EXPIRY_DURATION" => "webauthn.challenge_span", read::positive_span;
    "GOTRUE_PASSKEY_ENABLED" => "features.passkeys_enabled", read::switch;
    "GOTRUE_SAML_ENABLED" => "features.saml_enabled", read::switch;
    "GOTRUE_SAML_PRIVATE_KEY_NEXT" => "features.saml_next_key_configured", read::presence;
    "GOTRUE_OAUTH_SERVER_ENABLED" => "features.oauth_server_enabled", read::switch;
    "GOTRUE_OAUTH_SERVER_ALLOW_DYNAMIC_REGISTRATION" =>
        "features.oauth_dynamic_registration_enabled", read::switch;
    "GOTRUE_OAUTH_SERVER_AUTHORIZATION_PATH" => "features.oauth_authorization_path", read::text;
    "GOTRUE_LOG_LEVEL" => "log.level", read::log_level;
};

/// Where the server listens; of two names the later wins.
const LISTEN: &[(&str, Part)] = &[
    ("API_HOST", Part::Host),
    ("GOTRUE_API_HOST", Part::Host),
    ("PORT", Part::Port),
    ("GOTRUE_PORT", Part::Port),
    ("GOTRUE_API_PORT", Part::Port),
];

/// The variables, in the order in which they are documented.
pub(super) fn variables() -> Vec<Variable> {
    let listen = LISTEN
        .iter()
        .map(|(name, part)| Variable::new(*name, Effect::Listen(*part)));
    let sets = SETS.iter().map(|(name, path, read)| {
        let path = (*path).to_owned();
        Variable::new(*name, Effect::Sets { path, read: *read })
    });
    listen.chain(sets).collect()
}
