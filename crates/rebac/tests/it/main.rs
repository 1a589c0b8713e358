//! The integration tests of the authorization engine.

#[cfg(test)]
mod condition;
