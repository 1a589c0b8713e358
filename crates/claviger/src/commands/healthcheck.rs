//! `claviger healthcheck`: asks a running server whether it is ready.

use super::complain;
use clap::Args;
use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::process::ExitCode;
use std::time::Duration;

/// How long the server may take.
const SPAN: Duration = Duration::from_secs(3);

/// Ask a running server whether it is ready.
#[derive(Debug, Args)]
pub(crate) struct Healthcheck {
    /// The management address of the server
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9998")]
    management: String,
}

impl Healthcheck {
    pub(crate) fn run(self) -> ExitCode {
        match ask(&self.management, "/readyz") {
            Ok(status) if status.contains(" 200 ") => ExitCode::SUCCESS,
            Ok(status) => complain(&format!("{} is not ready: {status}", self.management)),
            Err(e) => complain(&format!("{}: {e}", self.management)),
        }
    }
}

/// The status line of a `GET`.
pub(super) fn ask(address: &str, path: &str) -> std::io::Result<String> {
    let mut addresses = address.to_socket_addrs()?;
    let address = addresses
        .next()
        .ok_or(std::io::ErrorKind::AddrNotAvailable)?;
    let mut stream = TcpStream::connect_timeout(&address, SPAN)?;
    stream.set_read_timeout(Some(SPAN))?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.take(4096).read_to_string(&mut answer)?;
    Ok(answer.lines().next().unwrap_or_default().to_owned())
}
