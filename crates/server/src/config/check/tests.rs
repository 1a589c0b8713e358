//! Tests of what a configuration must hold: every message, and what is only noted.

use super::super::tests::{BARE, load_with, problems};
use super::super::{Flags, Source};
use super::*;

mod contradictions;

fn faults(file: &str) -> Vec<String> {
    problems(&Flags::default(), &[], &[("claviger.toml", file)])
}

fn notes(environment: &[(&str, &str)], file: &str) -> Vec<String> {
    let files = [("claviger.toml", file)];
    load_with(&Flags::default(), environment, &files)
        .unwrap()
        .notes
}

fn listening(address: &str) -> Flags {
    Flags {
        listen: Some(address.to_owned()),
        ..Flags::default()
    }
}

#[test]
fn a_public_address_needs_public_urls() {
    let public = listening("0.0.0.0:9999");
    assert_eq!(
        problems(&public, &[], &[]),
        [
            "--listen: `0.0.0.0:9999` is public, and site.external_url or site.site_url is not \
             set; set both to public URLs, or listen on 127.0.0.1"
        ]
    );
    let urls = [
        ("CLAVIGER_SITE_EXTERNAL_URL", "http://localhost:8000"),
        ("CLAVIGER_SITE_SITE_URL", "http://localhost:3000"),
    ];
    let loaded = load_with(&public, &urls, &[]).unwrap();
    assert_eq!(
        loaded.notes[0],
        "the server listens on 0.0.0.0:9999, but site.external_url is on this machine: links in \
         mails work here only"
    );
}

#[test]
fn development_mode_is_refused_where_others_reach_the_server() {
    let forced = [
        ("CLAVIGER_MODE", "development"),
        ("CLAVIGER_SITE_SITE_URL", "https://app.example.com"),
        ("CLAVIGER_SITE_EXTERNAL_URL", "https://auth.example.com"),
    ];
    assert_eq!(
        problems(&listening("0.0.0.0:9999"), &forced, &[]),
        [
            "CLAVIGER_MODE: development mode is for this machine only, but `0.0.0.0:9999` is \
             public and site.external_url is `https://auth.example.com` and site.site_url is \
             `https://app.example.com`; set mode to \"production\", or keep everything on loopback"
        ]
    );
    let mut environment = BARE.to_vec();
    environment.push(("CLAVIGER_MODE", "development"));
    environment.push(("DATABASE_URL", "postgres://db/auth"));
    environment.push(("API_EXTERNAL_URL", "http://localhost"));
    environment.push(("GOTRUE_SITE_URL", "http://localhost"));
    assert_eq!(
        problems(&listening("127.0.0.1:1"), &environment, &[]),
        [
            "CLAVIGER_MODE: development mode is for this machine only, but database.url is \
             given and variables of GoTrue are given; set mode to \"production\", or keep \
             everything on loopback"
        ]
    );
}

#[test]
fn gotrues_required_settings_are_required() {
    let environment = [("GOTRUE_MAILER_AUTOCONFIRM", "true")];
    assert_eq!(
        problems(&Flags::default(), &environment, &[]),
        [
            "site.external_url: this is required where GoTrue's variables are given; set \
             API_EXTERNAL_URL",
            "site.site_url: this is required where GoTrue's variables are given; set \
             GOTRUE_SITE_URL",
            "keys.jwt_secret: the secret of Supabase Auth is required, so that its tokens stay \
             good; set GOTRUE_JWT_SECRET",
        ]
    );
}

#[test]
fn weak_secrets_are_refused_where_they_were_given() {
    let published = "super-secret-jwt-token-with-at-least-32-characters-long";
    let mut environment = BARE.to_vec();
    environment.push(("GOTRUE_JWT_SECRET", published));
    assert_eq!(
        problems(&Flags::default(), &environment, &[]),
        [
            "GOTRUE_JWT_SECRET: the secret is the published example: everybody can sign tokens \
             with it; make one with `openssl rand -base64 48`"
        ]
    );
    environment.push(("API_EXTERNAL_URL", "http://localhost:8000"));
    environment.push(("GOTRUE_SITE_URL", "http://127.0.0.1:3000"));
    assert_eq!(
        problems(&listening("127.0.0.1:9999"), &environment, &[]),
        [""; 0]
    );
    assert_eq!(
        faults("[keys]\njwt_secret = \"hunter2\"\n"),
        [
            "claviger.toml:2: keys.jwt_secret: the secret has 7 bytes; HS256 needs 32; make one \
             with `openssl rand -base64 48`"
        ]
    );
}

#[test]
fn urls_are_absolute_and_without_credentials() {
    for (external, site, message) in [
        (
            "auth.example.com",
            "http://localhost",
            "2: site.external_url: `auth.example.com` is no absolute URL; write for example \
             https://auth.example.com",
        ),
        (
            "localhost:9999",
            "http://localhost",
            "2: site.external_url: `localhost:9999` is no absolute URL; write for example \
             https://auth.example.com",
        ),
        (
            "ftp://example.com",
            "http://localhost",
            "2: site.external_url: `ftp://example.com` is neither http nor https; write for \
             example https://auth.example.com",
        ),
        (
            "https://u:hunter2@example.com",
            "http://localhost",
            "2: site.external_url: `https://u@example.com/` has a user name or password; write \
             for example https://auth.example.com",
        ),
        (
            "https://example.com/?a=b",
            "http://localhost",
            "2: site.external_url: `https://example.com/?a=b` has a query or fragment; write for \
             example https://auth.example.com",
        ),
        (
            "http://localhost",
            "app",
            "3: site.site_url: `app` is no absolute URL; write for example \
             https://app.example.com",
        ),
    ] {
        let file = format!("[site]\nexternal_url = \"{external}\"\nsite_url = \"{site}\"\n");
        assert_eq!(faults(&file), [format!("claviger.toml:{message}")]);
    }
    assert_eq!(
        faults("[site]\nsite_url = \"com.example.app://callback\"\n"),
        [""; 0]
    );
}

