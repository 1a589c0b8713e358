//! Tests of a server's keys: which configured ones are refused, what is written, what is said.

use super::*;
use crate::config::{self, Flags};
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use testkit::TestClock;
use types::SystemEntropy;

const SECRET: &str = "golden-secret-golden-secret-golden-secret-0001";
const PUBLISHABLE: &str = "sb_publishable_0123456789abcdefghijkl";
const OPAQUE: &str = "sb_secret_0123456789abcdefghijkl";

fn world() -> World {
    World {
        clock: Arc::new(TestClock::at(Time::from_unix_seconds(1_000))),
        entropy: Arc::new(SystemEntropy),
    }
}

/// A configuration with a data folder that does not exist yet.
fn configured(folder: &TempDir, database: &str, variables: &[(&str, &str)]) -> Config {
    let flags = Flags {
        data: Some(folder.path().join("data")),
        database: Some(database.to_owned()),
        ..Flags::default()
    };
    let variables = variables.iter();
    let variables = variables.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let nothing = |_: &Path| Err(std::io::ErrorKind::NotFound.into());
    config::load(&flags, variables, &nothing).unwrap().config
}

const POSTGRES: &str = "postgres://auth@db/auth";

fn minted(secret: &str, role: ApiKeyRole) -> String {
    let keys = KeySet::from_secret(&Secret::new(secret.to_owned())).unwrap();
    keys.mint_api_key(role, 0, 2_000).unwrap()
}

