//! `cargo xtask test`: everything that has to hold, on both engines; `--fast` on SQLite alone.

use std::process::{Command, ExitCode};
use std::rc::Rc;

use crate::counts::Counts;
use crate::failure::Failure;
use crate::group;
use crate::machine::Permission;
use crate::needs::{Need, Tools};
use crate::repository::Repository;
use crate::services::{PGBOUNCER, POSTGRES, Services};
use crate::steps::Steps;
use crate::suites::Subject;
use crate::watchdog::Watchdog;

/// How many percent of the usual cases and amounts the tests of authorization try.
pub(crate) const CASES_PERCENTAGE: &str = "CLAVIGER_TEST_CASES_PERCENTAGE";

/// The workspace's tests on SQLite: nothing to install. Random worlds and large stores are
/// a tenth of those of a whole run.
pub(crate) fn fast(filters: &[String]) -> Result<ExitCode, Failure> {
    let repository = Repository::find()?;
    let watchdog = Rc::new(Watchdog::start()?);
    let mut steps = Steps::begin();
    if build(&mut steps, &repository, &watchdog).is_some() {
        let mut command = cargo_test(&repository, filters);
        command.args(["--skip", "on_postgres", "--skip", "memory::"]);
        command.env(CASES_PERCENTAGE, "10");
        let run = || group::run_counting(&watchdog, &mut command, Counts::cargo);
        steps.suite("tests on SQLite", run);
        steps.skip("tests on PostgreSQL", "--fast installs and starts nothing");
        steps.skip(
            "memory of a million tuples",
            "--fast is done within a minute",
        );
    }
    Ok(steps.finish())
}

/// The workspace's tests on SQLite and PostgreSQL, then the suites of real clients. Filters
/// choose among the workspace's tests, and leave the suites out.
pub(crate) fn whole(permission: Permission, filters: &[String]) -> Result<ExitCode, Failure> {
    let repository = Repository::find()?;
    let watchdog = Rc::new(Watchdog::start()?);
    let tools = Tools::new(&repository);
    let mut steps = Steps::begin();
    let needs: &[Need] = match filters {
        [] => &[Need::Postgres, Need::PgBouncer, Need::Node, Need::Python],
        _ => &[Need::Postgres, Need::PgBouncer],
    };
    let provided = steps.run("what the tests need", || {
        tools.provide(needs, permission, &watchdog)
    });
    if provided
        .and_then(|()| build(&mut steps, &repository, &watchdog))
        .is_none()
    {
        return Ok(steps.finish());
    }
    let started = steps.run("private servers", || {
        Services::start(&repository, &watchdog)
    });
    let Some(services) = started else {
        return Ok(steps.finish());
    };
    let mut command = cargo_test(&repository, filters);
    command.envs(services.environment());
    let run = || group::run_counting(&watchdog, &mut command, Counts::cargo);
    steps.suite("tests on SQLite and PostgreSQL", run);
    if filters.is_empty() {
        let subject = Subject {
            repository: &repository,
            tools: &tools,
            services: &services,
            watchdog: &watchdog,
        };
        subject.javascript(&mut steps);
        subject.python(&mut steps);
    } else {
        steps.skip(
            "suites of real clients",
            "filters choose among the workspace's tests",
        );
    }
    drop(services);
    Ok(steps.finish())
}

/// Builds every target once, tests and the binary for the suites alike: asked for one package,
/// cargo would choose other features and build the dependencies again.
fn build(steps: &mut Steps, repository: &Repository, watchdog: &Rc<Watchdog>) -> Option<()> {
    let mut command = repository.cargo();
    command.args(["build", "--locked", "--workspace", "--all-targets"]);
    steps.run("build", || group::run(watchdog, &mut command))
}

fn cargo_test(repository: &Repository, filters: &[String]) -> Command {
    let mut command = repository.cargo();
    command
        .args(["test", "--locked", "--workspace", "--no-fail-fast", "--"])
        .args(filters);
    command.env_remove(POSTGRES).env_remove(PGBOUNCER);
    command
}
