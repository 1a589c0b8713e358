//! The variables of GoTrue of which nothing comes, and those with which the server does not start.

use super::super::kind::boolean;
use super::{Effect, Variable};

// Macros, so that one variable is one line.
macro_rules! no_effect {
    ($($name:literal => $because:expr;)*) => {
        &[$(($name, $because)),*]
    };
}
macro_rules! refused {
    ($($name:literal => $when:literal, $is_refused:path, $because:expr;)*) => {
        &[$(($name, $when, $is_refused, $because)),*]
    };
}

type Refused = (&'static str, &'static str, fn(&str) -> bool, &'static str);

const POOL: &str = "connections are made once and kept";
const SMS: &str = "text messages cannot be sent yet";
const PASSKEYS: &str = "passkeys are not built yet and answer accordingly";
const SAML: &str = "SAML is not built yet and answers accordingly";
const OAUTH: &str = "the OAuth server is not built yet and answers accordingly";
const WEB3: &str = "sign-in with a wallet is not built yet and answers accordingly";
const RECOVERY_CODES: &str = "recovery codes cannot be switched on yet";
const HIBP: &str = "the check against breached passwords cannot be switched on yet";
const CAPTCHA: &str = "the captcha cannot be switched on yet";
const VALIDATION: &str = "extended validation of addresses cannot be switched on yet";
const TEMPLATES: &str = "templates are read once, at the start";
const LOGGING: &str = "the log is one line of JSON for each request";
const TELEMETRY: &str = "metrics are served on the management port";
const RELOADING: &str = "settings are read once, at the start";
const INDEXES: &str = "a database that Supabase Auth made is left as it is";
const UNUSED: &str = "GoTrue does not use it either";
const REDIRECT: &str = "users are sent to the target that was asked for, or to GOTRUE_SITE_URL";
const LINKING: &str =
    "linking domains are not supported yet: accounts would be linked that were kept apart";
const SCHEMA: &str = "the schema is always `auth`";

/// Variables that are accepted and of which nothing comes, with the reason.
const NO_EFFECT: &[(&str, &str)] = no_effect! {
    "GOTRUE_API_ENDPOINT" => UNUSED;
    "GOTRUE_OPERATOR_TOKEN" => UNUSED;
    "GOTRUE_JWT_ADMIN_GROUP_NAME" => UNUSED;
    "GOTRUE_DB_MIGRATIONS_PATH" => "the migrations are in the program";
    "GOTRUE_DB_CONN_PERCENTAGE" => POOL;
    "GOTRUE_DB_MAX_IDLE_POOL_SIZE" => POOL;
    "GOTRUE_DB_CONN_MAX_LIFETIME" => POOL;
    "GOTRUE_DB_CONN_MAX_IDLE_TIME" => POOL;
    "GOTRUE_DB_HEALTH_CHECK_PERIOD" => POOL;
    "GOTRUE_DB_ADVISOR_ENABLED" => POOL;
    "GOTRUE_DB_ADVISOR_SAMPLING_INTERVAL" => POOL;
    "GOTRUE_DB_ADVISOR_OBSERVATION_INTERVAL" => POOL;
    "GOTRUE_SECURITY_CAPTCHA_PROVIDER" => CAPTCHA;
    "GOTRUE_SECURITY_CAPTCHA_SECRET" => CAPTCHA;
    "GOTRUE_SECURITY_CAPTCHA_TIMEOUT" => CAPTCHA;
    "GOTRUE_PASSWORD_HIBP_FAIL_CLOSED" => HIBP;
    "GOTRUE_PASSWORD_HIBP_USER_AGENT" => HIBP;
    "GOTRUE_PASSWORD_HIBP_BLOOM_ENABLED" => HIBP;
    "GOTRUE_PASSWORD_HIBP_BLOOM_ITEMS" => HIBP;
    "GOTRUE_PASSWORD_HIBP_BLOOM_FALSE_POSITIVES" => HIBP;
    "GOTRUE_SMTP_LOGGING_ENABLED" => "the outcome of each mail is always recorded";
    "GOTRUE_MAILER_EXTERNAL_HOSTS" =>
        "links are built on API_EXTERNAL_URL only, whatever a request says";
    "GOTRUE_MAILER_EMAIL_BACKGROUND_SENDING" => "mails are always sent after the request";
    "GOTRUE_MAILER_EMAIL_VALIDATION_SERVICE_URL" => VALIDATION;
    "GOTRUE_MAILER_EMAIL_VALIDATION_SERVICE_HEADERS" => VALIDATION;
    "GOTRUE_MAILER_EMAIL_VALIDATION_BLOCKED_MX" => VALIDATION;
    "GOTRUE_MAILER_TEMPLATE_MAX_SIZE" => TEMPLATES;
    "GOTRUE_MAILER_TEMPLATE_MAX_AGE" => TEMPLATES;
    "GOTRUE_MAILER_TEMPLATE_RETRY_INTERVAL" => TEMPLATES;
    "GOTRUE_MAILER_TEMPLATE_RELOADING_ENABLED" => TEMPLATES;
    "GOTRUE_MAILER_TEMPLATE_RELOADING_MAX_IDLE" => TEMPLATES;
    "GOTRUE_SMS_TEMPLATE" => SMS;
    "GOTRUE_SMS_TWILIO_ACCOUNT_SID" => SMS;
    "GOTRUE_SMS_TWILIO_AUTH_TOKEN" => SMS;
    "GOTRUE_SMS_TWILIO_MESSAGE_SERVICE_SID" => SMS;
    "GOTRUE_SMS_TWILIO_CONTENT_SID" => SMS;
    "GOTRUE_SMS_TWILIO_VERIFY_ACCOUNT_SID" => SMS;
    "GOTRUE_SMS_TWILIO_VERIFY_AUTH_TOKEN" => SMS;
    "GOTRUE_SMS_TWILIO_VERIFY_MESSAGE_SERVICE_SID" => SMS;
    "GOTRUE_SMS_MESSAGEBIRD_ACCESS_KEY" => SMS;
    "GOTRUE_SMS_MESSAGEBIRD_ORIGINATOR" => SMS;
    "GOTRUE_SMS_TEXTLOCAL_API_KEY" => SMS;
    "GOTRUE_SMS_TEXTLOCAL_SENDER" => SMS;
    "GOTRUE_SMS_VONAGE_API_KEY" => SMS;
    "GOTRUE_SMS_VONAGE_API_SECRET" => SMS;
    "GOTRUE_SMS_VONAGE_FROM" => SMS;
    "GOTRUE_MFA_PHONE_OTP_LENGTH" => SMS;
    "GOTRUE_MFA_PHONE_TEMPLATE" => SMS;
    "GOTRUE_MFA_PHONE_MAX_FREQUENCY" => SMS;
    "GOTRUE_MFA_RECOVERY_CODES_COUNT" => RECOVERY_CODES;
    "GOTRUE_MFA_RECOVERY_CODES_CODE_LENGTH" => RECOVERY_CODES;
    "GOTRUE_MFA_RECOVERY_CODES_MAX_VERIFY_ATTEMPTS" => RECOVERY_CODES;
    "GOTRUE_MFA_RECOVERY_CODES_LOCKOUT_DURATION" => RECOVERY_CODES;
    "GOTRUE_EXTERNAL_IOS_BUNDLE_ID" =>
        "give it as a further item of GOTRUE_EXTERNAL_APPLE_CLIENT_ID";
    "GOTRUE_EXTERNAL_REDIRECT_URL" => REDIRECT;
    "GOTRUE_EXTERNAL_REDIRECTURL" => REDIRECT;
    "GOTRUE_EXTERNAL_ALLOWED_ID_TOKEN_ISSUERS" =>
        "only the issuers of configured providers are accepted";
    "GOTRUE_EXTERNAL_FLOW_STATE_EXPIRY_DURATION" =>
        "a sign-in that was begun can be finished for 300 s";
    "GOTRUE_EXTERNAL_OIDC_PROVIDER_CACHE_TTL" =>
        "how long a provider's documents are kept is fixed";
    "GOTRUE_EXTERNAL_WEB3_SOLANA_MAXIMUM_VALIDITY_DURATION" => WEB3;
    "GOTRUE_EXTERNAL_WEB3_ETHEREUM_MAXIMUM_VALIDITY_DURATION" => WEB3;
    "GOTRUE_CUSTOM_OAUTH_MAX_PROVIDERS" => "their number is not limited";
    "GOTRUE_CUSTOM_OAUTH_EXTERNAL_URL" => "providers send users back below API_EXTERNAL_URL";
    "GOTRUE_PASSKEY_MAX_PASSKEYS_PER_USER" => PASSKEYS;
    "GOTRUE_SAML_PRIVATE_KEY" => SAML;
    "GOTRUE_SAML_EXTERNAL_URL" => SAML;
    "GOTRUE_SAML_RELAY_STATE_VALIDITY_PERIOD" => SAML;
    "GOTRUE_SAML_ALLOW_ENCRYPTED_ASSERTIONS" => SAML;
    "GOTRUE_OAUTH_SERVER_AUTHORIZATION_TTL" => OAUTH;
    "GOTRUE_OAUTH_SERVER_DEFAULT_SCOPE" => OAUTH;
    "GOTRUE_AUDIT_LOG_DISABLE_POSTGRES" =>
        "the audit log is part of each change and cannot be switched off";
    "GOTRUE_LOG_FILE" => LOGGING;
    "GOTRUE_LOG_DISABLE_COLORS" => LOGGING;
    "GOTRUE_LOG_QUOTE_EMPTY_FIELDS" => LOGGING;
    "GOTRUE_LOG_TS_FORMAT" => LOGGING;
    "GOTRUE_LOG_FIELDS" => LOGGING;
    "GOTRUE_LOG_SQL" => LOGGING;
    "GOTRUE_PROFILER_ENABLED" => TELEMETRY;
    "GOTRUE_PROFILER_HOST" => TELEMETRY;
    "GOTRUE_PROFILER_PORT" => TELEMETRY;
    "GOTRUE_TRACING_ENABLED" => TELEMETRY;
    "GOTRUE_TRACING_EXPORTER" => TELEMETRY;
    "GOTRUE_TRACING_HOST" => TELEMETRY;
    "GOTRUE_TRACING_PORT" => TELEMETRY;
    "GOTRUE_TRACING_SERVICE_NAME" => TELEMETRY;
    "GOTRUE_TRACING_HEADERS" => TELEMETRY;
    "GOTRUE_TRACING_TAGS" => TELEMETRY;
    "GOTRUE_METRICS_ENABLED" => TELEMETRY;
    "GOTRUE_METRICS_EXPORTER" => TELEMETRY;
    "GOTRUE_RELOADING_NOTIFY_ENABLED" => RELOADING;
    "GOTRUE_RELOADING_POLLER_ENABLED" => RELOADING;
    "GOTRUE_RELOADING_POLLERENABLED" => RELOADING;
    "GOTRUE_RELOADING_POLLER_INTERVAL" => RELOADING;
    "GOTRUE_RELOADING_SIGNAL_ENABLED" => RELOADING;
    "GOTRUE_RELOADING_SIGNAL_NUMBER" => RELOADING;
    "GOTRUE_RELOADING_GRACE_PERIOD_INTERVAL" => RELOADING;
    "GOTRUE_INDEX_WORKER_ENSURE_USER_SEARCH_INDEXES_EXIST" => INDEXES;
    "GOTRUE_INDEX_WORKER_MAX_USERS_THRESHOLD" => INDEXES;
    "GOTRUE_EXPERIMENTAL_ENABLE_OTT_AS_SOURCE_OF_TRUTH" =>
        "tokens are always looked up where GoTrue puts them";
    "GOTRUE_EXPERIMENTAL_ONE_TIME_TOKEN_EXPIRES_AT_WRITE_ENABLED" =>
        "GoTrue does not read what it would write";
};

/// Variables with which the server does not start, because ignoring them would be worse.
const REFUSED: &[Refused] = refused! {
    "GOTRUE_DB_DRIVER" => "not postgres", not_postgres, "only PostgreSQL is read through GOTRUE_";
    "DB_NAMESPACE" => "not auth", not_auth, SCHEMA;
    "GOTRUE_DB_NAMESPACE" => "not auth", not_auth, SCHEMA;
    "GOTRUE_DB_DB_NAMESPACE" => "not auth", not_auth, SCHEMA;
    "GOTRUE_SECURITY_CAPTCHA_ENABLED" => "true", on, "the captcha is not supported yet";
    "GOTRUE_PASSWORD_HIBP_ENABLED" =>
        "true", on, "the check against breached passwords is not supported yet";
    "GOTRUE_MAILER_EMAIL_VALIDATION_EXTENDED" =>
        "true", on, "extended validation of addresses is not supported yet";
    "GOTRUE_MFA_RECOVERY_CODES_ENROLL_ENABLED" =>
        "true", on, "recovery codes are not supported yet";
    "GOTRUE_MFA_RECOVERY_CODES_VERIFY_ENABLED" =>
        "true", on, "recovery codes are not supported yet";
    "GOTRUE_EXPERIMENTAL_PROVIDERS_WITH_OWN_LINKING_DOMAIN" =>
        "given", given, LINKING;
    "GOTRUE_EXPERIMENTAL_PROVIDER_LINKING_DOMAINS" =>
        "given", given, LINKING;
    "GOTRUE_EXPERIMENTAL_CURSOR_PAGINATION_ENABLED" =>
        "true", on, "pages of users by cursor are not supported yet";
    "GOTRUE_EXPERIMENTAL_SCIM_ENABLED" => "true", on, "SCIM is not supported yet";
    "GOTRUE_EXPERIMENTAL_CREATE_EMAIL_IDENTITY_ON_PASSWORD_SET_ENABLED" =>
        "true", on, "identities for added passwords are not supported yet";
};

/// The variables, in the order in which they are documented.
pub(super) fn variables() -> Vec<Variable> {
    let refused = REFUSED.iter().map(|(name, when, is_refused, because)| {
        let effect = Effect::Refused {
            when,
            is_refused: *is_refused,
            because,
        };
        Variable::new(*name, effect)
    });
    let no_effect = NO_EFFECT
        .iter()
        .map(|(name, because)| Variable::new(*name, Effect::Ignored { because }));
    refused.chain(no_effect).collect()
}

/// Everything but a clear "off" is refused: a typing error must not switch a protection off.
pub(super) fn on(text: &str) -> bool {
    boolean(text) != Some(false)
}

fn given(_: &str) -> bool {
    true
}

fn not_postgres(text: &str) -> bool {
    !matches!(text, "postgres" | "postgresql" | "pgx")
}

fn not_auth(text: &str) -> bool {
    text != "auth"
}
