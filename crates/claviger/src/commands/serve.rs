//! `claviger serve`: runs the server until it is told to stop.

mod descriptors;

use super::settings::Settings;
use super::{complain, complain_of};
use clap::Args;
use server::config::{Config, Listen, Loaded, Mode, Problems};
use server::http::serve::{ServeSettings, Stop, serve};
use server::jobs::cleanup::Cleaner;
use server::jobs::hash_costs;
use server::jobs::outbox::Sender;
use server::mail::{Mailer, MailerError};
use server::management::{self, Health};
use server::private::TemporaryFolder;
use server::start::{self, Built, World};
use server::{banner, routes};
use std::io::{self, IsTerminal, Write};
use std::net::SocketAddr;
use std::pin::pin;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use types::{SystemClock, SystemEntropy};

/// How long requests under way may take to finish when the server stops.
const DRAIN_SPAN: Duration = Duration::from_secs(15);
/// Most connections to the management port: probes, and whoever collects the metrics.
const MANAGEMENT_CONNECTIONS_MAX: usize = 50;

/// Run the server.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    settings: Settings,
    /// Print one JSON object with the URL and the keys as the first line on standard output
    #[arg(long)]
    json: bool,
}

impl Serve {
    pub(crate) fn run(self) -> ExitCode {
        let loaded = match self.settings.load(self.json) {
            Ok(loaded) => loaded,
            Err(problems) => return complain(&problems),
        };
        let runtime = match tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
        {
            Ok(runtime) => runtime,
            Err(e) => return complain(&e),
        };
        server::log::start(&loaded.config.log);
        let outcome = runtime.block_on(run(loaded));
        // Whatever a thread is busy with must not hold up a server that was told to end at once.
        runtime.shutdown_background();
        outcome.unwrap_or_else(|e| complain_of(&e))
    }
}

