//! Tests of GoTrue's variables: each does what its row says, and the recorded servers' settings
//! come out as the real server reported them.

use super::super::environment;
use super::super::tests::{BARE, config, load_with, problems};
use super::super::{Config, Engine, Flags, MailDelivery, Mode, SmtpSecurity};
use super::*;
use std::collections::BTreeSet;
use std::path::Path;

mod recorded;

fn with<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    BARE.iter().chain(more).copied().collect()
}

fn gotrue(more: &[(&str, &str)]) -> Config {
    config(&Flags::default(), &with(more), "")
}

#[test]
fn no_variable_has_two_rows_and_every_path_exists() {
    let mut names = BTreeSet::new();
    for variable in variables() {
        assert!(names.insert(variable.name.clone()), "{}", variable.name);
        if let Effect::Sets { path, .. } | Effect::Template { path } = &variable.effect {
            assert!(key::find(path).is_some(), "{path}");
        }
    }
}

/// The variables that the reference for GoTrue v2.196 lists.
#[test]
fn every_variable_of_the_reference_has_a_row() {
    let names: BTreeSet<String> = variables().into_iter().map(|v| v.name).collect();
    let core = "API_HOST PORT API_EXTERNAL_URL SITE_URL URI_ALLOW_LIST DISABLE_SIGNUP \
        OPERATOR_TOKEN API_MAX_REQUEST_DURATION REQUEST_ID_HEADER CORS_ALLOWED_HEADERS \
        DATABASE_URL DB_DATABASE_URL DB_DRIVER DB_NAMESPACE DB_MAX_POOL_SIZE \
        DB_MAX_IDLE_POOL_SIZE DB_CONN_MAX_LIFETIME DB_CONN_MAX_IDLE_TIME DB_CONN_PERCENTAGE \
        DB_CLEANUP_ENABLED DB_MIGRATIONS_PATH JWT_SECRET JWT_EXP JWT_AUD JWT_ISSUER JWT_KEYS \
        JWT_KEY_ID JWT_VALID_METHODS JWT_ADMIN_ROLES JWT_DEFAULT_GROUP_NAME \
        JWT_ADMIN_GROUP_NAME SECURITY_REFRESH_TOKEN_ROTATION_ENABLED \
        SECURITY_REFRESH_TOKEN_REUSE_INTERVAL SECURITY_REFRESH_TOKEN_ALGORITHM_VERSION \
        SECURITY_REFRESH_TOKEN_UPGRADE_PERCENTAGE SECURITY_REFRESH_TOKEN_ALLOW_REUSE \
        SECURITY_MANUAL_LINKING_ENABLED SECURITY_UPDATE_PASSWORD_REQUIRE_REAUTHENTICATION \
        SECURITY_UPDATE_PASSWORD_REQUIRE_CURRENT_PASSWORD SECURITY_CAPTCHA_ENABLED \
        SECURITY_CAPTCHA_PROVIDER SECURITY_CAPTCHA_SECRET SECURITY_CAPTCHA_TIMEOUT \
        SECURITY_DB_ENCRYPTION_ENCRYPT SECURITY_DB_ENCRYPTION_ENCRYPTION_KEY_ID \
        SECURITY_DB_ENCRYPTION_ENCRYPTION_KEY SECURITY_DB_ENCRYPTION_DECRYPTION_KEYS \
        SECURITY_SB_FORWARDED_FOR_ENABLED PASSWORD_MIN_LENGTH PASSWORD_REQUIRED_CHARACTERS \
        PASSWORD_HIBP_ENABLED PASSWORD_HIBP_FAIL_CLOSED SESSIONS_TIMEBOX \
        SESSIONS_INACTIVITY_TIMEOUT SESSIONS_ALLOW_LOW_AAL SESSIONS_SINGLE_PER_USER \
        SESSIONS_TAGS";
    let mail = "RATE_LIMIT_HEADER RATE_LIMIT_EMAIL_SENT RATE_LIMIT_SMS_SENT RATE_LIMIT_VERIFY \
        RATE_LIMIT_TOKEN_REFRESH RATE_LIMIT_SSO RATE_LIMIT_ANONYMOUS_USERS RATE_LIMIT_OTP \
        RATE_LIMIT_WEB3 RATE_LIMIT_PASSKEY RATE_LIMIT_OAUTH_DYNAMIC_CLIENT_REGISTER \
        MFA_RATE_LIMIT_CHALLENGE_AND_VERIFY SAML_RATE_LIMIT_ASSERTION SMTP_HOST SMTP_PORT \
        SMTP_USER SMTP_PASS SMTP_ADMIN_EMAIL SMTP_SENDER_NAME SMTP_MAX_FREQUENCY SMTP_HEADERS \
        MAILER_AUTOCONFIRM MAILER_ALLOW_UNVERIFIED_EMAIL_SIGN_INS \
        MAILER_SECURE_EMAIL_CHANGE_ENABLED MAILER_OTP_EXP MAILER_OTP_LENGTH \
        MAILER_EXTERNAL_HOSTS MAILER_EMAIL_BACKGROUND_SENDING MAILER_SUBJECTS_INVITE \
        MAILER_TEMPLATES_REAUTHENTICATION MAILER_URLPATHS_EMAIL_CHANGE \
        MAILER_NOTIFICATIONS_PASSWORD_CHANGED_ENABLED SMS_PROVIDER SMS_AUTOCONFIRM \
        SMS_MAX_FREQUENCY SMS_OTP_EXP SMS_OTP_LENGTH SMS_TEMPLATE SMS_TEST_OTP \
        SMS_TEST_OTP_VALID_UNTIL SMS_TWILIO_AUTH_TOKEN SMS_VONAGE_FROM";
    let rest = "EXTERNAL_APPLE_ENABLED EXTERNAL_LINKEDIN_OIDC_CLIENT_ID \
        EXTERNAL_VERCEL_MARKETPLACE_SECRET EXTERNAL_X_REDIRECT_URI EXTERNAL_GITLAB_URL \
        EXTERNAL_GITHUB_API_URL EXTERNAL_GOOGLE_SKIP_NONCE_CHECK EXTERNAL_ZOOM_EMAIL_OPTIONAL \
        EXTERNAL_EMAIL_ENABLED EXTERNAL_EMAIL_MAGIC_LINK_ENABLED \
        EXTERNAL_EMAIL_AUTHORIZED_ADDRESSES EXTERNAL_PHONE_ENABLED \
        EXTERNAL_ANONYMOUS_USERS_ENABLED EXTERNAL_WEB3_SOLANA_ENABLED \
        EXTERNAL_WEB3_ETHEREUM_ENABLED EXTERNAL_IOS_BUNDLE_ID EXTERNAL_REDIRECT_URL \
        EXTERNAL_ALLOWED_ID_TOKEN_ISSUERS EXTERNAL_FLOW_STATE_EXPIRY_DURATION \
        CUSTOM_OAUTH_ENABLED CUSTOM_OAUTH_MAX_PROVIDERS MFA_MAX_ENROLLED_FACTORS \
        MFA_MAX_VERIFIED_FACTORS MFA_CHALLENGE_EXPIRY_DURATION MFA_FACTOR_EXPIRY_DURATION \
        MFA_TOTP_ENROLL_ENABLED MFA_PHONE_VERIFY_ENABLED MFA_WEB_AUTHN_ENROLL_ENABLED \
        WEBAUTHN_RP_ID WEBAUTHN_RP_DISPLAY_NAME WEBAUTHN_RP_ORIGINS PASSKEY_ENABLED \
        PASSKEY_MAX_PASSKEYS_PER_USER SAML_ENABLED SAML_PRIVATE_KEY SAML_PRIVATE_KEY_NEXT \
        OAUTH_SERVER_ENABLED OAUTH_SERVER_ALLOW_DYNAMIC_REGISTRATION \
        OAUTH_SERVER_AUTHORIZATION_PATH OAUTH_SERVER_AUTHORIZATION_TTL \
        OAUTH_SERVER_DEFAULT_SCOPE HOOK_SEND_EMAIL_ENABLED HOOK_CUSTOM_ACCESS_TOKEN_URI \
        HOOK_BEFORE_USER_CREATED_SECRETS AUDIT_LOG_DISABLE_POSTGRES LOG_LEVEL TRACING_ENABLED \
        METRICS_ENABLED RELOADING_NOTIFY_ENABLED EXPERIMENTAL_SCIM_ENABLED";
    for name in [core, mail, rest]
        .into_iter()
        .flat_map(str::split_whitespace)
    {
        assert!(names.contains(&format!("{PREFIX}{name}")), "{name}");
    }
    for bare in [
        "API_EXTERNAL_URL",
        "PORT",
        "DATABASE_URL",
        "API_HOST",
        "REQUEST_ID_HEADER",
    ] {
        assert!(names.contains(bare), "{bare}");
    }
}

