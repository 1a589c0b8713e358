//! Other processes: this test binary, started again to play a part.

use crate::engine::{call, say};
use std::io::{BufRead, BufReader, Lines, Write};
use std::os::unix::process::ExitStatusExt;
use std::pin::pin;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::task::Poll;
use store::migrate::{self, UnknownSchema};
use store::{Store, Target};

/// The part to play; not set in an ordinary run.
const PART: &str = "STORE_TEST_PART";
/// The path or URL of the database to play it on.
const DATABASE: &str = "STORE_TEST_DATABASE";
/// How often the part waits before it goes no further.
const WAITS: &str = "STORE_TEST_WAITS";

/// What another process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Begins a write transaction, says `ready`, and ends it when told to.
    Hold,
    /// Migrates until it has waited so often, then says `ready` and goes no further; says `done`
    /// where it comes to the end before.
    MigrateUntil(usize),
    /// Migrates, and is ended by the system at the write that makes a file longer than so many
    /// blocks of 512 bytes.
    MigrateWithin(u64),
}

/// What a process says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    /// It goes no further before it is told to.
    Ready,
    /// It has done its part.
    Done,
}

/// Another process; killed when dropped.
pub(crate) struct Process {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Part {
    /// The name of the part, and how often it waits.
    fn script(self) -> (&'static str, usize) {
        match self {
            Self::Hold => ("hold", 0),
            Self::MigrateUntil(waits) => ("migrate", waits),
            Self::MigrateWithin(_) => ("migrate", usize::MAX),
        }
    }

    /// This test binary, under a limit where the part has one.
    fn command(self) -> Command {
        let program = std::env::current_exe().unwrap();
        let Self::MigrateWithin(blocks) = self else {
            return Command::new(program);
        };
        let mut command = Command::new("sh");
        let limited = "ulimit -c 0; ulimit -f \"$0\"; exec \"$@\"";
        command.args(["-c", limited, &blocks.to_string()]);
        command.arg(program);
        command
    }

    /// Starts a process.
    pub(crate) fn start(self, target: &Target) -> Process {
        let database = match target {
            Target::Sqlite { path, .. } => path.to_str().unwrap().to_owned(),
            Target::Postgres { url, .. } => url.expose().clone(),
        };
        let (part, waits) = self.script();
        let mut command = self.command();
        command.args(["children::plays_its_part", "--exact", "--nocapture"]);
        command.env(PART, part).env(DATABASE, database);
        command.env(WAITS, waits.to_string());
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Process { child, lines }
    }
}

impl Process {
    /// What the process says next: `ready`, `done`, or nothing because it has ended.
    pub(crate) fn says(&mut self) -> Option<Word> {
        let mut lines = self.lines.by_ref().map(Result::unwrap);
        lines.find_map(|line| match line.as_str() {
            "ready" => Some(Word::Ready),
            "done" => Some(Word::Done),
            _ => None,
        })
    }

    /// Lets go of the lock and waits until that is done.
    pub(crate) fn release(mut self) {
        writeln!(self.child.stdin.as_mut().unwrap(), "release").unwrap();
        assert_eq!(self.says(), Some(Word::Done));
    }

    /// Ends the process as a crash would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// The signal that has ended the process, if one has.
    pub(crate) fn ended_by(mut self) -> Option<i32> {
        self.child.wait().unwrap().signal()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        self.child.wait().unwrap();
    }
}

/// Nothing in an ordinary run.
#[test]
fn plays_its_part() {
    let (Ok(part), Ok(database)) = (std::env::var(PART), std::env::var(DATABASE)) else {
        return;
    };
    let target = if database.starts_with("postgres://") {
        Target::Postgres {
            url: database.into(),
            connections_max: 1,
        }
    } else {
        Target::Sqlite {
            path: database.into(),
            ephemeral: false,
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = { runtime }.worker_threads(1).enable_all().build();
    runtime.unwrap().block_on(async {
        let store = Store::open(&target).unwrap();
        match part.as_str() {
            "hold" => hold(&store).await,
            "migrate" => {
                let waits = std::env::var(WAITS).unwrap().parse().unwrap();
                migrate_until(&store, waits).await;
            }
            other => say(&format!("no such part: {other}")),
        }
    });
    println!("\ndone");
}

async fn hold(store: &Store) {
    let tx = store.db(&call()).begin().await.unwrap();
    pause();
    drop(tx);
}

async fn migrate_until(store: &Store, waits: usize) {
    let call = call();
    let mut work = pin!(migrate::run(store, &call, UnknownSchema::Refuse));
    let mut left = waits;
    let ended = std::future::poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    });
    match ended.await {
        Some(outcome) => drop(outcome.unwrap()),
        None => pause(),
    }
}

/// Says that it goes no further, and waits to be told otherwise or killed.
fn pause() {
    println!("\nready");
    std::io::stdin().read_line(&mut String::new()).unwrap();
}
