//! `cargo xtask <verb>`: see `verbs.rs` for the list.

use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    xtask::run(env::args().skip(1).collect())
}