/// Each line of rows.txt: what one variable sets, and to what.
#[test]
fn every_variable_sets_what_its_line_says() {
    let mut tried = BTreeSet::new();
    for line in include_str!("tests/rows.txt").lines().skip(1) {
        let [variable, path, expected] = line.split(" | ").collect::<Vec<_>>()[..] else {
            panic!("{line}");
        };
        let (name, value) = variable.split_once('=').unwrap();
        let given = [(name.to_owned(), value.to_owned())].into_iter();
        let missing = |_: &Path| Err(std::io::ErrorKind::NotFound.into());
        let mut problems = Vec::new();
        let layer = environment::read(given, &missing, &mut problems).layer;
        assert_eq!(problems, [], "{line}");
        let found = match layer.secret(path) {
            Some(secret) => secret.expose().clone(),
            None => layer.plain(path).unwrap().to_string(),
        };
        assert_eq!(found, expected, "{line}");
        assert_eq!(layer.0.len(), 1, "{line}");
        tried.insert(name);
    }
    for variable in sets::variables() {
        let is_tried = tried.contains(variable.name.as_str());
        let is_listen = matches!(variable.effect, Effect::Listen(_));
        assert!(is_tried || is_listen, "{}", variable.name);
    }
}

#[test]
fn unset_settings_take_gotrues_defaults() {
    let config = gotrue(&[]);
    let authn = &config.authn;
    assert_eq!(config.mode, Mode::Production);
    assert_eq!(config.listen.address.to_string(), "0.0.0.0:8081");
    assert_eq!(config.listen.management.to_string(), "127.0.0.1:8080");
    assert_eq!(u8::from(authn.refresh.algorithm), 1);
    assert_eq!(authn.refresh.reuse_interval.to_string(), "0s");
    assert_eq!(authn.email.otp_span.to_string(), "86400s");
    assert_eq!(authn.password.min_length, 6);
    assert_eq!(
        (authn.jwt.audience.as_str(), authn.jwt.default_role.as_str()),
        ("", "")
    );
    assert_eq!(authn.site.profile, authn::settings::Profile::Compat);
    assert!(!authn.phone.enabled && !authn.signup.anonymous_enabled);
    assert!(authn.features.custom_providers_enabled);
    assert_eq!(config.http.request_deadline.to_string(), "10s");
    assert!(config.http.also_at_root && config.http.cors_allowed_headers.is_empty());
    assert!(!config.limits.by_peer_address);
    assert_eq!(config.limits.token.to_string(), "150/300s");
    assert_eq!(config.mail, MailDelivery::Nowhere);
}

