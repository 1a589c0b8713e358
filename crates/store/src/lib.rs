//! All SQL: both engines under one waist, migrations, one file per aggregate. No HTTP, no rules.

pub mod db;
mod error;

pub use error::{Error, Raised, Result};
