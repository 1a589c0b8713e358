//! The suites of real clients under `conformance`, aimed at the built binary.
//!
//! A suite starts the server itself, once on SQLite and, because `CLAVIGER_TEST_POSTGRES` is set,
//! once on PostgreSQL.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;

use crate::counts::Counts;
use crate::failure::Failure;
use crate::group;
use crate::needs::{Tools, find_python};
use crate::repository::Repository;
use crate::services::Services;
use crate::steps::Steps;
use crate::watchdog::Watchdog;

/// Where a suite finds the server under test.
const BINARY: &str = "CLAVIGER_BIN";

/// No test of a client waits longer than this for a server that does not answer.
const JAVASCRIPT_TEST_LIMIT: &str = "--test-timeout=180000";

/// What every suite is given.
#[derive(Debug)]
pub(crate) struct Subject<'a> {
    pub(crate) repository: &'a Repository,
    pub(crate) tools: &'a Tools,
    pub(crate) services: &'a Services,
    pub(crate) watchdog: &'a Rc<Watchdog>,
}

/// One language's clients.
#[derive(Debug)]
struct Suite {
    name: &'static str,
    folder: PathBuf,
    count: fn(&mut Counts, &str),
}

impl Subject<'_> {
    /// The JavaScript clients: packages as the lock file has them, then `node --test`.
    pub(crate) fn javascript(&self, steps: &mut Steps) {
        let suite = self.suite("JavaScript clients", "js", Counts::node);
        let packages = || {
            let path = self.tools.node_path()?;
            let mut npm = Command::new("npm");
            npm.args(["ci", "--no-audit", "--no-fund"]);
            npm.env("PATH", &path).current_dir(&suite.folder);
            group::run(self.watchdog, &mut npm)?;
            Ok(path)
        };
        let Some(path) = steps.run("JavaScript packages", packages) else {
            return;
        };
        let mut node = Command::new("node");
        node.args(["--test", "--test-reporter=spec", JAVASCRIPT_TEST_LIMIT]);
        node.env("PATH", &path);
        self.run(steps, &suite, node);
    }

    /// The Python clients: packages in an environment of their own, then pytest.
    pub(crate) fn python(&self, steps: &mut Steps) {
        let suite = self.suite("Python clients", "python", Counts::pytest);
        let packages = || self.python_environment(&suite.folder);
        let Some(python) = steps.run("Python packages", packages) else {
            return;
        };
        let mut pytest = Command::new(&python);
        pytest.args(["-m", "pytest", "-q", "-p", "no:cacheprovider"]);
        pytest.env("PYTHONDONTWRITEBYTECODE", "1");
        self.run(steps, &suite, pytest);
    }

    /// The suite in this folder of `conformance`.
    fn suite(&self, name: &'static str, language: &str, count: fn(&mut Counts, &str)) -> Suite {
        Suite {
            name,
            folder: self.repository.root.join("conformance").join(language),
            count,
        }
    }

    /// The interpreter of an environment under the target folder, with the packages installed.
    fn python_environment(&self, folder: &Path) -> Result<PathBuf, Failure> {
        let environment = self.repository.target.join(".venv");
        let python = environment.join("bin/python");
        if !python.exists() {
            let mut create = Command::new(find_python()?);
            create.args(["-m", "venv", "--clear"]).arg(&environment);
            group::run(self.watchdog, &mut create)?;
        }
        let mut install = Command::new(&python);
        install.args(["-m", "pip", "install", "-q", "-r", "requirements.txt"]);
        install.current_dir(folder);
        group::run(self.watchdog, &mut install)?;
        Ok(python)
    }

    fn run(&self, steps: &mut Steps, suite: &Suite, mut command: Command) {
        command.current_dir(&suite.folder);
        command.env(BINARY, self.repository.target.join("debug/claviger"));
        command.envs(self.services.environment());
        steps.suite(suite.name, || {
            group::run_counting(self.watchdog, &mut command, suite.count)
        });
    }
}
