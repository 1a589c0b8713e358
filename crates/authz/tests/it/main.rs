//! The integration tests of authorization's use cases: one binary, one module per subject.

#[cfg(test)]
mod resident;
