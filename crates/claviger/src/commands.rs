//! The command line: one file per command.

mod adopt;
mod config;
mod doctor;
mod existing;
mod fga;
mod healthcheck;
mod mail;
mod serve;
mod settings;

use clap::{Parser, Subcommand};
use server::log::chain;
use std::process::ExitCode;

/// Claviger, the keeper of the keys: accounts and sessions for the clients of Supabase Auth.
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
    /// Check everything that the server needs, one by one, with advice
    Doctor(doctor::Doctor),
    /// Make a database of Supabase Auth ready for this server
    Adopt(adopt::Adopt),
    /// Look after mail that could not be sent
    Mail(mail::Mail),
    /// Check, show or describe the configuration
    Config(config::Config),
    /// Work on authorization models, store files of OpenFGA, and stores
    Fga(fga::Fga),
    /// Ask a running server whether it is ready; for containers
    Healthcheck(healthcheck::Healthcheck),
}

impl Command {
    pub(crate) fn run(self) -> ExitCode {
        match self.verb {
            Verb::Serve(serve) => serve.run(),
            Verb::Doctor(doctor) => doctor.run(),
            Verb::Adopt(adopt) => adopt.run(),
            Verb::Mail(mail) => mail.run(),
            Verb::Config(config) => config.run(),
            Verb::Fga(fga) => fga.run(),
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

/// Says what went wrong and what was behind it.
fn complain_of(error: &dyn std::error::Error) -> ExitCode {
    complain(&chain(error))
}