/// The token that `claims` make, signed by hand: the server itself never makes such ones.
fn forged(claims: &str) -> String {
    use aws_lc_rs::hmac;
    use data_encoding::BASE64URL_NOPAD as BASE64;
    let header = BASE64.encode(br#"{"alg":"HS256","typ":"JWT"}"#);
    let message = format!("{header}.{}", BASE64.encode(claims.as_bytes()));
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let tag = hmac::sign(&key, message.as_bytes());
    format!("{message}.{}", BASE64.encode(tag.as_ref()))
}

fn loaded(variables: &[(&str, &str)]) -> Result<Keys, String> {
    let folder = TempDir::new().unwrap();
    let mut all = vec![("CLAVIGER_KEYS_JWT_SECRET", SECRET)];
    all.extend(variables);
    load(&configured(&folder, POSTGRES, &all), &world()).map_err(|e| e.to_string())
}

#[test]
fn a_configured_token_of_another_server_or_another_time_is_refused() {
    let strange = minted(
        "another-secret-another-secret-another-0002",
        ApiKeyRole::Anon,
    );
    let old = forged(r#"{"role":"service_role","iat":0,"exp":999}"#);
    let cure = "sign it with keys.jwt_secret or keys.jwks, or leave it out to have one generated";
    assert_eq!(
        loaded(&[("CLAVIGER_API_KEYS_ANON", &strange)]).unwrap_err(),
        format!(
            "api_keys.anon: the signing keys of this server do not accept it: token signature is \
             invalid: signature is invalid; {cure}"
        )
    );
    assert_eq!(
        loaded(&[("CLAVIGER_API_KEYS_SERVICE_ROLE", &old)]).unwrap_err(),
        format!(
            "api_keys.service_role: the signing keys of this server do not accept it: token has \
             invalid claims: token is expired; {cure}"
        )
    );
}

#[test]
fn a_configured_token_opens_what_its_name_says_and_nothing_else() {
    let anon = minted(SECRET, ApiKeyRole::Anon);
    let service = minted(SECRET, ApiKeyRole::ServiceRole);
    let user = forged(r#"{"sub":"2c3fd6ba-2e3b-4c0b-9d0e-3d4b8b9f2f11","role":"authenticated"}"#);
    for (name, key, fault) in [
        (
            "CLAVIGER_API_KEYS_ANON",
            &service,
            "api_keys.anon: its role `service_role` is an administrator's (jwt.admin_roles), and \
             everybody gets this key; give a token of the role `anon`",
        ),
        (
            "CLAVIGER_API_KEYS_SERVICE_ROLE",
            &anon,
            "api_keys.service_role: its role `anon` is not an administrator's (jwt.admin_roles: \
             service_role, supabase_admin); give a token of such a role",
        ),
        (
            "CLAVIGER_API_KEYS_ANON",
            &user,
            "api_keys.anon: it is the token of a user; give a token without `sub`",
        ),
    ] {
        assert_eq!(loaded(&[(name, key)]).unwrap_err(), fault);
    }
    let keys = loaded(&[
        ("CLAVIGER_API_KEYS_ANON", &anon),
        ("CLAVIGER_API_KEYS_SERVICE_ROLE", &service),
    ]);
    let keys = keys.unwrap().api;
    assert_eq!((keys.anon, keys.service_role), (anon, service));
    assert!(keys.secret.starts_with("sb_secret_"), "generated");
}

/// A container with a read-only file system starts.
#[tokio::test]
async fn a_server_that_was_given_every_key_touches_no_data_folder() {
    let folder = TempDir::new().unwrap();
    let anon = minted(SECRET, ApiKeyRole::Anon);
    let service = minted(SECRET, ApiKeyRole::ServiceRole);
    let mut variables = vec![
        ("CLAVIGER_KEYS_JWT_SECRET", SECRET),
        ("CLAVIGER_API_KEYS_PUBLISHABLE", PUBLISHABLE),
        ("CLAVIGER_API_KEYS_SECRET", OPAQUE),
        ("CLAVIGER_API_KEYS_ANON", &anon),
        ("CLAVIGER_API_KEYS_SERVICE_ROLE", &service),
    ];
    let elsewhere = format!("sqlite:{}", folder.path().join("elsewhere.db").display());
    let config = configured(&folder, &elsewhere, &variables);
    let built = crate::start::build(&config, &world()).await.unwrap();
    assert_eq!(built.api_keys.secret, OPAQUE);
    assert!(!config.data_directory.exists());
    variables.pop();
    let config = configured(&folder, &elsewhere, &variables);
    crate::start::build(&config, &world()).await.unwrap();
    assert!(config.data_directory.join(private::API_KEYS_FILE).exists());
}

#[test]
fn the_folder_is_made_for_a_database_inside_it_however_it_is_written() {
    let folder = TempDir::new().unwrap();
    let keeps = |data: &str, path: &str| {
        let mut config = configured(&folder, path, &[]);
        config.data_directory = data.into();
        crate::start::keeps_database(&config)
    };
    assert!(keeps("data", "sqlite:./data/claviger.db"));
    assert!(!keeps("data", "sqlite:claviger.db"));
    assert!(!keeps("data", POSTGRES));
}

#[test]
fn whoever_starts_a_second_server_is_told_which_keys_it_needs() {
    let folder = TempDir::new().unwrap();
    let note_of = |config: &Config| load(config, &world()).unwrap().note;
    let shared = configured(&folder, POSTGRES, &[]);
    assert_eq!(
        note_of(&shared).unwrap(),
        format!(
            "the signing keys and API keys were generated and are kept in `{}`: every other \
             server over this database needs the same ones; give all of them keys.jwks or \
             keys.jwt_secret, and api_keys.publishable, api_keys.secret, api_keys.anon and \
             api_keys.service_role",
            shared.data_directory.display()
        )
    );
    assert_eq!(note_of(&shared), None, "they are no longer new");
    let given = [("CLAVIGER_KEYS_JWT_SECRET", SECRET)];
    let other = TempDir::new().unwrap();
    let note = note_of(&configured(&other, POSTGRES, &given)).unwrap();
    assert!(note.starts_with("the API keys were generated"), "{note}");
}

/// Nobody else is on the database, or nobody depends on it yet.
#[test]
fn keys_of_a_server_that_is_alone_are_made_without_a_word() {
    let folder = TempDir::new().unwrap();
    let alone = configured(&folder, "sqlite:a.db", &[("CLAVIGER_MODE", "production")]);
    assert_eq!(load(&alone, &world()).unwrap().note, None);
    let folder = TempDir::new().unwrap();
    let mut mine = configured(&folder, POSTGRES, &[]);
    mine.mode = Mode::Development;
    assert_eq!(load(&mine, &world()).unwrap().note, None);
}
