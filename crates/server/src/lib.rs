//! The server: adapters that decode, make one use-case call and encode; configuration; jobs.

pub mod config;
