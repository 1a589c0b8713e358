//! The command line: one file per command.

mod config;
mod healthcheck;
mod serve;
mod settings;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Claviger, the keeper of the keys: sign-in and authorization in one process.
#[derive(Debug, Parser)]
#[command(version, arg_required_else_help = true)]
pub(crate) struct Command {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Run the server
    Serve(serve::Serve),
    /// Check, show or describe the configuration
    Config(config::Config),
    /// Ask a running server whether it is ready; for containers
    Healthcheck(healthcheck::Healthcheck),
}

impl Command {
    pub(crate) fn run(self) -> ExitCode {
        match self.verb {
            Verb::Serve(serve) => serve.run(),
            Verb::Config(config) => config.run(),
            Verb::Healthcheck(healthcheck) => healthcheck.run(),
        }
    }
}

/// Says on standard error what went wrong.
#[expect(
    clippy::print_stderr,
    reason = "a command speaks to the person who typed it"
)]
fn complain(problem: &dyn std::fmt::Display) -> ExitCode {
    eprintln!("claviger: {problem}");
    ExitCode::FAILURE
}
