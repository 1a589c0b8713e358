//! `claviger doctor`: checks one by one what the server needs, a line each, with advice.

mod database;
mod files;
mod network;
mod redis;
mod report;

use super::existing;
use super::settings::Settings;
use clap::Args;
use report::Report;
use server::config::{Loaded, Mode};
use std::io;
use std::process::ExitCode;

/// Check everything that the server needs.
#[derive(Debug, Args)]
pub(crate) struct Doctor {
    #[command(flatten)]
    settings: Settings,
}

impl Doctor {
    pub(crate) fn run(self) -> ExitCode {
        let mut report = Report::default();
        let loaded = match self.settings.load(false) {
            Ok(loaded) => loaded,
            Err(problems) => {
                for problem in &problems.0 {
                    report.bad("configuration", problem, "");
                }
                return report.conclude();
            }
        };
        let mode = match loaded.config.mode {
            Mode::Development => "development",
            Mode::Production => "production",
        };
        report.good("configuration", format_args!("sound, in {mode} mode"));
        for note in &loaded.notes {
            report.note("configuration", note, "");
        }
        let checks = async {
            examine(&mut report, &loaded).await;
            io::Result::Ok(())
        };
        if let Err(e) = existing::block_on(checks) {
            report.bad("this machine", e, "");
        }
        report.conclude()
    }
}

async fn examine(report: &mut Report, loaded: &Loaded) {
    let config = &loaded.config;
    files::data_folder(report, config);
    files::private_files(report, config);
    database::check(report, loaded).await;
    network::urls(report, config);
    network::mail_server(report, config).await;
    redis::check(report, config);
    network::ports(report, config);
}
