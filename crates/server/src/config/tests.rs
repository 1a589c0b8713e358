//! Tests of the whole: layers, modes, GoTrue's defaults, what is shown.

use super::*;
use std::collections::BTreeMap;

/// Loads a configuration from flags, variables and files that exist only here.
pub(super) fn load_with(
    flags: &Flags,
    environment: &[(&str, &str)],
    files: &[(&str, &str)],
) -> Result<Loaded, Problems> {
    let files: BTreeMap<PathBuf, String> = files
        .iter()
        .map(|(path, text)| (PathBuf::from(path), (*text).to_owned()))
        .collect();
    let read_file = move |path: &Path| {
        let text = files.get(path).cloned();
        text.ok_or_else(|| io::ErrorKind::NotFound.into())
    };
    let environment = environment.iter();
    let environment = environment.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    load(flags, environment, &read_file)
}

/// Every problem as it is printed.
pub(super) fn problems(
    flags: &Flags,
    environment: &[(&str, &str)],
    files: &[(&str, &str)],
) -> Vec<String> {
    match load_with(flags, environment, files) {
        Ok(_) => Vec::new(),
        Err(Problems(problems)) => problems.iter().map(ToString::to_string).collect(),
    }
}

/// A loaded configuration, which a test expects.
pub(super) fn config(flags: &Flags, environment: &[(&str, &str)], file: &str) -> Config {
    let files = [("claviger.toml", file)];
    load_with(flags, environment, &files).unwrap().config
}

fn listening(address: &str) -> Flags {
    Flags {
        listen: Some(address.to_owned()),
        ..Flags::default()
    }
}

/// The least that GoTrue wants.
pub(super) const BARE: &[(&str, &str)] = &[
    ("API_EXTERNAL_URL", "http://auth.example.test"),
    ("GOTRUE_SITE_URL", "http://app.example.test"),
    (
        "GOTRUE_JWT_SECRET",
        "golden-secret-golden-secret-golden-secret-0001",
    ),
];

#[test]
fn without_any_setting_the_server_runs_in_development_mode_on_loopback() {
    let config = config(&Flags::default(), &[], "");
    assert_eq!(config.mode, Mode::Development);
    assert_eq!(config.listen.address.to_string(), "127.0.0.1:9999");
    assert_eq!(config.listen.management.to_string(), "127.0.0.1:9998");
    assert_eq!(config.mail, MailDelivery::Inbox);
    assert!(config.authn.email.autoconfirm);
    assert!(!config.limits.by_peer_address);
    assert_eq!(config.log.format, LogFormat::Text);
    let Engine::Sqlite { path } = config.database.engine else {
        panic!("not embedded");
    };
    assert_eq!(path, Path::new("data/claviger.db"));
}

#[test]
fn development_mode_obeys_what_is_configured() {
    let file = "[email]\nautoconfirm = false\n[log]\nformat = \"json\"\n\
                [limits]\nby_peer_address = true\n";
    let strict = config(&Flags::default(), &[], file);
    assert_eq!(strict.mode, Mode::Development);
    assert!(!strict.authn.email.autoconfirm);
    assert!(strict.limits.by_peer_address);
    assert_eq!(strict.log.format, LogFormat::Json);
    let file = "[email]\nallow_unverified_sign_ins = true\n";
    let unverified = config(&Flags::default(), &[], file);
    assert!(!unverified.authn.email.autoconfirm);
}

#[test]
fn what_is_not_only_for_this_machine_is_production() {
    let postgres = Flags {
        database: Some("postgres://u@db/auth".to_owned()),
        ..Flags::default()
    };
    let none = Flags::default();
    let public = "[site]\nexternal_url = \"https://auth.example.com\"\n\
                  site_url = \"https://app.example.com\"\n";
    for (flags, environment, file) in [
        (&none, &[][..], public),
        (&listening("0.0.0.0:9999"), &[], public),
        (&postgres, &[], ""),
        (&none, &[("DATABASE_URL", "postgres://u@db/auth")], ""),
        (&none, BARE, ""),
        (&none, &[("CLAVIGER_MODE", "production")], ""),
    ] {
        let config = config(flags, environment, file);
        assert_eq!(config.mode, Mode::Production);
        assert!(!config.authn.email.autoconfirm);
        assert_eq!(config.mail, MailDelivery::Nowhere);
    }
}

