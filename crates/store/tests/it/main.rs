//! One suite for both engines: every test runs on each engine that is there.

#[cfg(test)]
mod engine;
#[cfg(test)]
mod programs;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod statements;
#[cfg(test)]
mod transactions;
