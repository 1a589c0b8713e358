//! Redis or Valkey: whether it answers PING.

use super::report::Report;
use server::config::Config;
use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;
use url::Url;

const REDIS: &str = "redis";
const PORT: u16 = 6379;
/// How long it may take.
const SPAN: Duration = Duration::from_secs(3);
/// Longest answer that is read, in bytes.
const ANSWER_BYTES_MAX: u64 = 1024;

pub(super) fn check(report: &mut Report, config: &Config) {
    let Some(url) = &config.redis_url else {
        return;
    };
    let Ok(url) = Url::parse(url.expose()) else {
        return report.bad(REDIS, "redis.url is no URL", "write redis://HOST:PORT");
    };
    let server = format!(
        "{}:{}",
        url.host_str().unwrap_or_default(),
        url.port().unwrap_or(PORT)
    );
    let is_encrypted = matches!(url.scheme(), "rediss" | "valkeys");
    match ping(&url, &server, is_encrypted) {
        Ok(()) if is_encrypted => {
            let what = format_args!("{server} takes connections; what it says was not asked");
            report.note(REDIS, what, "");
        }
        Ok(()) => report.good(REDIS, format_args!("{server} answers PING")),
        Err(e) => {
            let advice = "start it, or correct redis.url; the server runs without it";
            report.bad(REDIS, format_args!("{server}: {e}"), advice);
        }
    }
}

fn ping(url: &Url, server: &str, is_encrypted: bool) -> io::Result<()> {
    let mut addresses = server.to_socket_addrs()?;
    let address = addresses.next().ok_or(io::ErrorKind::AddrNotAvailable)?;
    let mut stream = TcpStream::connect_timeout(&address, SPAN)?;
    if is_encrypted {
        return Ok(());
    }
    stream.set_read_timeout(Some(SPAN))?;
    let mut answers = BufReader::new(stream.try_clone()?.take(ANSWER_BYTES_MAX));
    if let Some(password) = url.password() {
        let words = match url.username() {
            "" => vec!["AUTH", password],
            user => vec!["AUTH", user, password],
        };
        ask(&mut stream, &mut answers, &words, "+OK")?;
    }
    ask(&mut stream, &mut answers, &["PING"], "+PONG")
}

/// One command in Redis' own protocol: an array of texts, each with its length.
fn ask(
    stream: &mut TcpStream,
    answers: &mut impl BufRead,
    words: &[&str],
    expected: &str,
) -> io::Result<()> {
    let mut command = format!("*{}\r\n", words.len());
    for word in words {
        // Writing to a String cannot fail.
        let _ = write!(command, "${}\r\n{word}\r\n", word.len());
    }
    stream.write_all(command.as_bytes())?;
    let mut answer = String::new();
    answers.read_line(&mut answer)?;
    if answer.trim_end() == expected {
        return Ok(());
    }
    // What it says about a login never repeats the password.
    Err(io::Error::other(format!(
        "it answers `{}`",
        answer.trim_end()
    )))
}
