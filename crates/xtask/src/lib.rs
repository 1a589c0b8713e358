//! The developer's verbs and the checks of the house; never a part of the product.
//!
//! Two rules keep these tools quick to build and easy to trust: they use the standard library
//! and `serde_json` alone, and everything that judges is a pure function with a test that feeds
//! it a planted defect.

pub mod architecture;
mod bench;
mod clock;
mod counts;
mod failure;
mod folder;
mod fuzz;
mod group;
mod lint;
mod machine;
mod needs;
mod pgbouncer;
mod postgres;
pub mod repository;
mod rust_source;
mod services;
mod steps;
mod suites;
mod test;
pub mod tidy;
mod verbs;
mod watchdog;

pub use failure::Failure;
pub use verbs::run;
