//! One suite for both engines: every test runs on each engine that is there.

#[cfg(test)]
mod engine;
#[cfg(test)]
mod transactions;
