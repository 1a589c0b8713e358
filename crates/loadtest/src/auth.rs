//! The sign-in suite: four operations, three loads, both engines, beside the bare server.

use crate::client::{Answer, Client, request};
use crate::flood::{self, Peaks};
use crate::load::{self, Asker, Charged, Verdict};
use crate::report::{self, Report, Row};
use crate::server::Server;
use crate::{Error, Result, cpu, failed};
use clap::Args;
use serde_json::Value;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Connections of the three loads.
const CONNECTIONS: [usize; 3] = [1, 8, 64];
/// Connections held open and idle to see what one costs.
const IDLE_CONNECTIONS: usize = 1_000;
const PASSWORD: &str = "correct-horse-1";
/// The secret of the HS256 runs; protects nothing.
const SECRET: &str = "a-benchmark-secret-of-more-than-32-bytes";

/// Sign-in: GET /user, refresh, password sign-in, sign-up.
#[derive(Debug, Args)]
pub(crate) struct Auth {
    /// The claviger binary, a release build
    #[arg(long)]
    server: PathBuf,
    /// The bare server of the same stack
    #[arg(long)]
    bare: PathBuf,
    /// A PostgreSQL with durable commits: postgres://user@host:port, without a database name
    #[arg(long)]
    postgres: Option<String>,
    /// The process id of its postmaster
    #[arg(long, requires = "postgres")]
    postmaster: Option<u32>,
    /// Seconds per measurement
    #[arg(long, default_value_t = 3)]
    seconds: u64,
    /// Rounds; the median of each figure is reported
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Measure only the setups whose name contains this, such as `SQLite` or `HS256`
    #[arg(long, default_value = "")]
    setup: String,
    /// Where the results go: FILE.json and FILE.md
    #[arg(long)]
    out: PathBuf,
}

/// One configuration of the server.
struct Setup {
    name: &'static str,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    postmaster: Option<u32>,
    _folder: Folder,
}

/// A temporary folder.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed lies in the system's temporary folder, which is emptied anyway.
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// The operations, in the order in which they are measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operation {
    GetUser,
    Refresh,
    SignIn,
    SignUp,
}

impl Operation {
    const ALL: [Self; 4] = [Self::GetUser, Self::Refresh, Self::SignIn, Self::SignUp];

    const fn name(self) -> &'static str {
        match self {
            Self::GetUser => "GET /user",
            Self::Refresh => "refresh",
            Self::SignIn => "password sign-in",
            Self::SignUp => "sign-up",
        }
    }
}

impl Auth {
    pub(crate) async fn run(self) -> Result<()> {
        let mut report = Report::new(self.rounds, self.seconds);
        for round in 0..self.rounds {
            progress(&format!(
                "round {} of {}: bare server",
                round + 1,
                self.rounds
            ));
            self.bare(&mut report).await?;
            for setup in self.setups(round)? {
                self.measure(&setup, &mut report).await?;
            }
        }
        report.write(&self.out)?;
        progress(&format!("written: {}.json and .md", self.out.display()));
        Ok(())
    }

