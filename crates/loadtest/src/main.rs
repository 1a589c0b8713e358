//! Measures running servers: throughput, latency and CPU per request, side by side with a bare
//! server of the same stack. Bounded in time and in connections; loopback only.

mod auth;
mod authz;
mod client;
mod cpu;
mod flood;
mod load;
mod report;
mod resources;
mod server;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// The load generator of `cargo xtask bench`.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    suite: Suite,
}

#[derive(Debug, Subcommand)]
enum Suite {
    /// Sign-in: GET /user, refresh, password sign-in, sign-up
    Auth(auth::Auth),
    /// Authorization: checks in process and over HTTP, lists, writes, imports
    Authz(authz::Authz),
    /// Resources: registering, authorizing, listing, links to files
    UuidAuthz(resources::Resources),
}

#[expect(clippy::print_stderr, reason = "a tool for a terminal")]
fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(e) => {
            eprintln!("loadtest: {e}");
            return ExitCode::FAILURE;
        }
    };
    let outcome = runtime.block_on(async {
        match arguments.suite {
            Suite::Auth(auth) => auth.run().await,
            Suite::Authz(authz) => authz.run().await,
            Suite::UuidAuthz(resources) => resources.run().await,
        }
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(e) => {
            eprintln!("loadtest: {e}");
            ExitCode::FAILURE
        }
    }
}

/// What can go wrong in a measurement.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Failed(String),
}

type Result<T, E = Error> = std::result::Result<T, E>;

fn failed<T>(reason: impl Into<String>) -> Result<T> {
    Err(Error::Failed(reason.into()))
}
