//! The integration tests of the engine: one binary, one module per subject.

#[cfg(test)]
mod dsl;
