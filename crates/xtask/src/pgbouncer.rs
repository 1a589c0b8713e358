//! A private PgBouncer in transaction mode: the pooler that the server must recognise.

use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::clock::wait_until;
use crate::failure::Failure;
use crate::group::{Group, Signal};
use crate::postgres::{Home, Postgres, free_port, last_lines, log_file};

const START_SECONDS_MAX: u64 = 20;

/// A running pooler; dropping it stops it.
#[derive(Debug)]
pub(crate) struct PgBouncer {
    pub(crate) port: u16,
    /// Held for its end: dropping the group stops the pooler.
    _group: Group,
}

impl PgBouncer {
    /// Starts a pooler in front of every database of the server.
    pub(crate) fn start(program: &Path, server: &Postgres, home: &Home) -> Result<Self, Failure> {
        let port = free_port()?;
        home.folder
            .write("pgbouncer-users.txt", "\"postgres\" \"\"\n", home.owner)?;
        let settings = settings(port, server.port, home.folder.path());
        let settings = home.folder.write("pgbouncer.ini", &settings, home.owner)?;
        let (log, log_path) = log_file(home, "pgbouncer.log")?;
        let mut command = Command::new(program);
        command.arg(settings).current_dir(home.folder.path());
        let error_log = log
            .try_clone()
            .map_err(|error| Failure::because("cannot log", error))?;
        command.stdout(log).stderr(error_log);
        home.owner.lend(&mut command);
        let mut group = Group::start(&home.watchdog, &mut command, Signal::Term)?;
        let answers = || TcpStream::connect(("127.0.0.1", port)).is_ok();
        let ready = || group.has_ended() || answers();
        let answered = wait_until(Duration::from_secs(START_SECONDS_MAX), ready);
        if answered && !group.has_ended() {
            return Ok(Self {
                port,
                _group: group,
            });
        }
        Err(Failure::because(
            "PgBouncer did not start",
            last_lines(&log_path),
        ))
    }
}

fn settings(port: u16, server_port: u16, folder: &Path) -> String {
    let users = folder.join("pgbouncer-users.txt");
    format!(
        "[databases]\n\
         * = host=127.0.0.1 port={server_port}\n\
         [pgbouncer]\n\
         listen_addr = 127.0.0.1\n\
         listen_port = {port}\n\
         unix_socket_dir =\n\
         auth_type = trust\n\
         auth_file = {}\n\
         pool_mode = transaction\n\
         default_pool_size = 20\n\
         max_client_conn = 400\n",
        users.display()
    )
}
