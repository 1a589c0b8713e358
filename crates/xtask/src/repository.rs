//! Where the workspace is, what it holds, and how cargo is called in it.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::failure::Failure;

/// The workspace that this command was started in.
#[derive(Debug)]
pub struct Repository {
    /// The folder of the workspace's `Cargo.toml`.
    pub root: PathBuf,
    /// Where cargo builds.
    pub target: PathBuf,
    /// `cargo metadata --no-deps`: our own packages, with the edges they declare.
    pub members: Value,
}

/// One file of the repository, as text.
#[derive(Debug)]
pub struct File {
    /// The path from the root, with `/`.
    pub path: String,
    /// The whole text.
    pub text: String,
}

impl Repository {
    /// Asks cargo for the workspace around the current folder.
    pub fn find() -> Result<Self, Failure> {
        let mut command = Command::new(cargo());
        command.args(["metadata", "--no-deps", "--format-version=1"]);
        let members = json(&mut command)?;
        let path = |key: &str| members.get(key).and_then(Value::as_str).map(PathBuf::from);
        match (path("workspace_root"), path("target_directory")) {
            (Some(root), Some(target)) => Ok(Self {
                root,
                target,
                members,
            }),
            _ => Err(Failure::new(
                "cargo metadata names no workspace or target folder",
            )),
        }
    }

    /// A cargo command that runs at the root of the workspace. It does not learn that `cargo run`
    /// started us: `cargo machete` reads its arguments otherwise when it sees a package's name.
    pub fn cargo(&self) -> Command {
        let mut command = Command::new(cargo());
        command.current_dir(&self.root);
        let ours = env::vars_os().map(|(name, _)| name).filter(|name| {
            let name = name.to_string_lossy();
            name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
        });
        for name in ours {
            command.env_remove(name);
        }
        command
    }

    /// `cargo metadata` with the whole resolved graph, third parties included.
    pub fn graph(&self) -> Result<Value, Failure> {
        let mut command = self.cargo();
        command.args(["metadata", "--locked", "--format-version=1"]);
        json(&mut command)
    }

    /// Every text file that git tracks or would track; binary files are left out.
    pub fn files(&self) -> Result<Vec<File>, Failure> {
        let mut command = Command::new("git");
        command.current_dir(&self.root);
        command.args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ]);
        let listing = output(&mut command)?;
        let mut files = Vec::new();
        for path in listing.split('\0').filter(|path| !path.is_empty()) {
            // A file that is deleted but still in the index, or that is not text, has no lines.
            if let Ok(text) = std::fs::read_to_string(self.root.join(path)) {
                files.push(File {
                    path: path.to_owned(),
                    text,
                });
            }
        }
        Ok(files)
    }
}

/// Standard output of a command that must succeed.
pub(crate) fn output(command: &mut Command) -> Result<String, Failure> {
    let program = command.get_program().to_string_lossy().into_owned();
    let result = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| Failure::because(format!("cannot start `{program}`"), error))?;
    if !result.status.success() {
        let reason = String::from_utf8_lossy(&result.stderr).trim().to_owned();
        return Err(Failure::because(format!("`{program}` failed"), reason));
    }
    Ok(String::from_utf8_lossy(&result.stdout).into_owned())
}

fn json(command: &mut Command) -> Result<Value, Failure> {
    let text = output(command)?;
    serde_json::from_str(&text)
        .map_err(|error| Failure::because("cargo metadata is not JSON", error))
}

/// The cargo that runs us, so that a nested call uses the same toolchain.
fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}
