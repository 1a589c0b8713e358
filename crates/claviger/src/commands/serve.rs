//! `claviger serve`: runs the server until it is told to stop.

use super::complain;
use super::settings::Settings;
use clap::Args;
use server::config::{Config, Listen, Mode};
use server::http::serve::{ServeSettings, serve};
use server::jobs::outbox::Sender;
use server::mail::{Mailer, MailerError};
use server::management::{self, Health};
use server::start::{self, Built, World};
use server::{banner, routes};
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use types::{SystemClock, SystemEntropy};

/// How long requests under way may take to finish when the server stops.
const DRAIN_SPAN: Duration = Duration::from_secs(15);

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
        for note in &loaded.notes {
            tracing::warn!("{note}");
        }
        match runtime.block_on(run(loaded.config)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(e) => complain(&e),
        }
    }
}

/// Why the server did not run.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("cannot listen on {0}: {1}")]
    Listen(std::net::SocketAddr, #[source] io::Error),
    #[error(transparent)]
    Start(#[from] start::StartError),
    #[error(transparent)]
    Mailer(#[from] MailerError),
    #[error(transparent)]
    Io(#[from] io::Error),
}

async fn run(mut config: Config) -> Result<(), Failure> {
    let public = listen(config.listen.address).await?;
    let private = listen(config.listen.management).await?;
    config.bound(Listen {
        address: public.local_addr()?,
        management: private.local_addr()?,
    });
    let world = World {
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
    };
    let built = start::build(&config, &world).await?;
    announce(&config, &built)?;
    let health = Health::new(built.app.clone(), built.store.clone());
    let (stop, stopped) = watch::channel(false);
    let settings = ServeSettings {
        connections_max: config.http.connections_max,
        drain_span: DRAIN_SPAN,
    };
    let management = management::router(&built.app, &health);
    let api = routes::router(&built.app, &built.store, &health, config.mode);
    let sender = Sender::new(
        built.app.clone(),
        built.store.clone(),
        world.clone(),
        Mailer::new(&config)?,
    );
    let signals = async {
        wait_for_signal().await?;
        health.drain();
        tracing::info!("stopping: finishing requests under way");
        // Nobody listens any more only when everything has stopped already.
        stop.send_replace(true);
        io::Result::Ok(())
    };
    let serving = serve(public, api, settings, stopped.clone());
    let managing = serve(private, management, settings, stopped.clone());
    let sending = sender.run(stopped);
    let (signalled, (), (), ()) = tokio::join!(signals, serving, managing, sending);
    built.store.close();
    Ok(signalled?)
}

async fn listen(address: std::net::SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address)
        .await
        .map_err(|e| Failure::Listen(address, e))
}

/// Waits for SIGTERM or SIGINT; a second one ends the process at once.
async fn wait_for_signal() -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
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
