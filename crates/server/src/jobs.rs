//! Work beside requests: mail that must leave, rows that have had their day.

pub mod cleanup;
pub mod outbox;
