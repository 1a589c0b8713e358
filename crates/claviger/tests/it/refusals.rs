//! What a server does not start with, and what it says about it.

use crate::process::{Engine, Place, on_both_engines};
use std::os::unix::fs::PermissionsExt;

on_both_engines!(
    a_schema_that_is_newer_than_this_server_is_refused,
    a_database_of_a_newer_server_is_refused,
);

#[tokio::test]
async fn an_unknown_setting_is_refused_with_the_nearest_name() {
    let place = Place::bare().with("CLAVIGER_EMAIL_AUTOCONFRIM", "true");
    let said = place.refused(&[]).await;
    assert!(said.contains("CLAVIGER_EMAIL_AUTOCONFRIM"), "{said}");
    assert!(
        said.contains("did you mean CLAVIGER_EMAIL_AUTOCONFIRM?"),
        "{said}"
    );
    let place = Place::bare().with("GOTRUE_MAILER_AUTOCONFRIM", "true");
    let said = place.refused(&[]).await;
    assert!(
        said.contains("did you mean GOTRUE_MAILER_AUTOCONFIRM?"),
        "{said}"
    );
    let place = Place::bare();
    let file = place.folder.path().join("claviger.toml");
    std::fs::write(&file, "[email]\nautoconfrim = true\n").expect("a file");
    let said = place.refused(&[]).await;
    assert!(said.contains("claviger.toml:2"), "{said}");
    assert!(said.contains("did you mean"), "{said}");
    assert!(!place.data().exists(), "nothing was made");
}

#[tokio::test]
async fn a_weak_secret_is_refused_and_never_shown() {
    let place = Place::bare().with("CLAVIGER_KEYS_JWT_SECRET", "hunter2hunter2");
    let said = place.refused(&[]).await;
    assert!(said.contains("CLAVIGER_KEYS_JWT_SECRET"), "{said}");
    assert!(said.contains("HS256 needs 32"), "{said}");
    assert!(!said.contains("hunter2"), "{said}");
}

#[tokio::test]
async fn a_public_address_is_refused_in_development() {
    let place = Place::bare().with("CLAVIGER_MODE", "development");
    let output = place
        .run(&["serve", "--json", "--listen", "0.0.0.0:0"])
        .await;
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("development mode is for this machine only"),
        "{said}"
    );
    assert!(said.contains("`0.0.0.0:0` is public"), "{said}");
    assert_eq!(output.stdout, b"");
}

#[tokio::test]
async fn a_private_file_that_others_can_read_is_refused() {
    let place = Place::bare();
    place.serve().await.stop().await;
    let path = place.data().join("jwt-keys.json");
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(&path, open).expect("the mode");
    let said = place.refused(&[]).await;
    assert!(said.contains("jwt-keys.json"), "{said}");
    assert!(
        said.contains("can be read by others (mode 644); run chmod 600"),
        "{said}"
    );
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let place = Place::bare();
    std::fs::create_dir(place.data()).expect("a folder");
    let text = "not a database ".repeat(1_000);
    std::fs::write(place.data().join("claviger.db"), text).expect("a file");
    let said = place.refused(&[]).await;
    assert!(
        said.contains("the file is not an SQLite database"),
        "{said}"
    );
}

#[tokio::test]
async fn a_port_that_is_taken_is_refused_by_name() {
    let place = Place::bare();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a free port");
    let taken = listener.local_addr().expect("an address").to_string();
    let output = place.run(&["serve", "--listen", &taken]).await;
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains(&format!("cannot listen on {taken}")),
        "{said}"
    );
}

async fn a_schema_that_is_newer_than_this_server_is_refused(engine: Engine) {
    let Some(place) = Place::open(engine).await else {
        return;
    };
    place.serve().await.stop().await;
    place
        .script(
            "INSERT INTO schema_migrations (version) VALUES ('29990101000000')",
            "INSERT INTO auth.schema_migrations (version) VALUES ('29990101000000')",
        )
        .await;
    let said = place.refused(&[]).await;
    assert!(
        said.contains("version 29990101000000, newer than"),
        "{said}"
    );
    assert!(said.contains("--adopt-unknown-schema"), "{said}");
    let mut willing = place.serving();
    willing.arg("--adopt-unknown-schema");
    place.serve_as(willing).await.stop().await;
}

async fn a_database_of_a_newer_server_is_refused(engine: Engine) {
    let Some(place) = Place::open(engine).await else {
        return;
    };
    place.serve().await.stop().await;
    place
        .script(
            "INSERT INTO migrations VALUES (999, 'later', x'00', 0)",
            "INSERT INTO claviger.migrations VALUES (999, 'later', '\\x00', now())",
        )
        .await;
    let said = place.refused(&["--adopt-unknown-schema"]).await;
    assert!(said.contains("migrated to 999 by a newer server"), "{said}");
}

/// Prepared statements and settings of a session are lost behind such a pooler.
#[tokio::test]
async fn a_transaction_pooler_is_refused_by_name() {
    let Ok(port) = std::env::var("CLAVIGER_TEST_PGBOUNCER") else {
        return eprintln!("no pooler to test on");
    };
    let place = Place::bare()
        .with("CLAVIGER_SITE_EXTERNAL_URL", "http://auth.example.test")
        .with("CLAVIGER_SITE_SITE_URL", "http://app.example.test");
    let url = format!("postgres://postgres:secret-word@127.0.0.1:{port}/postgres");
    let said = place.refused(&["--database", &url]).await;
    assert!(said.contains("PgBouncer in transaction mode"), "{said}");
    assert!(said.contains("session mode"), "{said}");
    assert!(!said.contains("secret-word"), "{said}");
    let output = place.run(&["doctor", "--database", &url]).await;
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("FAIL database") && said.contains("PgBouncer"),
        "{said}"
    );
}