/// Why the server did not run.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("cannot listen on {0}: {1}")]
    Listen(SocketAddr, #[source] io::Error),
    #[error(transparent)]
    Configuration(#[from] Problems),
    #[error(transparent)]
    Start(#[from] start::StartError),
    #[error(transparent)]
    Mailer(#[from] MailerError),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Everything that runs, and what must outlive it.
struct Started {
    config: Config,
    built: Built,
    world: World,
    _folder: Option<TemporaryFolder>,
}

/// The API's port and the management port, bound.
struct Ports {
    public: TcpListener,
    private: TcpListener,
}

async fn run(loaded: Loaded) -> Result<ExitCode, Failure> {
    // From here on no signal is lost, however early it comes.
    let mut signals = Signals::listen()?;
    // Bringing a database up to date may take minutes, and whoever stops the server does not wait:
    // no client was promised anything, and each step of a migration is one transaction.
    let (mut started, ports) = tokio::select! {
        started = Box::pin(start(loaded)) => started?,
        code = signals.next() => {
            tracing::warn!("stopping before the start was over");
            return Ok(code);
        }
    };
    started.config.http.connections_max =
        descriptors::connections_max(started.config.http.connections_max);
    announce(&started.config, &started.built)?;
    // Boxed: the future of a whole server is large.
    let code = Box::pin(work(&started, ports, &mut signals)).await?;
    started.built.app.authz.finish().await;
    started.built.store.close();
    Ok(code)
}

/// Opens and builds everything, up to where somebody could be answered.
async fn start(mut loaded: Loaded) -> Result<(Started, Ports), Failure> {
    let ports = Ports {
        public: listen(loaded.config.listen.address)?,
        private: listen(loaded.config.listen.management)?,
    };
    let bound = Listen {
        address: ports.public.local_addr()?,
        management: ports.private.local_addr()?,
    };
    let world = World {
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
    };
    loaded.config.bound(bound);
    let folder = start::ephemeral_folder(&mut loaded.config, &world)?;
    let opened = start::open(&loaded.config, &world).await?;
    if opened.is_adopted {
        loaded = loaded.with_gotrue_defaults()?;
        loaded.config.bound(bound);
        tracing::info!("Supabase Auth made this database: unset settings take its defaults");
    }
    for note in &loaded.notes {
        tracing::warn!("{note}");
    }
    let config = loaded.config;
    // Boxed: the future of a whole start is large.
    let built = Box::pin(start::assemble(&config, &world, opened)).await?;
    let started = Started {
        config,
        built,
        world,
        _folder: folder,
    };
    Ok((started, ports))
}

/// Serves until a signal comes, then drains: readiness turns red, everybody is answered until that
/// can have been seen, requests under way are finished, and then only the management port and the
/// jobs stop. A second signal ends all of it at once.
async fn work(started: &Started, ports: Ports, signals: &mut Signals) -> Result<ExitCode, Failure> {
    let Started { config, built, .. } = started;
    let world = started.world.clone();
    let health = Health::new(built.app.clone(), built.store.clone());
    let settings = ServeSettings {
        connections_max: config.http.connections_max,
        drain_span: DRAIN_SPAN,
    };
    let management_settings = ServeSettings {
        connections_max: MANAGEMENT_CONNECTIONS_MAX,
        ..settings
    };
    let management = management::router(&built.app, &health);
    let api = routes::router(&built.app, &built.store, &health, config.mode);
    let (drain, draining) = watch::channel(false);
    let (stop, stopped) = watch::channel(false);
    let mailer = Mailer::new(config)?;
    let sender = Sender::new(
        built.app.clone(),
        built.store.clone(),
        world.clone(),
        mailer,
        stopped.clone(),
    );
    let cleaner = Cleaner::new(
        built.store.clone(),
        built.app.authz.clone(),
        world.clone(),
        config,
    );
    let authn = built.app.authn.clone();
    let serving = async {
        let stop_serving = Stop::with_notice(draining, config.http.drain_notice.0);
        serve(ports.public, api, settings, stop_serving).await;
        // Nobody listens any more only when everything has stopped already.
        stop.send_replace(true);
    };
    let working = async {
        tokio::join!(
            serving,
            serve(
                ports.private,
                management,
                management_settings,
                stopped.clone()
            ),
            sender.run(),
            cleaner.run(stopped.clone()),
            hash_costs::run(authn, world, stopped.clone()),
        )
    };
    let mut working = pin!(working);
    tokio::select! {
        _ = &mut working => return Ok(ExitCode::SUCCESS),
        _ = signals.next() => {}
    }
    tracing::info!("stopping: finishing requests under way");
    health.drain();
    drain.send_replace(true);
    tokio::select! {
        _ = &mut working => Ok(ExitCode::SUCCESS),
        code = signals.next() => {
            tracing::warn!("stopping at once: requests under way are cut");
            Ok(code)
        }
    }
}

/// Connections that may wait to be accepted; the system lowers it to its own limit. With the
/// library's 128, a burst of new clients waits a second for its lost packets to be sent again.
const BACKLOG: u32 = 4096;

fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    let listen = || {
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4(),
            SocketAddr::V6(_) => TcpSocket::new_v6(),
        }?;
        // A port is free again at once when its server has stopped.
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(BACKLOG)
    };
    listen().map_err(|e| Failure::Listen(address, e))
}

/// `SIGXFSZ` of Linux: a write went beyond the limit on the size of files.
#[cfg(target_os = "linux")]
const FILE_SIZE_SIGNAL: i32 = 25;

/// The signals that a server does not leave to the system.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    /// Caught and left alone: a file that may not grow fails a write, it does not end the server.
    #[cfg(target_os = "linux")]
    _file_size: Signal,
}

impl Signals {
    fn listen() -> io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            #[cfg(target_os = "linux")]
            _file_size: signal(SignalKind::from_raw(FILE_SIZE_SIGNAL))?,
        })
    }

    /// Waits for one; the exit code of a process that it ends.
    async fn next(&mut self) -> ExitCode {
        tokio::select! {
            _ = self.terminate.recv() => ExitCode::from(128 + 15),
            _ = self.interrupt.recv() => ExitCode::from(128 + 2),
        }
    }
}

/// Tells whoever started the server how to use it.
fn announce(config: &Config, built: &Built) -> io::Result<()> {
    let facts = banner::Facts::of(config, built);
    let mut stdout = io::stdout().lock();
    if config.json {
        writeln!(stdout, "{}", facts.json())?;
    }
    if config.mode == Mode::Development || !config.json {
        let text = facts.text();
        if config.json || !io::stdout().is_terminal() {
            io::stderr().lock().write_all(text.as_bytes())?;
        } else {
            stdout.write_all(text.as_bytes())?;
        }
    }
    stdout.flush()
}
