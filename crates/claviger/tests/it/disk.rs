//! A disk that is really full, and one that takes no files: a small file system of its own.
//!
//! The server runs in a mount namespace of its own, so that the file system goes with it. Where
//! the machine does not allow that, these tests have nothing to run on.

use crate::process::{PASSWORD, Place, Server, not_run, sign_in, sign_up};
use std::fs::File;
use std::io::{self, Write};
use std::path::PathBuf;
use testkit::http::{Reply, Request};
use tokio::process::Command;

/// Enough for the database and some people.
const SIZE: &str = "size=4m";

/// Mounts an empty file system at `$1` with the options `$2`, and becomes the rest.
const MOUNT: &str = "mkdir -p \"$1\" && mount -t tmpfs -o \"$2,mode=700\" none \"$1\" && \
     shift 2 && exec \"$@\"";

/// A command that runs in a namespace with a file system of these options as its data folder.
fn mounted(place: &Place, options: &str, words: &[&str]) -> Command {
    let data = place.data();
    let mut unshare = Command::new("unshare");
    unshare.args([
        "--user",
        "--map-root-user",
        "--mount",
        "sh",
        "-c",
        MOUNT,
        "sh",
    ]);
    unshare
        .arg(data)
        .arg(options)
        .arg(env!("CARGO_BIN_EXE_claviger"));
    place.command_of(unshare, words)
}

async fn may_mount(place: &Place) -> bool {
    let mut command = mounted(place, SIZE, &["config", "check"]);
    let allowed = command
        .output()
        .await
        .is_ok_and(|output| output.status.success());
    if !allowed {
        not_run("no file system of its own");
    }
    allowed
}

/// The folder as the server sees it.
fn inside(place: &Place, server: &Server) -> PathBuf {
    let data = place.data();
    let below = data.strip_prefix("/").expect("an absolute path");
    PathBuf::from(format!("/proc/{}/root", server.pid())).join(below)
}

/// Writes until there is no room for another byte.
fn fill(path: &PathBuf) {
    let mut file = File::create(path).expect("a file");
    let mut piece = vec![0; 64 * 1024];
    while !piece.is_empty() {
        if let Err(e) = file.write_all(&piece) {
            assert_eq!(e.kind(), io::ErrorKind::StorageFull, "{e}");
            piece.truncate(piece.len() / 2);
        }
    }
}

fn assert_unavailable(reply: &Reply, what: &str) {
    assert_eq!(reply.status, 503, "{what}: {}", reply.text());
    assert_eq!(reply.header("retry-after"), "1", "{what}");
    assert_eq!(reply.json()["error_code"], "unexpected_failure", "{what}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_answered_with_503_and_loses_nothing() {
    let place = Place::bare();
    if !may_mount(&place).await {
        return;
    }
    let words = ["serve", "--json", "--listen", "127.0.0.1:0"];
    let mut server = place.serve_as(mounted(&place, SIZE, &words)).await;
    server.sign_up("ada@example.com").await;
    let session = server.ask(sign_in("ada@example.com")).await.json();
    let token = session["access_token"].as_str().expect("a token");
    let filler = inside(&place, &server).join("filler");
    fill(&filler);
    let (mut kept, mut refused) = (Vec::new(), Vec::new());
    // What is left of the last block may still take a few.
    while refused.len() < 3 {
        let email = format!("person{}@example.com", kept.len() + refused.len());
        let reply = server.ask(sign_up(&email)).await;
        if reply.status == 200 {
            kept.push(email);
        } else {
            assert_unavailable(&reply, "sign-up");
            refused.push(email);
        }
        assert!(kept.len() < 100, "the disk is never full");
    }
    assert_unavailable(&server.ask(sign_in("ada@example.com")).await, "sign-in");
    while server.readiness().await != 503 {
        tokio::task::yield_now().await;
    }
    let user = || Request::get("/auth/v1/user").bearer(token);
    assert_eq!(server.ask(user()).await.status, 200, "reading goes on");
    std::fs::remove_file(&filler).expect("the filler goes");
    // Readiness may still be what it was a moment ago.
    while server.readiness().await != 200 {
        tokio::task::yield_now().await;
    }
    kept.push("ada@example.com".to_owned());
    for email in &kept {
        assert!(server.can_sign_in(email).await, "{email} was acknowledged");
    }
    for email in &refused {
        assert!(!server.can_sign_in(email).await, "{email} was refused");
        server.sign_up(email).await;
    }
    server.signal("TERM").await;
    assert!(server.ended().await.success(), "{}", server.log());
    assert!(!server.log().contains(PASSWORD));
}

#[tokio::test]
async fn a_data_folder_that_takes_no_files_is_refused_by_name() {
    let place = Place::bare();
    if !may_mount(&place).await {
        return;
    }
    let words = ["serve", "--json", "--listen", "127.0.0.1:0"];
    let output = mounted(&place, "ro", &words).output().await;
    let output = output.expect("the binary");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("Read-only file system"), "{said}");
    assert!(said.contains("data"), "{said}");
    let output = mounted(&place, "ro", &["doctor"]).output().await;
    let output = output.expect("the binary");
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("FAIL data folder"), "{said}");
    assert!(
        said.contains("ok   ports"),
        "the other checks go on: {said}"
    );
}
