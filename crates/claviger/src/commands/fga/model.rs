//! `claviger fga model check | fmt | show`.

use super::{FAILED, UNREADABLE, complain_of, files, say};
use crate::commands::complain;
use authz::model_file::{Form, has_comments};
use authz::{Failure, ModelFile};
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};

/// Check, print or show a model: a file in the model language, an `fga.mod`, or JSON.
#[derive(Debug, Args)]
pub(crate) struct Model {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Say everything that is wrong with a model, and what to look at again
    Check {
        /// The model
        file: PathBuf,
    },
    /// Print a model in the one layout
    Fmt {
        /// The model
        file: PathBuf,
        /// Put it into the file instead; comments are not kept, so none may be in it
        #[arg(long)]
        write: bool,
    },
    /// Print a model as JSON, as OpenFGA's API has it
    Show {
        /// The model
        file: PathBuf,
    },
}

impl Model {
    #[expect(clippy::print_stdout, reason = "what the command is for")]
    pub(crate) fn run(self) -> u8 {
        let (Verb::Check { file } | Verb::Fmt { file, .. } | Verb::Show { file }) = &self.verb;
        let model = match ModelFile::read(file, &files) {
            Ok(model) => model,
            Err(failure) => return complain_of(&failure),
        };
        let done = match &self.verb {
            Verb::Check { .. } => check(&model),
            Verb::Fmt { file, write: true } => return write(file, &model),
            Verb::Fmt { .. } => model.print().map(|text| print!("{text}")),
            Verb::Show { .. } => {
                println!("{}", model.json());
                Ok(())
            }
        };
        done.map_or_else(|failure| complain_of(&failure), |()| 0)
    }
}

#[expect(clippy::print_stdout, reason = "what the command is for")]
fn check(model: &ModelFile) -> Result<(), Failure> {
    for flaw in model.lint() {
        say(&flaw, "warning: ");
    }
    model.check()?;
    println!("the model is sound");
    Ok(())
}

/// Puts a model into the file that it came from, in the one layout.
fn write(file: &Path, model: &ModelFile) -> u8 {
    let refuse = |reason: &str| {
        complain(&format!("{} was not changed: {reason}", file.display()));
        FAILED
    };
    match model.form() {
        Form::Language => {}
        Form::Modules => return refuse("it lists modules, which would become one model"),
        Form::Json => return refuse("it is JSON, and would become a text in the model language"),
    }
    let text = match files(file) {
        Ok(text) if has_comments(&text) => {
            return refuse("it has comments, which would be lost");
        }
        Ok(text) => text,
        Err(error) => return refuse(&error.to_string()),
    };
    let printed = match model.print() {
        Ok(printed) => printed,
        Err(failure) => return complain_of(&failure),
    };
    if printed == text {
        return 0;
    }
    match std::fs::write(file, printed) {
        Ok(()) => 0,
        Err(error) => {
            complain(&format!("{}: {error}", file.display()));
            UNREADABLE
        }
    }
}