#[test]
fn the_connection_to_the_mail_server_is_protected_as_gotrue_does_it() {
    for (more, security) in [
        (&[][..], SmtpSecurity::Opportunistic),
        (&[("GOTRUE_SMTP_PORT", "465")], SmtpSecurity::Implicit),
        (
            &[("CLAVIGER_SMTP_SECURITY", "starttls")],
            SmtpSecurity::Starttls,
        ),
    ] {
        assert_eq!(gotrue(more).smtp.security, security);
    }
    let own = |file| config(&Flags::default(), &[], file).smtp.security;
    assert_eq!(own(""), SmtpSecurity::Starttls);
    assert_eq!(own("[smtp]\nport = 465\n"), SmtpSecurity::Implicit);
}

#[test]
fn where_the_server_listens_follows_host_and_port() {
    for (more, address) in [
        (&[("PORT", "9000")][..], "0.0.0.0:9000"),
        (
            &[("PORT", "9000"), ("GOTRUE_API_PORT", "9001")],
            "0.0.0.0:9001",
        ),
        (&[("GOTRUE_API_HOST", "localhost")], "127.0.0.1:8081"),
        (&[("API_HOST", "::1"), ("PORT", "1")], "[::1]:1"),
    ] {
        assert_eq!(gotrue(more).listen.address.to_string(), address);
    }
}

