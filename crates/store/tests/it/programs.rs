//! Programs that tests start: those of PostgreSQL, and the recorded database that they copy.

use crate::engine::Database;
use std::path::PathBuf;
use std::process::Command;

/// A program of PostgreSQL: on the path, or where Debian keeps the newest version.
pub(crate) fn postgres_program(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<_> = std::env::split_paths(&path).collect();
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let mut versions: Vec<_> = versions.map(|entry| entry.unwrap().path()).collect();
    versions.sort();
    folders.extend(versions.iter().rev().map(|version| version.join("bin")));
    let found = folders
        .iter()
        .map(|folder| folder.join(name))
        .find(|file| file.is_file());
    found.unwrap_or_else(|| panic!("`{name}` is not installed"))
}

/// A program on the path or where servers live.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/sbin".into()]);
    folders
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// What a program prints.
pub(crate) fn output(command: &mut Command) -> Vec<u8> {
    let output = command.output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {complaint}");
    output.stdout
}

/// The definition of schema `auth`, with its data.
pub(crate) fn dump_auth(url: &str) -> String {
    let mut dump = Command::new(postgres_program("pg_dump"));
    let dump = output(dump.args(["-n", "auth", "--inserts", "-d", url]));
    let dump = String::from_utf8(dump).unwrap();
    // Each dump is guarded by a random word.
    let guard = |line: &&str| line.starts_with("\\restrict") || line.starts_with("\\unrestrict");
    let lines = dump.lines().filter(|line| !guard(line));
    lines.collect::<Vec<_>>().join("\n")
}

/// A fresh copy of the database that Supabase Auth left.
pub(crate) fn supabase_database() -> Database {
    Database::copy("supabase_auth")
}