#[test]
fn each_layer_covers_the_ones_before() {
    let file = "[listen]\naddress = \"127.0.0.1:1001\"\n";
    let port = [("PORT", "1002")];
    let own = [
        ("PORT", "1002"),
        ("CLAVIGER_LISTEN_ADDRESS", "127.0.0.1:1003"),
    ];
    let flags = listening("localhost:1004");
    let none = Flags::default();
    for (flags, environment, port, source) in [
        (&none, &[][..], 1001, "claviger.toml:2"),
        (&none, &port, 1002, "variable PORT"),
        (&none, &own, 1003, "variable CLAVIGER_LISTEN_ADDRESS"),
        (&flags, &own, 1004, "flag --listen"),
    ] {
        let config = config(flags, environment, file);
        assert_eq!(config.listen.address.port(), port);
        assert_eq!(config.sources.of("listen.address").to_string(), source);
        let url = format!("http://127.0.0.1:{port}");
        if port != 1004 {
            assert_eq!(config.authn.site.external_url, url);
        }
    }
}

#[test]
fn every_flag_sets_its_setting() {
    let flags = Flags {
        data: Some("elsewhere".into()),
        redis: Some("redis://cache".to_owned()),
        adopt_unknown_schema: true,
        json: true,
        ..Flags::default()
    };
    let config = config(&flags, &[], "");
    assert_eq!(config.data_directory, Path::new("elsewhere"));
    assert_eq!(config.redis_url.unwrap().expose(), "redis://cache");
    assert!(config.database.adopt_unknown_schema && config.json);
    let flags = Flags {
        ephemeral: true,
        ..Flags::default()
    };
    let config = self::config(&flags, &[], "");
    assert!(matches!(config.database.engine, Engine::Ephemeral));
    assert_eq!(config.mode, Mode::Development);
}

#[test]
fn the_file_is_the_named_one_or_one_of_the_usual_ones() {
    let files = [
        (
            "claviger.toml",
            "[smtp]\nhost = \"here\"\nadmin_email = \"a@example.com\"",
        ),
        (
            "data/claviger.toml",
            "[smtp]\nhost = \"data\"\nadmin_email = \"a@example.com\"",
        ),
        (
            "etc/c.toml",
            "[smtp]\nhost = \"named\"\nadmin_email = \"a@example.com\"",
        ),
    ];
    let host = |flags: &Flags, environment: &[(&str, &str)], files: &[(&str, &str)]| {
        load_with(flags, environment, files)
            .unwrap()
            .config
            .smtp
            .host
    };
    let named = Flags {
        config_file: Some("etc/c.toml".into()),
        ..Flags::default()
    };
    let none = Flags::default();
    assert_eq!(host(&named, &[], &files), "named");
    assert_eq!(
        host(&none, &[("CLAVIGER_CONFIG_FILE", "etc/c.toml")], &files),
        "named"
    );
    assert_eq!(host(&none, &[], &files), "here");
    assert_eq!(host(&none, &[], &files[1..]), "data");
    assert_eq!(host(&none, &[], &files[2..]), "");
    assert_eq!(
        problems(&named, &[], &[]),
        [
            "--config: the configuration `etc/c.toml` cannot be read: it does not exist; give \
             the path of a file that the server may read"
        ]
    );
}

#[test]
fn a_free_port_is_filled_in_after_binding() {
    let mut config = config(&listening("127.0.0.1:0"), &[], "");
    assert_eq!(config.listen.management.port(), 0);
    assert_eq!(config.mode, Mode::Development);
    let bound = Listen {
        address: "127.0.0.1:4321".parse().unwrap(),
        management: "127.0.0.1:4322".parse().unwrap(),
    };
    config.bound(bound);
    assert_eq!(config.listen, bound);
    assert_eq!(config.authn.site.external_url, "http://127.0.0.1:4321");
    let file = "[site]\nexternal_url = \"http://localhost:80/\"\n";
    let mut configured = self::config(&listening("127.0.0.1:0"), &[], file);
    configured.bound(bound);
    assert_eq!(configured.authn.site.external_url, "http://localhost:80");
}

