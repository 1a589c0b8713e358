//! What the doctor says: a line for each check, advice below what is not well.

use std::fmt::Display;
use std::process::ExitCode;

/// What has been said so far.
#[derive(Debug, Default)]
pub(super) struct Report {
    good: usize,
    notes: usize,
    bad: usize,
}

impl Report {
    /// All is well.
    pub(super) fn good(&mut self, subject: &str, what: impl Display) {
        self.good += 1;
        say("ok  ", subject, what, "");
    }

    /// The server runs, but somebody should know.
    pub(super) fn note(&mut self, subject: &str, what: impl Display, advice: &str) {
        self.notes += 1;
        say("note", subject, what, advice);
    }

    /// The server does not run, or does not do its work.
    pub(super) fn bad(&mut self, subject: &str, what: impl Display, advice: &str) {
        self.bad += 1;
        say("FAIL", subject, what, advice);
    }

    /// The last line, and the exit code.
    #[expect(clippy::print_stdout, reason = "what the command is for")]
    pub(super) fn conclude(self) -> ExitCode {
        match (self.bad, self.notes) {
            (0, 0) => println!("all is well"),
            (0, notes) => println!("{} well, {notes} to know", self.good),
            (bad, notes) => {
                println!("{} well, {notes} to know, {bad} failed", self.good);
                return ExitCode::FAILURE;
            }
        }
        ExitCode::SUCCESS
    }
}

#[expect(clippy::print_stdout, reason = "what the command is for")]
fn say(mark: &str, subject: &str, what: impl Display, advice: &str) {
    println!("{mark} {subject}: {what}");
    for line in advice.lines() {
        println!("     {line}");
    }
}
