//! `claviger fga`: models and stores in files, and the stores of a database.

mod delete;
mod explain;
mod export;
mod import;
mod model;
mod opened;
mod test;

use authz::{Failure, Flaw};
use clap::{Args, Subcommand};
use std::io;
use std::path::Path;
use std::process::ExitCode;

/// Something is wrong with what was read.
const FAILED: u8 = 1;
/// It could not be read.
const UNREADABLE: u8 = 2;

/// Work on authorization models, store files of OpenFGA, and stores.
#[derive(Debug, Args)]
pub(crate) struct Fga {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Run the tests of store files
    Test(test::Test),
    /// Check, print or show a model
    Model(model::Model),
    /// Fill a store from files
    Import(import::Import),
    /// Write a store as a store file
    Export(export::Export),
    /// Say why a question is answered as it is
    Explain(explain::Explain),
    /// Delete all tuples of an object, a user or a type
    Delete(delete::Delete),
}

impl Fga {
    pub(crate) fn run(self) -> ExitCode {
        ExitCode::from(match self.verb {
            Verb::Test(test) => test.run(),
            Verb::Model(model) => model.run(),
            Verb::Import(import) => import.run(),
            Verb::Export(export) => export.run(),
            Verb::Explain(explain) => explain.run(),
            Verb::Delete(delete) => delete.run(),
        })
    }
}

/// Files are read from where they lie.
fn files(path: &Path) -> io::Result<String> {
    std::fs::read_to_string(path)
}

/// Says on standard error what is wrong; the exit code that stands for it.
fn complain_of(failure: &Failure) -> u8 {
    for flaw in failure.flaws() {
        say(flaw, "");
    }
    match failure {
        Failure::Unreadable(_) => UNREADABLE,
        Failure::Flawed(_) => FAILED,
    }
}

/// Says something of a place in a file.
#[expect(
    clippy::print_stderr,
    reason = "a command speaks to the person who typed it"
)]
fn say(flaw: &Flaw, mark: &str) {
    eprintln!("{mark}{flaw}");
}
