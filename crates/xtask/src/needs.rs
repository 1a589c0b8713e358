//! What the tests need beside the Rust toolchain: where it is found, how it is installed.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::rc::Rc;

use crate::failure::Failure;
use crate::group;
use crate::machine::{Permission, find_program, is_executable, is_root, version};
use crate::repository::{Repository, output};
use crate::watchdog::Watchdog;

const POSTGRES_MIN: u32 = 15;
const NODE_MIN: (u32, u32) = (20, 19);
const PYTHON_MIN: (u32, u32) = (3, 11);

/// The release that npm installs for us where the system's own is too old.
const PRIVATE_NODE: &str = "node@22";

/// Where PostgreSQL's programs live when they are not on the path.
const POSTGRES_FOLDERS: [&str; 3] = ["/usr/lib/postgresql", "/usr/local/opt", "/opt/homebrew/opt"];

/// Something that must be on the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    Postgres,
    /// Wanted, not required: its tests say so when it is absent.
    PgBouncer,
    Node,
    Python,
}

impl Need {
    fn description(self) -> String {
        let (major, minor) = PYTHON_MIN;
        match self {
            Self::Postgres => format!("PostgreSQL {POSTGRES_MIN} or newer (initdb and postgres)"),
            Self::PgBouncer => "PgBouncer".to_owned(),
            Self::Node => {
                let (major, minor) = NODE_MIN;
                format!("Node.js {major}.{minor} or newer, with npm")
            }
            Self::Python => format!("Python {major}.{minor} or newer, with venv"),
        }
    }

    fn absent(self) -> Failure {
        Failure::new(format!("there is no {}", self.description()))
    }

    fn packages(self) -> &'static [&'static str] {
        match self {
            Self::Postgres => &["postgresql"],
            Self::PgBouncer => &["pgbouncer"],
            Self::Node => &["nodejs", "npm"],
            Self::Python => &["python3", "python3-venv"],
        }
    }
}

/// Who can install packages here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Installer {
    /// We can.
    Apt,
    /// The developer can, as another user.
    AptWithSudo,
    /// Some program that we do not know.
    Unknown,
}

impl Installer {
    fn find() -> Result<Self, Failure> {
        Ok(match (find_program("apt-get"), is_root()?) {
            (Some(_), true) => Self::Apt,
            (Some(_), false) => Self::AptWithSudo,
            (None, _) => Self::Unknown,
        })
    }
}

/// What was found on the machine, or put under the target folder.
#[derive(Debug)]
pub(crate) struct Tools {
    /// The prefix of packages that only these tests use.
    private_node: PathBuf,
}

impl Tools {
    pub(crate) fn new(repository: &Repository) -> Self {
        Self {
            private_node: repository.target.join("tools/node"),
        }
    }

    /// The path on which `node` and `npm` are sufficient: our own copy first.
    pub(crate) fn node_path(&self) -> Result<OsString, Failure> {
        let missing = || Need::Node.absent();
        find_program("npm").ok_or_else(missing)?;
        let private = self.private_node.join("node_modules/node/bin");
        let systems = find_program("node").and_then(|node| node.parent().map(Path::to_path_buf));
        let mut candidates = [Some(private), systems].into_iter().flatten();
        let sufficient = |folder: &PathBuf| version(&folder.join("node")) >= Some(NODE_MIN);
        let folder = candidates.find(sufficient).ok_or_else(missing)?;
        let path = env::var_os("PATH").unwrap_or_default();
        let folders = [folder].into_iter().chain(env::split_paths(&path));
        env::join_paths(folders).map_err(|error| Failure::because("the path is not usable", error))
    }

    /// Makes sure of all these needs at once: finds, installs where that is possible and
    /// permitted, or names every missing thing together with the command that installs it.
    pub(crate) fn provide(
        &self,
        needs: &[Need],
        permission: Permission,
        watchdog: &Rc<Watchdog>,
    ) -> Result<(), Failure> {
        let mut missing = self.missing(needs);
        if missing.is_empty() {
            return Ok(());
        }
        let installer = Installer::find()?;
        if permission == Permission::Granted {
            let packages = packages(&missing);
            if installer == Installer::Apt && !packages.is_empty() {
                install(&packages, watchdog)?;
                missing = self.missing(needs);
            }
            if missing.contains(&Need::Node) {
                self.install_private_node(watchdog)?;
                missing = self.missing(needs);
            }
        }
        if missing.contains(&Need::PgBouncer) {
            eprintln!("PgBouncer is absent: the test of a pooler in between will not run");
            missing.retain(|need| *need != Need::PgBouncer);
        }
        if missing.is_empty() {
            Ok(())
        } else {
            Err(advice(&missing, &packages(&missing), installer))
        }
    }

    fn missing(&self, needs: &[Need]) -> Vec<Need> {
        let met = |need: Need| match need {
            Need::Postgres => find_postgres().is_ok(),
            Need::PgBouncer => find_pgbouncer().is_some(),
            Need::Node => self.node_path().is_ok(),
            Need::Python => find_python().is_ok(),
        };
        needs.iter().copied().filter(|need| !met(*need)).collect()
    }