#[test]
fn an_adopted_database_brings_gotrues_defaults_for_what_is_unset() {
    let file = "[keys]\njwt_secret = \"golden-secret-golden-secret-golden-secret-0001\"\n\
                [password]\nmin_length = 9\n";
    let loaded = load_with(&Flags::default(), &[], &[("claviger.toml", file)]).unwrap();
    assert_eq!(u8::from(loaded.config.authn.refresh.algorithm), 2);
    let adopted = loaded.with_gotrue_defaults().unwrap().config;
    assert_eq!(u8::from(adopted.authn.refresh.algorithm), 1);
    assert_eq!(adopted.authn.jwt.audience, "");
    assert_eq!(adopted.authn.password.min_length, 9);
    assert_eq!(adopted.listen.address.to_string(), "127.0.0.1:9999");
    let unknown = load_with(&Flags::default(), &[], &[]).unwrap();
    assert_eq!(
        unknown.with_gotrue_defaults().unwrap_err().to_string(),
        "the configuration has 1 problem:\n  keys.jwt_secret: the secret of Supabase Auth is \
         required, so that its tokens stay good; set keys.jwt_secret to the secret that it used"
    );
}

#[test]
fn the_effective_configuration_is_toml_with_sources_and_without_secrets() {
    let environment = [
        ("CLAVIGER_EMAIL_MAX_FREQUENCY", "1h"),
        ("CLAVIGER_PROVIDERS_GITHUB_SECRET", "hunter2"),
        ("CLAVIGER_COLUMNS_DECRYPTION_KEYS", ""),
        ("CLAVIGER_PHONE_TEST_OTP", "15555550100:hunter2"),
        ("CLAVIGER_SMTP_HEADERS", "X-Token:hunter2"),
    ];
    let file = "[keys]\njwt_secret = \"hunter2-hunter2-hunter2-hunter2-0123456789\"\n\
                [providers.\"custom:acme\"]\nenabled = true\nclient_id = [\"a\"]\n\
                [email.templates.invite]\nhtml = \"\"\"<p>\nline two</p>\"\"\"\n";
    let shown = config(&Flags::default(), &environment, file).show();
    for line in [
        "# The effective configuration, in development mode.",
        "mode = \"auto\"  # default",
        "[email]",
        "max_frequency = \"3600s\"  # variable CLAVIGER_EMAIL_MAX_FREQUENCY",
        "autoconfirm = true  # default of development mode",
        "[keys]",
        "jwt_secret = \"(set)\"  # claviger.toml:2",
        "[providers.github]",
        "secret = \"(set)\"  # variable CLAVIGER_PROVIDERS_GITHUB_SECRET",
        "[providers.\"custom:acme\"]",
        "test_otp = { 15555550100 = \"(set)\" }  # variable CLAVIGER_PHONE_TEST_OTP",
        "headers = { X-Token = \"(set)\" }  # variable CLAVIGER_SMTP_HEADERS",
        "external_url = \"http://127.0.0.1:9999\"  # derived from listen.address",
    ] {
        assert!(
            shown.lines().any(|shown| shown == line),
            "{line} is not in\n{shown}"
        );
    }
    assert!(!shown.contains("hunter2"), "{shown}");
    let table: toml::Table = shown.parse().unwrap();
    assert!(table.contains_key("smtp"));
}

#[test]
fn nothing_that_is_printed_for_debugging_holds_a_secret() {
    let environment = [
        ("CLAVIGER_SMTP_PASSWORD", "hunter2"),
        ("CLAVIGER_SMTP_USER", "u"),
        ("CLAVIGER_PROVIDERS_GITHUB_SECRET", "hunter2"),
    ];
    let flags = Flags {
        database: Some("postgres://u:hunter2@db/auth".to_owned()),
        ..Flags::default()
    };
    let loaded = load_with(&flags, &environment, &[]).unwrap();
    assert!(!format!("{loaded:?}").contains("hunter2"));
}
