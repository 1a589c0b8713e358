//! Tests of the database URLs and of the column keys.

use super::*;

fn read(text: &str) -> Result<Engine, Fault> {
    engine(&Secret::new(text.to_owned()), Path::new("data"))
}

#[test]
fn without_a_url_the_state_is_in_the_data_directory() {
    let Ok(Engine::Sqlite { path }) = read("") else {
        panic!("no file");
    };
    assert_eq!(path, Path::new("data/claviger.db"));
}

#[test]
fn a_file_can_be_named_with_and_without_slashes() {
    for text in ["sqlite:/var/a.db", "sqlite:///var/a.db"] {
        let Ok(Engine::Sqlite { path }) = read(text) else {
            panic!("no file");
        };
        assert_eq!(path, Path::new("/var/a.db"));
    }
}

#[test]
fn every_sslmode_of_libpq_is_accepted() {
    for mode in SSL_MODES {
        let url = format!("postgres://u:p@db:5432/postgres?sslmode={mode}");
        assert!(matches!(read(&url), Ok(Engine::Postgres { .. })), "{mode}");
    }
    assert!(read("postgresql:///postgres?host=/run/postgresql").is_ok());
}

#[test]
fn faulty_urls_are_refused_without_repeating_them() {
    for (url, fault) in [
        (
            "hunter2",
            "this is no database URL; write postgres://USER:PASSWORD@HOST:PORT/DATABASE or \
             sqlite:PATH; special characters in the password are percent-encoded",
        ),
        (
            "mysql://u:hunter2@h/d",
            "databases of kind `mysql` are not supported; write \
             postgres://USER:PASSWORD@HOST:PORT/DATABASE or sqlite:PATH",
        ),
        (
            "postgres:///d",
            "the URL names no host; write postgres://USER:PASSWORD@HOST:PORT/DATABASE or \
             sqlite:PATH",
        ),
        (
            "postgres://u:hunter2@h/d?sslmode=on",
            "sslmode `on` is unknown; write one of disable, allow, prefer, require, verify-ca, \
             verify-full",
        ),
        (
            "postgres://u:hunter2@h/d?pgbouncer=true",
            "`pgbouncer` says that a transaction pooler stands before the database, which loses \
             prepared statements; give the URL of the database itself, or of the pooler in \
             session mode",
        ),
        (
            "postgres://u:hunter2@h/d?search_path=auth",
            "the schemas are fixed: `auth` and `claviger`; remove the parameter search_path",
        ),
        (
            "postgres://u:hunter2@h/d?sslmod=require",
            "the parameter `sslmod` is unknown; did you mean sslmode?",
        ),
        (
            "sqlite:",
            "the URL names no file; write sqlite:PATH, or leave it out for a file in the data \
             directory",
        ),
        (
            "sqlite::memory:",
            "a database in memory has no URL; use --ephemeral instead",
        ),
    ] {
        let Err(Fault { what, advice }) = read(url) else {
            panic!("{url} was accepted");
        };
        assert_eq!(format!("{what}; {advice}"), fault);
        assert!(!fault.contains("hunter2"));
    }
}

#[test]
fn redis_needs_a_host() {
    let check = |text: &str| check_redis(&Secret::new(text.to_owned()));
    assert_eq!(check("redis://cache:6379/1"), Ok(()));
    assert_eq!(check("rediss://:p@cache"), Ok(()));
    for text in ["cache:6379", "http://cache", "redis://"] {
        assert!(check(text).is_err(), "{text}");
    }
}

#[test]
fn new_values_are_encrypted_with_a_key_that_can_decrypt_them() {
    let key = data_encoding::BASE64URL_NOPAD.encode(&[7; 32]);
    let other = data_encoding::BASE64URL_NOPAD.encode(&[8; 32]);
    let secret = |text: String| Secret::new(text);
    let section = |encrypt, id: &str| ColumnsSection {
        encrypt,
        encryption_key_id: id.to_owned(),
    };
    let read = |encrypt, single: Option<&str>, listed: &str| {
        let single = single.map(|text| secret(text.to_owned()));
        let listed = secret(listed.to_owned());
        column_keys(&section(encrypt, "k1"), single.as_ref(), Some(&listed))
            .map_err(|(key, fault)| format!("{key}: {}; {}", fault.what, fault.advice))
    };
    let keys = read(true, None, &format!("k1:{key},k2:{other}")).unwrap();
    assert_eq!(keys.encryption.as_deref(), Some("k1"));
    assert_eq!(keys.decryption.len(), 2);
    let keys = read(true, Some(&key), "").unwrap();
    assert_eq!(keys.decryption.len(), 1);
    let keys = read(false, None, &format!("k1:{key}")).unwrap();
    assert_eq!(keys.encryption, None);
    for (result, message) in [
        (
            read(true, None, &format!("k2:{key}")),
            "columns.encryption_key_id: there is no decryption key with the id `k1`; list the \
             encryption key among columns.decryption_keys",
        ),
        (
            read(true, Some(&other), &format!("k1:{key}")),
            "columns.encryption_key: the key differs from the decryption key `k1`; remove it: \
             the decryption key with that id is used",
        ),
        (
            read(false, None, "k1:c2hvcnQ"),
            "columns.decryption_keys: the key `k1` is not 32 bytes long; give 32 random bytes in \
             base64url without padding",
        ),
        (
            read(false, None, "k1:*"),
            "columns.decryption_keys: the key `k1` is not base64url; give 32 random bytes in \
             base64url without padding",
        ),
    ] {
        assert_eq!(result.map(|_| ()), Err(message.to_owned()));
    }
}
