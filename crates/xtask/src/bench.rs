//! `cargo xtask bench`: builds what is measured, starts a durable PostgreSQL, and measures.

use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::rc::Rc;

use serde_json::Value;

use crate::failure::Failure;
use crate::folder::Folder;
use crate::group;
use crate::machine::{Owner, Permission};
use crate::needs::{Need, Tools, find_postgres};
use crate::postgres::{Commits, Home, Postgres};
use crate::repository::{Repository, output};
use crate::steps::Steps;
use crate::watchdog::Watchdog;

/// The suites there are.
pub(crate) const SUITES: &[&str] = &["auth", "authz", "uuid-authz"];

/// Measures one suite; `options` go to the load generator as they are.
pub(crate) fn bench(
    permission: Permission,
    suite: &str,
    options: &[String],
) -> Result<ExitCode, Failure> {
    let repository = Repository::find()?;
    let watchdog = Rc::new(Watchdog::start()?);
    let mut steps = Steps::begin();
    let tools = Tools::new(&repository);
    let needs = &[Need::Postgres];
    let ready = steps
        .run("what the measurement needs", || {
            tools.provide(needs, permission, &watchdog)
        })
        .and_then(|()| build(&mut steps, &repository, &watchdog));
    if ready.is_none() {
        return Ok(steps.finish());
    }
    let owner = Owner::find()?;
    let home = Home {
        folder: Folder::create(owner, &watchdog)?,
        owner,
        watchdog: Rc::clone(&watchdog),
    };
    let programs = find_postgres()?;
    let started = steps.run("a durable PostgreSQL", || {
        Postgres::start(&programs, &home, Commits::Durable)
    });
    let Some(postgres) = started else {
        return Ok(steps.finish());
    };
    let release = repository.target.join("release");
    let mut command = Command::new(release.join("loadtest"));
    command.arg(suite).current_dir(&repository.root);
    command.arg("--server").arg(release.join("claviger"));
    command.arg("--bare").arg(release.join("bare-server"));
    command.args(["--postgres", &postgres.url()]);
    command.args(["--postmaster", &postgres.postmaster.to_string()]);
    if suite == "authz" {
        let built = steps.run("the benchmark in process", || in_process(&repository));
        let Some(program) = built else {
            return Ok(steps.finish());
        };
        command.arg("--in-process").arg(program);
    }
    let out = repository.root.join("docs/benchmarks").join(suite);
    command.arg("--out").arg(out).args(options);
    steps.run("measurement", || group::run(&watchdog, &mut command));
    drop(postgres);
    Ok(steps.finish())
}

/// Builds what measures the use cases without a server; where cargo has put it.
fn in_process(repository: &Repository) -> Result<PathBuf, Failure> {
    let mut command = repository.cargo();
    command.args(["bench", "--locked", "--no-run", "--quiet"]);
    command.args(["-p", "authz", "--bench", "authz"]);
    command.arg("--message-format=json");
    let messages = output(&mut command)?;
    let mut programs = messages.lines().filter_map(|line| {
        let message: Value = serde_json::from_str(line).ok()?;
        message.get("executable")?.as_str().map(PathBuf::from)
    });
    let program = programs.next_back();
    program.ok_or_else(|| Failure::new("cargo names no program of the benchmark"))
}

fn build(steps: &mut Steps, repository: &Repository, watchdog: &Rc<Watchdog>) -> Option<()> {
    let mut command = repository.cargo();
    command.args(["build", "--locked", "--release"]);
    command.args(["-p", "claviger", "-p", "loadtest", "-p", "testkit"]);
    steps.run("release build", || group::run(watchdog, &mut command))
}
