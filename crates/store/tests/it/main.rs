//! One suite for both engines: each test runs on each engine that is there.

#[cfg(test)]
mod adoption;
#[cfg(test)]
mod aggregates;
#[cfg(test)]
mod cancellation;
#[cfg(test)]
mod children;
#[cfg(test)]
mod cluster;
#[cfg(test)]
mod cost;
#[cfg(test)]
mod deadlines;
#[cfg(test)]
mod duplicates;
#[cfg(test)]
mod engine;
#[cfg(test)]
mod failures;
#[cfg(test)]
mod group_commit;
#[cfg(test)]
mod migrations;
#[cfg(test)]
mod people;
#[cfg(test)]
mod poolers;
#[cfg(test)]
mod programs;
#[cfg(test)]
mod proxy;
#[cfg(test)]
mod races;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod snapshots;
#[cfg(test)]
mod standby;
#[cfg(test)]
mod statements;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod transactions;
#[cfg(test)]
mod values;
