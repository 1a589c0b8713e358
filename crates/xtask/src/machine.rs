//! What this machine is: who runs us, what is installed, whether we may install more.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::repository::output;

/// Whether a verb may install what it misses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Permission {
    Granted,
    Refused,
}

impl Permission {
    /// Granted on a build machine, which says so with `CI=true`.
    pub(crate) fn from_environment() -> Self {
        match env::var("CI").as_deref() {
            Ok("true" | "1") => Self::Granted,
            _ => Self::Refused,
        }
    }
}

/// Who runs the private servers: PostgreSQL and PgBouncer both refuse root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Owner {
    /// The developer.
    Ourselves,
    /// Root lends them to an account without rights.
    Account { user: u32, group: u32 },
}

impl Owner {
    /// Ourselves; under root the account `postgres`, or `nobody` where there is none.
    pub(crate) fn find() -> Result<Self, Failure> {
        if !is_root()? {
            return Ok(Self::Ourselves);
        }
        let accounts = fs::read_to_string("/etc/passwd")
            .map_err(|error| Failure::because("cannot read `/etc/passwd`", error))?;
        let found = account(&accounts, "postgres").or_else(|| account(&accounts, "nobody"));
        found.ok_or_else(|| {
            Failure::new("PostgreSQL refuses root, and there is no account `postgres` or `nobody`")
        })
    }

    /// Makes the command run as this owner.
    pub(crate) fn lend(self, command: &mut Command) {
        if let Self::Account { user, group } = self {
            // The standard library also drops root's supplementary groups here.
            command.uid(user).gid(group);
        }
    }

    /// Gives the file or folder to this owner.
    pub(crate) fn give(self, path: &Path) -> Result<(), Failure> {
        let Self::Account { user, group } = self else {
            return Ok(());
        };
        chown(path, Some(user), Some(group)).map_err(|error| {
            Failure::because(format!("cannot give away `{}`", path.display()), error)
        })
    }
}

/// Whether we run as root.
pub(crate) fn is_root() -> Result<bool, Failure> {
    Ok(output(Command::new("id").arg("-u"))?.trim() == "0")
}

/// The first executable of this name on the path or in the folders where servers live, which
/// are not on everybody's path.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let servers = ["/usr/sbin", "/usr/local/sbin", "/sbin"].map(PathBuf::from);
    let folders = env::split_paths(&path).chain(servers);
    folders
        .map(|folder| folder.join(name))
        .find(|file| is_executable(file))
}

/// Whether there is a file that may be executed.
pub(crate) fn is_executable(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
}

/// Major and minor version that a program reports, whatever words surround them.
pub(crate) fn version(program: &Path) -> Option<(u32, u32)> {
    version_in(&output(Command::new(program).arg("--version")).ok()?)
}

/// Whether a cargo subcommand is installed.
pub(crate) fn has_cargo_command(cargo: &mut Command, name: &str) -> bool {
    cargo.args([OsStr::new(name), OsStr::new("--version")]);
    output(cargo).is_ok()
}

fn account(accounts: &str, name: &str) -> Option<Owner> {
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let found = fields.next() == Some(name);
        let user = fields.nth(1)?.parse().ok()?;
        let group = fields.next()?.parse().ok()?;
        found.then_some(Owner::Account { user, group })
    })
}

fn version_in(text: &str) -> Option<(u32, u32)> {
    let start = text.find(|c: char| c.is_ascii_digit())?;
    let mut numbers = text.get(start..)?.split(|c: char| !c.is_ascii_digit());
    let major = numbers.next()?.parse().ok()?;
    let minor = numbers
        .next()
        .and_then(|number| number.parse().ok())
        .unwrap_or(0);
    Some((major, minor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_programs_say() {
        let postgres = "postgres (PostgreSQL) 15.13 (Debian 15.13-0+deb12u1)";
        assert_eq!(version_in(postgres), Some((15, 13)));
        assert_eq!(version_in("postgres (PostgreSQL) 18beta1"), Some((18, 0)));
        assert_eq!(version_in("v20.20.2"), Some((20, 20)));
        assert_eq!(version_in("Python 3.9.2"), Some((3, 9)));
        assert_eq!(version_in("unknown"), None);
    }

    #[test]
    fn an_account_has_the_numbers_of_its_line() {
        let accounts = "root:x:0:0:root:/:/bin/sh\npostgres:x:101:104:,,,:/var:/bin/bash\n";
        let expected = Owner::Account {
            user: 101,
            group: 104,
        };
        assert_eq!(account(accounts, "postgres"), Some(expected));
        assert_eq!(account(accounts, "nobody"), None);
    }
}
