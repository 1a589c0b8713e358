//! A private temporary folder that goes when its owner goes.

use std::fs::{self, DirBuilder};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::{env, process};

use crate::failure::Failure;
use crate::machine::Owner;
use crate::watchdog::Watchdog;

/// Names that are tried before we give up.
const NAMES_MAX: u32 = 100;

/// Readable by its owner alone; removed when dropped.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Creates one under the system's temporary folder. Never under `target`: the account that
    /// PostgreSQL runs as cannot enter root's home.
    pub(crate) fn create(owner: Owner, watchdog: &Watchdog) -> Result<Self, Failure> {
        for attempt in 0..NAMES_MAX {
            let name = format!("claviger-{}-{attempt}", process::id());
            let path = env::temp_dir().join(name);
            match DirBuilder::new().mode(0o700).create(&path) {
                Ok(()) => {
                    let folder = Self { path };
                    watchdog.created(&folder.path)?;
                    owner.give(&folder.path)?;
                    return Ok(folder);
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(Failure::because("cannot make a folder", error)),
            }
        }
        Err(Failure::new("every name for a temporary folder is taken"))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a file for its owner.
    pub(crate) fn write(&self, name: &str, text: &str, owner: Owner) -> Result<PathBuf, Failure> {
        let file = self.path.join(name);
        fs::write(&file, text)
            .map_err(|error| Failure::because(format!("cannot write `{name}`"), error))?;
        owner.give(&file)?;
        Ok(file)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            eprintln!("cannot remove `{}`: {error}", self.path.display());
        }
    }
}
