//! Private servers for what cannot be done to a shared one: TLS, a standby, a full disk, a pooler.

use crate::programs::{find_program, output, postgres_program};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;
use tempfile::TempDir;

/// A server that is not ready after this long never will be.
const READY_SPAN: Duration = Duration::from_mins(1);

/// A server that is stopped at once when dropped.
pub(crate) struct Server {
    pub(crate) port: u16,
    child: Child,
    /// The signal that ends it at once. Each program has its own, and may have been started with
    /// all others ignored.
    at_once: &'static str,
    /// Removed after the process has ended.
    _folder: Option<TempDir>,
}

/// A folder that belongs to whoever may run a server: `PostgreSQL` refuses root.
pub(crate) fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    give(folder.path());
    folder
}

/// Makes the account that runs servers the owner.
pub(crate) fn give(path: &Path) {
    if let Some((user, group)) = account() {
        chown(path, Some(user), Some(group)).unwrap();
    }
}

/// Makes a command run as the account that runs servers.
pub(crate) fn lend(command: &mut Command) -> &mut Command {
    if let Some((user, group)) = account() {
        command.uid(user).gid(group);
    }
    command
}

/// Under root, the user and group of the account `postgres`.
fn account() -> Option<(u32, u32)> {
    if std::fs::metadata("/proc/self").unwrap().uid() != 0 {
        return None;
    }
    let accounts = std::fs::read_to_string("/etc/passwd").unwrap();
    let line = accounts.lines().find(|line| line.starts_with("postgres:"));
    let fields: Vec<_> = line.expect("an account `postgres`").split(':').collect();
    Some((fields[2].parse().unwrap(), fields[3].parse().unwrap()))
}

/// Makes a cluster in `folder` and returns where.
pub(crate) fn new_cluster(folder: &Path) -> PathBuf {
    let cluster = folder.join("cluster");
    let mut initdb = Command::new(postgres_program("initdb"));
    initdb.arg("-D").arg(&cluster).current_dir(folder);
    initdb.args([
        "-U",
        "postgres",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
        "--no-sync",
    ]);
    output(lend(&mut initdb));
    cluster
}

impl Server {
    /// Starts `PostgreSQL` on a cluster.
    pub(crate) fn postgres(cluster: &Path, settings: &[String]) -> Self {
        let port = free_port();
        let mut command = Command::new(postgres_program("postgres"));
        command.arg("-D").arg(cluster).current_dir(cluster);
        let own = [
            format!("port={port}"),
            format!("unix_socket_directories={}", cluster.display()),
            "listen_addresses=localhost".to_owned(),
            "fsync=off".to_owned(),
        ];
        for setting in own.iter().chain(settings) {
            command.args(["-c", setting]);
        }
        // A primary is ready for connections, a standby for read-only ones.
        Self::start(
            &mut command,
            port,
            ("database system is ready to accept", "QUIT"),
            None,
        )
    }

    /// Starts `PgBouncer` in front of a server, or nothing where it is not installed.
    pub(crate) fn pgbouncer(mode: &str, server_port: u16) -> Option<Self> {
        let program = find_program("pgbouncer")?;
        let (folder, port) = (folder(), free_port());
        let users = folder.path().join("users.txt");
        std::fs::write(&users, "\"postgres\" \"\"\n").unwrap();
        let settings = format!(
            "[databases]\n* = host=127.0.0.1 port={server_port}\n[pgbouncer]\n\
             listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n\
             auth_type = trust\nauth_file = {}\npool_mode = {mode}\ndefault_pool_size = 20\n",
            users.display()
        );
        let file = folder.path().join("pgbouncer.ini");
        std::fs::write(&file, settings).unwrap();
        let mut command = Command::new(program);
        let command = command.arg(file);
        Some(Self::start(
            command,
            port,
            ("process up: PgBouncer", "TERM"),
            Some(folder),
        ))
    }

    /// Starts a program and waits until its log says `ready`.
    fn start(
        command: &mut Command,
        port: u16,
        (ready, at_once): (&str, &'static str),
        folder: Option<TempDir>,
    ) -> Self {
        let command = lend(command).stdin(Stdio::null()).stdout(Stdio::null());
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let log = BufReader::new(child.stderr.take().unwrap());
        let server = Self {
            port,
            child,
            at_once,
            _folder: folder,
        };
        let said = follow(log, ready.to_owned()).recv_timeout(READY_SPAN);
        match said {
            Ok(Ok(())) => server,
            Ok(Err(log)) => panic!("{command:?} ended before it was ready:\n{log}"),
            Err(e) => panic!("{command:?} never said `{ready}`: {e}"),
        }
    }

    pub(crate) fn url(&self, host: &str, database: &str) -> String {
        format!("postgres://postgres@{host}:{}/{database}", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Told to go at once, PostgreSQL waits for its children. Killed, it would leave them behind
        // for a while, and another on the same cluster refuses to start beside them.
        let pid = self.child.id().to_string();
        let asked = Command::new("kill")
            .args(["-s", self.at_once, &pid])
            .status();
        if !asked.is_ok_and(|status| status.success()) {
            self.child.kill().unwrap();
        }
        self.child.wait().unwrap();
    }
}

/// Reads a log to its end, and tells when a line contains `ready`; the whole log where none did.
fn follow(log: impl BufRead + Send + 'static, ready: String) -> Receiver<Result<(), String>> {
    let (tell, told) = mpsc::sync_channel(1);
    let read = move || {
        let (mut heard, mut is_ready) = (String::new(), false);
        // Nobody may write into a pipe that nobody reads.
        for line in log.lines().map_while(Result::ok) {
            if !is_ready && line.contains(&ready) {
                is_ready = true;
                drop(tell.try_send(Ok(())));
            } else if !is_ready {
                heard.push_str(&line);
                heard.push('\n');
            }
        }
        drop(tell.try_send(Err(heard)));
    };
    let thread = std::thread::Builder::new().name("log".to_owned());
    thread.spawn(read).unwrap();
    told
}

/// A port that nobody listens on now.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}
