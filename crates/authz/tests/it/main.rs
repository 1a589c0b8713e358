//! The integration tests of authorization's use cases: one binary, one module per subject.

#[cfg(test)]
mod amount;
#[cfg(test)]
mod answers;
#[cfg(test)]
mod deleting;
#[cfg(test)]
mod engine;
#[cfg(test)]
mod histories;
#[cfg(test)]
mod long;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod memory;
#[cfg(test)]
mod models;
#[cfg(test)]
mod nodes;
#[cfg(test)]
mod outage;
#[cfg(test)]
mod questions;
#[cfg(test)]
mod random;
#[cfg(test)]
mod reading;
#[cfg(test)]
mod resident;
#[cfg(test)]
mod room;
#[cfg(test)]
mod seeding;
#[cfg(test)]
mod snapshots;
#[cfg(test)]
mod still;
#[cfg(test)]
mod stores;
#[cfg(test)]
mod streams;
#[cfg(test)]
mod tenant;
#[cfg(test)]
mod uuid;
#[cfg(test)]
mod writers;
#[cfg(test)]
mod writes;
