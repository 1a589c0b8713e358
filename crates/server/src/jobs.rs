//! Work beside requests: mail that must leave.

pub mod outbox;