#[test]
fn all_faults_are_reported_at_once_in_the_order_of_the_layers() {
    let file = "[email]\nenabled = 1\n[keys]\njwt_secret = \"short\"\n";
    let found = problems(
        &listening("nowhere"),
        &[("CLAVIGER_LOG_LEVEL", "loud"), ("GOTRUE_JWT_EXP", "1h")],
        &[("claviger.toml", file)],
    );
    let places: Vec<&str> = found
        .iter()
        .map(|problem| problem.split(": ").next().unwrap())
        .collect();
    assert_eq!(
        places,
        [
            "claviger.toml:2",
            "GOTRUE_JWT_EXP",
            "CLAVIGER_LOG_LEVEL",
            "--listen",
            "site.external_url",
            "site.site_url",
            "claviger.toml:4",
        ]
    );
}

#[test]
fn what_cannot_be_read_is_not_called_missing_too() {
    let mut environment = BARE.to_vec();
    environment.retain(|(name, _)| *name != "GOTRUE_JWT_SECRET");
    environment.push(("GOTRUE_JWT_SECRET_FILE", "run/none"));
    let found = problems(&Flags::default(), &environment, &[]);
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn what_is_odd_but_not_wrong_is_noted() {
    let production = [("CLAVIGER_MODE", "production")];
    for (environment, file, note) in [
        (
            &production[..],
            "",
            "no mail server is configured: nobody gets mails; set smtp.host",
        ),
        (
            &[],
            "[smtp]\nhost = \"mail.test\"\nuser = \"auth\"\nadmin_email = \"a@b.test\"\n\
             security = \"none\"\n",
            "the password of the mail server goes to `mail.test` in clear, and so does every \
             mail; set smtp.security to starttls or implicit",
        ),
        (
            &[],
            "[providers.apple]\nenabled = true\n",
            "the provider apple is enabled but has no client_id",
        ),
        (
            &[],
            "[features]\npasskeys_enabled = true\n",
            "features.passkeys_enabled: not built yet, no effect",
        ),
        (
            &[],
            "[listen]\nmanagement = \"0.0.0.0:9998\"\n",
            "the management address 0.0.0.0:9998 is public: whoever reaches it can read the \
             metrics",
        ),
    ] {
        assert_eq!(notes(environment, file), [note]);
    }
    assert_eq!(notes(&[], ""), [""; 0]);
    let here = "[smtp]\nhost = \"localhost\"\nuser = \"auth\"\nadmin_email = \"a@b.test\"\n\
                security = \"none\"\n";
    assert_eq!(notes(&[], here), [""; 0]);
}

/// However it is set; what nobody set is not mentioned.
#[test]
fn a_setting_that_nothing_reads_is_noted_wherever_it_is_set() {
    let note = |path: &str| format!("{path}: not built yet, no effect");
    let file = "[limits]\nsaml = \"1/1m\"\n[redis]\nurl = \"redis://cache\"\n\
                [providers.\"custom:acme\"]\nskip_nonce_check = true\n";
    assert_eq!(
        notes(&[], file),
        [
            note("limits.saml"),
            note("providers.custom:acme.skip_nonce_check"),
            note("redis.url"),
        ]
    );
    let own = [("CLAVIGER_WEBAUTHN_RP_ID", "example.com")];
    assert_eq!(notes(&own, ""), [note("webauthn.rp_id")]);
    let mut gotrue = BARE.to_vec();
    gotrue.push(("GOTRUE_SAML_RATE_LIMIT_ASSERTION", "5"));
    gotrue.push(("GOTRUE_MFA_PHONE_ENROLL_ENABLED", "true"));
    let found = notes(&gotrue, "");
    for path in ["limits.saml", "mfa.phone_enroll_enabled"] {
        assert!(found.contains(&note(path)), "{found:?}");
    }
    assert!(!found.contains(&note("features.saml_next_key_configured")));
}

/// Clients of AuthZEN take https only; nobody else's client asks a server on this machine.
#[test]
fn in_production_endpoints_without_https_are_noted() {
    let noted = |mode: &str, url: &str| {
        let environment = [
            ("CLAVIGER_MODE", mode),
            ("CLAVIGER_SITE_EXTERNAL_URL", url),
            ("CLAVIGER_SITE_SITE_URL", "https://app.example.com"),
        ];
        let found = notes(&environment, "");
        let mut about = found.into_iter().filter(|note| note.contains("authzen"));
        about.next()
    };
    assert_eq!(
        noted("production", "http://pdp.example.com").as_deref(),
        Some(
            "site.external_url `http://pdp.example.com` is not https: clients refuse the \
             endpoints that /.well-known/authzen-configuration lists"
        )
    );
    assert_eq!(noted("production", "https://pdp.example.com"), None);
    assert_eq!(noted("production", "http://localhost:9999"), None);
}

#[test]
fn loopback_is_this_machine_only() {
    for url in [
        "http://localhost",
        "https://a.localhost:1/x",
        "http://127.9.9.9",
        "http://[::1]:1",
    ] {
        assert!(is_loopback(url), "{url}");
    }
    for url in [
        "http://localhost.example.com",
        "http://10.0.0.1",
        "app://x",
        "localhost",
        "",
    ] {
        assert!(!is_loopback(url), "{url}");
    }
    let merged = Layer::default();
    assert!(!is_local(&merged) && merged.source("mode") == Source::Default);
}
