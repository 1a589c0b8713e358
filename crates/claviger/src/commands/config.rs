//! `claviger config check | show | schema`.

use super::complain;
use super::settings::Settings;
use clap::{Args, Subcommand};
use std::process::ExitCode;

/// Check, show or describe the configuration.
#[derive(Debug, Args)]
pub(crate) struct Config {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Say everything that is wrong with the configuration
    Check(Settings),
    /// Show the effective configuration and where each setting came from
    Show(Settings),
    /// Print the JSON Schema of the configuration file
    Schema,
}

impl Config {
    #[expect(clippy::print_stdout, reason = "what the command is for")]
    pub(crate) fn run(self) -> ExitCode {
        let (settings, show) = match self.verb {
            Verb::Check(settings) => (settings, false),
            Verb::Show(settings) => (settings, true),
            Verb::Schema => {
                print!("{}", server::config::schema());
                return ExitCode::SUCCESS;
            }
        };
        match settings.load(false) {
            Ok(loaded) if show => println!("{}", loaded.config.show()),
            Ok(loaded) => {
                for note in &loaded.notes {
                    println!("note: {note}");
                }
                println!("the configuration is sound");
            }
            Err(problems) => return complain(&problems),
        }
        ExitCode::SUCCESS
    }
}