#[test]
fn magic_links_take_the_path_of_recovery_links() {
    let paths = |config: &Config| {
        let templates = &config.authn.email.templates;
        (
            templates.invite.url_path.clone(),
            templates.magic_link.url_path.clone(),
        )
    };
    let unset = gotrue(&[]);
    assert_eq!(paths(&unset), ("/verify".to_owned(), "/verify".to_owned()));
    let set = gotrue(&[("GOTRUE_MAILER_URLPATHS_RECOVERY", "/auth/v1/verify")]);
    assert_eq!(
        paths(&set),
        ("/verify".to_owned(), "/auth/v1/verify".to_owned())
    );
}

#[test]
fn a_template_is_html_or_a_file_but_never_an_address() {
    let name = "GOTRUE_MAILER_TEMPLATES_INVITE";
    let read = |text, files: &[(&str, &str)]| {
        let loaded = load_with(&Flags::default(), &with(&[(name, text)]), files);
        loaded.map(|loaded| loaded.config.authn.email.templates.invite.html)
    };
    assert_eq!(read("<p>in</p>", &[]).unwrap(), "<p>in</p>");
    assert_eq!(read("{{ .Token }}", &[]).unwrap(), "{{ .Token }}");
    assert_eq!(
        read("t/in.html", &[("t/in.html", "<p>file</p>\n")]).unwrap(),
        "<p>file</p>"
    );
    let faults = |text| problems(&Flags::default(), &with(&[(name, text)]), &[]);
    assert_eq!(
        faults("https://cdn.example.com/in.html"),
        [
            "GOTRUE_MAILER_TEMPLATES_INVITE: templates are not fetched from the network; save \
             the template and give the path of the file, or give the HTML itself"
        ]
    );
    assert_eq!(
        faults("t/none.html"),
        [
            "GOTRUE_MAILER_TEMPLATES_INVITE: the file `t/none.html` cannot be read: it does not \
             exist; give the path of a file that the server may read"
        ]
    );
}

#[test]
fn what_is_not_built_yet_is_refused_rather_than_ignored() {
    for (name, value, fault) in [
        (
            "GOTRUE_HOOK_SEND_SMS_ENABLED",
            "true",
            "GOTRUE_HOOK_SEND_SMS_ENABLED: hooks are not supported yet; set it to false or \
             remove it",
        ),
        (
            "GOTRUE_SECURITY_CAPTCHA_ENABLED",
            "yes",
            "GOTRUE_SECURITY_CAPTCHA_ENABLED: the captcha is not supported yet; set it to false \
             or remove it",
        ),
        (
            "GOTRUE_MAILER_NOTIFICATIONS_PASSWORD_CHANGED_ENABLED",
            "1",
            "GOTRUE_MAILER_NOTIFICATIONS_PASSWORD_CHANGED_ENABLED: notices of changes are not \
             sent yet; set it to false or remove it",
        ),
        (
            "GOTRUE_DB_NAMESPACE",
            "identity",
            "GOTRUE_DB_NAMESPACE: the schema is always `auth`; remove it: the server does not \
             start when it is not auth",
        ),
        (
            "GOTRUE_EXPERIMENTAL_PROVIDER_LINKING_DOMAINS",
            "custom:a=b",
            "GOTRUE_EXPERIMENTAL_PROVIDER_LINKING_DOMAINS: linking domains are not supported \
             yet: accounts would be linked that were kept apart; remove it: the server does not \
             start when it is given",
        ),
    ] {
        let environment = with(&[(name, value)]);
        assert_eq!(problems(&Flags::default(), &environment, &[]), [fault]);
    }
    let off = with(&[
        ("GOTRUE_HOOK_SEND_SMS_ENABLED", "false"),
        ("GOTRUE_HOOK_SEND_SMS_URI", "https://hooks.example.com"),
        ("GOTRUE_DB_DRIVER", "postgres"),
        ("GOTRUE_DB_NAMESPACE", "auth"),
    ]);
    assert_eq!(problems(&Flags::default(), &off, &[]), [""; 0]);
}

