//! The integration tests of the authorization engine: one binary, one module per subject.

#[cfg(test)]
mod json;
#[cfg(test)]
mod validate;
