//! `cargo xtask lint`: everything that is judged without running the product.
//!
//! `cargo deny` checks licences, bans and sources, and `cargo machete` looks for dependencies
//! that nobody uses. Both are the usual tools, and building them cold was measured on two cores:
//! 2 min 13 s and 54 s. That is cheap enough not to write checks of our own. Where they are
//! missing and nothing may be installed, their step says which command installs them; a build
//! machine always installs them, so nothing lands unchecked. The database of advisories is not
//! reachable from everywhere, so it is asked only on request.

use std::process::{Command, ExitCode};
use std::rc::Rc;

use crate::counts::Counts;
use crate::failure::Failure;
use crate::group;
use crate::machine::{Permission, has_cargo_command};
use crate::repository::Repository;
use crate::steps::Steps;
use crate::watchdog::Watchdog;

/// A cargo subcommand that we use but do not build.
#[derive(Debug, Clone, Copy)]
struct Tool {
    subcommand: &'static str,
    /// The package with the newest version that the pinned toolchain builds.
    package: &'static str,
}

const DENY: Tool = Tool {
    subcommand: "deny",
    package: "cargo-deny@0.20.2",
};
const MACHETE: Tool = Tool {
    subcommand: "machete",
    package: "cargo-machete@0.9.2",
};

/// What is done with the public list of vulnerable releases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Advisories {
    Asked,
    LeftOut,
}

/// Runs every step, also after one has failed.
pub(crate) fn lint(permission: Permission, advisories: Advisories) -> Result<ExitCode, Failure> {
    let repository = Repository::find()?;
    let watchdog = Rc::new(Watchdog::start()?);
    let mut steps = Steps::begin();
    let cargo = |arguments: &[&str]| {
        let mut command = repository.cargo();
        command.args(arguments);
        command
    };
    let mut format = cargo(&["fmt", "--all", "--check"]);
    steps.run("formatting", || group::run(&watchdog, &mut format));

    let mut own = cargo(&["test", "--locked", "--package", "xtask", "--no-fail-fast"]);
    steps.suite("tidy and architecture", || {
        group::run_counting(&watchdog, &mut own, Counts::cargo)
    });

    let mut lints = cargo(&["clippy", "--locked", "--workspace", "--all-targets"]);
    lints.args(["--", "-D", "warnings"]);
    steps.run("clippy", || group::run(&watchdog, &mut lints));

    let mut pages = cargo(&["doc", "--locked", "--workspace", "--no-deps"]);
    pages.env("RUSTDOCFLAGS", "-D warnings");
    steps.run("documentation", || group::run(&watchdog, &mut pages));

    let mut with_tool = |name: &str, tool: Tool, arguments: &[&str]| {
        if !provide(&mut steps, &repository, &watchdog, tool, permission) {
            return;
        }
        let mut command = cargo(arguments);
        steps.run(name, || group::run(&watchdog, &mut command));
    };
    with_tool("unused dependencies", MACHETE, &["machete"]);
    // A wrapper names who may use a crate, not who does.
    let check = [
        "deny",
        "--locked",
        "check",
        "-A",
        "unused-wrapper",
        "bans",
        "licenses",
        "sources",
    ];
    with_tool("bans, licences and sources", DENY, &check);
    if advisories == Advisories::Asked {
        with_tool(
            "advisories",
            DENY,
            &["deny", "--locked", "check", "advisories"],
        );
    }
    Ok(steps.finish())
}

/// Whether the tool is there, after installing it where that is permitted.
fn provide(
    steps: &mut Steps,
    repository: &Repository,
    watchdog: &Rc<Watchdog>,
    tool: Tool,
    permission: Permission,
) -> bool {
    if has_cargo_command(&mut repository.cargo(), tool.subcommand) {
        return true;
    }
    if permission == Permission::Refused {
        let name = format!("cargo {}", tool.subcommand);
        let install = format!("run `cargo install --locked {}`", tool.package);
        steps.skip(&name, &install);
        return false;
    }
    let mut install: Command = repository.cargo();
    install.args(["install", "--locked", tool.package]);
    // Its build has nothing to do with ours.
    install.env_remove("CARGO_TARGET_DIR");
    let name = format!("installing {}", tool.package);
    steps
        .run(&name, || group::run(watchdog, &mut install))
        .is_some()
}
