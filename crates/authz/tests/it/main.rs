//! The integration tests of authorization's use cases: one binary, one module per subject.

#[cfg(test)]
#[cfg(target_os = "linux")]
mod memory;
#[cfg(test)]
mod resident;
