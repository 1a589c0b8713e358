//! The database of a configuration, for commands that must not make one.

use server::config::Config;
use server::start::{self, World};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use store::{Store, Target};
use types::{Call, SystemClock, SystemEntropy};

/// Why a command has no database to work on.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("there is no database at `{0}`; `claviger serve` makes it")]
    Absent(PathBuf),
    #[error("the database: {0}")]
    Store(#[from] store::Error),
    #[error(transparent)]
    Authz(#[from] authz::Error),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Opens a database that is there already.
pub(super) fn open(config: &Config) -> Result<Store, Failure> {
    let target = start::target(config);
    if let Target::Sqlite { path, .. } = &target
        && !path.exists()
    {
        return Err(Failure::Absent(path.clone()));
    }
    Ok(Store::open(&target)?)
}

/// A call of a command's own.
pub(super) fn call(span: Duration) -> Call {
    start::own_call(&world(), span)
}

/// The real time and real chance.
pub(super) fn world() -> World {
    World {
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
    }
}

/// Runs the work of a command to its end.
pub(super) fn block_on<T, E: From<io::Error>>(
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, E> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(work)
}
