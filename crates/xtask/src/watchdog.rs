//! A second process that stops what this one started, however this one ends.
//!
//! Ctrl-C, a panic and `kill -9` have one thing in common: the kernel closes the pipe that only
//! we hold open. The watchdog reads from it what was started and what has ended; at the end of
//! the pipe it stops whatever is left. So no signal needs catching, which safe Rust without
//! dependencies could not do. It runs in its own process group, out of reach of Ctrl-C.

use std::env;
use std::fs;
use std::io::{self, BufRead, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};

use crate::failure::Failure;
use crate::group::{self, Signal};
use crate::verbs::WATCHDOG;

/// Our end of the pipe. Dropping it ends the watchdog, and waits for that.
#[derive(Debug)]
pub(crate) struct Watchdog {
    child: Child,
}

impl Watchdog {
    /// Starts the second process.
    pub(crate) fn start() -> Result<Self, Failure> {
        let refused = |error| Failure::because("cannot start the watchdog", error);
        let child = Command::new(env::current_exe().map_err(refused)?)
            .arg(WATCHDOG)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .map_err(refused)?;
        Ok(Self { child })
    }

    /// From now on this process group is stopped with this signal if we end first.
    pub(crate) fn started(&self, group: u32, signal: Signal) -> Result<(), Failure> {
        self.tell(&format!("started {group} {}", signal.name()))
    }

    /// The group has been stopped; its number may soon belong to another.
    pub(crate) fn ended(&self, group: u32) -> Result<(), Failure> {
        self.tell(&format!("ended {group}"))
    }

    /// From now on this folder is removed if we end before we remove it.
    pub(crate) fn created(&self, folder: &Path) -> Result<(), Failure> {
        self.tell(&format!("created {}", folder.display()))
    }

    fn tell(&self, line: &str) -> Result<(), Failure> {
        let Some(mut pipe) = self.child.stdin.as_ref() else {
            return Ok(());
        };
        writeln!(pipe, "{line}").map_err(|error| Failure::because("the watchdog is gone", error))
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        // Waiting closes the pipe first, which is the watchdog's sign to leave.
        if let Err(error) = self.child.wait() {
            eprintln!("cannot wait for the watchdog: {error}");
        }
    }
}

/// What the watchdog's process does: reads until the pipe ends, then stops what is left.
pub(crate) fn keep_watch() -> Result<ExitCode, Failure> {
    let mut ledger = Ledger::default();
    // A line cut off in the middle ends the pipe as well as its proper end does.
    for line in io::stdin().lock().lines().map_while(Result::ok) {
        ledger.note(&line);
    }
    if !ledger.groups.is_empty() {
        eprintln!("xtask was cut off: stopping what it had started");
    }
    for (group, signal) in &ledger.groups {
        group::ask(*group, *signal);
    }
    for (group, _) in &ledger.groups {
        group::see_off(*group, || {});
    }
    for folder in ledger.folders.iter().filter(|folder| folder.exists()) {
        let cannot =
            |error| Failure::because(format!("cannot remove `{}`", folder.display()), error);
        fs::remove_dir_all(folder).map_err(cannot)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What has been started and not yet ended, oldest first.
#[derive(Debug, Default, PartialEq, Eq)]
struct Ledger {
    groups: Vec<(u32, Signal)>,
    folders: Vec<PathBuf>,
}

impl Ledger {
    /// Words that are not ours change nothing.
    fn note(&mut self, line: &str) {
        let Some((verb, rest)) = line.split_once(' ') else {
            return;
        };
        match verb {
            "started" => self
                .groups
                .extend(rest.split_once(' ').and_then(|(group, signal)| {
                    Some((group.parse().ok()?, Signal::from_name(signal)?))
                })),
            "ended" => self.groups.retain(|(group, _)| group.to_string() != rest),
            "created" => self.folders.push(PathBuf::from(rest)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ledger_keeps_what_has_not_ended() {
        let mut ledger = Ledger::default();
        for line in [
            "started 12 QUIT",
            "started 1 TERM",
            "ended 1",
            "created /tmp/a b",
            "what 7",
        ] {
            ledger.note(line);
        }
        let expected = Ledger {
            groups: vec![(12, Signal::Quit)],
            folders: vec![PathBuf::from("/tmp/a b")],
        };
        assert_eq!(ledger, expected);
    }
}
