//! `claviger fga test`: runs the tests of store files.

use super::{FAILED, complain_of, files};
use authz::{Report, StoreFile, try_out};
use clap::Args;
use std::path::PathBuf;

/// Run the tests of store files. Exit code 1: an assertion failed, or a model or a tuple is wrong;
/// 2: a file could not be read.
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// Store files of OpenFGA
    #[arg(required = true, value_name = "FILE.fga.yaml")]
    files: Vec<PathBuf>,
}

impl Test {
    #[expect(clippy::print_stdout, reason = "what the command is for")]
    pub(crate) fn run(self) -> u8 {
        let (mut passed, mut failed, mut code, mut not_run) = (0, 0, 0, 0);
        for path in &self.files {
            let report = StoreFile::read(path, &files).and_then(|store| try_out(&store));
            match report {
                Err(failure) => {
                    code = code.max(complain_of(&failure));
                    not_run += 1;
                }
                Ok(report) => {
                    println!("{}", path.display());
                    show(&report);
                    passed += report.passed();
                    failed += report.failed();
                }
            }
        }
        let rest = if not_run > 0 {
            format!("; files not run: {not_run}")
        } else {
            String::new()
        };
        println!("{passed} assertions passed, {failed} failed{rest}");
        if failed > 0 { code.max(FAILED) } else { code }
    }
}

#[expect(clippy::print_stdout, reason = "what the command is for")]
fn show(report: &Report) {
    for test in &report.tests {
        let verdict = if test.failures.is_empty() {
            "ok    "
        } else {
            "FAILED"
        };
        println!("  {verdict} {}", test.name);
        for failure in &test.failures {
            println!("    {failure}");
        }
    }
}