#[test]
fn a_variable_without_effect_is_noted() {
    let environment = with(&[("GOTRUE_DB_MAX_IDLE_POOL_SIZE", "5")]);
    let loaded = load_with(&Flags::default(), &environment, &[]).unwrap();
    let note = "GOTRUE_DB_MAX_IDLE_POOL_SIZE has no effect: connections are made once and kept";
    assert!(
        loaded.notes.iter().any(|text| text == note),
        "{:?}",
        loaded.notes
    );
}

#[test]
fn common_names_count_only_beside_variables_of_gotrue() {
    let environment = [("DB_NAMESPACE", "shop"), ("API_HOST", "api.example.com")];
    assert_eq!(problems(&Flags::default(), &environment, &[]), [""; 0]);
    assert_eq!(
        problems(&Flags::default(), &with(&environment), &[]),
        [
            "DB_NAMESPACE: the schema is always `auth`; remove it: the server does not start \
             when it is not auth",
            "API_HOST: `api.example.com` is not an address; write for example 127.0.0.1, or \
             0.0.0.0 for every interface",
        ]
    );
}

/// What the compose file of a self-hosted Supabase sets, with a secret of its own.
#[test]
fn the_environment_of_a_self_hosted_stack_is_understood() {
    let environment = [
        ("GOTRUE_API_HOST", "0.0.0.0"),
        ("GOTRUE_API_PORT", "9999"),
        ("API_EXTERNAL_URL", "http://localhost:8000"),
        ("GOTRUE_DB_DRIVER", "postgres"),
        (
            "GOTRUE_DB_DATABASE_URL",
            "postgres://supabase_auth_admin:p@db:5432/postgres",
        ),
        ("GOTRUE_SITE_URL", "http://localhost:3000"),
        ("GOTRUE_URI_ALLOW_LIST", ""),
        ("GOTRUE_DISABLE_SIGNUP", "false"),
        ("GOTRUE_JWT_ADMIN_ROLES", "service_role"),
        ("GOTRUE_JWT_AUD", "authenticated"),
        ("GOTRUE_JWT_DEFAULT_GROUP_NAME", "authenticated"),
        ("GOTRUE_JWT_EXP", "3600"),
        ("GOTRUE_JWT_SECRET", "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4e5f6"),
        ("GOTRUE_EXTERNAL_EMAIL_ENABLED", "true"),
        ("GOTRUE_EXTERNAL_ANONYMOUS_USERS_ENABLED", "false"),
        ("GOTRUE_MAILER_AUTOCONFIRM", "false"),
        ("GOTRUE_SMTP_ADMIN_EMAIL", "admin@example.com"),
        ("GOTRUE_SMTP_HOST", "supabase-mail"),
        ("GOTRUE_SMTP_PORT", "2500"),
        ("GOTRUE_SMTP_USER", "fake_mail_user"),
        ("GOTRUE_SMTP_PASS", "fake_mail_password"),
        ("GOTRUE_SMTP_SENDER_NAME", "fake_sender"),
        ("GOTRUE_MAILER_URLPATHS_INVITE", "/auth/v1/verify"),
        ("GOTRUE_MAILER_URLPATHS_CONFIRMATION", "/auth/v1/verify"),
        ("GOTRUE_MAILER_URLPATHS_RECOVERY", "/auth/v1/verify"),
        ("GOTRUE_MAILER_URLPATHS_EMAIL_CHANGE", "/auth/v1/verify"),
        ("GOTRUE_EXTERNAL_PHONE_ENABLED", "true"),
        ("GOTRUE_SMS_AUTOCONFIRM", "true"),
    ];
    let config = config(&Flags::default(), &environment, "");
    assert_eq!(config.listen.address.to_string(), "0.0.0.0:9999");
    assert_eq!(config.mail, MailDelivery::Smtp);
    assert!(matches!(config.database.engine, Engine::Postgres { .. }));
    assert_eq!(config.authn.jwt.admin_roles, ["service_role"]);
}
