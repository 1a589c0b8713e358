//! Starting and stopping the servers under measurement.

use crate::{Error, Result, failed};
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use types::{Clock, SystemClock};

/// A server may take this long to say that it is ready.
const START_SPAN: Duration = Duration::from_secs(30);

/// A running server; killed when dropped.
#[derive(Debug)]
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    pub(crate) pid: u32,
    facts: serde_json::Value,
}

impl Server {
    /// Starts `claviger serve` with these arguments and variables.
    pub(crate) async fn claviger(
        binary: &Path,
        arguments: &[String],
        environment: &[(String, String)],
    ) -> Result<Self> {
        let mut command = Command::new(binary);
        command
            .args(["serve", "--json", "--listen", "127.0.0.1:0"])
            .args(arguments);
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        Self::start(command).await
    }

    /// Starts the bare server of the same stack.
    pub(crate) async fn bare(binary: &Path) -> Result<Self> {
        Self::start(Command::new(binary)).await
    }

    /// The first line on standard output is a JSON object with the `url`.
    async fn start(mut command: Command) -> Result<Self> {
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        let mut child = command.spawn()?;
        let stdout = child
            .stdout
            .take()
            .ok_or_else(|| Error::Failed("no output".to_owned()))?;
        let ready_by = SystemClock.instant() + START_SPAN;
        let mut lines = BufReader::new(stdout).lines();
        let line = match tokio::time::timeout_at(ready_by.into(), lines.next_line()).await {
            Ok(line) => line?.unwrap_or_default(),
            Err(_) => return failed("the server did not say that it is ready"),
        };
        let facts: serde_json::Value = serde_json::from_str(&line)
            .map_err(|e| Error::Failed(format!("the server's first line: {e}: {line}")))?;
        let url = facts
            .get("url")
            .and_then(serde_json::Value::as_str)
            .unwrap_or_default();
        let address = url.trim_start_matches("http://").parse();
        let address = address.map_err(|_| Error::Failed(format!("no address in `{url}`")))?;
        let pid = child
            .id()
            .ok_or_else(|| Error::Failed("the server has ended".to_owned()))?;
        Ok(Self {
            child,
            address,
            pid,
            facts,
        })
    }

    /// What the server has said of itself at the start; empty where it has not.
    pub(crate) fn fact(&self, name: &str) -> String {
        let fact = self.facts.get(name).and_then(serde_json::Value::as_str);
        fact.unwrap_or_default().to_owned()
    }

    /// Ends the server.
    pub(crate) async fn stop(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }
}
