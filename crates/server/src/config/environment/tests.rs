//! Tests of the environment: our own variables, files of secrets, unknown names.

use super::super::tests::{config, problems};
use super::super::{Flags, Mode};
use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;

fn faults(environment: &[(&str, &str)], files: &[(&str, &str)]) -> Vec<String> {
    problems(&Flags::default(), environment, files)
}

#[test]
fn every_kind_of_setting_can_be_a_variable() {
    let environment = [
        ("CLAVIGER_EMAIL_AUTOCONFIRM", "0"),
        ("CLAVIGER_PASSWORD_MIN_LENGTH", "12"),
        ("CLAVIGER_SESSIONS_TIMEBOX", "24h"),
        ("CLAVIGER_JWT_ADMIN_ROLES", "one, two"),
        ("CLAVIGER_PHONE_TEST_OTP", "+1 555 555 0100:123456"),
        ("CLAVIGER_LIMITS_MAILS", "5/1m"),
        ("CLAVIGER_LIMITS_OTP", "7/1m"),
        ("CLAVIGER_HTTP_TRUSTED_PROXIES", "10.0.0.0/8,127.0.0.1"),
        ("CLAVIGER_SMTP_HEADERS", "X-A:1,X-A:2"),
        ("CLAVIGER_SITE_PROFILE", "compat"),
        ("CLAVIGER_EMAIL_TEMPLATES_INVITE_SUBJECT", "Come in"),
        ("CLAVIGER_PROVIDERS_LINKEDIN_OIDC_CLIENT_ID", "a,b"),
        (
            "CLAVIGER_API_KEYS_SECRET",
            "sb_secret_0123456789abcdefghijkl",
        ),
    ];
    let config = config(&Flags::default(), &environment, "");
    let authn = &config.authn;
    assert!(!authn.email.autoconfirm);
    assert_eq!(authn.password.min_length, 12);
    assert_eq!(authn.sessions.timebox.to_string(), "86400s");
    assert_eq!(authn.jwt.admin_roles, ["one", "two"]);
    assert_eq!(authn.phone.test_otp["15555550100"], "123456");
    assert_eq!(config.limits.mails.to_string(), "5/60s");
    assert_eq!(config.limits.otp.to_string(), "7/60s");
    assert_eq!(config.http.trusted_proxies[1].to_string(), "127.0.0.1/32");
    assert_eq!(config.smtp.headers["X-A"], ["1", "2"]);
    assert_eq!(authn.email.templates.invite.subject, "Come in");
    assert_eq!(authn.providers["linkedin_oidc"].client_id, ["a", "b"]);
    assert_eq!(
        config.api_keys.secret.unwrap().expose(),
        "sb_secret_0123456789abcdefghijkl"
    );
}

#[test]
fn unknown_variables_stop_the_start_with_the_nearest_name() {
    assert_eq!(
        faults(
            &[
                ("CLAVIGER_EMAIL_AUTOCONFRIM", "true"),
                ("CLAVIGER_LISTEN", "127.0.0.1:1"),
                ("CLAVIGER_QQ", "1"),
                ("HOME", "/root"),
            ],
            &[]
        ),
        [
            "CLAVIGER_EMAIL_AUTOCONFRIM: there is no such variable; did you mean \
             CLAVIGER_EMAIL_AUTOCONFIRM?",
            "CLAVIGER_LISTEN: there is no such variable; did you mean CLAVIGER_LISTEN_ADDRESS?",
            "CLAVIGER_QQ: there is no such variable; remove it",
        ]
    );
    let mut environment = super::super::tests::BARE.to_vec();
    environment.push(("GOTRUE_MAILER_AUTOCONFRIM", "true"));
    assert_eq!(
        faults(&environment, &[]),
        [
            "GOTRUE_MAILER_AUTOCONFRIM: there is no such variable; did you mean \
             GOTRUE_MAILER_AUTOCONFIRM?"
        ]
    );
}

#[test]
fn faulty_values_name_the_variable() {
    assert_eq!(
        faults(
            &[
                ("CLAVIGER_EMAIL_OTP_LENGTH", "4"),
                ("CLAVIGER_SMTP_PORT", "smtp"),
                ("PORT", "99999"),
            ],
            &[]
        ),
        [
            "CLAVIGER_EMAIL_OTP_LENGTH: `4` does not fit; write a whole number from 6 to 10",
            "CLAVIGER_SMTP_PORT: `smtp` does not fit; write a whole number from 1 to 65535",
            "PORT: `99999` is not a port; write a number from 0 to 65535",
        ]
    );
}

