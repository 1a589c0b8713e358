//! The stores of a configuration's database, for commands that work on them directly.

use crate::commands::existing::{self, Failure};
use authz::{Authz, Settings};
use server::config::Config;

/// The use cases over a database that is there already.
pub(super) fn authz(config: &Config) -> Result<Authz, Failure> {
    let world = existing::world();
    let settings = Settings {
        // A command asks once: loading what it needs is quicker than reading everything.
        resident_bytes_max: 0,
        ..Settings::default()
    };
    let store = existing::open(config)?;
    Ok(Authz::new(store, world.clock, world.entropy, settings))
}
