//! Starting: what is said, what is kept, who may read it, and who else may use it.

use crate::process::{Place, sign_up};
use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use testkit::http::Request;
use tokio::process::Command;
use tokio::task::JoinSet;

/// The mode of each file in a folder.
fn modes(folder: &Path) -> Vec<(String, u32)> {
    let entries = std::fs::read_dir(folder).expect("the folder");
    let mut modes: Vec<_> = entries
        .map(|entry| {
            let entry = entry.expect("an entry");
            let mode = entry.metadata().expect("its mode").permissions().mode();
            (
                entry.file_name().to_string_lossy().into_owned(),
                mode & 0o777,
            )
        })
        .collect();
    modes.sort_unstable();
    modes
}

fn mode(path: &Path) -> u32 {
    let metadata = std::fs::metadata(path).expect("it is there");
    metadata.permissions().mode() & 0o777
}

#[tokio::test]
async fn the_first_line_tells_a_program_everything_and_is_the_only_one() {
    let place = Place::bare();
    let mut server = place.serve().await;
    let members = server.facts.as_object().expect("an object").clone();
    let names: BTreeSet<&str> = members.keys().map(String::as_str).collect();
    let expected = [
        "anon_key",
        "fga_api_token",
        "fga_api_url",
        "fga_store_id",
        "inbox_url",
        "management_url",
        "publishable_key",
        "secret_key",
        "service_key",
        "url",
    ];
    assert_eq!(names, BTreeSet::from(expected));
    assert!(
        members
            .values()
            .all(|value| value.as_str().is_some_and(|text| !text.is_empty()))
    );
    let text = |name: &str| members[name].as_str().unwrap_or_default();
    assert_eq!(text("inbox_url"), format!("{}/inbox", text("url")));
    for name in ["anon_key", "service_key", "publishable_key", "secret_key"] {
        let settings = Request::get("/auth/v1/settings").header("apikey", text(name));
        assert_eq!(server.ask(settings).await.status, 200, "{name}");
    }
    let users = Request::get("/auth/v1/admin/users").bearer(text("service_key"));
    assert_eq!(server.ask(users).await.status, 200);
    let users = Request::get("/auth/v1/admin/users").bearer(text("anon_key"));
    assert_eq!(server.ask(users).await.status, 403);
    let store = format!("/stores/{}", text("fga_store_id"));
    let store = Request::get(store).bearer(text("fga_api_token"));
    assert_eq!(server.ask(store).await.json()["name"], "default");
    assert_eq!(server.ask(Request::get("/inbox")).await.status, 200);
    assert_eq!(server.readiness().await, 200);
    server.signal("TERM").await;
    let next = server.output.next_line().await.expect("standard output");
    assert_eq!(next, None);
    assert!(server.ended().await.success());
}

#[tokio::test]
async fn a_second_start_finds_the_keys_and_the_people_of_the_first() {
    let place = Place::bare();
    let first = place.serve().await;
    first.sign_up("ada@example.com").await;
    let facts = first.facts.clone();
    first.stop().await;
    let second = place.serve().await;
    for name in [
        "anon_key",
        "service_key",
        "publishable_key",
        "secret_key",
        "fga_store_id",
    ] {
        assert_eq!(second.facts[name], facts[name], "{name}");
    }
    assert!(second.can_sign_in("ada@example.com").await);
    second.stop().await;
}

/// Whoever starts it may have no umask at all.
#[tokio::test]
async fn nobody_else_can_read_what_the_server_keeps() {
    let place = Place::bare();
    let mut shell = Command::new("sh");
    shell.args([
        "-c",
        "umask 0; exec \"$0\" \"$@\"",
        env!("CARGO_BIN_EXE_claviger"),
    ]);
    let words = ["serve", "--json", "--listen", "127.0.0.1:0"];
    let server = place.serve_as(place.command_of(shell, &words)).await;
    server.sign_up("ada@example.com").await;
    assert_eq!(mode(&place.data()), 0o700);
    let expected = [
        "api-keys.json",
        "claviger.db",
        "claviger.db-shm",
        "claviger.db-wal",
        "jwt-keys.json",
    ];
    let expected: Vec<_> = expected
        .iter()
        .map(|name| ((*name).to_owned(), 0o600))
        .collect();
    assert_eq!(modes(&place.data()), expected);
    server.stop().await;
    let kept: Vec<_> = modes(&place.data());
    assert!(kept.iter().all(|(_, mode)| *mode == 0o600), "{kept:?}");
}

