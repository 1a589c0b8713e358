//! `claviger healthcheck`: asks a running server whether it is ready.

use super::complain;
use super::settings::Settings;
use clap::Args;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::process::ExitCode;
use std::time::Duration;

/// How long the server may take.
const SPAN: Duration = Duration::from_secs(3);

/// Ask a running server whether it is ready.
#[derive(Debug, Args)]
pub(crate) struct Healthcheck {
    /// The management address of the server [default: that of the configuration]
    #[arg(long, value_name = "ADDRESS")]
    management: Option<String>,
    #[command(flatten)]
    settings: Settings,
}

impl Healthcheck {
    pub(crate) fn run(self) -> ExitCode {
        let management = match self.management {
            Some(address) => address,
            None => match self.settings.load(false) {
                Ok(loaded) => reachable(loaded.config.listen.management).to_string(),
                Err(problems) => return complain(&problems),
            },
        };
        match ask(&management, "/readyz") {
            Ok(status) if status.contains(" 200 ") => ExitCode::SUCCESS,
            Ok(status) => complain(&format!("{management} is not ready: {status}")),
            Err(e) => complain(&format!("{management}: {e}")),
        }
    }
}

/// Who listens on every interface is asked on loopback.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        address.set_ip(match address {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    address
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
