//! Running the real binary: a place of its own, a server that answers, a command that ends.

use serde_json::{Value as Json, json};
use std::fs::File;
use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use store::{Store, Target};
use tempfile::TempDir;
use testkit::http::{Reply, Request};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use types::{Call, Clock, Cost, Deadline, Origin, RequestId, Secret, SystemClock, SystemEntropy};

pub(crate) const PASSWORD: &str = "correct-horse-1";
/// Names the PostgreSQL to test on: a URL without a database name.
const POSTGRES_VARIABLE: &str = "CLAVIGER_TEST_POSTGRES";
/// What an operator sets so that a server with a database of its own confirms everybody, and stops
/// at once: no balancer has to hear of it.
const OPERATED: &[(&str, &str)] = &[
    ("CLAVIGER_SITE_EXTERNAL_URL", "http://auth.example.test"),
    ("CLAVIGER_SITE_SITE_URL", "http://app.example.test"),
    ("CLAVIGER_EMAIL_AUTOCONFIRM", "true"),
    ("CLAVIGER_LIMITS_BY_PEER_ADDRESS", "false"),
    ("CLAVIGER_HTTP_DRAIN_NOTICE", "0s"),
];

/// The engine under a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// A folder and a database, in which one server after the other may run.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
    /// The URL of a PostgreSQL database; `None`: the file in the data folder.
    database: Option<String>,
    settings: Vec<(String, String)>,
}

/// A server that runs; killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) facts: Json,
    pub(crate) address: SocketAddr,
    pub(crate) management: SocketAddr,
    /// What it says on standard output behind the first line.
    pub(crate) output: Lines<BufReader<ChildStdout>>,
    log: PathBuf,
}

/// Declares tests of one function on both engines.
macro_rules! on_both_engines {
    ($($test:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(crate::process::Engine::Sqlite).await;
            })*
        }

        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test(crate::process::Engine::Postgres).await;
            })*
        }
    };
}
pub(crate) use on_both_engines;

/// Says that a test had nothing to run on, past the capture of the test harness: half a suite must
/// not look like a whole one.
pub(crate) fn not_run(why: &str) {
    let thread = std::thread::current();
    let test = thread.name().unwrap_or_default();
    writeln!(std::io::stderr(), "NOT RUN, {why}: {test}").expect("standard error");
}

impl Place {
    /// A place as a developer has it: nothing is set.
    pub(crate) fn bare() -> Self {
        Self {
            folder: TempDir::new().expect("a temporary folder"),
            database: None,
            settings: Vec::new(),
        }
    }

    /// A place on an engine, as an operator has it; `None` when the engine is not there.
    pub(crate) async fn open(engine: Engine) -> Option<Self> {
        let mut place = Self::bare();
        if engine == Engine::Postgres {
            let Ok(url) = std::env::var(POSTGRES_VARIABLE) else {
                not_run("no PostgreSQL");
                return None;
            };
            place.database = Some(create_database(&url).await);
        }
        for (name, value) in OPERATED {
            place = place.with(name, value);
        }
        Some(place)
    }

    /// The same with another setting.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same database as another role sees it, on PostgreSQL.
    pub(crate) fn with_role(mut self, role: &str) -> Self {
        let url = self.database.as_mut().expect("PostgreSQL");
        *url = url.replace("postgres://postgres@", &format!("postgres://{role}@"));
        self
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A command of the binary here, which has not been started.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        self.command_of(Command::new(env!("CARGO_BIN_EXE_claviger")), words)
    }