#[test]
fn every_secret_can_be_in_a_file() {
    let secret = "golden-secret-golden-secret-golden-secret-0001";
    let files = [("run/secret", secret), ("run/empty", "\n")];
    let environment = [("CLAVIGER_KEYS_JWT_SECRET_FILE", "run/secret")];
    let loaded = super::super::tests::load_with(&Flags::default(), &environment, &files);
    let config = loaded.unwrap().config;
    assert_eq!(config.keys.jwt_secret.unwrap().expose(), secret);
    assert_eq!(
        config.sources.of("keys.jwt_secret").to_string(),
        "variable CLAVIGER_KEYS_JWT_SECRET_FILE"
    );
    assert_eq!(
        faults(
            &[
                ("CLAVIGER_KEYS_JWT_SECRET", secret),
                ("CLAVIGER_KEYS_JWT_SECRET_FILE", "run/secret"),
                ("CLAVIGER_REDIS_URL_FILE", "run/none"),
                ("CLAVIGER_SMTP_PASSWORD_FILE", "run/empty"),
                ("CLAVIGER_EMAIL_ENABLED_FILE", "run/secret"),
            ],
            &files
        ),
        [
            "CLAVIGER_KEYS_JWT_SECRET_FILE: CLAVIGER_KEYS_JWT_SECRET is given too; keep either \
             the value or the _FILE form",
            "CLAVIGER_REDIS_URL_FILE: the file `run/none` cannot be read: it does not exist; \
             give the path of a file that the server may read",
            "CLAVIGER_SMTP_PASSWORD_FILE: the file `run/empty` is empty; write the value into it",
            "CLAVIGER_EMAIL_ENABLED_FILE: there is no such variable; did you mean \
             CLAVIGER_EMAIL_ENABLED?",
        ]
    );
}

#[test]
fn variables_that_platforms_and_tests_make_are_not_ours() {
    let environment = [
        ("CLAVIGER_SERVICE_HOST", "10.0.0.1"),
        ("CLAVIGER_SERVICE_PORT_HTTP", "9999"),
        ("CLAVIGER_PORT", "tcp://10.0.0.1:9999"),
        ("CLAVIGER_PORT_9999_TCP_ADDR", "10.0.0.1"),
        ("GOTRUE_PORT", "tcp://10.0.0.1:9999"),
        ("GOTRUE_PORT_9999_TCP", "tcp://10.0.0.1:9999"),
        ("GOTRUE_SITE_URL", ""),
        ("CLAVIGER_TEST_POSTGRES", "postgres://localhost"),
    ];
    assert_eq!(faults(&environment, &[]), [""; 0]);
}

/// What Kubernetes makes for `claviger-postgresql`, `gotrue-db` and `claviger-smtp`.
#[test]
fn variables_of_services_beside_ours_change_nothing() {
    let environment = [
        ("CLAVIGER_POSTGRESQL_SERVICE_HOST", "10.0.0.2"),
        ("CLAVIGER_POSTGRESQL_SERVICE_PORT", "5432"),
        ("CLAVIGER_POSTGRESQL_SERVICE_PORT_TCP_POSTGRESQL", "5432"),
        ("CLAVIGER_POSTGRESQL_PORT", "tcp://10.0.0.2:5432"),
        ("CLAVIGER_POSTGRESQL_PORT_5432_TCP", "tcp://10.0.0.2:5432"),
        ("CLAVIGER_POSTGRESQL_PORT_5432_TCP_PROTO", "tcp"),
        ("CLAVIGER_DNS_PORT", "udp://10.0.0.3:53"),
        ("CLAVIGER_DNS_PORT_53_UDP_ADDR", "10.0.0.3"),
        ("CLAVIGER_SMTP_SERVICE_HOST", "10.0.0.4"),
        ("CLAVIGER_SMTP_PORT", "tcp://10.0.0.4:25"),
        ("CLAVIGER_SMTP_PORT_25_TCP_ADDR", "10.0.0.4"),
        ("GOTRUE_DB_SERVICE_HOST", "10.0.0.5"),
    ];
    let config = config(&Flags::default(), &environment, "");
    assert_eq!(config.listen.address.to_string(), "127.0.0.1:9999");
    assert_eq!((config.mode, config.smtp.port), (Mode::Development, 587));
}

#[test]
fn what_only_looks_like_a_platform_s_variable_is_refused() {
    assert_eq!(
        faults(
            &[
                ("CLAVIGER_SMTP_PORT", "tcp://mail:25"),
                ("CLAVIGER_SMTPP_PORT", "25"),
                ("CLAVIGER_SMTP_PORT_25", "mail"),
            ],
            &[]
        ),
        [
            "CLAVIGER_SMTP_PORT: `tcp://mail:25` does not fit; write a whole number from 1 to \
             65535",
            "CLAVIGER_SMTPP_PORT: there is no such variable; did you mean CLAVIGER_SMTP_PORT?",
            "CLAVIGER_SMTP_PORT_25: there is no such variable; did you mean CLAVIGER_SMTP_PORT?",
        ]
    );
}

#[test]
fn what_is_no_text_is_refused_when_it_is_ours_and_passed_over_when_it_is_not() {
    let garbled = || OsString::from_vec(b"caf\xe9".to_vec());
    let load = |name: OsString| {
        let missing = |_: &Path| Err(std::io::ErrorKind::NotFound.into());
        let variables = [(name, garbled())].into_iter();
        super::super::load(&Flags::default(), variables, &missing).map_err(|problems| {
            let texts = problems.0.iter().map(ToString::to_string);
            texts.collect::<Vec<_>>()
        })
    };
    for name in ["CLAVIGER_SITE_SITE_URL", "GOTRUE_NEW", "DATABASE_URL"] {
        let fault = format!("{name}: this is not UTF-8; write it in UTF-8, or remove it");
        assert_eq!(load(name.into()).unwrap_err(), [fault]);
    }
    assert!(load(OsString::from_vec(b"CLAVIGER_\xe9".to_vec())).is_err());
    for name in ["LESS_TERMCAP", "API_HOST"] {
        assert!(load(name.into()).is_ok(), "{name}");
    }
    assert!(load(garbled()).is_ok());
}