    fn span(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    /// The ceiling: what the same HTTP stack does when it answers a constant.
    async fn bare(&self, report: &mut Report) -> Result<()> {
        let server = Server::bare(&self.bare).await?;
        for connections in CONNECTIONS {
            let ask = request("GET", "/", None, "");
            let askers = (0..connections)
                .map(|_| Box::new(Constant(ask.clone())) as _)
                .collect();
            let charged = Charged {
                server: server.pid,
                database: None,
            };
            let sample = load::closed(server.address, charged, askers, self.span()).await?;
            report.add(Row {
                setup: "bare server",
                operation: "constant answer",
                sample,
            });
        }
        server.stop().await
    }

    fn setups(&self, round: usize) -> Result<Vec<Setup>> {
        let mut setups = vec![self.setup("SQLite, ES256", round, None)?];
        setups.push(self.setup("SQLite, HS256", round, None)?);
        if let Some(url) = &self.postgres {
            setups.push(self.setup("PostgreSQL, ES256", round, Some(url))?);
            setups.push(self.setup("PostgreSQL, HS256", round, Some(url))?);
        }
        setups.retain(|setup| setup.name.contains(&self.setup));
        Ok(setups)
    }

    fn setup(&self, name: &'static str, round: usize, url: Option<&String>) -> Result<Setup> {
        let pid = std::process::id();
        let key: String = name.chars().filter(char::is_ascii_alphanumeric).collect();
        let folder = std::env::temp_dir().join(format!("claviger-bench-{pid}-{key}-{round}"));
        std::fs::create_dir_all(&folder)?;
        let mut arguments = vec!["--data".to_owned(), folder.display().to_string()];
        if let Some(url) = url {
            let database = format!("bench_{pid}_{}_{round}", key.to_lowercase());
            create_database(url, &database)?;
            arguments.extend(["--database".to_owned(), format!("{url}/{database}")]);
        }
        let mut environment = vec![
            ("CLAVIGER_EMAIL_AUTOCONFIRM".to_owned(), "true".to_owned()),
            (
                "CLAVIGER_LIMITS_BY_PEER_ADDRESS".to_owned(),
                "false".to_owned(),
            ),
            // A line per request would be written and read by nobody.
            ("RUST_LOG".to_owned(), "warn".to_owned()),
        ];
        if name.ends_with("HS256") {
            environment.push(("CLAVIGER_KEYS_JWT_SECRET".to_owned(), SECRET.to_owned()));
        }
        let postmaster = url.and(self.postmaster);
        Ok(Setup {
            name,
            arguments,
            environment,
            postmaster,
            _folder: Folder(folder),
        })
    }

    async fn measure(&self, setup: &Setup, report: &mut Report) -> Result<()> {
        progress(setup.name);
        let server = Server::claviger(&self.server, &setup.arguments, &setup.environment).await?;
        report.idle_kib(setup.name, cpu::resident_kib(server.pid));
        report.connection_bytes(setup.name, connection_cost(&server).await?);
        let charged = Charged {
            server: server.pid,
            database: setup.postmaster,
        };
        let users = Users::register(server.address, 64).await?;
        for operation in Operation::ALL {
            for connections in CONNECTIONS {
                let askers = users.askers(operation, connections);
                let sample = load::closed(server.address, charged, askers, self.span()).await?;
                if sample.failures > 0 {
                    let count = sample.failures;
                    return failed(format!(
                        "{} {}: {count} failures",
                        setup.name,
                        operation.name()
                    ));
                }
                report.add(Row {
                    setup: setup.name,
                    operation: operation.name(),
                    sample,
                });
            }
        }
        let peaks = Peaks {
            get_user: report.peak(setup.name, Operation::GetUser.name()),
            sign_in: report.peak(setup.name, Operation::SignIn.name()),
        };
        for flood in flood::measure(&server, &users, peaks, self.span()).await? {
            report.flood(setup.name, flood);
        }
        server.stop().await
    }
}

/// What one idle connection adds to the server's resident memory, in bytes.
async fn connection_cost(server: &Server) -> Result<u64> {
    let before = cpu::resident_kib(server.pid);
    let mut clients = Vec::with_capacity(IDLE_CONNECTIONS);
    for _ in 0..IDLE_CONNECTIONS {
        let mut client = Client::connect(server.address).await?;
        client.send(&request("GET", "/livez", None, "")).await?;
        clients.push(client);
    }
    let after = cpu::resident_kib(server.pid);
    drop(clients);
    Ok(after.saturating_sub(before) * 1024 / IDLE_CONNECTIONS as u64)
}

/// Makes a database through `psql`, which every PostgreSQL installation has.
fn create_database(url: &str, name: &str) -> Result<()> {
    let sql = format!("CREATE DATABASE {name}");
    let status = std::process::Command::new("psql")
        .args([
            "--quiet",
            "--no-psqlrc",
            "-c",
            &sql,
            &format!("{url}/postgres"),
        ])
        .status()?;
    if status.success() {
        Ok(())
    } else {
        failed(format!("psql could not create {name}"))
    }
}

/// Registered users with their tokens.
#[derive(Debug)]
pub(crate) struct Users {
    sessions: Vec<Session>,
    /// Counts new addresses.
    fresh: Arc<AtomicU64>,
}

#[derive(Debug, Clone)]
struct Session {
    email: String,
    access_token: String,
    refresh_token: String,
}

impl Users {
    async fn register(address: SocketAddr, count: usize) -> Result<Self> {
        let mut client = Client::connect(address).await?;
        let mut sessions = Vec::with_capacity(count);
        for number in 0..count {
            let email = format!("bench{number}@example.com");
            let answer = client.send(&sign_up(&email)).await?;
            sessions.push(Session::read(email, &answer)?);
        }
        Ok(Self {
            sessions,
            fresh: Arc::default(),
        })
    }