    /// A stable Debian's Node.js is often too old for today's clients; npm itself has newer
    /// ones, and its copy stays under the target folder.
    fn install_private_node(&self, watchdog: &Rc<Watchdog>) -> Result<(), Failure> {
        let Some(npm) = find_program("npm") else {
            return Ok(());
        };
        fs::create_dir_all(&self.private_node)
            .map_err(|error| Failure::because("cannot make a folder for Node.js", error))?;
        let mut command = Command::new(npm);
        command
            .arg("install")
            .arg("--prefix")
            .arg(&self.private_node);
        command.args(["--no-save", "--no-audit", "--no-fund", PRIVATE_NODE]);
        group::run(watchdog, &mut command)
    }
}

/// The folder of the newest sufficient `initdb` and `postgres`.
pub(crate) fn find_postgres() -> Result<PathBuf, Failure> {
    // A link on the path points into the folder that has the other programs too.
    let on_path = find_program("postgres").and_then(|program| fs::canonicalize(program).ok());
    let mut folders: Vec<PathBuf> = on_path
        .iter()
        .filter_map(|program| program.parent())
        .map(Path::to_path_buf)
        .collect();
    for parent in POSTGRES_FOLDERS {
        let entries = fs::read_dir(parent).into_iter().flatten().flatten();
        folders.extend(entries.map(|entry| entry.path().join("bin")));
    }
    let complete = |folder: &PathBuf| is_executable(&folder.join("initdb"));
    let newest = folders
        .into_iter()
        .filter(complete)
        .filter_map(|folder| Some((version(&folder.join("postgres"))?, folder)))
        .max();
    let sufficient = newest.filter(|((major, _), _)| *major >= POSTGRES_MIN);
    sufficient
        .map(|(_, folder)| folder)
        .ok_or_else(|| Need::Postgres.absent())
}

/// The pooler, where it is installed.
pub(crate) fn find_pgbouncer() -> Option<PathBuf> {
    find_program("pgbouncer")
}

/// A sufficient interpreter that can make environments.
pub(crate) fn find_python() -> Result<PathBuf, Failure> {
    let python = find_program("python3").filter(|python| {
        let mut modules = Command::new(python);
        modules.args(["-c", "import ensurepip, venv"]);
        version(python) >= Some(PYTHON_MIN) && output(&mut modules).is_ok()
    });
    python.ok_or_else(|| Need::Python.absent())
}

fn install(packages: &[&str], watchdog: &Rc<Watchdog>) -> Result<(), Failure> {
    let apt = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive");
        // In a rescue run level the packages start no service of their own.
        command.env("RUNLEVEL", "1");
        command
    };
    group::run(watchdog, &mut apt(&["update", "-q"]))?;
    let arguments = [
        &["install", "-q", "-y", "--no-install-recommends"],
        packages,
    ]
    .concat();
    group::run(watchdog, &mut apt(&arguments))
}

/// The packages that bring what is missing. A Node.js that is only too old is npm's business:
/// the system would bring the same again.
fn packages(missing: &[Need]) -> Vec<&'static str> {
    let old = |need: Need| need == Need::Node && find_program("npm").is_some();
    let absent = missing.iter().filter(|need| !old(**need));
    absent.flat_map(|need| need.packages()).copied().collect()
}

/// Names everything at once. No packages means that npm alone can help.
fn advice(missing: &[Need], packages: &[&str], installer: Installer) -> Failure {
    let mut lines = vec!["the tests need what this machine does not have:".to_owned()];
    lines.extend(
        missing
            .iter()
            .map(|need| format!("  {}", need.description())),
    );
    let names = packages.join(" ");
    let apt = format!("apt-get install --no-install-recommends {names}");
    lines.push(match installer {
        _ if packages.is_empty() => "let this verb fetch it: add --install".to_owned(),
        Installer::Apt => format!("run\n  {apt}\nor let this verb do it: add --install"),
        Installer::AptWithSudo => format!("run\n  sudo {apt}"),
        Installer::Unknown => format!("Debian's names for it are: {names}"),
    });
    lines.push("or stay with `cargo xtask test --fast`, which needs nothing".to_owned());
    Failure::new(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(missing: &[Need], installer: Installer) -> String {
        let packages: Vec<_> = missing
            .iter()
            .flat_map(|need| need.packages())
            .copied()
            .collect();
        advice(missing, &packages, installer).to_string()
    }

    #[test]
    fn everything_missing_is_named_at_once_with_its_command() {
        let text = text(&[Need::Postgres, Need::Node], Installer::AptWithSudo);
        assert!(text.contains("PostgreSQL 15 or newer"), "{text}");
        assert!(text.contains("Node.js 20.19 or newer"), "{text}");
        let command = "sudo apt-get install --no-install-recommends postgresql nodejs npm\n";
        assert!(text.contains(command), "{text}");
        assert!(
            !text.contains("add --install"),
            "only root may install: {text}"
        );
    }

    #[test]
    fn without_apt_the_names_are_still_given() {
        let text = text(&[Need::Python], Installer::Unknown);
        assert!(
            text.contains("Debian's names for it are: python3 python3-venv"),
            "{text}"
        );
        assert!(!text.contains("apt-get"), "{text}");
    }

    #[test]
    fn what_npm_can_bring_needs_no_root() {
        let text = advice(&[Need::Node], &[], Installer::AptWithSudo).to_string();
        assert!(text.contains("add --install"), "{text}");
        assert!(!text.contains("apt-get"), "{text}");
    }
}
