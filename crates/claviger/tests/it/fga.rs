//! `claviger fga`: the tests of store files, and models in files.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const MODEL: &str = "model
  schema 1.1

type user

type doc
  relations
    define owner: [user]
    define viewer: [user, user with in_office] or owner

condition in_office(ip: ipaddress, net: string) {
  ip.in_cidr(net)
}
";

/// A store with that model in it, tuples, and what is behind them.
fn store(rest: &str) -> String {
    let model: String = MODEL.lines().map(|line| format!("  {line}\n")).collect();
    format!(
        "name: a store\nmodel: |\n{model}\ntuples:\n  - {{user: user:ann, relation: owner, \
         object: doc:1}}\n{rest}"
    )
}

/// What the binary said and how it ended.
struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

fn run(words: &[&str], files: &[&Path]) -> Said {
    let mut command = Command::new(env!("CARGO_BIN_EXE_claviger"));
    let output = command.arg("fga").args(words).args(files).output();
    let output = output.expect("the binary");
    Said {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).expect("UTF-8"),
        err: String::from_utf8(output.stderr).expect("UTF-8"),
    }
}

/// A folder with one file in it.
fn file(name: &str, text: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    fs::write(&path, text).expect("a file");
    (folder, path)
}

fn test(text: &str) -> Said {
    let (_folder, path) = file("store.fga.yaml", text);
    run(&["test"], &[&path])
}

/// Runs `fga model` on a file of this name.
fn model(words: &[&str], name: &str, text: &str) -> Said {
    let (_folder, path) = file(name, text);
    run(&[&["model"], words].concat(), &[&path])
}

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/samples")
}

fn stores_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(stores_below(&path));
        } else if path.to_string_lossy().ends_with(".fga.yaml") {
            found.push(path);
        }
    }
    found
}

#[test]
fn every_sample_store_passes() {
    let stores = stores_below(&samples());
    assert_eq!(stores.len(), 23, "{stores:?}");
    let stores: Vec<&Path> = stores.iter().map(PathBuf::as_path).collect();
    let said = run(&["test"], &stores);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    let last = said.out.lines().last();
    assert_eq!(
        last,
        Some("218 assertions passed, 0 failed"),
        "{}",
        said.out
    );
    assert!(!said.out.contains("FAILED"), "{}", said.out);
}
