//! Limits that protect the server from load: pure state machines that are told the time.

pub mod rate;
