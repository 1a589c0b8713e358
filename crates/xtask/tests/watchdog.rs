//! The watchdog stops what an interrupted xtask has left running.

use std::env;
use std::fs;
use std::io::{self, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{self, Child, Command, Stdio};

const TERM: i32 = 15;

fn endless() -> io::Result<Child> {
    Command::new("tail")
        .args(["-f", "/dev/null"])
        .process_group(0)
        .spawn()
}

fn watchdog() -> io::Result<Child> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command
        .arg("watchdog")
        .stdin(Stdio::piped())
        .stderr(Stdio::null());
    command.spawn()
}

#[test]
fn what_was_left_running_is_stopped_and_its_folder_removed() {
    let folder = env::temp_dir().join(format!("claviger-watchdog-{}", process::id()));
    fs::create_dir(&folder).expect("the folder is new");
    fs::write(folder.join("file"), "text").expect("the folder is ours");
    let mut left = endless().expect("tail starts");
    let mut watchdog = watchdog().expect("the watchdog starts");
    let mut pipe = watchdog.stdin.take().expect("the pipe was asked for");
    let told = format!("created {}\nstarted {} TERM\n", folder.display(), left.id());
    pipe.write_all(told.as_bytes()).expect("the watchdog reads");
    drop(pipe);
    assert_eq!(left.wait().expect("it was ours").signal(), Some(TERM));
    assert!(watchdog.wait().expect("it was ours").success());
    assert!(!folder.exists());
}

#[test]
fn what_has_ended_is_left_alone() {
    let mut other = endless().expect("tail starts");
    let mut watchdog = watchdog().expect("the watchdog starts");
    let mut pipe = watchdog.stdin.take().expect("the pipe was asked for");
    let told = format!("started {0} TERM\nended {0}\n", other.id());
    pipe.write_all(told.as_bytes()).expect("the watchdog reads");
    drop(pipe);
    assert!(watchdog.wait().expect("it was ours").success());
    assert_eq!(
        other.try_wait().expect("it was ours"),
        None,
        "it still runs"
    );
    other.kill().expect("it still runs");
    other.wait().expect("it was ours");
}
