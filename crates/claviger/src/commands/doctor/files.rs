//! The data folder and the private files in it.

use super::report::Report;
use server::config::{Config, Engine};
use server::private::{API_KEYS_FILE, SIGNING_KEYS_FILE};
use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

const FOLDER: &str = "data folder";
const FILES: &str = "private files";
/// What stands beside an SQLite file while it is open.
const SQLITE_SUFFIXES: [&str; 3] = ["", "-wal", "-shm"];

pub(super) fn data_folder(report: &mut Report, config: &Config) {
    if matches!(config.database.engine, Engine::Ephemeral) {
        return report.good(FOLDER, "a temporary one, gone when the server stops");
    }
    let path = &config.data_directory;
    let shown = path.display();
    let mode = match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => metadata.permissions().mode() & 0o777,
        Ok(_) => {
            let advice = "give another path with --data, or move the file away";
            return report.bad(FOLDER, format_args!("`{shown}` is no folder"), advice);
        }
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            return report.good(FOLDER, format_args!("`{shown}` is made at the first start"));
        }
        Err(e) => {
            let advice = "run as the user that the server runs as";
            return report.bad(FOLDER, format_args!("`{shown}`: {e}"), advice);
        }
    };
    if let Err(e) = try_to_write(path) {
        let advice = "give it to the user that the server runs as, on a disk that is not full";
        return report.bad(FOLDER, format_args!("`{shown}` takes no file: {e}"), advice);
    }
    if is_open(mode) {
        let what = format_args!("`{shown}` can be looked into by others (mode {mode:o})");
        report.note(FOLDER, what, &format!("run chmod 700 {shown}"));
    } else {
        report.good(FOLDER, format_args!("`{shown}` is private and writable"));
    }
}

pub(super) fn private_files(report: &mut Report, config: &Config) {
    let mut found = 0;
    for path in paths(config) {
        let Ok(metadata) = fs::metadata(&path) else {
            continue;
        };
        found += 1;
        let mode = metadata.permissions().mode() & 0o777;
        if is_open(mode) {
            let shown = path.display();
            let what = format_args!("`{shown}` can be read by others (mode {mode:o})");
            return report.bad(FILES, what, &format!("run chmod 600 {shown}"));
        }
    }
    match found {
        0 => report.good(FILES, "there are none yet"),
        _ => report.good(
            FILES,
            format_args!("nobody else can read the {found} there are"),
        ),
    }
}

fn paths(config: &Config) -> Vec<PathBuf> {
    let mut paths = vec![
        config.data_directory.join(SIGNING_KEYS_FILE),
        config.data_directory.join(API_KEYS_FILE),
    ];
    if let Engine::Sqlite { path } = &config.database.engine {
        paths.extend(SQLITE_SUFFIXES.iter().map(|suffix| {
            let mut name = OsString::from(path);
            name.push(suffix);
            PathBuf::from(name)
        }));
    }
    paths
}

/// Others than the owner may do something with it.
const fn is_open(mode: u32) -> bool {
    mode & 0o077 != 0
}

/// Leaves nothing behind.
fn try_to_write(folder: &Path) -> io::Result<()> {
    let path = folder.join(format!("doctor-{}.tmp", std::process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600);
    let mut file = options.open(&path)?;
    let written = io::Write::write_all(&mut file, b"written by claviger doctor\n");
    let removed = fs::remove_file(&path);
    written.and(removed)
}
