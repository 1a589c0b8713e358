//! Work beside requests: mail that must leave, rows that have had their day, costs to be learned.

pub mod cleanup;
pub mod hash_costs;
pub mod outbox;
