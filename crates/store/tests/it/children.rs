//! Other processes: this test binary, started again to play a part.

use crate::engine::{call, say};
use std::io::{BufRead, BufReader, Lines, Write};
use std::process::{Child, ChildStdout, Command, Stdio};
use store::migrate::{self, UnknownSchema};
use store::{Store, Target};

/// The part to play; not set in an ordinary run.
const PART: &str = "STORE_TEST_PART";
/// The path or URL of the database to play it on.
const DATABASE: &str = "STORE_TEST_DATABASE";

/// What another process does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    /// Begins a write transaction, says `ready`, and ends it when told to.
    Hold,
    /// Says `ready` and migrates.
    Migrate,
}

/// Another process; killed when dropped.
pub(crate) struct Process {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Part {
    const fn name(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Migrate => "migrate",
        }
    }

    /// Starts a process and waits until it says `ready`.
    pub(crate) fn start(self, target: &Target) -> Process {
        let database = match target {
            Target::Sqlite { path, .. } => path.to_str().unwrap().to_owned(),
            Target::Postgres { url, .. } => url.expose().clone(),
        };
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["children::plays_its_part", "--exact", "--nocapture"]);
        command.env(PART, self.name()).env(DATABASE, database);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut process = Process { child, lines };
        process.wait_for("ready");
        process
    }
}

impl Process {
    fn wait_for(&mut self, word: &str) {
        let mut lines = self.lines.by_ref().map(Result::unwrap);
        assert!(
            lines.any(|line| line == word),
            "the process never said {word}"
        );
    }

    /// Lets go of the lock and waits until that is done.
    pub(crate) fn release(mut self) {
        writeln!(self.child.stdin.as_mut().unwrap(), "release").unwrap();
        self.wait_for("done");
    }

    /// Waits until the process has done its part.
    pub(crate) fn wait_until_done(&mut self) {
        self.wait_for("done");
    }

    /// Ends the process as a crash would; false where it was done before.
    pub(crate) fn kill(mut self) -> bool {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        !self
            .lines
            .by_ref()
            .map(Result::unwrap)
            .any(|line| line == "done")
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
            "migrate" => migrate(&store).await,
            other => say(&format!("no such part: {other}")),
        }
    });
    println!("done");
}

async fn hold(store: &Store) {
    let tx = store.db(&call()).begin().await.unwrap();
    println!("\nready");
    std::io::stdin().read_line(&mut String::new()).unwrap();
    drop(tx);
}

async fn migrate(store: &Store) {
    println!("\nready");
    migrate::run(store, &call(), UnknownSchema::Refuse)
        .await
        .unwrap();
}