#[tokio::test]
async fn an_ephemeral_server_leaves_nothing_behind() {
    let place = Place::bare();
    let temporary = place.folder.path().join("tmp");
    std::fs::create_dir(&temporary).expect("a folder");
    let mut command = place.serving();
    command.arg("--ephemeral").env("TMPDIR", &temporary);
    let server = place.serve_as(command).await;
    server.sign_up("ada@example.com").await;
    let folders = modes(&temporary);
    assert!(matches!(&folders[..], [(_, 0o700)]), "{folders:?}");
    let files = modes(&temporary.join(&folders[0].0));
    assert!(
        files.iter().any(|(name, _)| name == "jwt-keys.json"),
        "{files:?}"
    );
    assert!(files.iter().all(|(_, mode)| *mode == 0o600), "{files:?}");
    server.stop().await;
    assert_eq!(modes(&temporary), []);
    assert!(!place.data().exists());
}

/// Both make the folder, the keys and the schema, or find them made by the other; then both write.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_start_and_work_at_once_on_one_data_folder() {
    let place = Place::bare().with("CLAVIGER_HTTP_REQUEST_DEADLINE", "300s");
    let (one, two) = tokio::join!(place.serve(), place.serve());
    assert_eq!(one.facts["anon_key"], two.facts["anon_key"]);
    assert_eq!(one.facts["secret_key"], two.facts["secret_key"]);
    let mut asking = JoinSet::new();
    for number in 0..20 {
        for (name, address) in [("one", one.address), ("two", two.address)] {
            let email = format!("{name}{number}@example.com");
            asking.spawn(async move {
                let reply = sign_up(&email).send(address).await.expect("an answer");
                (email, reply.status)
            });
        }
    }
    let signed_up = asking.join_all().await;
    for (email, status) in &signed_up {
        assert_eq!(*status, 200, "{email}");
    }
    assert!(one.can_sign_in("two7@example.com").await);
    assert!(two.can_sign_in("one7@example.com").await);
    one.stop().await;
    two.sign_up("late@example.com").await;
    two.stop().await;
}

/// The limit of open files that a process lives under: soft and hard.
fn descriptors(pid: u32) -> (String, String) {
    let limits = std::fs::read_to_string(format!("/proc/{pid}/limits")).expect("Linux");
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"));
    let mut words = line.expect("the limit").split_whitespace();
    let mut word = || words.next().expect("a number").to_owned();
    (word(), word())
}

#[tokio::test]
async fn as_many_files_may_be_open_as_the_system_allows() {
    let words = ["serve", "--json", "--listen", "127.0.0.1:0"];
    for (limits, hard, is_lowered) in [
        ("ulimit -Sn 64; ulimit -Hn 200", "200", true),
        ("ulimit -Sn 64; ulimit -Hn 1000", "1000", false),
    ] {
        let place = Place::bare().with("CLAVIGER_HTTP_CONNECTIONS_MAX", "900");
        let mut shell = Command::new("sh");
        let script = format!("{limits}; exec \"$0\" \"$@\"");
        shell.args(["-c", &script, env!("CARGO_BIN_EXE_claviger")]);
        let server = place.serve_as(place.command_of(shell, &words)).await;
        assert_eq!(
            descriptors(server.pid()),
            (hard.to_owned(), hard.to_owned())
        );
        assert_eq!(
            server.log().contains("is lowered"),
            is_lowered,
            "{}",
            server.log()
        );
        server.sign_up("ada@example.com").await;
        server.stop().await;
    }
}

/// Who looks for a fault must not look at a log that is not what was asked for.
#[tokio::test]
async fn a_filter_of_the_log_that_cannot_be_read_is_told() {
    let place = Place::bare().with("RUST_LOG", "warn,authn=loud");
    let server = place.serve().await;
    let log = server.log();
    assert!(
        log.contains("RUST_LOG `warn,authn=loud` cannot be read and does not count"),
        "{log}"
    );
    server.stop().await;
    let place = Place::bare().with("RUST_LOG", "debug");
    let server = place.serve().await;
    assert!(!server.log().contains("RUST_LOG"), "{}", server.log());
    server.stop().await;
}
