//! A database of Supabase Auth: its defaults apply, its schema stays, its secrets are needed.

use crate::process::{Engine, Place, Server, call, on_both_engines};
use testkit::http::Request;

/// A value as Supabase Auth encrypts it, with a key that is called `key-of-old`.
const ENCRYPTED: &str = "{\"key_id\":\"key-of-old\",\"alg\":\"aes-gcm-hkdf\",\
     \"data\":\"AAAA\",\"nonce\":\"AAAA\"}";
/// What Supabase Auth has signed its tokens with.
const SECRET: &str = "the secret of the server that was here before";
/// 32 bytes in base64url.
const KEY: &str = "key-of-old:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

on_both_engines!(
    unset_settings_take_gotrues_defaults_and_set_ones_stay,
    values_that_nobody_can_decrypt_are_refused_before_anything_is_changed,
);

/// A database with the schema `auth`, one user, and nothing that says that we made it.
async fn foreign(engine: Engine) -> Option<Place> {
    let place = Place::open(engine).await?;
    let place = place
        .with("CLAVIGER_KEYS_JWT_SECRET", SECRET)
        .with("CLAVIGER_JWT_AUDIENCE", "authenticated");
    let server = place.serve().await;
    server.sign_up("ada@example.com").await;
    server.stop().await;
    place
        .script(
            "DELETE FROM migrations WHERE number = 0",
            "DROP SCHEMA claviger CASCADE",
        )
        .await;
    Some(place)
}

/// Whether GoTrue's API is served at `/`, which it is by its own default only.
async fn answers_at_root(server: &Server) -> bool {
    server.ask(Request::get("/settings")).await.status == 200
}

async fn unset_settings_take_gotrues_defaults_and_set_ones_stay(engine: Engine) {
    let Some(place) = foreign(engine).await else {
        return;
    };
    let server = place.serve().await;
    assert!(answers_at_root(&server).await, "GoTrue's default");
    assert!(
        server.can_sign_in("ada@example.com").await,
        "its people are there"
    );
    server.sign_up("ben@example.com").await;
    let session = server
        .ask(crate::process::sign_in("ben@example.com"))
        .await
        .json();
    let token = session["refresh_token"].as_str().expect("a token");
    assert_eq!(token.len(), 12, "the first generation of refresh tokens");
    assert!(
        server.log().contains("Supabase Auth made this database"),
        "{}",
        server.log()
    );
    server.stop().await;
    let place = place.with("CLAVIGER_HTTP_ALSO_AT_ROOT", "false");
    let server = place.serve().await;
    assert!(!answers_at_root(&server).await, "what is set stays");
    server.stop().await;
    let own = Place::open(engine).await.expect("the engine is there");
    let server = own.serve().await;
    assert!(
        !answers_at_root(&server).await,
        "our default, on a database of our own"
    );
    server.stop().await;
}

async fn values_that_nobody_can_decrypt_are_refused_before_anything_is_changed(engine: Engine) {
    let Some(place) = foreign(engine).await else {
        return;
    };
    let encrypt = format!("UPDATE users SET encrypted_password = '{ENCRYPTED}'");
    place
        .script(&encrypt, &encrypt.replace("users", "auth.users"))
        .await;
    let said = place.refused(&[]).await;
    assert!(
        said.contains("encrypted with keys that are not configured: key-of-old"),
        "{said}"
    );
    assert!(said.contains("columns.decryption_keys"), "{said}");
    let report = place.run(&["adopt", "--dry-run"]).await;
    let said = String::from_utf8_lossy(&report.stdout);
    assert_eq!(report.status.code(), Some(1), "{said}");
    assert!(
        said.contains("1 values of users.encrypted_password with the key `key-of-old`"),
        "{said}"
    );
    assert!(said.contains("refused:"), "{said}");
    let report = place.run(&["doctor"]).await;
    let said = String::from_utf8_lossy(&report.stdout);
    assert_eq!(report.status.code(), Some(1), "{said}");
    assert!(
        said.contains("FAIL encrypted columns: no key for key-of-old"),
        "{said}"
    );
    let place = place.with("CLAVIGER_COLUMNS_DECRYPTION_KEYS", KEY);
    if engine == Engine::Postgres {
        let report = place.run(&["adopt", "--dry-run"]).await;
        let said = String::from_utf8_lossy(&report.stdout);
        assert!(
            said.contains("to do: the schema `claviger` is made"),
            "nothing was made: {said}"
        );
        assert!(report.status.success(), "{said}");
        let report = place.run(&["adopt"]).await;
        let said = String::from_utf8_lossy(&report.stdout);
        assert!(
            said.ends_with("done\n") && report.status.success(),
            "{said}"
        );
    }
    let server = place.serve().await;
    assert!(
        !server.can_sign_in("ada@example.com").await,
        "that was no real value"
    );
    server.sign_up("ben@example.com").await;
    server.stop().await;
}

/// Whatever the role lacks, what the command prints is enough.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_administrator_is_told_to_run_is_enough() {
    let Some(place) = foreign(Engine::Postgres).await else {
        return;
    };
    let role = format!("claviger_role_{}", std::process::id());
    let create = format!("CREATE ROLE {role} LOGIN NOSUPERUSER");
    place.script("", &create).await;
    let administrator = place.store();
    let place = place.with_role(&role);
    let report = place.run(&["adopt", "--dry-run"]).await;
    let said = String::from_utf8_lossy(&report.stdout);
    assert_eq!(report.status.code(), Some(1), "{said}");
    assert!(said.contains(&format!("as role `{role}`")), "{said}");
    assert!(said.contains("let an administrator run"), "{said}");
    let doctor = place.run(&["doctor"]).await;
    let said = String::from_utf8_lossy(&doctor.stdout);
    assert!(said.contains("FAIL schema: the role"), "{said}");
    let printed = place.run(&["adopt", "--print-sql"]).await;
    assert!(printed.status.success());
    let sql = String::from_utf8_lossy(&printed.stdout).into_owned();
    let ran = administrator.script(sql.clone(), &call()).await;
    ran.unwrap_or_else(|e| panic!("{e:?}: {sql}"));
    administrator.close();
    let printed = place.run(&["adopt", "--print-sql"]).await;
    assert_eq!(
        String::from_utf8_lossy(&printed.stdout),
        "",
        "nothing is missing any more"
    );
    let adopted = place.run(&["adopt"]).await;
    let said = String::from_utf8_lossy(&adopted.stdout);
    assert!(
        adopted.status.success() && said.ends_with("done\n"),
        "{said}"
    );
    let server = place.serve().await;
    assert!(server.can_sign_in("ada@example.com").await);
    server.sign_up("ben@example.com").await;
    server.stop().await;
}