    /// The same, started through another program.
    pub(crate) fn command_of(&self, mut command: Command, words: &[&str]) -> Command {
        command.args(words).arg("--data").arg(self.data());
        if let Some(url) = &self.database {
            command.args(["--database", url]);
        }
        command.current_dir(self.folder.path()).kill_on_drop(true);
        // Nothing of the machine's environment may configure the server under test.
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null());
        command
    }

    /// A script that runs the binary on the database of this place.
    pub(crate) fn wrapper(&self, binary: &Path) -> String {
        let (binary, data) = (binary.display(), self.data());
        let database = self
            .database
            .as_ref()
            .map(|url| format!("--database '{url}'"));
        let database = database.unwrap_or_default();
        // Only these commands look at a database.
        format!(
            "#!/bin/sh\ncase \"$2\" in\nmodel|test) exec '{binary}' \"$@\" ;;\nesac\n\
             exec '{binary}' \"$@\" --data '{}' {database}\n",
            data.display()
        )
    }

    /// Starts a server and waits for its first line.
    pub(crate) async fn serve(&self) -> Server {
        self.serve_as(self.serving()).await
    }

    /// A server that was not started yet.
    pub(crate) fn serving(&self) -> Command {
        self.command(&["serve", "--json", "--listen", "127.0.0.1:0"])
    }

    pub(crate) async fn serve_as(&self, mut command: Command) -> Server {
        let log = self.folder.path().join("log");
        let file = File::options().create(true).append(true).open(&log);
        command.stdout(Stdio::piped()).stderr(file.expect("a log"));
        let mut child = command.spawn().expect("the binary");
        let output = child.stdout.take().expect("a pipe");
        let mut output = BufReader::new(output).lines();
        let line = output.next_line().await.expect("standard output");
        let line = line.unwrap_or_else(|| panic!("it has not started: {}", read(&log)));
        let facts: Json = serde_json::from_str(&line).expect("one JSON object");
        Server {
            child,
            address: address(&facts["url"]),
            management: address(&facts["management_url"]),
            facts,
            output,
            log,
        }
    }

    /// Runs a command to its end.
    pub(crate) async fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().await.expect("the binary")
    }

    /// The same for a command that needs no configuration.
    pub(crate) async fn run_bare(&self, words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_claviger"));
        let output = command.args(words).env_clear().output();
        output.await.expect("the binary")
    }

    /// Starts a server that must refuse; what it says about it.
    pub(crate) async fn refused(&self, words: &[&str]) -> String {
        let words = [&["serve", "--json", "--listen", "127.0.0.1:0"], words].concat();
        let output = self.run(&words).await;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert_eq!(
            output.stdout, b"",
            "a server that does not run has no keys to show"
        );
        said
    }

    /// The database, opened by the test itself.
    pub(crate) fn store(&self) -> Store {
        let target = match &self.database {
            Some(url) => postgres(url),
            None => Target::Sqlite {
                path: self.data().join("claviger.db"),
                ephemeral: false,
            },
        };
        Store::open(&target).expect("the database")
    }

    /// Changes the database behind the server's back: one text for each engine.
    pub(crate) async fn script(&self, sqlite: &str, postgres: &str) {
        let sql = if self.database.is_some() {
            postgres
        } else {
            sqlite
        };
        let store = self.store();
        store
            .script(sql.to_owned(), &call())
            .await
            .expect("the script");
        store.close();
    }
}

impl Server {
    pub(crate) async fn ask(&self, request: Request) -> Reply {
        request.send(self.address).await.expect("an answer")
    }

    pub(crate) async fn sign_up(&self, email: &str) {
        let reply = self.ask(sign_up(email)).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
    }

    pub(crate) async fn can_sign_in(&self, email: &str) -> bool {
        self.ask(sign_in(email)).await.status == 200
    }

    /// The status of readiness on the management port.
    pub(crate) async fn readiness(&self) -> u16 {
        let reply = Request::get("/readyz").send(self.management).await;
        reply.expect("an answer").status
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id().expect("it has not ended")
    }

    pub(crate) async fn signal(&self, name: &str) {
        let pid = self.pid().to_string();
        let sent = Command::new("sh")
            .args(["-c", "kill -s \"$0\" \"$1\"", name, &pid])
            .status();
        assert!(sent.await.expect("a shell").success());
    }

    /// Waits until it has ended.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        self.child.wait().await.expect("its end")
    }

    pub(crate) async fn stop(mut self) {
        self.signal("TERM").await;
        let status = self.ended().await;
        assert!(status.success(), "{status}: {}", self.log());
    }

    pub(crate) fn log(&self) -> String {
        read(&self.log)
    }
}

pub(crate) fn sign_up(email: &str) -> Request {
    Request::post("/auth/v1/signup").json(&json!({ "email": email, "password": PASSWORD }))
}

pub(crate) fn sign_in(email: &str) -> Request {
    Request::post("/auth/v1/token?grant_type=password")
        .json(&json!({ "email": email, "password": PASSWORD }))
}

/// A call of the test's own.
pub(crate) fn call() -> Call {
    Call {
        id: RequestId::random(&SystemEntropy),
        now: SystemClock.now(),
        deadline: Deadline::after(SystemClock.instant(), Duration::from_mins(1)),
        origin: Origin::default(),
        cost: Arc::new(Cost::default()),
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

fn address(url: &Json) -> SocketAddr {
    let text = url.as_str().and_then(|url| url.strip_prefix("http://"));
    text.expect("a URL").parse().expect("an address")
}

fn postgres(url: &str) -> Target {
    Target::Postgres {
        url: Secret::new(url.to_owned()),
        connections_max: 2,
    }
}

/// Makes a database of its own on the server at `url`; it goes with that server.
async fn create_database(url: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("claviger_{}_{number}", std::process::id());
    let admin = Store::open(&postgres(&format!("{url}/postgres"))).expect("a PostgreSQL URL");
    let made = admin
        .script(format!("CREATE DATABASE {name}"), &call())
        .await;
    made.expect("a new database");
    admin.close();
    format!("{url}/{name}")
}
