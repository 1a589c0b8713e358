//! A private PostgreSQL: its own folder, its own port on the loopback address.

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;
use std::time::Duration;

use crate::clock::wait_until;
use crate::failure::Failure;
use crate::folder::Folder;
use crate::group::{Group, Signal};
use crate::machine::Owner;
use crate::repository::output;
use crate::watchdog::Watchdog;

const START_SECONDS_MAX: u64 = 60;

/// Starts that are tried when another program takes the free port first.
const STARTS_MAX: u32 = 3;

/// Enough for every test binary to have pools of its own.
const CONNECTIONS_MAX: &str = "400";

/// What a private server needs to start.
#[derive(Debug)]
pub(crate) struct Home {
    pub(crate) folder: Folder,
    pub(crate) owner: Owner,
    pub(crate) watchdog: Rc<Watchdog>,
}

/// Whether commits wait for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Commits {
    /// As in production: for measurements.
    Durable,
    /// As fast as they can be: for tests.
    Volatile,
}

/// A running server; dropping it stops it.
#[derive(Debug)]
pub(crate) struct Postgres {
    pub(crate) port: u16,
    /// The process that all others of the server descend from.
    pub(crate) postmaster: u32,
    group: Group,
}

impl Postgres {
    /// Makes a cluster with the programs in `programs` and starts it.
    pub(crate) fn start(programs: &Path, home: &Home, commits: Commits) -> Result<Self, Failure> {
        let cluster = home.folder.path().join("postgres");
        create_cluster(programs, &cluster, home)?;
        let mut last = Failure::new("PostgreSQL was not started");
        for _ in 0..STARTS_MAX {
            match launch(programs, &cluster, home, commits) {
                Ok(server) => return Ok(server),
                Err(failure) => last = failure,
            }
        }
        Err(last)
    }

    /// What `CLAVIGER_TEST_POSTGRES` is set to; it names no database.
    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}", self.port)
    }

    /// Makes the database `name` from a compressed dump, in plain SQL.
    pub(crate) fn restore(
        &self,
        programs: &Path,
        home: &Home,
        name: &str,
        dump: &Path,
    ) -> Result<(), Failure> {
        let psql = |database: &str, argument: &str| {
            let mut psql = Command::new(programs.join("psql"));
            psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", argument]);
            output(psql.arg(format!("{}/{database}", self.url()))).map(drop)
        };
        let script = output(Command::new("gzip").arg("-dc").arg(dump))?;
        let script = home.folder.write("restore.sql", &script, home.owner)?;
        psql("postgres", &format!("--command=CREATE DATABASE {name}"))?;
        psql(name, &format!("--file={}", script.display()))
    }

    /// Waits until the server ends, which it does only when somebody stops it.
    pub(crate) fn wait(&mut self) -> Result<(), Failure> {
        self.group.wait().map(drop)
    }
}

/// A port of the loopback address that nobody listens on now.
pub(crate) fn free_port() -> Result<u16, Failure> {
    let listener = TcpListener::bind(("127.0.0.1", 0));
    let address = listener.and_then(|listener| listener.local_addr());
    address
        .map(|address| address.port())
        .map_err(|error| Failure::because("no free port", error))
}

/// A file for what a server prints.
pub(crate) fn log_file(home: &Home, name: &str) -> Result<(File, PathBuf), Failure> {
    let path = home.folder.write(name, "", home.owner)?;
    let file = File::options().append(true).open(&path);
    let file = file.map_err(|error| Failure::because(format!("cannot open `{name}`"), error))?;
    Ok((file, path))
}

fn create_cluster(programs: &Path, cluster: &Path, home: &Home) -> Result<(), Failure> {
    let mut initdb = Command::new(programs.join("initdb"));
    initdb
        .arg("--pgdata")
        .arg(cluster)
        .current_dir(home.folder.path());
    initdb.args(["--username=postgres", "--auth=trust", "--encoding=UTF8"]);
    // A linguistic order, as most real databases have: a query that forgets to ask for byte
    // order is then wrong here too.
    initdb.args([
        "--locale=C.UTF-8",
        "--locale-provider=icu",
        "--icu-locale=en-US",
    ]);
    initdb.args(["--no-sync", "--no-instructions"]);
    home.owner.lend(&mut initdb);
    output(&mut initdb).map(drop)
}

fn launch(
    programs: &Path,
    cluster: &Path,
    home: &Home,
    commits: Commits,
) -> Result<Postgres, Failure> {
    let port = free_port()?;
    let (log, log_path) = log_file(home, "postgres.log")?;
    let error_log = log
        .try_clone()
        .map_err(|error| Failure::because("cannot log", error))?;
    let mut command = Command::new(programs.join("postgres"));
    command
        .arg("-D")
        .arg(cluster)
        .current_dir(home.folder.path());
    let socket = home.folder.path().display();
    for setting in [
        format!("port={port}"),
        format!("max_connections={CONNECTIONS_MAX}"),
        format!("unix_socket_directories={socket}"),
        "listen_addresses=127.0.0.1".to_owned(),
        "timezone=UTC".to_owned(),
    ] {
        command.arg("-c").arg(setting);
    }
    if commits == Commits::Volatile {
        command.args(["-c", "fsync=off", "-c", "full_page_writes=off"]);
        command.args(["-c", "synchronous_commit=off"]);
    }
    command.stdout(log).stderr(error_log);
    home.owner.lend(&mut command);
    let mut group = Group::start(&home.watchdog, &mut command, Signal::Quit)?;
    let ready = || group.has_ended() || is_ready(cluster);
    let answered = wait_until(Duration::from_secs(START_SECONDS_MAX), ready);
    if answered && !group.has_ended() {
        let postmaster = postmaster(cluster)?;
        return Ok(Postgres {
            port,
            postmaster,
            group,
        });
    }
    Err(Failure::because(
        "PostgreSQL did not start",
        last_lines(&log_path),
    ))
}

/// The server writes its process id into the first line of its lock file.
fn postmaster(cluster: &Path) -> Result<u32, Failure> {
    let lock = fs::read_to_string(cluster.join("postmaster.pid")).unwrap_or_default();
    let id = lock
        .lines()
        .next()
        .and_then(|line| line.trim().parse().ok());
    id.ok_or_else(|| Failure::new("PostgreSQL wrote no process id"))
}

/// The server writes its state into the eighth line of its lock file.
fn is_ready(cluster: &Path) -> bool {
    let lock = fs::read_to_string(cluster.join("postmaster.pid")).unwrap_or_default();
    lock.lines()
        .nth(7)
        .is_some_and(|state| state.trim() == "ready")
}

/// What a server said last.
pub(crate) fn last_lines(log: &Path) -> String {
    const LINES: usize = 20;
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(LINES);
    format!("\n{}", lines.get(from..).unwrap_or_default().join("\n"))
}