    /// A request for the user of the first session.
    pub(crate) fn get_user(&self) -> Vec<u8> {
        let token = self
            .sessions
            .first()
            .map(|session| session.access_token.as_str());
        request("GET", "/auth/v1/user", token, "")
    }

    /// One asker per connection.
    pub(crate) fn sign_ins(&self, connections: usize) -> Vec<Box<dyn Asker>> {
        self.askers(Operation::SignIn, connections)
    }

    fn askers(&self, operation: Operation, connections: usize) -> Vec<Box<dyn Asker>> {
        let sessions = self.sessions.iter().cycle().take(connections);
        sessions
            .map(|session| -> Box<dyn Asker> {
                match operation {
                    Operation::GetUser => {
                        let token = Some(session.access_token.as_str());
                        Box::new(Constant(request("GET", "/auth/v1/user", token, "")))
                    }
                    Operation::Refresh => Box::new(Refresher(session.refresh_token.clone())),
                    Operation::SignIn => Box::new(Constant(sign_in(&session.email))),
                    Operation::SignUp => Box::new(Registrar(Arc::clone(&self.fresh))),
                }
            })
            .collect()
    }
}

impl Session {
    fn read(email: String, answer: &Answer) -> Result<Self> {
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        match (text("access_token"), text("refresh_token")) {
            (Some(access_token), Some(refresh_token)) => Ok(Self {
                email,
                access_token,
                refresh_token,
            }),
            _ => Err(Error::Failed(format!(
                "sign-up answered {} {body}",
                answer.status
            ))),
        }
    }
}

fn sign_up(email: &str) -> Vec<u8> {
    let body = format!(r#"{{"email":"{email}","password":"{PASSWORD}","data":{{"name":"Ada"}}}}"#);
    request("POST", "/auth/v1/signup", None, &body)
}

fn sign_in(email: &str) -> Vec<u8> {
    let body = format!(r#"{{"email":"{email}","password":"{PASSWORD}"}}"#);
    request("POST", "/auth/v1/token?grant_type=password", None, &body)
}

/// Asks the same again and again.
struct Constant(Vec<u8>);

impl Asker for Constant {
    fn next(&mut self) -> Vec<u8> {
        self.0.clone()
    }
    fn learn(&mut self, answer: &Answer) -> Verdict {
        Verdict::of(answer)
    }
}

/// Exchanges each refresh token for the next.
struct Refresher(String);

impl Asker for Refresher {
    fn next(&mut self) -> Vec<u8> {
        let body = format!(r#"{{"refresh_token":"{}"}}"#, self.0);
        request(
            "POST",
            "/auth/v1/token?grant_type=refresh_token",
            None,
            &body,
        )
    }
    fn learn(&mut self, answer: &Answer) -> Verdict {
        let verdict = Verdict::of(answer);
        if verdict == Verdict::Served {
            let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            match body.get("refresh_token").and_then(Value::as_str) {
                Some(token) => token.clone_into(&mut self.0),
                None => return Verdict::Failed,
            }
        }
        verdict
    }
}

/// Registers one new address after another.
struct Registrar(Arc<AtomicU64>);

impl Asker for Registrar {
    fn next(&mut self) -> Vec<u8> {
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        sign_up(&format!("fresh{number}@example.com"))
    }
    fn learn(&mut self, answer: &Answer) -> Verdict {
        Verdict::of(answer)
    }
}

#[expect(clippy::print_stderr, reason = "progress on long work")]
pub(crate) fn progress(text: &str) {
    eprintln!("{}: {text}", report::TITLE);
}
